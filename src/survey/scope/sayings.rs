//! What all past changes of a file said, taken as one text about it.
//!
//! A change of one file speaks of that file; a change of many speaks a little of each. Words count
//! by how often they were said of a file and of how few files, as in BM25.

use std::collections::HashMap;

use super::index::Index;
use super::rank::{Scores, WIDEST};

/// How soon saying the same word again adds nothing, and how much much talk is held against a file.
const DAMPING: f32 = 0.36;
const TALKATIVE: f32 = 0.75;
/// A word of more than this share of the changes says nothing …
const MOST_COMMON: f32 = 0.2;
/// … unless there are hardly any changes.
const FEW: f32 = 10.0;

/// The files of which past changes said these words.
pub fn sayings(index: &Index, query: &HashMap<u32, f32>) -> Scores {
    let mut talk = Scores::new();
    let mut all = 0.0;
    for change in 0..index.past_changes() as u32 {
        all += spread(index, change, &mut talk);
    }
    let mean = all / talk.len().max(1) as f32;
    let files = talk.len() as f32;
    let most = (index.past_changes() as f32 * MOST_COMMON).max(FEW);
    // In a fixed order: sums of floats depend on it, and answers must not differ by chance.
    let mut words: Vec<(u32, f32)> = query
        .iter()
        .map(|(&term, &weight)| (term, weight))
        .collect();
    words.sort_unstable_by_key(|(term, _)| *term);
    let mut scores = Scores::new();
    for (term, weight) in words {
        let changes = index.past.postings(term);
        if changes.len() as f32 > most {
            continue;
        }
        let mut said = Scores::new();
        for &(change, _) in changes {
            spread(index, change, &mut said);
        }
        let of = said.len() as f32;
        let rarity = (1.0 + (files - of + 0.5) / (of + 0.5)).ln();
        for (document, times) in said {
            let length = 1.0 - TALKATIVE + TALKATIVE * talk[&document] / mean;
            *scores.entry(document).or_default() +=
                weight * rarity * times / (times + DAMPING * length);
        }
    }
    scores
}

/// Divides what a change said among its files. Returns how much that was in all.
fn spread(index: &Index, change: u32, among: &mut Scores) -> f32 {
    let (documents, width) = index.touched(change);
    if width > WIDEST || documents.is_empty() {
        return 0.0;
    }
    let each = 1.0 / (width as f32).sqrt();
    for &document in documents {
        *among.entry(document).or_default() += each;
    }
    each * documents.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faint_hints_add_up_and_a_change_of_many_files_hints_less() {
        let mut index = Index::default();
        for path in ["a.rs", "b.rs", "c.rs", "d.rs"] {
            index.put_file(None, path, &Default::default());
        }
        index.add_change("wrap lines", "", vec![0], 1);
        index.add_change("wrap words", "", vec![0], 1);
        index.add_change("wrap", "", vec![1, 2, 3], 3);
        index.add_change("paint", "", vec![3], 1);
        let wrap = index.vocabulary.known("wrap").expect("a known word");
        let scores = sayings(&index, &HashMap::from([(wrap, 1.0)]));
        assert!(
            scores[&0] > scores[&1] && scores[&1] > scores[&3],
            "{scores:?}"
        );
    }
}
