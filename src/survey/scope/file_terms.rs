//! The terms of one file, counted: what it says, and what it defines.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::hashed;

use super::definitions::{Use, uses};
use super::tokens::Word;

/// Terms, and how often each stands there.
pub type Counts = HashMap<String, u32>;

/// What a file is found by, besides its path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileTerms {
    pub all: Counts,
    pub defined: Counts,
}

/// How often a text says a word, and how often it defines it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub said: u32,
    pub defined: u32,
}

impl FileTerms {
    /// Of a text; what is none says and defines nothing.
    pub fn of(content: &[u8]) -> Self {
        let mut found = Self::default();
        for (word, times) in words_of(&text_of(content)) {
            word.terms(|term| {
                add(&mut found.all, term, times.said);
                if times.defined > 0 {
                    add(&mut found.defined, term, times.defined);
                }
            });
        }
        found
    }
}

/// Empty for what is no text.
pub fn text_of(content: &[u8]) -> Cow<'_, str> {
    if content[..content.len().min(8000)].contains(&0) {
        return Cow::default();
    }
    String::from_utf8_lossy(content)
}

/// Every word of a text once: most are said again and again, and need be taken apart but once.
pub fn words_of(text: &str) -> hashed::HashMap<Word<'_>, Times> {
    let mut words: hashed::HashMap<Word<'_>, Times> = hashed::HashMap::default();
    uses(text, |word, made| {
        let times = words.entry(word).or_default();
        match made {
            Use::Says => times.said += 1,
            Use::Defines => times.defined += 1,
        }
    });
    words
}

fn add(counts: &mut Counts, term: &str, times: u32) {
    match counts.get_mut(term) {
        Some(known) => *known += times,
        None => {
            counts.insert(term.to_owned(), times);
        }
    }
}
