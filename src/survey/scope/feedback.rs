//! The words that are peculiar to the best files, asked of all files: pseudo-relevance feedback
//! (Rocchio 1971).

use std::collections::BTreeMap;

use super::index::{Index, Kind, Ranked, Scores};

/// So many of the best files are believed, where a word stands in so many of them.
const BELIEVED: usize = 5;
const AGREEING: usize = 2;
/// So many words are asked.
const ASKED: usize = 20;
/// A word of more than this share of the files is peculiar to none.
const MOST_COMMON: f32 = 0.1;

/// Files that share the words of the best so far.
pub fn feedback(index: &Index<'_>, best: &[Ranked]) -> Scores {
    let mut said: BTreeMap<u32, (usize, f32)> = BTreeMap::new();
    for one in best.iter().take(BELIEVED) {
        let length = index.length(one.file).max(1) as f32;
        for (term, times) in index.content(one.file) {
            let (agreeing, weight) = said.entry(term).or_default();
            *agreeing += 1;
            *weight += one.score * times as f32 / length;
        }
    }
    let files = index.files() as f32;
    let peculiar = said.into_iter().filter_map(|(term, (agreeing, weight))| {
        let spread = index.postings(term, Kind::Content).count_left() as f32;
        let peculiar = agreeing >= AGREEING && spread <= MOST_COMMON * files;
        peculiar.then(|| (weight * (files / spread).ln(), term))
    });
    let mut words: Vec<(f32, u32)> = peculiar.collect();
    words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let most = words.first().map_or(1.0, |(weight, _)| *weight);
    let asked = words.into_iter().take(ASKED);
    let mut asked: Vec<(u32, f32)> = asked.map(|(weight, term)| (term, weight / most)).collect();
    asked.sort_unstable_by_key(|(term, _)| *term);
    index.score(Kind::Content, &asked)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn a_file_that_speaks_as_the_best_do_is_found_and_a_stranger_is_not() {
        let mut made = Made::default();
        for text in [
            "parse token stream",
            "token stream cursor",
            "token stream",
            "paint screen",
        ] {
            made.file(text);
        }
        for _ in 4..60 {
            made.file("unrelated");
        }
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        let best = [0, 1].map(|file| Ranked { file, score: 1.0 });
        let scores = feedback(&index, &best);
        assert!(scores[2] > 0.0 && scores[3] == 0.0, "{scores:?}");
    }
}
