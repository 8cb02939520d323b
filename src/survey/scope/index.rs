//! What is known of every file and of the past, ready to be asked which files a goal is about.

use std::collections::HashMap;

use super::bm25::{Bag, Bm25};
use super::file_terms::{Counts, FileTerms};
use super::tokens::{terms, words};

/// Numbers for terms, given as they are first seen.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    numbers: HashMap<Box<str>, u32>,
}

impl Vocabulary {
    fn number(&mut self, term: &str) -> u32 {
        if let Some(known) = self.known(term) {
            return known;
        }
        let next = self.numbers.len() as u32;
        self.numbers.insert(term.into(), next);
        next
    }

    /// `None` for a term that stands nowhere.
    pub fn known(&self, term: &str) -> Option<u32> {
        self.numbers.get(term).copied()
    }

    fn add(&mut self, text: &str, times: u32, bag: &mut Bag) {
        terms(text, |term| {
            *bag.entry(self.number(&term)).or_default() += times;
        });
    }

    fn bag(&mut self, counts: &Counts) -> Bag {
        let number = |(term, times): (&String, &u32)| (self.number(term), *times);
        counts.iter().map(number).collect()
    }
}

/// The index of a repository at one moment of its history.
#[derive(Clone, Debug)]
pub struct Index {
    pub vocabulary: Vocabulary,
    /// By document: its path; empty for one that is gone.
    paths: Vec<String>,
    documents: HashMap<String, u32>,
    pub content: Bm25,
    pub names: Bm25,
    pub defined: Bm25,
    /// Past changes by what they said.
    pub past: Bm25,
    /// By past change: the documents that it touched, and how many files in all.
    touched: Vec<(Vec<u32>, usize)>,
    by_name: HashMap<String, Vec<u32>>,
    by_stem: HashMap<String, Vec<u32>>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            vocabulary: Vocabulary::default(),
            paths: Vec::new(),
            documents: HashMap::new(),
            content: Bm25::new(0.75, 0.2),
            names: Bm25::new(0.3, 1.0),
            defined: Bm25::new(0.5, 0.1),
            past: Bm25::new(0.75, 0.2),
            touched: Vec::new(),
            by_name: HashMap::new(),
            by_stem: HashMap::new(),
        }
    }
}

impl Index {
    /// The path of a document.
    pub fn path(&self, document: u32) -> &str {
        &self.paths[document as usize]
    }

    /// The document at a path.
    pub fn document(&self, path: &str) -> Option<u32> {
        self.documents.get(path).copied()
    }

    /// Documents of this file name, in lower case.
    pub fn named(&self, name: &str) -> &[u32] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Documents whose file name up to the first dot is this, in lower case.
    pub fn of_stem(&self, stem: &str) -> &[u32] {
        self.by_stem.get(stem).map_or(&[], Vec::as_slice)
    }

    /// How many past changes are known, and what one of them touched.
    pub fn past_changes(&self) -> usize {
        self.touched.len()
    }

    pub fn touched(&self, change: u32) -> (&[u32], usize) {
        let (documents, width) = &self.touched[change as usize];
        (documents, *width)
    }

    /// Takes a file in that is not there, under the number that it had before, if it had one.
    pub fn put_file(&mut self, number: Option<u32>, path: &str, content: &FileTerms) {
        let document = number.unwrap_or(self.paths.len() as u32);
        if number.is_none() {
            self.paths.push(String::new());
        }
        path.clone_into(&mut self.paths[document as usize]);
        self.documents.insert(path.to_owned(), document);
        let bags = self.bags(path, content);
        self.names.add(document, &bags.name);
        self.content.add(document, &bags.content);
        self.defined.add(document, &bags.defined);
        let (name, stem) = name_and_stem(path);
        self.by_name.entry(name).or_default().push(document);
        self.by_stem.entry(stem).or_default().push(document);
    }

    /// Takes a file out, which holds exactly this. Returns its number, should it come back.
    #[cfg(test)]
    pub fn remove_file(&mut self, path: &str, content: &FileTerms) -> Option<u32> {
        let document = self.documents.remove(path)?;
        let bags = self.bags(path, content);
        self.names.remove(document, &bags.name);
        self.content.remove(document, &bags.content);
        self.defined.remove(document, &bags.defined);
        self.paths[document as usize].clear();
        let (name, stem) = name_and_stem(path);
        let lists = [self.by_name.get_mut(&name), self.by_stem.get_mut(&stem)];
        for list in lists.into_iter().flatten() {
            list.retain(|known| *known != document);
        }
        Some(document)
    }

    /// Takes in what a change said and which documents it touched; the newest comes last.
    pub fn add_change(&mut self, title: &str, body: &str, documents: Vec<u32>, width: usize) {
        let mut bag = Bag::new();
        self.vocabulary.add(title, 2, &mut bag);
        self.vocabulary.add(body, 1, &mut bag);
        self.past.add(self.touched.len() as u32, &bag);
        self.touched.push((documents, width));
    }

    fn bags(&mut self, path: &str, content: &FileTerms) -> Bags {
        let mut name = Bag::new();
        self.vocabulary.add(path, 1, &mut name);
        let last = path.rsplit('/').next().unwrap_or(path);
        self.vocabulary.add(last, 1, &mut name);
        Bags {
            name,
            content: self.vocabulary.bag(&content.all),
            defined: self.vocabulary.bag(&content.defined),
        }
    }
}

/// What a file is found by.
#[derive(Debug)]
struct Bags {
    name: Bag,
    content: Bag,
    defined: Bag,
}

fn name_and_stem(path: &str) -> (String, String) {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let stem = words(&name).next().map_or("", |word| word.text).to_owned();
    (name, stem)
}
