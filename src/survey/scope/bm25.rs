//! How well documents match a query: Okapi BM25 (Robertson and Zaragoza 2009), over documents that
//! come, change and go.

use std::collections::HashMap;

/// How soon more of the same term adds nothing.
const K1: f32 = 1.2;

/// In so few documents no term is too common.
const FEW: f32 = 10.0;

/// Terms of a document and how often each stands there.
pub type Bag = HashMap<u32, u32>;

/// An index of bags.
#[derive(Clone, Debug)]
pub struct Bm25 {
    /// How much a long document is held against it: 0 to 1.
    b: f32,
    /// A term of more than this share of the documents says nothing.
    most_common: f32,
    /// By term: documents and frequencies.
    postings: Vec<Vec<(u32, u16)>>,
    /// By document; 0 for none.
    lengths: Vec<u32>,
    total: u64,
    documents: usize,
}

impl Bm25 {
    pub fn new(b: f32, most_common: f32) -> Self {
        Self {
            b,
            most_common,
            postings: Vec::new(),
            lengths: Vec::new(),
            total: 0,
            documents: 0,
        }
    }

    /// Takes a document in; there is none of this number.
    pub fn add(&mut self, document: u32, bag: &Bag) {
        let at = document as usize;
        if self.lengths.len() <= at {
            self.lengths.resize(at + 1, 0);
        }
        let length: u32 = bag.values().sum();
        self.lengths[at] = length;
        self.total += u64::from(length);
        self.documents += 1;
        for (&term, &times) in bag {
            let term = term as usize;
            if self.postings.len() <= term {
                self.postings.resize_with(term + 1, Vec::new);
            }
            let times = u16::try_from(times).unwrap_or(u16::MAX);
            self.postings[term].push((document, times));
        }
    }

    /// Takes a document out, which holds exactly this.
    #[cfg(test)]
    pub fn remove(&mut self, document: u32, bag: &Bag) {
        for &term in bag.keys() {
            if let Some(postings) = self.postings.get_mut(term as usize) {
                postings.retain(|(known, _)| *known != document);
            }
        }
        let length = std::mem::take(&mut self.lengths[document as usize]);
        self.total -= u64::from(length);
        self.documents -= 1;
    }

    /// The documents in which a term stands, and how often.
    pub fn postings(&self, term: u32) -> &[(u32, u16)] {
        self.postings
            .get(term as usize)
            .map_or(&[], |postings| postings.as_slice())
    }

    /// How many documents there are.
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// How many terms were ever seen; they are numbered from 0.
    pub fn terms(&self) -> u32 {
        self.postings.len() as u32
    }

    /// How many words a document has.
    pub fn length(&self, document: u32) -> u32 {
        self.lengths.get(document as usize).copied().unwrap_or(0)
    }

    /// Adds the score of every document that matches the weighted terms to `scores`, which are by
    /// document.
    pub fn score(&self, query: &HashMap<u32, f32>, scores: &mut HashMap<u32, f32>) {
        let documents = self.documents as f32;
        let mean = (self.total as f32 / documents.max(1.0)).max(1.0);
        for (&term, &weight) in query {
            let postings = self.postings(term);
            let spread = postings.len() as f32;
            if spread > (documents * self.most_common).max(FEW) {
                continue;
            }
            let rarity = (1.0 + (documents - spread + 0.5) / (spread + 0.5)).ln();
            for &(document, times) in postings {
                let length = self.lengths[document as usize] as f32;
                let times = f32::from(times);
                let damped =
                    times * (K1 + 1.0) / (times + K1 * (1.0 - self.b + self.b * length / mean));
                *scores.entry(document).or_default() += weight * rarity * damped;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bag(terms: &[u32]) -> Bag {
        let mut bag = Bag::new();
        for term in terms {
            *bag.entry(*term).or_default() += 1;
        }
        bag
    }

    fn ranked(index: &Bm25, query: &[u32]) -> Vec<u32> {
        let mut scores = HashMap::new();
        index.score(
            &query.iter().map(|term| (*term, 1.0)).collect(),
            &mut scores,
        );
        let mut found: Vec<(u32, f32)> = scores.into_iter().collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.into_iter().map(|(document, _)| document).collect()
    }

    #[test]
    fn rare_terms_and_short_documents_come_first() {
        let mut index = Bm25::new(0.75, 1.0);
        index.add(0, &bag(&[1, 2, 2, 2, 2, 2]));
        index.add(1, &bag(&[1]));
        index.add(2, &bag(&[3, 2]));
        index.add(3, &bag(&[4]));
        assert_eq!(ranked(&index, &[1]), [1, 0]);
        assert_eq!(ranked(&index, &[3, 1]), [2, 1, 0]);
    }

    #[test]
    fn what_went_is_not_found_and_leaves_no_trace() {
        let mut index = Bm25::new(0.75, 1.0);
        index.add(0, &bag(&[1, 2]));
        let before = format!("{:?}", index.postings(1));
        index.add(1, &bag(&[1]));
        index.remove(1, &bag(&[1]));
        assert_eq!(format!("{:?}", index.postings(1)), before);
        assert_eq!((index.documents, index.total), (1, 2));
    }

    #[test]
    fn what_stands_almost_everywhere_says_nothing() {
        let mut index = Bm25::new(0.75, 0.5);
        for document in 0..40 {
            index.add(document, &bag(&[7]));
        }
        assert!(ranked(&index, &[7]).is_empty());
    }
}
