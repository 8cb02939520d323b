//! How well the forecast would have done on a repository's own past: for each change, its message
//! in, the files that it touched out, with nothing known but what came before.
#![cfg(test)]

use std::collections::HashSet;
use std::path::Path;

use crate::git::{MainlineChange, Repository};
use crate::survey::testing::InMemory;

use super::index::{Index, Ranked};
use super::kept;
use super::messages::said;
use super::rank::rank;
use super::{MOST, expected, is_likely};

/// Changes of more files than this have no goal of their own.
const WIDEST: usize = 30;

/// A vague title: without a prefix such as `fix(api):` and without names of the code.
fn stripped(title: &str) -> String {
    let title = match title.split_once(": ") {
        Some((prefix, rest)) if !prefix.contains(' ') || prefix.len() < 20 => rest,
        _ => title,
    };
    let plain = |word: &&str| {
        let inner: Vec<char> = word.chars().collect();
        let camel = inner
            .windows(2)
            .any(|w| w[0].is_lowercase() && w[1].is_uppercase());
        let trimmed = word.trim_end_matches(['.', ',', ';', ':']);
        !camel && !trimmed.contains(['_', '.', '/', '`', ':', '(', '#', '\\'])
    };
    let words: Vec<&str> = title.split_whitespace().filter(plain).collect();
    words.join(" ")
}

#[derive(Default, Clone)]
struct Tally {
    asked: usize,
    at_10: f64,
    at_20: f64,
    map: f64,
    success: f64,
    /// The share of the files that was expected among the first five, and found there; the same of
    /// the first twenty is `at_20`.
    expected_5: f64,
    expected_20: f64,
    at_5: f64,
    /// Likely files, and how many of them are right.
    likely: usize,
    right: usize,
}

impl Tally {
    fn take(&mut self, ranked: &[Ranked], wanted: &HashSet<u32>) {
        let is_right = |one: &&Ranked| wanted.contains(&one.file);
        let within = |most: usize| {
            let found = ranked.iter().take(most).filter(is_right).count();
            found as f64 / wanted.len() as f64
        };
        let expected = |most: usize| f64::from(expected(ranked, most));
        let likely = ranked
            .iter()
            .take(MOST)
            .filter(|one| is_likely(one, ranked));
        self.likely += likely.clone().count();
        self.right += likely.filter(is_right).count();
        self.expected_5 += expected(5);
        self.expected_20 += expected(20);
        self.at_5 += within(5);
        self.asked += 1;
        self.at_10 += within(10);
        self.at_20 += within(20);
        self.success += f64::from(u8::from(within(5) > 0.0));
        let mut found = 0.0;
        let mut sum = 0.0;
        for (place, one) in ranked.iter().enumerate() {
            if wanted.contains(&one.file) {
                found += 1.0;
                sum += found / (place + 1) as f64;
            }
        }
        self.map += sum / wanted.len() as f64;
    }

    fn line(&self) -> String {
        let percent = |sum: f64| 100.0 * sum / self.asked.max(1) as f64;
        format!(
            "{:5} asked  R@10 {:4.1}  R@20 {:4.1}  MAP {:4.1}  success@5 {:4.1}  (expected/found in 5: {:.0}/{:.0}, in 20: {:.0}/{:.0}; likely {:.1}, {:.0} % right)",
            self.asked,
            percent(self.at_10),
            percent(self.at_20),
            percent(self.map),
            percent(self.success),
            percent(self.expected_5),
            percent(self.at_5),
            percent(self.expected_20),
            percent(self.at_20),
            self.likely as f64 / self.asked.max(1) as f64,
            100.0 * self.right as f64 / self.likely.max(1) as f64,
        )
    }
}

/// The files that a change modified, of those that were there before it.
fn modified(index: &Index<'_>, change: &MainlineChange) -> HashSet<u32> {
    let existed = change.touched.iter().filter(|file| file.before.is_some());
    existed
        .filter_map(|file| index.file(&file.path.to_text()))
        .collect()
}

fn is_eligible(change: &MainlineChange) -> bool {
    let modified = change
        .touched
        .iter()
        .filter(|f| f.before.is_some() && f.after.is_some());
    let (title, _) = said(&change.message);
    (1..=WIDEST).contains(&change.touched.len())
        && modified.count() > 0
        && title.split_whitespace().count() >= 3
}

/// Goals that were reached: a change's title and body, its title, and that without what a goal would
/// not know; with the files that it touched.
pub struct Asked<'a> {
    pub index: &'a Index<'a>,
    pub goals: [String; 3],
    pub wanted: HashSet<u32>,
}

/// The later half of the latest `most` changes of a repository's mainline, the oldest first, each with
/// what was known before it.
pub fn each_change(path: &str, most: usize, mut ask: impl FnMut(&Asked<'_>)) {
    let repository = Repository::discover(Path::new(path)).expect("a repository");
    let tip = repository.commit("HEAD").expect("a commit");
    let mainline = repository.mainline(tip).expect("a history");
    let eligible = (0..mainline.len() - 1).filter(|at| is_eligible(&mainline[*at]));
    let latest: Vec<usize> = eligible.take(most).collect();
    let shelf = InMemory::default();
    for &at in latest[..latest.len() / 2].iter().rev() {
        let change = &mainline[at];
        let bytes = kept::index(&repository, mainline[at + 1].commit, &shelf).expect("an index");
        let index = kept::read(&bytes).expect("an index");
        let wanted = modified(&index, change);
        let (title, body) = said(&change.message);
        let goals = [
            format!("{title}\n\n{body}"),
            title.clone(),
            stripped(&title),
        ];
        if !wanted.is_empty() {
            ask(&Asked {
                index: &index,
                goals,
                wanted,
            });
        }
    }
}

/// How many of the latest changes to go through: `MOST`, or 600.
pub fn most() -> usize {
    std::env::var("MOST").map_or(600, |n| n.parse().expect("a number"))
}

/// `SCOPE=/path [MOST=600] cargo test --release scope_forecast -- --ignored --nocapture`
#[test]
#[ignore = "asks about a repository of yours: SCOPE=/path"]
fn scope_forecast() {
    let path = std::env::var("SCOPE").expect("SCOPE=/path/to/a/repository");
    let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
    each_change(&path, most(), |asked| {
        for (tally, goal) in tallies.iter_mut().zip(&asked.goals) {
            tally.take(&rank(asked.index, goal), &asked.wanted);
        }
    });
    eprintln!("{path}");
    for (tally, what) in tallies.iter().zip(["title+body", "title", "stripped"]) {
        eprintln!("  {what:10} {}", tally.line());
    }
}
