//! Which files is a goal about? Signals, each divided by its largest value, in fixed weights.
//!
//! Five ask the files and the past directly. One asks what all past changes of a file together
//! said, so that many faint hints add up. Three ask again with the goal's first paragraph alone,
//! which says more to the point than what follows it. The last takes the best files of the others
//! at their word: files that share the words peculiar to those are likely meant, too.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::survey::kind::is_legal_text;

use super::feedback::feedback;
use super::index::{Index, Kind, Ranked, Scores, WIDEST};
use super::sayings::sayings;
use super::tokens::words;

/// Weights of content, past changes, exact names, paths, definitions, and what all changes of a file
/// said. All weights are fitted to four repositories (casey/just, redis, ollama, jj);
/// benches/README.md has how they do elsewhere.
const WEIGHTS: [f32; 6] = [1.0, 1.0, 0.3, 0.2, 0.2, 0.2];
/// … of past changes, paths and what all changes said, asked with the first paragraph …
const HEADING: [f32; 3] = [0.2, 0.4, 0.2];
/// … and of what the best files have in common.
const FEEDBACK: f32 = 0.5;
/// Past changes that are alike and counted.
const NEIGHBOURS: usize = 50;
/// After so many changes a past change counts half.
const HALF_LIFE: f32 = 2000.0;

/// The files that a goal is about, the likeliest first; those that nothing speaks for are left out.
pub fn rank(index: &Index<'_>, goal: &str) -> Vec<Ranked> {
    let query = index.query(goal);
    let signals = [
        index.score(Kind::Content, &query),
        past(index, &query),
        exact(index, goal),
        index.score(Kind::Name, &query),
        index.score(Kind::Defined, &query),
        sayings(index, &query),
    ];
    let heading = index.query(first_paragraph(goal));
    let asked_again = [
        past(index, &heading),
        index.score(Kind::Name, &heading),
        sayings(index, &heading),
    ];
    let mut scores = vec![0.0; index.files()];
    let weighted = signals.iter().zip(WEIGHTS);
    for (signal, weight) in weighted.chain(asked_again.iter().zip(HEADING)) {
        add(&mut scores, signal, weight);
    }
    let first = sorted(&scores);
    add(&mut scores, &feedback(index, &first), FEEDBACK);
    let mut ranked = sorted(&scores);
    if !speaks_of_licences(goal) {
        // Long prose that shares words with any goal, and that nobody edits by the way.
        ranked.retain(|one| !is_legal_text(index.path(one.file)));
    }
    ranked
}

fn speaks_of_licences(goal: &str) -> bool {
    const SIGNS: [&str; 4] = ["licen", "copy", "notice", "legal"];
    let mut words = words(goal).map(|word| word.text.to_lowercase());
    words.any(|word| SIGNS.iter().any(|sign| word.starts_with(sign)))
}

/// Up to the first line that says nothing.
fn first_paragraph(goal: &str) -> &str {
    let goal = goal.trim_start();
    let end = goal.match_indices('\n').find(|(at, _)| {
        let next = goal[at + 1..].lines().next();
        next.is_none_or(|line| line.trim().is_empty())
    });
    end.map_or(goal, |(at, _)| &goal[..at])
}

fn add(scores: &mut Scores, signal: &Scores, weight: f32) {
    let largest = signal.iter().copied().fold(0.0, f32::max);
    if largest > 0.0 {
        for (score, signal) in scores.iter_mut().zip(signal) {
            *score += weight * signal / largest;
        }
    }
}

/// The best first; files are numbered in the order of their paths.
fn sorted(scores: &Scores) -> Vec<Ranked> {
    let ranked = (0..).zip(scores.iter().copied());
    let mut ranked: Vec<Ranked> = ranked
        .filter(|(_, score)| *score > 0.0)
        .map(|(file, score)| Ranked { file, score })
        .collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.file.cmp(&b.file)));
    ranked
}

