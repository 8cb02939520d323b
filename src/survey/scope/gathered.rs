//! What an index is made of: the words of files by blob and of messages by commit. A blob and a
//! commit say the same wherever they turn up, so an index of one commit saves reading most of what
//! that of another needs.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::git::{CommitMessage, Repository};
use crate::id::Oid;
use crate::survey::pack::Packed;

use super::bm25::Bag;
use super::file_terms::{Counts, FileTerms};
use super::messages::said;
use super::tokens::terms;

/// Larger files are data.
const LARGEST: u64 = 1 << 20;
/// Files, and messages, that are in memory at once before their words are numbered.
const AT_ONCE: usize = 512;

/// Terms by their numbers, with how often each stands there, as [`Packed::pairs`] writes them.
pub type PackedBag = Box<[u8]>;

/// Terms with their numbers, and who says them.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    pub vocabulary: Vocabulary,
    pub texts: HashMap<Oid, Text>,
    pub said: HashMap<Oid, PackedBag>,
}

/// What a file says, and what it defines.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pub content: PackedBag,
    pub defined: PackedBag,
}

/// Numbers for terms, given as they are first seen.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    pub numbers: HashMap<Box<str>, u32>,
}

impl Gathered {
    /// Reads those of the files and messages that are not known yet. What is no text, too large or
    /// not here says nothing.
    pub fn read(
        &mut self,
        repository: &Repository,
        blobs: impl Iterator<Item = Oid>,
        commits: impl Iterator<Item = Oid>,
    ) -> Result<()> {
        for some in new(blobs, &self.texts).chunks(AT_ONCE) {
            let read = repository.read_blobs(some, LARGEST, FileTerms::of)?;
            for (blob, read) in some.iter().zip(read) {
                if let Some(terms) = read {
                    self.add_text(*blob, &terms);
                }
            }
        }
        for some in new(commits, &self.said).chunks(AT_ONCE) {
            for (commit, read) in some.iter().zip(repository.messages(some)?) {
                if let Some(message) = read {
                    self.add_message(*commit, &message);
                }
            }
        }
        Ok(())
    }

    pub fn add_text(&mut self, blob: Oid, terms: &FileTerms) {
        let text = Text {
            content: self.vocabulary.counted(&terms.all),
            defined: self.vocabulary.counted(&terms.defined),
        };
        self.texts.insert(blob, text);
    }

    pub fn add_message(&mut self, commit: Oid, message: &CommitMessage) {
        let (title, body) = said(message);
        let mut bag = Bag::new();
        self.vocabulary.add(&title, 2, &mut bag);
        self.vocabulary.add(&body, 1, &mut bag);
        self.said.insert(commit, packed(bag));
    }
}

/// Those that are not known, each once.
fn new<T>(ids: impl Iterator<Item = Oid>, known: &HashMap<Oid, T>) -> Vec<Oid> {
    let mut seen = HashSet::new();
    ids.filter(|id| !known.contains_key(id) && seen.insert(*id))
        .collect()
}

impl Vocabulary {
    fn number(&mut self, term: &str) -> u32 {
        if let Some(known) = self.numbers.get(term) {
            return *known;
        }
        let next = self.numbers.len() as u32;
        self.numbers.insert(term.into(), next);
        next
    }

    /// Adds the terms of a text to a bag, each so many times.
    pub fn add(&mut self, text: &str, times: u32, bag: &mut Bag) {
        terms(text, |term| {
            *bag.entry(self.number(&term)).or_default() += times;
        });
    }

    fn counted(&mut self, counts: &Counts) -> PackedBag {
        packed(
            counts
                .iter()
                .map(|(term, times)| (self.number(term), *times)),
        )
    }
}

fn packed(bag: impl IntoIterator<Item = (u32, u32)>) -> PackedBag {
    let mut pairs: Vec<(u32, u32)> = bag.into_iter().collect();
    pairs.sort_unstable();
    let mut packed = Packed::default();
    packed.pairs(&pairs);
    packed.0.into()
}
