//! What an index is made of: the words of files by blob and of messages by commit. A blob and a
//! commit say the same wherever they turn up, so an index of one commit saves reading most of what
//! that of another needs.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
#[cfg(test)]
use crate::git::CommitMessage;
use crate::git::Repository;
use crate::id::Oid;
use crate::survey::lines::{self, Counted};

use super::reader::{PackedBag, Reader, Text, Vocabulary};

/// Larger files are data.
const LARGEST: u64 = 1 << 20;

/// Terms with their numbers, and who says them.
#[derive(Debug, Default)]
pub struct Gathered {
    pub vocabulary: Vocabulary,
    pub texts: HashMap<Oid, Text>,
    pub said: HashMap<Oid, PackedBag>,
    /// How long those of the files are that were read just now.
    pub lines: Counted,
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
        let texts = repository.read_blobs(&blobs, LARGEST, || {
            let mut reader = Reader::of(vocabulary);
            move |content: &[u8]| (reader.text(content), lines::count(content))
        })?;
        let commits = new(commits, &self.said);
        let said = repository.read_messages(&commits, || {
            let mut reader = Reader::of(vocabulary);
            move |message| reader.message(message)
        })?;
        for (blob, (text, lines)) in known(blobs, texts) {
            self.texts.insert(blob, text);
            self.lines.insert(blob, lines);
        }
        self.said.extend(known(commits, said));
        Ok(())
    }

    #[cfg(test)]
    pub fn add_text(&mut self, blob: Oid, content: &str) {
        let text = Reader::of(&self.vocabulary).text(content.as_bytes());
        self.texts.insert(blob, text);
    }

    #[cfg(test)]
    pub fn add_message(&mut self, commit: Oid, message: &CommitMessage) {
        let said = Reader::of(&self.vocabulary).message(message);
        self.said.insert(commit, said);
    }
}

/// Those that are not known, each once.
fn new<T>(ids: impl Iterator<Item = Oid>, known: &HashMap<Oid, T>) -> Vec<Oid> {
    let mut seen = HashSet::new();
    ids.filter(|id| !known.contains_key(id) && seen.insert(*id))
        .collect()
}

/// Those that could be read.
fn known<T>(ids: Vec<Oid>, read: Vec<Option<T>>) -> impl Iterator<Item = (Oid, T)> {
    let read = ids.into_iter().zip(read);
    read.filter_map(|(id, read)| Some((id, read?)))
}
