//! How well documents match a query: Okapi BM25 (Robertson and Zaragoza 2009).

use std::collections::HashMap;

/// How soon more of the same term adds nothing.
const K1: f32 = 1.2;

/// In so few documents no term is too common.
const FEW: f32 = 10.0;

/// How documents of one kind are judged.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    /// How much a long document is held against it: 0 to 1.
    pub b: f32,
    /// A term of more than this share of the documents says nothing.
    pub most_common: f32,
}

impl Judge {
    /// Whether a term that stands in so many of the documents says anything.
    pub fn tells(self, spread: usize, documents: usize) -> bool {
        spread as f32 <= (documents as f32 * self.most_common).max(FEW)
    }

    /// What a term counts that stands in so many of the documents; `None` where that is too many.
    pub fn rarity(self, spread: usize, documents: usize) -> Option<f32> {
        self.tells(spread, documents)
            .then(|| rarity(spread, documents))
    }

    /// How much it is held against a document to be so long, where documents have `mean` words: 1
    /// for one of these.
    pub fn norm(self, length: f32, mean: f32) -> f32 {
        1.0 - self.b + self.b * length / mean
    }

    /// What it counts to stand so many times in a document of so many words, where documents have
    /// `mean` words.
    pub fn damped(self, times: u32, length: u32, mean: f32) -> f32 {
        saturated(times as f32 / self.norm(length as f32, mean))
    }
}

/// What a term counts that stands in so many of the documents: the fewer, the more.
pub fn rarity(spread: usize, documents: usize) -> f32 {
    let (spread, documents) = (spread as f32, documents as f32);
    (1.0 + (documents - spread + 0.5) / (spread + 0.5)).ln()
}

/// What it counts to be said so many times.
pub fn saturated(times: f32) -> f32 {
    times * (K1 + 1.0) / (times + K1)
}

/// Terms of a document and how often each stands there.
pub type Bag = HashMap<u32, u32>;

/// A few documents that can be asked.
#[derive(Clone, Debug)]
pub struct Bm25 {
    judge: Judge,
    /// By term: documents and frequencies.
    postings: Vec<Vec<(u32, u32)>>,
    /// Words by document.
    lengths: Vec<u32>,
}

impl Bm25 {
    /// `b` and `most_common` as of a [`Judge`].
    pub fn new(b: f32, most_common: f32) -> Self {
        Self {
            judge: Judge { b, most_common },
            postings: Vec::new(),
            lengths: Vec::new(),
        }
    }

    /// Takes in the next document; the first is number 0.
    pub fn add(&mut self, bag: &Bag) {
        let document = self.lengths.len() as u32;
        self.lengths.push(bag.values().sum());
        for (&term, &times) in bag {
            let term = term as usize;
            if self.postings.len() <= term {
                self.postings.resize_with(term + 1, Vec::new);
            }
            self.postings[term].push((document, times));
        }
    }

    /// The documents in which a term stands, and how often.
    pub fn postings(&self, term: u32) -> &[(u32, u32)] {
        self.postings
            .get(term as usize)
            .map_or(&[], |postings| postings.as_slice())
    }

    /// The score of every document; 0 for one that none of the weighted terms speaks for. The terms
    /// count in their order: sums of floats depend on it.
    pub fn score(&self, query: &[(u32, f32)]) -> Vec<f32> {
        let total: u32 = self.lengths.iter().sum();
        let mean = (total as f32 / self.lengths.len().max(1) as f32).max(1.0);
        let mut scores = vec![0.0; self.lengths.len()];
        for &(term, weight) in query {
            let postings = self.postings(term);
            let Some(rarity) = self.judge.rarity(postings.len(), self.lengths.len()) else {
                continue;
            };
            for &(document, times) in postings {
                let length = self.lengths[document as usize];
                scores[document as usize] +=
                    weight * rarity * self.judge.damped(times, length, mean);
            }
        }
        scores
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

    fn ranked(index: &Bm25, query: &[u32]) -> Vec<usize> {
        let query: Vec<(u32, f32)> = query.iter().map(|term| (*term, 1.0)).collect();
        let scores = index.score(&query);
        let mut found: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] > 0.0).collect();
        found.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        found
    }

    #[test]
    fn rare_terms_and_short_documents_come_first() {
        let mut index = Bm25::new(0.75, 1.0);
        index.add(&bag(&[1, 2, 2, 2, 2, 2]));
        index.add(&bag(&[1]));
        index.add(&bag(&[3, 2]));
        index.add(&bag(&[4]));
        assert_eq!(ranked(&index, &[1]), [1, 0]);
        assert_eq!(ranked(&index, &[3, 1]), [2, 1, 0]);
    }

    #[test]
    fn what_stands_almost_everywhere_says_nothing() {
        let mut index = Bm25::new(0.75, 0.5);
        for _ in 0..40 {
            index.add(&bag(&[7]));
        }
        assert!(ranked(&index, &[7]).is_empty());
    }
}
