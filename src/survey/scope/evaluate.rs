//! How well the forecast would have done on a repository's own past: for each change, its message
//! in, the files that it touched out, with nothing known but what came before.
#![cfg(test)]

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::git::{MainlineChange, RepoPath, Repository};
use crate::id::Oid;

use crate::survey::history::moves;

use super::file_terms::FileTerms;
use super::index::Index;
use super::past::{add_past, said};
use super::rank::rank;

/// Changes of more files than this have no goal of their own.
const WIDEST: usize = 30;
const LARGEST: u64 = 1 << 20;

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
}

impl Tally {
    fn take(&mut self, ranked: &[u32], wanted: &HashSet<u32>) {
        let within = |most: usize| {
            let found = ranked
                .iter()
                .take(most)
                .filter(|d| wanted.contains(d))
                .count();
            found as f64 / wanted.len() as f64
        };
        self.asked += 1;
        self.at_10 += within(10);
        self.at_20 += within(20);
        self.success += f64::from(u8::from(ranked.iter().take(5).any(|d| wanted.contains(d))));
        let mut found = 0.0;
        let mut sum = 0.0;
        for (place, document) in ranked.iter().enumerate() {
            if wanted.contains(document) {
                found += 1.0;
                sum += found / (place + 1) as f64;
            }
        }
        self.map += sum / wanted.len() as f64;
    }

    fn line(&self) -> String {
        let percent = |sum: f64| 100.0 * sum / self.asked.max(1) as f64;
        format!(
            "{:5} asked  R@10 {:4.1}  R@20 {:4.1}  MAP {:4.1}  success@5 {:4.1}",
            self.asked,
            percent(self.at_10),
            percent(self.at_20),
            percent(self.map),
            percent(self.success)
        )
    }
}

struct Replay<'a> {
    repository: &'a Repository,
    index: Index,
}

impl Replay<'_> {
    fn terms(&self, blob: Oid) -> FileTerms {
        let read = self.repository.read_blobs(&[blob], LARGEST, FileTerms::of);
        read.ok()
            .and_then(|mut all| all.pop())
            .flatten()
            .unwrap_or_default()
    }

    /// The documents that a change modified, before it is applied.
    fn modified(&self, change: &MainlineChange) -> HashSet<u32> {
        let existed = change.touched.iter().filter(|file| file.before.is_some());
        existed
            .filter_map(|file| self.index.document(&file.path.to_text()))
            .collect()
    }

    fn apply(&mut self, change: &MainlineChange) {
        let moved: HashMap<&RepoPath, &RepoPath> = moves(&change.touched).into_iter().collect();
        let mut numbers: HashMap<&RepoPath, u32> = HashMap::new();
        for file in &change.touched {
            let Some(before) = file.before else { continue };
            let terms = self.terms(before);
            if let Some(document) = self.index.remove_file(&file.path.to_text(), &terms) {
                let now = moved.get(&file.path).copied().unwrap_or(&file.path);
                numbers.insert(now, document);
            }
        }
        for file in &change.touched {
            let Some(after) = file.after else { continue };
            let terms = self.terms(after);
            let number = numbers.get(&file.path).copied();
            self.index.put_file(number, &file.path.to_text(), &terms);
        }
        let (title, body) = said(change);
        let now = change.touched.iter().filter(|file| file.after.is_some());
        let documents = now.filter_map(|file| self.index.document(&file.path.to_text()));
        let documents: Vec<u32> = documents.collect();
        self.index
            .add_change(&title, &body, documents, change.touched.len());
    }
}

fn is_eligible(change: &MainlineChange) -> bool {
    let modified = change
        .touched
        .iter()
        .filter(|f| f.before.is_some() && f.after.is_some());
    let (title, _) = said(change);
    (1..=WIDEST).contains(&change.touched.len())
        && modified.count() > 0
        && title.split_whitespace().count() >= 3
}

/// `SCOPE=/path [MOST=600] cargo test --release scope_forecast -- --ignored --nocapture`
#[test]
#[ignore = "asks about a repository of yours: SCOPE=/path"]
fn scope_forecast() {
    let path = std::env::var("SCOPE").expect("SCOPE=/path/to/a/repository");
    let most: usize = std::env::var("MOST").map_or(600, |n| n.parse().expect("a number"));
    let repository = Repository::discover(Path::new(&path)).expect("a repository");
    let tip = repository.commit("HEAD").expect("a commit");
    let mainline = repository.mainline(tip, None).expect("a history").changes;
    let eligible = mainline
        .iter()
        .enumerate()
        .filter(|(_, change)| is_eligible(change));
    let start = eligible
        .map(|(at, _)| at)
        .take(most)
        .last()
        .expect("changes");
    let base = mainline.get(start + 1).expect("a change before").commit;
    let mut replay = Replay {
        repository: &repository,
        index: Index::default(),
    };
    for file in repository.files(base).expect("a tree") {
        let terms = replay.terms(file.blob);
        replay.index.put_file(None, &file.path.to_text(), &terms);
    }
    add_past(&mut replay.index, &mainline[start + 1..]);
    let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
    let mut seen = 0;
    for change in mainline[..=start].iter().rev() {
        if is_eligible(change) {
            seen += 1;
            let wanted = replay.modified(change);
            if seen > most / 2 && !wanted.is_empty() {
                let (title, body) = said(change);
                let goals = [format!("{title}\n{body}"), title.clone(), stripped(&title)];
                for (tally, goal) in tallies.iter_mut().zip(goals) {
                    let ranked = rank(&replay.index, &goal);
                    let ranked: Vec<u32> = ranked.iter().map(|r| r.document).collect();
                    tally.take(&ranked, &wanted);
                }
            }
        }
        replay.apply(change);
    }
    eprintln!("{path}");
    for (tally, what) in tallies.iter().zip(["title+body", "title", "stripped"]) {
        eprintln!("  {what:10} {}", tally.line());
    }
}
