//! Texts, merged as git merges them: the lines of base and tip are told apart by the Histogram
//! difference (`histogram`; `patch` and `anchors` where it is plain what that comes to), changed runs that
//! could stand in several places slide to where git puts them (`slide`), and the hunks of both sides
//! are laid over each other (`three_way`). Each step comes to what git comes to, or says that it does
//! not know.

mod anchors;
mod histogram;
mod patch;
mod slide;
mod three_way;

use std::ops::Range;

use gix::ObjectId;
use gix::diff::blob::{InternedInput, sources::byte_lines};

use crate::git::memory::{Packed, Unpacked};

pub(super) use three_way::{Fate, fate, woven};

/// git looks for a NUL in so many bytes to tell binary files from text.
const BINARY_LOOKS_AT: usize = 8000;
/// Larger files are left to git.
const LARGEST_TEXT: usize = 16 << 20;

/// A run of changed lines, numbered from 0: those that go, those that come, and what these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub before: Range<u32>,
    pub after: Range<u32>,
    /// A hash of the lines that come: equal ones are equal lines.
    pub content: ObjectId,
    /// Whether a line goes and another comes at its top, and at its bottom: then whoever has the
    /// lines that go there has others than whoever has those that come.
    pub top_differs: bool,
    pub bottom_differs: bool,
}

/// What an edit does to a text, from top to bottom; two hunks have a line between them.
pub(super) type Hunks = Vec<Hunk>;

/// The hunks that git draws between two texts when it merges; `None` where that is not known: for
/// binary and for very large files, and for those in which nearly all lines are alike.
pub(super) fn hunks(before: &[u8], after: &[u8]) -> Option<Hunks> {
    if !is_text(before) || !is_text(after) {
        return None;
    }
    if before == after {
        return Some(Hunks::new());
    }
    if let Some((above, old, new)) = patch::only_change(before, after) {
        return Some(vec![hunk((above, above), &lines(old), &lines(new))?]);
    }
    let input = InternedInput::new(byte_lines(before), byte_lines(after));
    let changed = changed(&input)?;
    let (old, new) = (lines(before), lines(after));
    let runs = runs(&changed.removed, &changed.added).into_iter();
    runs.map(|(before, after)| {
        let wide = |run: &Range<u32>| run.start as usize..run.end as usize;
        let (before, after) = (wide(&before), wide(&after));
        let starts = (before.start, after.start);
        hunk(starts, &old[before], &new[after])
    })
    .collect()
}

/// A hunk whose lines start at these numbers.
fn hunk(starts: (usize, usize), old: &[&[u8]], new: &[&[u8]]) -> Option<Hunk> {
    let run = |start: usize, lines: &[&[u8]]| start as u32..(start + lines.len()) as u32;
    let text = new.concat();
    let content = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, &text);
    let differ = |one: Option<&&[u8]>, other: Option<&&[u8]>| {
        one.zip(other).is_some_and(|(one, other)| one != other)
    };
    Some(Hunk {
        before: run(starts.0, old),
        after: run(starts.1, new),
        content: content.ok()?,
        top_differs: differ(old.first(), new.first()),
        bottom_differs: differ(old.last(), new.last()),
    })
}

fn changed(input: &InternedInput<&[u8]>) -> Option<Changed> {
    let (before, after) = (&input.before, &input.after);
    let tokens = input.interner.num_tokens() as usize;
    if let Some(changed) = anchors::changed(before, after, tokens) {
        return Some(changed);
    }
    let mut changed = histogram::changed(before, after, tokens)?;
    slide::settle(before, after, &mut changed);
    Some(changed)
}

/// Which lines go and which come, one flag a line.
#[derive(Debug, PartialEq, Eq)]
struct Changed {
    removed: Vec<bool>,
    added: Vec<bool>,
}

/// The runs of changed lines; between them, lines go in pairs.
fn runs(removed: &[bool], added: &[bool]) -> Vec<(Range<u32>, Range<u32>)> {
    let run = |flags: &[bool], from: usize| {
        let length = flags[from..].iter().take_while(|changed| **changed).count();
        from as u32..(from + length) as u32
    };
    let (mut runs, mut before, mut after) = (Vec::new(), 0, 0);
    while before < removed.len() || after < added.len() {
        let (gone, come) = (run(removed, before), run(added, after));
        (before, after) = (gone.end as usize + 1, come.end as usize + 1);
        if !gone.is_empty() || !come.is_empty() {
            runs.push((gone, come));
        }
    }
    runs
}

/// A text by its lines.
#[derive(Debug)]
pub(super) struct Lines {
    text: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl Lines {
    pub fn of(text: Vec<u8>) -> Self {
        let mut end = 0;
        let ends = lines(&text).into_iter().map(|line| {
            end += line.len();
            end
        });
        Self {
            ends: ends.collect(),
            text,
        }
    }

    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Some lines, one behind the other; `None` where there are not so many.
    pub fn range(&self, lines: &Range<u32>) -> Option<&[u8]> {
        let end = |line: u32| match line {
            0 => Some(0),
            _ => self.ends.get(line as usize - 1).copied(),
        };
        self.text.get(end(lines.start)?..end(lines.end)?)
    }
}

/// The lines of a text, each with its end.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

fn is_text(data: &[u8]) -> bool {
    data.len() <= LARGEST_TEXT && !data[..data.len().min(BINARY_LOOKS_AT)].contains(&0)
}

/// As it is kept from one call of the program to the next.
pub(super) fn pack(hunk: &Hunk, value: &mut Packed) {
    for lines in [&hunk.before, &hunk.after] {
        value.number(lines.start);
        value.number(lines.end);
    }
    value.bytes(hunk.content.as_slice());
    value.number(u32::from(hunk.top_differs));
    value.number(u32::from(hunk.bottom_differs));
}

/// What [`pack`] wrote; `None` where it did not.
pub(super) fn unpack(value: &mut Unpacked<'_>) -> Option<Hunk> {
    let mut lines = || Some(value.number()?..value.number()?);
    let (before, after) = (lines()?, lines()?);
    Some(Hunk {
        before,
        after,
        content: value.id()?,
        top_differs: value.number()? == 1,
        bottom_differs: value.number()? == 1,
    })
}

#[cfg(test)]
mod tests;
