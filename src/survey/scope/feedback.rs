//! The words that are peculiar to the best files, asked of all files: pseudo-relevance feedback
//! (Rocchio 1971).

use std::collections::HashMap;

use super::index::Index;
use super::rank::{Ranked, Scores};

/// So many of the best files are believed, where a word stands in so many of them.
const BELIEVED: usize = 5;
const AGREEING: usize = 2;
/// So many words are asked.
const ASKED: usize = 20;
/// A word of more than this share of the files is peculiar to none.
const MOST_COMMON: f32 = 0.1;

/// Files that share the words of the best so far.
pub fn feedback(index: &Index, best: &[Ranked]) -> Scores {
    let believed: HashMap<u32, f32> = best
        .iter()
        .take(BELIEVED)
        .map(|one| (one.document, one.score))
        .collect();
    let documents = index.content.documents() as f32;
    let mut words: Vec<(f32, u32)> = Vec::new();
    for term in 0..index.content.terms() {
        let postings = index.content.postings(term);
        let spread = postings.len() as f32;
        if postings.len() < AGREEING || spread > MOST_COMMON * documents {
            continue;
        }
        let (mut agreeing, mut weight) = (0, 0.0);
        for (document, times) in postings {
            if let Some(score) = believed.get(document) {
                agreeing += 1;
                weight += score * f32::from(*times) / index.content.length(*document).max(1) as f32;
            }
        }
        if agreeing >= AGREEING {
            words.push((weight * (documents / spread).ln(), term));
        }
    }
    words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let most = words.first().map_or(1.0, |(weight, _)| *weight);
    let asked = words
        .into_iter()
        .take(ASKED)
        .map(|(weight, term)| (term, weight / most));
    let mut scores = Scores::new();
    index.content.score(&asked.collect(), &mut scores);
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::scope::FileTerms;

    #[test]
    fn a_file_that_speaks_as_the_best_do_is_found_and_a_stranger_is_not() {
        let mut index = Index::default();
        let texts = [
            "parse token stream",
            "token stream cursor",
            "token stream",
            "paint screen",
        ];
        for (number, text) in texts.iter().enumerate() {
            index.put_file(
                None,
                &format!("{number}.rs"),
                &FileTerms::of(text.as_bytes()),
            );
        }
        for number in 4..60 {
            index.put_file(None, &format!("{number}.rs"), &FileTerms::of(b"unrelated"));
        }
        let best = [0, 1].map(|document| Ranked {
            document,
            score: 1.0,
        });
        let scores = feedback(&index, &best);
        assert!(
            scores.contains_key(&2) && !scores.contains_key(&3),
            "{scores:?}"
        );
    }
}
