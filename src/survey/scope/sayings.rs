//! What all past changes of a file said, taken as one text about it.
//!
//! A change of one file speaks of that file; a change of many speaks a little of each. Words count
//! by how often they were said of a file and of how few files, as in BM25.

use super::index::{Index, Kind, Scores, WIDEST};

/// How soon saying the same word again adds nothing, and how much much talk is held against a file.
const DAMPING: f32 = 0.36;
const TALKATIVE: f32 = 0.75;
/// A word of more than this share of the changes says nothing …
const MOST_COMMON: f32 = 0.2;
/// … unless there are hardly any changes.
const FEW: f32 = 10.0;

/// The files of which past changes said these words, which count in their order.
pub fn sayings(index: &Index<'_>, query: &[(u32, f32)]) -> Scores {
    let mut talk = vec![0.0; index.files()];
    for change in 0..index.past_changes() as u32 {
        spread(index, change, |file, part| talk[file as usize] += part);
    }
    let files = talk.iter().filter(|talk| **talk > 0.0).count() as f32;
    let mean = talk.iter().sum::<f32>() / files.max(1.0);
    let most = (index.past_changes() as f32 * MOST_COMMON).max(FEW);
    let mut scores = vec![0.0; index.files()];
    let mut said = vec![0.0; index.files()];
    for &(term, weight) in query {
        let changes = index.postings(term, Kind::Past);
        if changes.count_left() as f32 > most {
            continue;
        }
        let mut of: Vec<u32> = Vec::new();
        for (change, _) in changes {
            spread(index, change, |file, part| {
                if said[file as usize] == 0.0 {
                    of.push(file);
                }
                said[file as usize] += part;
            });
        }
        let spoken = of.len() as f32;
        let rarity = (1.0 + (files - spoken + 0.5) / (spoken + 0.5)).ln();
        for file in of {
            let file = file as usize;
            let length = 1.0 - TALKATIVE + TALKATIVE * talk[file] / mean;
            let times = std::mem::take(&mut said[file]);
            scores[file] += weight * rarity * times / (times + DAMPING * length);
        }
    }
    scores
}

/// Divides what a change said among its files.
fn spread(index: &Index<'_>, change: u32, mut give: impl FnMut(u32, f32)) {
    let (files, width) = index.touched(change);
    if width <= WIDEST {
        let each = 1.0 / (width.max(1) as f32).sqrt();
        files.iter().for_each(|file| give(*file, each));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn faint_hints_add_up_and_a_change_of_many_files_hints_less() {
        let mut made = Made::default();
        (0..4).for_each(|_| made.file(""));
        made.change("wrap lines", &[0]);
        made.change("wrap words", &[0]);
        made.change("wrap", &[1, 2, 3]);
        made.change("paint", &[3]);
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        let scores = sayings(&index, &index.query("wrap"));
        assert!(scores[0] > scores[1] && scores[1] > scores[3], "{scores:?}");
    }
}
