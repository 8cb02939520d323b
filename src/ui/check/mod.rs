//! What `check` answers: a sentence, who lands, what conflicts; or all of it as JSON.

mod document;
mod lines;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::shell_word;
use crate::git::{Merged, RepoPath};
use crate::id::RunId;
use crate::integrate::{Blocked, Blocker, Pair, Report};
use crate::plan::Risk;

use super::paint::Paint;
use super::text::{clean, count, pad, width};

pub use document::{BlockedDocument, document};
pub use lines::{Line, LineError};

/// The verdict on the whole; the worst wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overall {
    Clean,
    Conflict,
    Error,
}

/// Paths that are named of a pair before "and N more".
const PATHS_SHOWN: usize = 10;

/// For people.
pub fn render(report: &Report, paint: Paint) -> String {
    let mut lines = vec![paint.bold(&sentence(report))];
    lines.extend(details(report, paint));
    lines.join("\n")
}

/// Who lands and who waits, then every conflict and every overlap; sections begin with a blank
/// line.
pub fn details(report: &Report, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if report.revisions.len() > 1 || !report.blocked.is_empty() {
        lines.push(String::new());
        lines.extend(table(report, paint));
    }
    let conflicts: Vec<&Pair> = pairs(report, |pair| pair.risk == Risk::High);
    let overlaps: Vec<&Pair> = pairs(report, |pair| pair.risk == Risk::Medium);
    lines.extend(conflicts_with_target(report, paint));
    for pair in conflicts {
        let heading = format!(
            "{} and {} conflict",
            name(report, pair.a),
            name(report, pair.b)
        );
        lines.extend(section(&paint.red(&heading), &told(&pair.merged)));
    }
    for pair in overlaps {
        let both = format!("{} and {}", name(report, pair.a), name(report, pair.b));
        let heading = format!("{both} touch the same and merge");
        let paths: Vec<String> = pair.overlaps.iter().map(shown).collect();
        lines.extend(section(&paint.yellow(&heading), &paths));
    }
    lines
}

/// What to type next; `run` is the one whose tasks these are.
pub fn next(report: &Report, run: Option<RunId>, paint: Paint) -> Vec<String> {
    let names = |list: &[usize]| -> Vec<String> {
        let names = list
            .iter()
            .map(|&at| shell_word(&report.revisions[at].name));
        names.collect()
    };
    let (lands, waits) = (report.order.lands(), report.order.waits());
    // What was taken from a base of its own is no branch that could be merged as it is.
    let mergeable = |&at: &usize| report.revisions[at].merge_base.is_none();
    let mut commands = Vec::new();
    match (run, names(waits).first()) {
        (Some(run), None) => commands.push(format!("git parallel merge {run}")),
        (Some(_), Some(first)) => commands.push(format!("git parallel resolve {first}")),
        (None, _) if !lands.is_empty() && lands.iter().all(mergeable) => {
            commands.push(format!("git parallel merge {}", names(lands).join(" ")));
        }
        (None, _) => {}
    }
    let line = |command: &String| format!("next: {}", paint.cyan(&clean(command)));
    commands.iter().map(line).collect()
}

fn pairs(report: &Report, wanted: impl Fn(&Pair) -> bool) -> Vec<&Pair> {
    report
        .matrix
        .pairs
        .iter()
        .filter(|pair| wanted(pair))
        .collect()
}

fn conflicts_with_target(report: &Report, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, merged) in report.matrix.against_target.iter().enumerate() {
        if !matches!(merged, Merged::Clean { .. }) {
            let heading = format!(
                "{} conflicts with {}",
                name(report, at),
                clean(&report.target.name)
            );
            lines.extend(section(&paint.red(&heading), &told(merged)));
        }
    }
    lines
}

/// A blank line, a heading, and what belongs to it.
fn section(heading: &str, entries: &[String]) -> Vec<String> {
    let mut lines = vec![String::new(), heading.to_owned()];
    let shown = entries.iter().take(PATHS_SHOWN);
    lines.extend(shown.map(|entry| format!("  {entry}")));
    if entries.len() > PATHS_SHOWN {
        lines.push(format!("  and {} more", entries.len() - PATHS_SHOWN));
    }
    lines
}

/// Why two do not merge, an entry a path.
fn told(merged: &Merged) -> Vec<String> {
    match merged {
        Merged::Error(error) => vec![clean(&error.message).into_owned()],
        _ if merged.conflicts().is_empty() => vec!["a folder is renamed in two ways".to_owned()],
        _ => {
            let conflicts = merged.conflicts().iter();
            conflicts
                .map(|c| format!("{} ({})", shown(&c.path), c.kind.as_str()))
                .collect()
        }
    }
}

/// One line a revision, in the order in which they land.
fn table(report: &Report, paint: Paint) -> Vec<String> {
    let names: Vec<String> = (0..report.revisions.len())
        .map(|at| name(report, at))
        .collect();
    let name_width = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let row = |at: usize, lands: bool| {
        let changes = &report.revisions[at].changes;
        let verb = if lands {
            paint.green("lands")
        } else {
            paint.red("waits")
        };
        let files = count(changes.paths.len(), "file", "files");
        let lines = format!("+{} -{}", changes.insertions, changes.deletions);
        format!(
            "{verb}  {}  {}  {lines}",
            pad(&names[at], name_width),
            pad(&files, 9)
        )
    };
    let lands = report.order.lands().iter().map(|&at| row(at, true));
    let waits = report.order.waits().iter().map(|&at| row(at, false));
    lands.chain(waits).collect()
}

/// "4 of 5 land together; feature-c waits for feature-a (src/api.rs)".
pub fn sentence(report: &Report) -> String {
    let all = report.revisions.len();
    let landing = report.order.lands().len();
    let target = clean(&report.target.name);
    let start = match (all, landing) {
        (0, _) => return format!("nothing to check: no branch is ahead of {target}"),
        (1, 1) => return format!("{} merges with {target}", name(report, 0)),
        (1, _) => String::new(),
        (2, 2) => return format!("both land together on {target}"),
        (_, _) if landing == all => return format!("all {all} land together on {target}"),
        (_, 0) => format!("none of {all} lands on {target}; "),
        (_, 1) => format!("1 of {all} lands; "),
        _ => format!("{landing} of {all} land together; "),
    };
    format!("{start}{}", reasons(report))
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

/// The conflicted paths of all pairs, one a line: as they are for a program, made safe for a
/// terminal.
pub fn name_only(report: &Report, counts_target: bool, terminal: bool) -> Vec<u8> {
    let pairs = report.matrix.pairs.iter().map(|pair| &pair.merged);
    let against_target = report
        .matrix
        .against_target
        .iter()
        .filter(|_| counts_target);
    let merged = pairs.chain(against_target);
    let paths: BTreeSet<&RepoPath> = merged
        .flat_map(Merged::conflicts)
        .map(|conflict| &conflict.path)
        .collect();
    let mut bytes = Vec::new();
    for path in paths {
        if terminal {
            bytes.extend(shown(path).bytes());
        } else {
            bytes.extend(path.as_bytes());
        }
        bytes.push(b'\n');
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
