//! The terms of one file, counted: what it says, and what it defines.

use std::collections::HashMap;

use super::definitions::definitions;
use super::tokens::{Word, words};

/// Terms, and how often each stands there.
pub type Counts = HashMap<String, u32>;

/// What a file is found by, besides its path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTerms {
    pub all: Counts,
    pub defined: Counts,
}

impl FileTerms {
    /// Of a text; what is none says and defines nothing.
    pub fn of(content: &[u8]) -> Self {
        if content[..content.len().min(8000)].contains(&0) {
            return Self::default();
        }
        let text = String::from_utf8_lossy(content);
        let mut found = Self::default();
        add(&mut found.all, words(&text), 1);
        let mut defined = Vec::new();
        definitions(&text, |word| defined.push(word));
        add(&mut found.defined, defined.into_iter(), 1);
        found
    }
}

/// Adds the terms of these words, each so many times. Most words of a text are said again and again,
/// and taken apart but once.
pub fn add<'a>(counts: &mut Counts, words: impl Iterator<Item = Word<'a>>, times: u32) {
    let mut said: HashMap<Word<'_>, u32> = HashMap::new();
    for word in words {
        *said.entry(word).or_default() += times;
    }
    for (word, times) in said {
        word.terms(|term| match counts.get_mut(term) {
            Some(known) => *known += times,
            None => {
                counts.insert(term.to_owned(), times);
            }
        });
    }
}
