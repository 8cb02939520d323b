//! `check --stdin`: lines of revisions from a program, each answered before more are waited for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read};
use std::mem;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::context::Context;
use crate::error::{Failure, Kind, OnPath, Result, Verdict};
use crate::git::{ObjectSpace, Repository};
use crate::integrate::{self, Asked, Side};
use crate::store::Store;
use crate::ui::check::{Line, LineError, Overall};

use super::choose::{self, Found};

/// So many merges are asked for at once, unless one line alone holds more.
const MERGES_AT_ONCE: usize = 256;
const BUFFER: usize = 1 << 16;

/// Answers all lines of the standard input. A line that cannot be decided does not stop the rest.
pub fn answer(context: &Context, repository: &Repository, z: bool) -> Result<Verdict> {
    let mut input = Input::new(io::stdin().lock(), z);
    let finder = Finder {
        context,
        repository,
        store: Store::of(repository.common_dir()),
    };
    let mut tally = Tally::default();
    loop {
        let lines = input.batch().on_path("read", Path::new("standard input"))?;
        if lines.is_empty() || context.screen.reader_is_gone() {
            return tally.ended();
        }
        for line in finder.answers(lines)? {
            tally.count(line.verdict());
            context.screen.answer_json_line(&line.document());
        }
    }
}

/// How the lines came out.
#[derive(Default)]
struct Tally {
    lines: usize,
    undecided: usize,
    conflicts: usize,
}

impl Tally {
    fn count(&mut self, verdict: Overall) {
        self.lines += 1;
        match verdict {
            Overall::Clean => {}
            Overall::Conflict => self.conflicts += 1,
            Overall::Error => self.undecided += 1,
        }
    }

    fn ended(&self) -> Result<Verdict> {
        if self.undecided == 0 {
            return Ok(Verdict::finding_if(self.conflicts > 0));
        }
        Err(Failure::unable(format!(
            "{} of {} lines could not be decided: see \"error\" in their answers",
            self.undecided, self.lines
        )))
    }
}

/// The revisions of one line, as they were typed.
type Words = Vec<OsString>;

/// Turns words into answers.
struct Finder<'a> {
    context: &'a Context,
    repository: &'a Repository,
    store: Store,
}

impl Finder<'_> {
    /// Answers a batch. What merging writes goes with the batch.
    fn answers(&self, lines: Vec<Words>) -> Result<Vec<Line>> {
        let space = ObjectSpace::scratch(self.repository);
        // Within a batch a name means one commit; until the next one it may have moved.
        let mut known = HashMap::new();
        let found: Vec<Result<Vec<Side>>> = lines
            .iter()
            .map(|words| self.sides(words, &mut known))
            .collect();
        let lists: Vec<&[Side]> = found.iter().flatten().map(Vec::as_slice).collect();
        let mut judged = integrate::judge(&space, &lists)?.into_iter();
        let lines = lines.into_iter().zip(&found);
        Ok(lines
            .map(|(words, found)| Line {
                revisions: words.iter().map(|word| shown(word)).collect(),
                answers: match found {
                    Ok(_) => Ok(judged.next().unwrap_or_default()),
                    Err(failure) => Err(line_error(failure)),
                },
            })
            .collect())
    }

    fn sides<'a>(
        &self,
        words: &'a [OsString],
        known: &mut HashMap<&'a OsStr, Side>,
    ) -> Result<Vec<Side>> {
        if words.len() < 2 {
            return Err(Failure::usage("expected two or more revisions"));
        }
        let side = |word: &'a OsString| match known.entry(word) {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(unknown) => Ok(unknown.insert(self.side(word)?).clone()),
        };
        words.iter().map(side).collect()
    }

    fn side(&self, word: &OsStr) -> Result<Side> {
        let name = shown(word);
        // A commit of that name is by far the likeliest, and needs no look at the runs.
        let commit = Some(word).filter(|word| *word != "@");
        let asked = match commit.and_then(|word| self.repository.find_commit(word)) {
            Some(commit) => Asked::revision(&name, commit),
            None => match choose::find(self.context, self.repository, &self.store, &name)? {
                Found::One(asked) => *asked,
                Found::Tasks(_) => {
                    return Err(Failure::usage(format!(
                        "'{name}' is a whole run: name its tasks, as {name}/T001"
                    )));
                }
            },
        };
        Side::of(self.repository, &asked)
    }
}

