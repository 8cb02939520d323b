//! What `check` answers: a sentence, who lands, what conflicts; or all of it as JSON.

mod document;
mod grid;
mod lines;
mod next;
mod patch;
pub mod planned;
mod sections;

pub use patch::lines as hunks;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::git::{Merged, RepoPath};
use crate::integrate::{Blocked, Blocker, Patches, Report};

use super::look::Look;
use super::text::{clean, wrap};

use grid::grid;
use sections::sections;

pub use document::{BlockedDocument, document};
pub use lines::{Line, LineError};
pub use next::next;

/// The verdict on the whole; the worst wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overall {
    Clean,
    Conflict,
    Error,
}

/// For people: a sentence, who lands, what conflicts and overlaps.
pub fn render(report: &Report, patches: Option<&Patches>, look: Look) -> String {
    let mut lines = folded(&sentence(report), look, |line| look.paint.bold(line));
    lines.extend(overview(report, look));
    lines.extend(sections(report, patches, look));
    lines.join("\n")
}

/// All but the sentence; sections begin with a blank line.
pub fn details(report: &Report, look: Look) -> Vec<String> {
    let mut lines = overview(report, look);
    lines.extend(sections(report, None, look));
    lines
}

fn overview(report: &Report, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    if report.revisions.len() > 1 || !report.blocked.is_empty() {
        lines.push(String::new());
        lines.extend(grid(report, look));
        let order = next::order(report).unwrap_or_default();
        lines.extend(folded(&order, look, |line| look.paint.dim(line)));
    }
    lines
}

/// A text in lines that fit, each painted.
pub fn folded(text: &str, look: Look, paint: impl Fn(&str) -> String) -> Vec<String> {
    let lines = wrap(text, look.columns);
    lines.iter().map(|line| paint(line)).collect()
}

/// "4 of 5 land together; feature-c waits for feature-a (src/api.rs)".
pub fn sentence(report: &Report) -> String {
    let within: Vec<_> = report.within.iter().map(|typed| clean(typed)).collect();
    if within.is_empty() {
        whole(report)
    } else {
        format!("within {}: {}", within.join(" "), whole(report))
    }
}

fn whole(report: &Report) -> String {
    let all = report.revisions.len();
    let landing = report.order.lands().len();
    let target = clean(&report.target.name);
    let start = match (all, landing) {
        (0, _) => return format!("nothing to check: no branch is ahead of {target}"),
        (1, 1) => return alone(report),
        (1, _) => String::new(),
        (2, 2) => return format!("both land together on {target}"),
        (_, _) if landing == all => return format!("all {all} land together on {target}"),
        (_, 0) => format!("none of {all} lands on {target}; "),
        (_, 1) => format!("1 of {all} lands; "),
        _ => format!("{landing} of {all} land together; "),
    };
    format!("{start}{}", reasons(report))
}

/// Of a single revision that merges.
fn alone(report: &Report) -> String {
    let (name, target) = (name(report, 0), clean(&report.target.name));
    if report.revisions[0].commit == report.target.commit {
        return format!("{name} is the target's tip itself; --into BRANCH names another target");
    }
    format!("{name} merges with {target}")
}

/// Why those that wait wait, the first two of them.
pub fn reasons(report: &Report) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for &at in report.order.waits() {
        let first = report.blocked.iter().find(|blocked| blocked.at == at);
        reasons.extend(first.map(|blocked| reason(report, blocked)));
    }
    let more = reasons.len().saturating_sub(2);
    reasons.truncate(2);
    if more > 0 {
        reasons.push(format!("{more} more wait"));
    }
    reasons.join(", ")
}

fn reason(report: &Report, blocked: &Blocked) -> String {
    let who = name(report, blocked.at);
    if let Some(trouble) = report.revisions[blocked.at].trouble() {
        return clean(&trouble.message).into_owned();
    }
    let paths = match blocked.paths.as_slice() {
        [] => String::new(),
        [path] => format!(" ({})", shown(path)),
        [path, more @ ..] => format!(" ({} and {} more)", shown(path), more.len()),
    };
    match blocked.by {
        Blocker::Target => format!("{who} conflicts with {}{paths}", clean(&report.target.name)),
        Blocker::Revision(by) => format!("{who} waits for {}{paths}", name(report, by)),
    }
}

fn name(report: &Report, at: usize) -> String {
    clean(&report.revisions[at].name).into_owned()
}

fn shown(path: &RepoPath) -> String {
    clean(&path.to_text()).into_owned()
}

/// The conflicted paths of all pairs, and of those with the target where these count.
pub fn conflicted(report: &Report, counts_target: bool) -> BTreeSet<&RepoPath> {
    let pairs = report.matrix.pairs.iter().map(|pair| &pair.merged);
    let against_target = report
        .matrix
        .against_target
        .iter()
        .filter(|_| counts_target);
    let merged = pairs.chain(against_target);
    merged
        .flat_map(Merged::conflicts)
        .map(|conflict| &conflict.path)
        .collect()
}

/// Paths, one a line (or `z`, NUL-terminated): as they are for a program, made safe for a terminal.
pub fn name_only(paths: &BTreeSet<&RepoPath>, z: bool, terminal: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    for path in paths {
        if terminal && !z {
            bytes.extend(shown(path).bytes());
        } else {
            bytes.extend(path.as_bytes());
        }
        bytes.push(if z { 0 } else { b'\n' });
    }
    bytes
}

/// The verdict on one merge.
pub fn verdict(merged: &Merged) -> Overall {
    match merged {
        Merged::Clean { .. } => Overall::Clean,
        Merged::Conflict { .. } => Overall::Conflict,
        Merged::Error(_) => Overall::Error,
    }
}
