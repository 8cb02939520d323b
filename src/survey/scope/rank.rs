//! Which files is a goal about? Signals, most of them between 0 and 1, in fixed weights.
//!
//! Most ask what the files say, what they are called, and what past changes said of them. Two take the
//! best files of the others at their word: files that share the words peculiar to those are likely
//! meant, too, and so is what usually changes with the very best. One knows nothing of the goal: what
//! changed often of late will change again.
//!
//! The weights are such that the scores, as powers of e, are the likelihoods of the files (ListNet,
//! Cao et al. 2007): [`rank`] tells these.

use std::collections::BTreeMap;

use crate::survey::kind::is_legal_text;

use super::company::{company, faded, lately};
use super::exact::{named, shares, used};
use super::feedback::feedback;
use super::fields::fields;
use super::index::{Index, Kind, Ranked, Scores, WIDEST};
use super::tokens::words;

/// How many signals there are.
pub const SIGNALS: usize = 12;
/// What each counts, in the order of [`signals`]: as `fit` found, in repositories that
/// benches/README.md names.
const WEIGHTS: [f32; SIGNALS] = [
    2.96, 0.73, 1.15, 0.50, 1.74, 1.13, 0.30, 1.09, 0.69, 1.70, 0.82, 0.48,
];
/// The last ones go by the best files of those before them.
const SECOND_THOUGHTS: usize = 2;

/// Past changes that are alike and counted.
const NEIGHBOURS: usize = 50;
/// After so many changes a past change counts half.
const HALF_LIFE: f32 = 2000.0;
/// The likelihood of all files is divided among so many, whether or not anything speaks for them:
/// where little does, others may as well be meant.
pub const POOL: usize = 100;

/// The files that a goal is about, the likeliest first, with how likely each is meant: at most 1 for
/// the first hundred together. Those that nothing speaks for are left out.
pub fn rank(index: &Index<'_>, goal: &str) -> Vec<Ranked> {
    let signals = signals(index, goal);
    let mut ranked = sorted(&weighted(&signals, index.files()));
    likelihoods(&mut ranked, index.files());
    ranked.retain(|one| speaks_for(&signals, one.file));
    if !speaks_of_licences(goal) {
        // Long prose that shares words with any goal, and that nobody edits by the way.
        ranked.retain(|one| !is_legal_text(index.path(one.file)));
    }
    ranked
}

/// All that speaks for files, one signal after the other.
pub fn signals(index: &Index<'_>, goal: &str) -> Vec<Scores> {
    let whole = index.query(goal);
    let heading = first_paragraph(goal);
    let first = index.query(heading);
    let [folders, names] = shares(index, heading, goal);
    let fields = fields(index, &stressed(&whole, &first), &first);
    let mut signals = vec![
        scaled(fields.matches),
        scaled(fields.coverage),
        scaled(index.score(Kind::Name, &first)),
        scaled(index.score(Kind::Defined, &whole)),
        scaled(past(index, &first)),
        used(index, goal),
        named(index, goal),
        folders,
        names,
        scaled(lately(index)),
    ];
    let best = sorted(&weighted(&signals, index.files()));
    signals.push(scaled(feedback(index, &best)));
    signals.push(scaled(company(index, best.first())));
    signals
}

/// Whether any signal that knows of the goal speaks for a file.
fn speaks_for(signals: &[Scores], file: u32) -> bool {
    const LATELY: usize = SIGNALS - SECOND_THOUGHTS - 1;
    let mut known = signals.iter().take(LATELY);
    known.any(|signal| signal[file as usize] > 0.0)
}

/// The words of a goal, those of its first paragraph twice: it says more to the point than what
/// follows it.
fn stressed(whole: &[(u32, f32)], first: &[(u32, f32)]) -> Vec<(u32, f32)> {
    const MOST: f32 = 3.0;
    let mut said: BTreeMap<u32, f32> = BTreeMap::new();
    for (term, times) in whole.iter().chain(first) {
        *said.entry(*term).or_default() += times;
    }
    said.into_iter()
        .map(|(term, times)| (term, times.min(MOST)))
        .collect()
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

/// Divided by its largest value.
fn scaled(mut signal: Scores) -> Scores {
    let largest = signal.iter().copied().fold(0.0, f32::max);
    if largest > 0.0 {
        signal.iter_mut().for_each(|score| *score /= largest);
    }
    signal
}

/// The weighted sum of as many signals as there are.
fn weighted(signals: &[Scores], files: usize) -> Scores {
    let mut scores = vec![0.0; files];
    for (signal, weight) in signals.iter().zip(WEIGHTS) {
        for (score, signal) in scores.iter_mut().zip(signal) {
            *score += weight * signal;
        }
    }
    scores
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

/// From scores to likelihoods, among so many files.
fn likelihoods(ranked: &mut [Ranked], files: usize) {
    let best = ranked.first().map_or(0.0, |one| one.score);
    let silent = files.min(POOL).saturating_sub(ranked.len()) as f32;
    for one in ranked.iter_mut() {
        one.score = (one.score - best).exp();
    }
    let told: f32 = ranked.iter().take(POOL).map(|one| one.score).sum();
    let all = told + silent * (-best).exp();
    ranked.iter_mut().for_each(|one| one.score /= all);
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
        let likeness = score / best;
        let faded = faded(index, change, HALF_LIFE);
        let weight = likeness * likeness * faded / (width as f32).sqrt();
        for &file in files {
            scores[file as usize] += weight;
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::super::testing::Made;
    use super::*;

    #[test]
    fn others_may_be_meant_and_nothing_is_named_only_since_it_changes_often() {
        let mut made = Made::default();
        for text in ["parse tokens", "tokens", "paint", "paint"] {
            made.file(text);
        }
        (0..9).for_each(|_| made.change("busy", &[3]));
        let bytes = made.index();
        let index = Index::read(&bytes).expect("an index");
        let ranked = rank(&index, "Parse the tokens");
        let files: Vec<u32> = ranked.iter().map(|one| one.file).collect();
        assert_eq!(files, [0, 1]);
        // What else there is may be meant, too.
        let all: f32 = ranked.iter().map(|one| one.score).sum();
        assert!((0.7..1.0).contains(&all), "{ranked:?}");
        assert_eq!(rank(&index, "Unheard of"), []);
    }

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
