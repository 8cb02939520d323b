//! The terms of one file, counted: what it says, and what it defines.

use std::collections::HashMap;

use super::definitions::definitions;
use super::tokens::terms;

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
        let mut found = Self::default();
        if content[..content.len().min(8000)].contains(&0) {
            return found;
        }
        let text = String::from_utf8_lossy(content);
        terms(&text, |term| *found.all.entry(term).or_default() += 1);
        definitions(&text, |word| {
            terms(word.text, |term| {
                *found.defined.entry(term).or_default() += 1;
            });
        });
        found
    }
}
