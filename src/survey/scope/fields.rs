//! Files judged by all that speaks for them at once, be it in what they hold, where they lie, what
//! they define, or what was said of them when they changed: BM25F (Robertson, Zaragoza and Taylor
//! 2004).

use std::collections::HashSet;

use super::bm25::{Judge, rarity, saturated};
use super::index::{Index, Kind, Scores};
use super::sayings::{said_of, talk};

/// A word in a path counts as much as so many in the text, …
const IN_PATH: f32 = 4.0;
/// … one among the names that a file defines, of which more than a few say no more, …
const DEFINED: f32 = 2.0;
const MOST_DEFINED: u32 = 3;
/// … and one that a change of this file alone said.
const SAID: f32 = 4.0;

/// Much text, and much talk, are held against a file.
const JUDGE: Judge = Judge {
    b: 0.75,
    most_common: 0.3,
};

/// What speaks for the files.
#[derive(Debug)]
pub struct Fields {
    /// How much, rare words first.
    pub matches: Scores,
    /// How much of the heading, each word once however often it is said.
    pub coverage: Scores,
}

/// What speaks for the files in these words, which count in their order, and in those of them that
/// stand in the `heading`.
pub fn fields(index: &Index<'_>, query: &[(u32, f32)], heading: &[(u32, f32)]) -> Fields {
    let heading: HashSet<u32> = heading.iter().map(|(term, _)| *term).collect();
    let norms = Norms::of(index);
    let mut found = Fields {
        matches: vec![0.0; index.files()],
        coverage: vec![0.0; index.files()],
    };
    let mut tally = Tally::new(index.files());
    for &(term, weight) in query {
        count(index, term, &norms, &mut tally);
        let spread = tally.files.len();
        let rarity = rarity(spread, index.files());
        let tells = JUDGE.tells(spread, index.files());
        let is_heading = heading.contains(&term);
        tally.drain(|file, times| {
            if is_heading {
                found.coverage[file] += rarity;
            }
            if tells {
                found.matches[file] += weight * rarity * saturated(times);
            }
        });
    }
    found
}

fn count(index: &Index<'_>, term: u32, norms: &Norms, tally: &mut Tally) {
    for (file, times) in index.postings(term, Kind::Content) {
        tally.add(file, times as f32 / norms.text[file as usize]);
    }
    for (file, times) in index.postings(term, Kind::Name) {
        tally.add(file, IN_PATH * times as f32);
    }
    for (file, times) in index.postings(term, Kind::Defined) {
        tally.add(file, DEFINED * times.min(MOST_DEFINED) as f32);
    }
    said_of(index, term, |file, part| {
        tally.add(file, SAID * part / norms.talk[file as usize]);
    });
}

/// How much is held against each file.
#[derive(Debug)]
struct Norms {
    text: Vec<f32>,
    talk: Vec<f32>,
}

impl Norms {
    fn of(index: &Index<'_>) -> Self {
        let lengths = (0..index.files() as u32).map(|file| index.length(file) as f32);
        Self {
            text: norms(&lengths.collect::<Vec<_>>()),
            talk: norms(&talk(index)),
        }
    }
}

fn norms(lengths: &[f32]) -> Vec<f32> {
    let mean = lengths.iter().sum::<f32>() / lengths.len().max(1) as f32;
    let norm = |length: &f32| JUDGE.norm(*length, mean.max(f32::MIN_POSITIVE));
    lengths.iter().map(norm).collect()
}

/// How often files say one term.
#[derive(Debug)]
struct Tally {
    times: Vec<f32>,
    /// Those that say it.
    files: Vec<u32>,
}

impl Tally {
    fn new(files: usize) -> Self {
        Self {
            times: vec![0.0; files],
            files: Vec::new(),
        }
    }

    fn add(&mut self, file: u32, times: f32) {
        let known = &mut self.times[file as usize];
        if *known == 0.0 {
            self.files.push(file);
        }
        *known += times;
    }

    fn drain(&mut self, mut take: impl FnMut(usize, f32)) {
        for file in self.files.drain(..) {
            let times = std::mem::take(&mut self.times[file as usize]);
            take(file as usize, times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn all_fields_speak_together_and_a_word_counts_once_for_coverage() {
        let mut made = Made::default();
        for text in [
            "wrap wrap wrap wrap",
            "wrap lines",
            "lines",
            "paint",
            "paint",
        ] {
            made.file(text);
        }
        made.change("wrap", &[2]);
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        let query = index.query("wrap lines");
        let found = fields(&index, &query, &query);
        assert_eq!(found.coverage[1], found.coverage[2]);
        assert!(found.coverage[0] < found.coverage[1], "{found:?}");
        assert!(found.matches[2] > found.matches[0], "{found:?}");
        assert_eq!((found.matches[3], found.coverage[3]), (0.0, 0.0));
        let lines = fields(&index, &query, &index.query("lines"));
        assert_eq!(lines.matches, found.matches);
        assert_eq!((lines.coverage[0], lines.coverage[1] > 0.0), (0.0, true));
    }
}
