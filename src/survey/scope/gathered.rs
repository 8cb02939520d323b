//! What an index is made of: the words of files by blob and of messages by commit. A blob and a
//! commit say the same wherever they turn up, so an index of one commit saves reading most of what
//! that of another needs.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use crate::error::Result;
use crate::git::{CommitMessage, Repository};
use crate::id::Oid;
use crate::survey::pack::Packed;

use super::file_terms::{Counts, FileTerms, add};
use super::messages::said;
use super::tokens::words;

/// Larger files are data.
const LARGEST: u64 = 1 << 20;

/// Terms by their numbers, with how often each stands there, as [`Packed::pairs`] writes them.
pub type PackedBag = Box<[u8]>;

/// Terms with their numbers, and who says them.
#[derive(Debug, Default)]
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

/// Numbers for terms, given as they are first seen, by whoever of those that read sees them first.
#[derive(Debug, Default)]
pub struct Vocabulary {
    numbers: RwLock<HashMap<Box<str>, u32>>,
}

impl Gathered {
    /// Reads those of the files and messages that are not known yet, on all cores. What is no text,
    /// too large or not here says nothing.
    pub fn read(
        &mut self,
        repository: &Repository,
        blobs: impl Iterator<Item = Oid>,
        commits: impl Iterator<Item = Oid>,
    ) -> Result<()> {
        let vocabulary = &self.vocabulary;
        let blobs = new(blobs, &self.texts);
        let texts = repository.read_blobs(&blobs, LARGEST, |content| {
            Text::of(&FileTerms::of(content), vocabulary)
        })?;
        let commits = new(commits, &self.said);
        let said = repository.read_messages(&commits, |message| told(message, vocabulary))?;
        let known = |(id, text): (Oid, Option<_>)| Some((id, text?));
        self.texts
            .extend(blobs.into_iter().zip(texts).filter_map(known));
        let known = |(id, said): (Oid, Option<_>)| Some((id, said?));
        self.said
            .extend(commits.into_iter().zip(said).filter_map(known));
        Ok(())
    }

    #[cfg(test)]
    pub fn add_text(&mut self, blob: Oid, terms: &FileTerms) {
        self.texts.insert(blob, Text::of(terms, &self.vocabulary));
    }

    #[cfg(test)]
    pub fn add_message(&mut self, commit: Oid, message: &CommitMessage) {
        self.said.insert(commit, told(message, &self.vocabulary));
    }
}

impl Text {
    fn of(terms: &FileTerms, vocabulary: &Vocabulary) -> Self {
        Self {
            content: packed(&vocabulary.numbered(&terms.all)),
            defined: packed(&vocabulary.numbered(&terms.defined)),
        }
    }
}

/// What a message says; its title counts twice.
fn told(message: &CommitMessage, vocabulary: &Vocabulary) -> PackedBag {
    let (title, body) = said(message);
    let mut counts = Counts::new();
    add(&mut counts, words(&title), 2);
    add(&mut counts, words(&body), 1);
    packed(&vocabulary.numbered(&counts))
}

/// Those that are not known, each once.
fn new<T>(ids: impl Iterator<Item = Oid>, known: &HashMap<Oid, T>) -> Vec<Oid> {
    let mut seen = HashSet::new();
    ids.filter(|id| !known.contains_key(id) && seen.insert(*id))
        .collect()
}

impl Vocabulary {
    /// With numbers from 0 in the order of these terms.
    pub fn of(terms: impl Iterator<Item = Box<str>>) -> Self {
        Self {
            numbers: RwLock::new(terms.zip(0..).collect()),
        }
    }

    /// All terms with their numbers.
    pub fn into_terms(self) -> Vec<(Box<str>, u32)> {
        let numbers = self.numbers.into_inner();
        let numbers = numbers.unwrap_or_else(PoisonError::into_inner);
        numbers.into_iter().collect()
    }

    /// Terms by their numbers, ascending, with how often each stands there.
    pub fn numbered(&self, counts: &Counts) -> Vec<(u32, u32)> {
        let mut bag = Vec::with_capacity(counts.len());
        let mut new = Vec::new();
        let known = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        for (term, times) in counts {
            match known.get(term.as_str()) {
                Some(number) => bag.push((*number, *times)),
                None => new.push((term, *times)),
            }
        }
        drop(known);
        if !new.is_empty() {
            let mut numbers = self.numbers.write().unwrap_or_else(PoisonError::into_inner);
            for (term, times) in new {
                let next = numbers.len() as u32;
                let number = *numbers.entry(term.as_str().into()).or_insert(next);
                bag.push((number, times));
            }
        }
        bag.sort_unstable();
        bag
    }
}

fn packed(pairs: &[(u32, u32)]) -> PackedBag {
    let mut packed = Packed::default();
    packed.pairs(pairs);
    packed.0.into()
}
