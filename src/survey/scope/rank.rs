//! Which files is a goal about? Seven signals, each divided by its largest value, in fixed weights.
//!
//! Five ask the files and the past directly. The sixth asks what all past changes of a file together
//! said, so that many faint hints add up. The seventh takes the best files of the others at their
//! word: files that share the words peculiar to those are likely meant, too.

use std::collections::{HashMap, HashSet};

use super::feedback::feedback;
use super::index::Index;
use super::sayings::sayings;
use super::tokens::{terms, words};

/// Weights of content, past changes, exact names, paths, definitions, and what all changes of a file
/// said. Fitted to five repositories (casey/just, redis, ollama, sympy, jj); benches/README.md has
/// how they do elsewhere.
const WEIGHTS: [f32; 6] = [1.0, 1.0, 0.3, 0.4, 0.2, 0.5];
/// … and of what the best files have in common.
const FEEDBACK: f32 = 0.3;
/// Past changes that are alike and counted.
const NEIGHBOURS: usize = 50;
/// After so many changes a past change counts half.
const HALF_LIFE: f32 = 2000.0;
/// A past change of more files says nothing about any of them.
pub(super) const WIDEST: usize = 50;

/// A file that a goal may be about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    pub document: u32,
    pub score: f32,
}

/// Scores by document.
pub(super) type Scores = HashMap<u32, f32>;

/// The files that a goal is about, the likeliest first; those that nothing speaks for are left out.
pub fn rank(index: &Index, goal: &str) -> Vec<Ranked> {
    let query = query(index, goal);
    let mut signals: [Scores; 6] = Default::default();
    index.content.score(&query, &mut signals[0]);
    signals[1] = past(index, &query);
    signals[2] = exact(index, goal);
    index.names.score(&query, &mut signals[3]);
    index.defined.score(&query, &mut signals[4]);
    signals[5] = sayings(index, &query);
    let mut scores = Scores::new();
    for (signal, weight) in signals.iter().zip(WEIGHTS) {
        add(&mut scores, signal, weight);
    }
    let first = sorted(index, &scores);
    add(&mut scores, &feedback(index, &first), FEEDBACK);
    sorted(index, &scores)
}

fn add(scores: &mut Scores, signal: &Scores, weight: f32) {
    let largest = signal.values().copied().fold(0.0, f32::max);
    for (&document, &score) in signal.iter().filter(|_| largest > 0.0) {
        *scores.entry(document).or_default() += weight * score / largest;
    }
}

fn sorted(index: &Index, scores: &Scores) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = scores
        .iter()
        .filter(|(document, _)| !index.path(**document).is_empty())
        .map(|(&document, &score)| Ranked { document, score })
        .collect();
    let path = |ranked: &Ranked| index.path(ranked.document);
    ranked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| path(a).cmp(path(b)))
    });
    ranked
}

/// The goal's terms, by how often it says them.
fn query(index: &Index, goal: &str) -> HashMap<u32, f32> {
    let mut query: HashMap<u32, f32> = HashMap::new();
    terms(goal, |term| {
        if let Some(term) = index.vocabulary.known(&term) {
            *query.entry(term).or_default() += 1.0;
        }
    });
    query
}

/// Files that past changes touched which sounded like the goal.
fn past(index: &Index, query: &HashMap<u32, f32>) -> Scores {
    let mut alike = Scores::new();
    index.past.score(query, &mut alike);
    let mut alike: Vec<(u32, f32)> = alike.into_iter().collect();
    alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    let best = alike.first().map_or(1.0, |(_, score)| *score);
    let mut scores = Scores::new();
    for (change, score) in alike.into_iter().take(NEIGHBOURS) {
        let (documents, width) = index.touched(change);
        if width == 0 || width > WIDEST {
            continue;
        }
        let age = (index.past_changes() - change as usize) as f32;
        let likeness = score / best;
        let weight = likeness * likeness * (-age / HALF_LIFE).exp2() / (width as f32).sqrt();
        for &document in documents {
            *scores.entry(document).or_default() += weight;
        }
    }
    scores
}

/// Files that the goal names: by path, by file name, or by a name that few files define or use.
fn exact(index: &Index, goal: &str) -> Scores {
    let mut scores = Scores::new();
    let mut give = |documents: &[u32], each: f32| {
        for &document in documents {
            *scores.entry(document).or_default() += each;
        }
    };
    for named in paths_in(goal) {
        let documents = index.document(named).map_or_else(
            || {
                index
                    .named(&named.rsplit('/').next().unwrap_or(named).to_lowercase())
                    .to_vec()
            },
            |document| vec![document],
        );
        give(&documents, 8.0 / documents.len().max(1) as f32);
    }
    let spoken: HashSet<String> = words(goal).map(|word| word.text.to_lowercase()).collect();
    for word in &spoken {
        let documents = index.of_stem(word);
        if (1..=8).contains(&documents.len()) {
            give(documents, 3.0 / documents.len() as f32);
        }
    }
    let compounds: HashSet<String> = words(goal).filter_map(|word| word.compound()).collect();
    for term in compounds
        .iter()
        .filter_map(|term| index.vocabulary.known(term))
    {
        let defined = index.defined.postings(term);
        if (1..=10).contains(&defined.len()) {
            let each = 3.0 / (defined.len() as f32).sqrt();
            defined
                .iter()
                .for_each(|(document, _)| give(&[*document], each));
        }
        let used = index.content.postings(term);
        if (1..=30).contains(&used.len()) {
            let root = (used.len() as f32).sqrt();
            for &(document, times) in used {
                let times = f32::from(times);
                give(&[document], times / (times + 2.0) / root);
            }
        }
    }
    scores
}

/// Words of the goal that look like paths or file names.
fn paths_in(goal: &str) -> HashSet<&str> {
    goal.split(|c: char| c.is_whitespace() || "`'\"()[]{}<>,;:".contains(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| word.contains('/') || word.contains('.'))
        .collect()
}
