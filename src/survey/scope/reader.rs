//! Texts as bags of numbered terms, read by one who remembers what words are made of: the words of a
//! repository are the same in most of its files.

use std::ops::Range;
use std::sync::{PoisonError, RwLock};

use crate::git::CommitMessage;
use crate::hashed::HashMap;
use crate::survey::pack::Packed;

use super::file_terms::{text_of, words_of};
use super::messages::said;
use super::tokens::{Word, words};

/// So many words are remembered.
const REMEMBERED: usize = 1 << 18;

/// Terms by their numbers, ascending, and how often each stands there.
pub type Terms = Vec<(u32, u32)>;

/// The same as [`Packed::pairs`] writes them.
pub type PackedBag = Box<[u8]>;

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

    fn number(&self, term: &str) -> u32 {
        let known = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.get(term) {
            return *number;
        }
        drop(known);
        let mut numbers = self.numbers.write().unwrap_or_else(PoisonError::into_inner);
        let next = numbers.len() as u32;
        *numbers.entry(term.into()).or_insert(next)
    }
}

/// One of those who read.
#[derive(Debug)]
pub struct Reader<'a> {
    vocabulary: &'a Vocabulary,
    /// Where the terms of a word lie …
    known: HashMap<Box<str>, Range<u32>>,
    /// … among those of all words.
    terms: Vec<u32>,
}

impl<'a> Reader<'a> {
    pub fn of(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            known: HashMap::default(),
            terms: Vec::new(),
        }
    }

    /// What a file holds; what is no text says and defines nothing.
    pub fn text(&mut self, content: &[u8]) -> Text {
        let text = text_of(content);
        let words = words_of(&text);
        let (mut all, mut defined) = (Terms::new(), Terms::new());
        for (word, times) in words {
            for &term in self.terms(word) {
                all.push((term, times.said));
                if times.defined > 0 {
                    defined.push((term, times.defined));
                }
            }
        }
        Text {
            content: packed(all),
            defined: packed(defined),
        }
    }

    /// What a message says; its title counts twice.
    pub fn message(&mut self, message: &CommitMessage) -> PackedBag {
        let (title, body) = said(message);
        packed(self.bag(&[(&title, 2), (&body, 1)]))
    }

    /// The terms of a path; those of the file's name count twice.
    pub fn path(&mut self, path: &str) -> Terms {
        let last = path.rsplit('/').next().unwrap_or(path);
        self.bag(&[(path, 1), (last, 1)])
    }

    /// The terms of these texts, each of which is said so many times.
    fn bag(&mut self, texts: &[(&str, u32)]) -> Terms {
        let mut bag = Terms::new();
        for &(text, times) in texts {
            for word in words(text) {
                bag.extend(self.terms(word).iter().map(|term| (*term, times)));
            }
        }
        counted(bag)
    }

    fn terms(&mut self, word: Word<'_>) -> &[u32] {
        if word.is_data() {
            return &[];
        }
        let known = self.known.get(word.text).cloned();
        let place = known.unwrap_or_else(|| self.learn(word));
        &self.terms[place.start as usize..place.end as usize]
    }

    fn learn(&mut self, word: Word<'_>) -> Range<u32> {
        if self.known.len() == REMEMBERED {
            self.known.clear();
            self.terms.clear();
        }
        let start = self.terms.len() as u32;
        word.terms(|term| self.terms.push(self.vocabulary.number(term)));
        let place = start..self.terms.len() as u32;
        self.known.insert(word.text.into(), place.clone());
        place
    }
}

/// In the order of their numbers, each once.
fn counted(mut bag: Terms) -> Terms {
    bag.sort_unstable_by_key(|(term, _)| *term);
    bag.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 += u32::from(same) * next.1;
        same
    });
    bag
}

fn packed(bag: Terms) -> PackedBag {
    let mut packed = Packed::default();
    packed.pairs(&counted(bag));
    packed.0.into()
}

#[cfg(test)]
mod tests {
    use super::super::file_terms::FileTerms;
    use super::*;
    use crate::survey::pack::Unpacked;

    #[test]
    fn one_who_remembers_words_says_the_same_as_one_who_does_not() {
        let vocabulary = Vocabulary::default();
        let mut reader = Reader::of(&vocabulary);
        let data = "x".repeat(100);
        let texts = [
            "fn merge_base(merge: Base) {\n  merges, merged MergeBase 合并分支 a1\n}\n",
            "static int merge_base(int a)\nclass Größe\n",
            "binary\0merge",
            &data,
            "",
        ];
        let found = [0, 1, 2, 3, 4, 1, 0].map(|at: usize| (at, reader.text(texts[at].as_bytes())));
        let names: HashMap<u32, Box<str>> = vocabulary
            .into_terms()
            .into_iter()
            .map(|(term, number)| (number, term))
            .collect();
        for (at, text) in found {
            let expected = FileTerms::of(texts[at].as_bytes());
            for (bag, counts) in [
                (text.content, expected.all),
                (text.defined, expected.defined),
            ] {
                let pairs = Unpacked::new(&bag).pairs().expect("a bag");
                let read = pairs.map(|(term, times)| (names[&term].to_string(), times));
                assert_eq!(read.collect::<std::collections::HashMap<_, _>>(), counts);
            }
        }
    }

    #[test]
    fn titles_and_names_count_twice() {
        let vocabulary = Vocabulary::default();
        let mut reader = Reader::of(&vocabulary);
        assert_eq!(reader.path("parser/lexer.rs"), [(0, 1), (1, 2), (2, 2)]);
        let message = CommitMessage {
            text: "Parser\n\nThe parser, rs\n".to_owned(),
            is_merge: false,
        };
        let bag = reader.message(&message);
        let pairs = Unpacked::new(&bag).pairs().expect("a bag");
        assert!(pairs.eq([(0, 3), (2, 1)]));
    }
}