/// Files that past changes touched which sounded like the goal.
fn past(index: &Index<'_>, query: &[(u32, f32)]) -> Scores {
    let alike = (0..).zip(index.score(Kind::Past, query));
    let mut alike: Vec<(u32, f32)> = alike.filter(|(_, score)| *score > 0.0).collect();
    alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    let best = alike.first().map_or(1.0, |(_, score)| *score);
    let mut scores = vec![0.0; index.files()];
    for (change, score) in alike.into_iter().take(NEIGHBOURS) {
        let (files, width) = index.touched(change);
        if width == 0 || width > WIDEST {
            continue;
        }
        let age = (index.past_changes() - change as usize) as f32;
        let likeness = score / best;
        let weight = likeness * likeness * (-age / HALF_LIFE).exp2() / (width as f32).sqrt();
        for &file in files {
            scores[file as usize] += weight;
        }
    }
    scores
}

/// Files that the goal names: by path, by file name, or by a name that few files define or use.
fn exact(index: &Index<'_>, goal: &str) -> Scores {
    let mut scores = vec![0.0; index.files()];
    let mut give = |files: &[u32], each: f32| {
        for &file in files {
            scores[file as usize] += each;
        }
    };
    let spoken: BTreeSet<String> = words(goal).map(|word| word.text.to_lowercase()).collect();
    let called = Called::of(index, &spoken, paths_in(goal));
    for files in called.named.values() {
        give(files, 8.0 / files.len().max(1) as f32);
    }
    for files in called.by_stem.values() {
        if (1..=8).contains(&files.len()) {
            give(files, 3.0 / files.len() as f32);
        }
    }
    let compounds: BTreeSet<String> = words(goal).filter_map(|word| word.compound()).collect();
    for term in compounds.iter().filter_map(|term| index.term(term)) {
        let defined = index.postings(term, Kind::Defined);
        let spread = defined.count_left();
        if (1..=10).contains(&spread) {
            let each = 3.0 / (spread as f32).sqrt();
            defined.for_each(|(file, _)| give(&[file], each));
        }
        let used = index.postings(term, Kind::Content);
        let spread = used.count_left();
        if (1..=30).contains(&spread) {
            let root = (spread as f32).sqrt();
            used.for_each(|(file, times)| {
                let times = times as f32;
                give(&[file], times / (times + 2.0) / root);
            });
        }
    }
    scores
}

/// Files that are called as words of a goal are.
#[derive(Debug, Default)]
struct Called<'a> {
    /// By what looks like a path or file name: the file there, else all of that name.
    named: BTreeMap<&'a str, Vec<u32>>,
    /// By what looks like a word: files whose name up to the first dot is this.
    by_stem: BTreeMap<&'a str, Vec<u32>>,
}

impl<'a> Called<'a> {
    /// Both in lower case, but for paths.
    fn of(index: &Index<'_>, words: &'a BTreeSet<String>, paths: BTreeSet<&'a str>) -> Self {
        let mut called = Self::default();
        let mut by_name: HashMap<String, Vec<&str>> = HashMap::new();
        for path in paths {
            match index.file(path) {
                Some(file) => called.named.entry(path).or_default().push(file),
                None => by_name
                    .entry(last_part(path).to_lowercase())
                    .or_default()
                    .push(path),
            }
        }
        for file in 0..index.files() as u32 {
            let name = last_part(index.path(file)).to_lowercase();
            for path in by_name.get(&name).into_iter().flatten() {
                called.named.entry(path).or_default().push(file);
            }
            let stem = self::words(&name).next().map_or("", |word| word.text);
            if let Some(word) = words.get(stem) {
                called.by_stem.entry(word).or_default().push(file);
            }
        }
        called
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Words of the goal that look like paths or file names.
fn paths_in(goal: &str) -> BTreeSet<&str> {
    goal.split(|c: char| c.is_whitespace() || "`'\"()[]{}<>,;:".contains(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| word.contains('/') || word.contains('.'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_about_a_licence_only_if_it_says_so() {
        assert!(speaks_of_licences("Relicense it, and update the Copyright"));
        assert!(!speaks_of_licences("Document the TTL of a hash's fields"));
    }

    #[test]
    fn the_first_paragraph_ends_at_a_blank_line() {
        let cases = [
            ("Add retries", "Add retries"),
            ("\nAdd retries\n  \nTo the client", "Add retries"),
            ("Add retries\r\n\r\nTo the client", "Add retries\r"),
            ("- one\n- two", "- one\n- two"),
            ("", ""),
        ];
        for (goal, first) in cases {
            assert_eq!(first_paragraph(goal), first, "{goal:?}");
        }
    }
}
