//! The conflicts of a run and how each ended: what both forms of the report tell of them.

use crate::id::TaskId;
use crate::run::{IntegrationState, ResolutionPhase, ResolutionReport, RunReport, TaskReport};

/// A conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// `T001 and T002`, `T002 and main`.
    pub who: String,
    /// As they are; not yet safe for a terminal.
    pub paths: String,
    pub end: String,
}

/// What git could not merge by itself: found between tasks, or taken on with any other branch.
pub fn disputes(report: &RunReport) -> Vec<Dispute> {
    let found = report.overlaps.iter().filter(|o| !o.conflicts.is_empty());
    let mut all: Vec<Dispute> = found
        .map(|overlap| Dispute {
            who: format!("{} and {}", overlap.a, overlap.b),
            paths: overlap.conflicts.join(", "),
            end: end_between(report, overlap.a, overlap.b),
        })
        .collect();
    for task in &report.tasks {
        let told = |one: &&ResolutionReport| {
            let other = task_of(report, &one.with);
            other.is_some_and(|other| are_told(report, task.id, other.id))
        };
        // Of several goes at one conflict, the last.
        for (at, one) in task.resolutions.iter().enumerate() {
            let again = task.resolutions[at + 1..]
                .iter()
                .any(|l| l.with == one.with);
            if again || told(&one) {
                continue;
            }
            let other = task_of(report, &one.with);
            let other = other.map_or_else(|| one.with.clone(), |task| task.id.to_string());
            all.push(Dispute {
                who: format!("{} and {other}", task.id),
                paths: one.conflicts.join(", "),
                end: words(task, one).unwrap_or_else(|| "open, given up once".to_owned()),
            });
        }
    }
    all
}

fn are_told(report: &RunReport, a: TaskId, b: TaskId) -> bool {
    report
        .overlaps
        .iter()
        .any(|o| !o.conflicts.is_empty() && ((o.a, o.b) == (a, b) || (o.a, o.b) == (b, a)))
}

fn task_of<'a>(report: &'a RunReport, branch: &str) -> Option<&'a TaskReport> {
    let mut tasks = report.tasks.iter();
    tasks.find(|task| task.branch.as_deref() == Some(branch))
}

/// How a conflict between two tasks ended, or that it is still ahead.
fn end_between(report: &RunReport, a: TaskId, b: TaskId) -> String {
    let landed = |id| {
        report
            .in_state(IntegrationState::Landed)
            .any(|task| task.id == id)
    };
    let between = [(a, b), (b, a)].into_iter().find_map(|(one, other)| {
        let task = report.tasks.iter().find(|task| task.id == one)?;
        let branch = report
            .tasks
            .iter()
            .find(|task| task.id == other)?
            .branch
            .as_ref()?;
        let last = task.resolutions.iter().rfind(|r| r.with == *branch)?;
        words(task, last)
    });
    match (between, landed(a), landed(b)) {
        (Some(words), true, true) => format!("{words}, both have landed"),
        (Some(words), _, _) => words,
        (None, true, true) => "resolved, both have landed".to_owned(),
        (None, true, false) | (None, false, true) => "open, one has landed".to_owned(),
        (None, false, false) => "open, none has landed".to_owned(),
    }
}

/// What was done about it; `None` where that came to nothing.
fn words(task: &TaskReport, resolution: &ResolutionReport) -> Option<String> {
    let who = if resolution.agents.is_empty() {
        "by hand"
    } else {
        "by an agent"
    };
    match (resolution.state, resolution.commit) {
        (ResolutionPhase::Resolved, Some(commit)) => Some(format!(
            "resolved {who} in {} ({})",
            task.id,
            commit.short()
        )),
        (ResolutionPhase::Open, _) => Some(format!("being resolved {who} in {}", task.id)),
        (ResolutionPhase::Resolved | ResolutionPhase::Dropped, _) => None,
    }
}
