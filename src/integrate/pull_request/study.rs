//! What a description tells: looked up in the repository, put together for one step.

use crate::error::Result;
use crate::git::{Merged, RepoPath, Repository, Span};
use crate::id::Oid;
use crate::integrate::check::Report;

use super::Work;
use super::body::{Neighbour, Other, Story};
use super::plan::{Deed, Line, Step};

/// So many commits are listed.
const MOST_COMMITS: usize = 30;

/// The work that a pull request brings, without that of those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnWork {
    pub commits: usize,
    /// The newest of them, oldest first.
    pub listed: Vec<(Oid, String)>,
    pub files: usize,
    pub insertions: u64,
    pub deletions: u64,
}

/// Looks at what each step brings.
pub fn own_works(
    repository: &Repository,
    target: Oid,
    lines: &[Line],
    steps: &[Step],
) -> Result<Vec<OwnWork>> {
    let own = steps
        .iter()
        .map(|step| own_work(repository, target, lines, step));
    own.collect()
}

fn own_work(repository: &Repository, target: Oid, lines: &[Line], step: &Step) -> Result<OwnWork> {
    let tip = lines[step.at].tip;
    let mut without = vec![target];
    without.extend(step.after.iter().map(|at| lines[*at].tip));
    let (commits, listed) = repository.commits_of(tip, &without, MOST_COMMITS)?;
    // Counted as the forge shows it: since the branch left the one that it goes to.
    let onto = lines.iter().find(|line| line.branch == step.base);
    let base = repository.merge_base(onto.map_or(target, |line| line.tip), tip)?;
    let span = [Span { base, tip }];
    let changes = repository.changes(&span)?.pop().unwrap_or_default();
    let line_counts = repository.line_counts(&span)?.pop().unwrap_or_default();
    Ok(OwnWork {
        commits,
        listed,
        files: changes.paths.len(),
        insertions: line_counts.insertions,
        deletions: line_counts.deletions,
    })
}

/// Puts together what the description of one step tells. `links` are what the forge calls the
/// lines, as far as it does.
pub fn story<'a>(
    works: &'a [Work],
    lines: &'a [Line],
    steps: &[Step],
    step: &'a Step,
    own: &'a OwnWork,
    report: &'a Report,
    links: &'a [Option<String>],
) -> Story<'a> {
    let other = |at: usize| Other {
        branch: &lines[at].branch,
        link: links[at].as_deref(),
    };
    let is_open = |at: usize| {
        let step = steps.iter().find(|step| step.at == at);
        step.is_some_and(|step| matches!(step.deed, Deed::Open | Deed::Adopt(_)))
    };
    let neighbours = (0..lines.len())
        .filter(|&at| at != step.at && is_open(at) && !are_stacked(lines, at, step.at))
        .filter_map(|at| neighbour(report, step.at, at, other(at)))
        .collect();
    Story {
        task: works[step.at].task.as_ref(),
        commits: own.commits,
        listed: &own.listed,
        files: own.files,
        insertions: own.insertions,
        deletions: own.deletions,
        stacked: step.base != report.target.name
            && step.after.iter().any(|at| lines[*at].branch == step.base),
        target: &report.target.name,
        after: step.after.iter().map(|at| other(*at)).collect(),
        neighbours,
        conflicts: conflicts(report, step.at),
    }
}

/// Where a line conflicts with the target.
pub fn conflicts(report: &Report, at: usize) -> Vec<&RepoPath> {
    paths(&report.matrix.against_target[at])
}

fn paths(merged: &Merged) -> Vec<&RepoPath> {
    let conflicts = merged.conflicts().iter();
    conflicts.map(|conflict| &conflict.path).collect()
}

/// One stands on the other: that they touch the same paths is no news.
fn are_stacked(lines: &[Line], one: usize, other: usize) -> bool {
    reaches(lines, one, other) || reaches(lines, other, one)
}

fn reaches(lines: &[Line], from: usize, to: usize) -> bool {
    let mut seen = vec![false; lines.len()];
    let mut left = vec![from];
    while let Some(at) = left.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            left.extend(&lines[at].depends);
        }
    }
    false
}

fn neighbour<'a>(
    report: &'a Report,
    at: usize,
    beside: usize,
    other: Other<'a>,
) -> Option<Neighbour<'a>> {
    let pair = report.matrix.pair(at, beside)?;
    let conflict = matches!(pair.merged, Merged::Conflict { .. });
    let paths: Vec<&RepoPath> = match conflict {
        true => paths(&pair.merged),
        false => pair.overlaps.iter().collect(),
    };
    (conflict || !paths.is_empty()).then_some(Neighbour {
        other,
        paths,
        conflict,
    })
}