fn shown(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

fn line_error(failure: &Failure) -> LineError {
    LineError {
        code: match failure.kind {
            Kind::Usage => "usage",
            _ => "unknown-revision",
        },
        message: failure.what.clone(),
    }
}

/// Lines as they come.
struct Input<R> {
    reader: BufReader<R>,
    z: bool,
}

impl<R: Read> Input<R> {
    fn new(reader: R, z: bool) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, reader),
            z,
        }
    }

    /// The next line, waited for, and those that are at hand with it; none at the end.
    fn batch(&mut self) -> io::Result<Vec<Words>> {
        let mut lines = Vec::new();
        let mut merges = 0;
        while lines.is_empty() || (merges < MERGES_AT_ONCE && self.is_line_at_hand()) {
            let Some(words) = self.line()? else { break };
            merges += words.len() * words.len().saturating_sub(1) / 2;
            lines.push(words);
        }
        Ok(lines)
    }

    fn is_line_at_hand(&self) -> bool {
        let buffer = self.reader.buffer();
        if self.z {
            buffer.starts_with(b"\0") || buffer.windows(2).any(|two| two == b"\0\0")
        } else {
            buffer.contains(&b'\n')
        }
    }

    fn line(&mut self) -> io::Result<Option<Words>> {
        if self.z {
            return self.words();
        }
        let Some(line) = self.until(b'\n')? else {
            return Ok(None);
        };
        let words = line
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty());
        Ok(Some(
            words.map(|word| OsStr::from_bytes(word).into()).collect(),
        ))
    }

    /// Revisions up to an empty one or the end.
    fn words(&mut self) -> io::Result<Option<Words>> {
        let mut words = Vec::new();
        loop {
            match self.until(0)? {
                None if words.is_empty() => return Ok(None),
                Some(word) if !word.is_empty() => words.push(OsString::from_vec(word)),
                _ => return Ok(Some(mem::take(&mut words))),
            }
        }
    }

    /// What comes before the next `end`, or before the end of all.
    fn until(&mut self, end: u8) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        if self.reader.read_until(end, &mut bytes)? == 0 {
            return Ok(None);
        }
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(input: &[&[u8]], z: bool) -> Vec<Vec<Vec<String>>> {
        let mut input = Input::new(Pieces(input.iter().map(|p| p.to_vec()).collect()), z);
        let mut batches = Vec::new();
        loop {
            let batch = input.batch().unwrap();
            if batch.is_empty() {
                return batches;
            }
            let text = |words: &Words| words.iter().map(|word| shown(word)).collect();
            batches.push(batch.iter().map(text).collect());
        }
    }

    /// A pipe that gives one piece a read.
    struct Pieces(std::collections::VecDeque<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.pop_front().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn a_batch_is_what_is_at_hand_and_no_more_is_waited_for() {
        let read = batches(&[b"a b\n", b"c d\ne  f g\nh", b" i\n\n", b"j k"], false);
        assert_eq!(read[0], [["a", "b"]]);
        assert_eq!(read[1], [vec!["c", "d"], vec!["e", "f", "g"]]);
        assert_eq!(read[2], [vec!["h", "i"], vec![]]);
        assert_eq!(read[3], [["j", "k"]]);
    }

    #[test]
    fn a_batch_ends_where_enough_is_asked() {
        let lines = "a b\n".repeat(MERGES_AT_ONCE + 1);
        let read = batches(&[lines.as_bytes()], false);
        assert_eq!((read[0].len(), read[1].len()), (MERGES_AT_ONCE, 1));
    }

    #[test]
    fn between_nuls_a_revision_may_hold_anything_else() {
        let read = batches(&[b"a b\0c\nd\0\0e\0f\0", b"\0\0g\0h\0"], true);
        assert_eq!(read[0], [["a b", "c\nd"]]);
        assert_eq!(read[1], [vec!["e", "f"], vec![]]);
        assert_eq!(read[2], [["g", "h"]]);
    }
}
