//! One task of a run, with everything that is known about it.

use std::path::Path;

use crate::run::{IntegrationState, TaskReport};
use crate::store::{LauncherKind, Outcome, RunPhase, RunState, TaskPhase, TaskState};

use super::run_words::{ids, reason, standing, took_of};
use super::status::{View, commands};
use super::table::align;
use super::text::{clean, duration, path_from};

/// One task, with everything that is known about it.
pub fn render(view: View<'_>, state: &RunState, task: &TaskState, numbers: &TaskReport) -> String {
    let head = format!(
        "{} {}: {}",
        task.id,
        clean(&task.name),
        standing(state, task)
    );
    let mut lines = vec![view.paint.bold(&head), clean(&task.title).into_owned()];
    let facts: Vec<Vec<String>> = facts(view, state, task, numbers)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| vec![format!("  {name}"), value])
        .collect();
    lines.extend(align(&facts, view.columns));
    lines.push(String::new());
    lines.extend(commands(view, &next_of_task(state, task, numbers)));
    lines.join("\n")
}

fn facts(
    view: View<'_>,
    state: &RunState,
    task: &TaskState,
    numbers: &TaskReport,
) -> Vec<(&'static str, String)> {
    let short = |oid: crate::id::Oid| oid.short();
    let sessions = numbers.sessions.iter().map(|session| {
        let end = if session.end.is_some() {
            "ran"
        } else {
            "running for"
        };
        format!("{} {end} {}", session.worker, duration(session.seconds))
    });
    let path = |path: &Path| path_from(view.folder, path);
    vec![
        ("run", state.run.to_string()),
        ("depends", ids(&task.depends)),
        ("time", numbers.seconds.map(duration).unwrap_or_default()),
        ("queue", queue(numbers)),
        ("sessions", sessions.collect::<Vec<_>>().join(", ")),
        (
            "branch",
            clean(task.branch.as_deref().unwrap_or_default()).into_owned(),
        ),
        (
            "worktree",
            task.worktree.as_deref().map(path).unwrap_or_default(),
        ),
        ("base", task.base.map(short).unwrap_or_default()),
        ("tip", task.tip.map(short).unwrap_or_default()),
        ("commits", task.commits.to_string()),
        ("changed", changed(task)),
        ("target", integrated(state, numbers)),
        ("conflict", conflict(task)),
        ("evidence", reason(task)),
        ("agent", agent(numbers)),
        (
            "progress",
            clean(numbers.progress.as_deref().unwrap_or_default()).into_owned(),
        ),
        ("messages", messages(numbers)),
        ("document", document(view, numbers)),
        ("log", task.log.as_deref().map(path).unwrap_or_default()),
    ]
}

/// How long its sessions waited for a place to run in.
fn queue(numbers: &TaskReport) -> String {
    match numbers.queued_seconds {
        0.0 => String::new(),
        seconds => format!("{} in Slurm's queue", duration(seconds)),
    }
}

/// Where the document is that it was to write.
fn document(view: View<'_>, numbers: &TaskReport) -> String {
    let Some(document) = &numbers.document else {
        return String::new();
    };
    let path = document.path.as_deref().map(Path::new);
    path.map_or("none".to_owned(), |path| path_from(view.folder, path))
}

/// What its session wrote for people: file by file, the first line of each.
fn messages(numbers: &TaskReport) -> String {
    let messages = numbers.messages.iter().map(|one| {
        let first = one.text.lines().next().unwrap_or_default();
        format!("{}: {}", clean(&one.name), clean(first))
    });
    messages.collect::<Vec<_>>().join("; ")
}

/// What it did last, and what it took.
fn agent(numbers: &TaskReport) -> String {
    let Some(agent) = &numbers.agent else {
        return String::new();
    };
    let mut facts = vec![took_of(agent)];
    facts.extend(
        agent
            .activity
            .as_deref()
            .map(|activity| clean(activity).into_owned()),
    );
    facts.join("; last: ")
}

fn changed(task: &TaskState) -> String {
    let paths: Vec<_> = task.changed.iter().map(|path| clean(path)).collect();
    paths.join(", ")
}

/// The latest conflict of its branch that was taken on.
fn conflict(task: &TaskState) -> String {
    let Some(last) = task.resolutions.last() else {
        return String::new();
    };
    let with = clean(&last.with);
    match (last.ended, last.commit) {
        (None, _) => format!("is being reconciled with {with}"),
        (Some(_), Some(commit)) => format!("reconciled with {with} in {}", commit.short()),
        (Some(_), None) => format!("not reconciled with {with}: the merge was taken back"),
    }
}

fn integrated(state: &RunState, numbers: &TaskReport) -> String {
    let target = clean(&state.target);
    match &numbers.integration {
        None => String::new(),
        Some(found) => match found.state {
            IntegrationState::Landed if found.is_by_hand() => {
                format!("landed on {target}, merged by hand")
            }
            IntegrationState::Landed => format!("landed on {target}"),
            IntegrationState::Clean => format!("merges cleanly into {target}"),
            IntegrationState::Unknown => format!("cannot be compared with {target} any more"),
            IntegrationState::Conflict => {
                let paths: Vec<_> = found.conflicts.iter().map(|path| clean(path)).collect();
                format!("conflicts with {target} in {}", paths.join(", "))
            }
        },
    }
}

fn next_of_task(state: &RunState, task: &TaskState, numbers: &TaskReport) -> Vec<String> {
    let whole = format!("{}/{}", state.run, task.id);
    let mut next = Vec::new();
    if task.phase == TaskPhase::Running {
        next.push(format!("git parallel logs --follow {whole}"));
        if state.options.launcher == LauncherKind::Tmux {
            next.push(format!("git parallel attach {whole}"));
        }
    } else if !task.sessions.is_empty() {
        next.push(format!("git parallel logs {whole}"));
    }
    let found = numbers.integration.as_ref().map(|found| found.state);
    if found == Some(IntegrationState::Landed) {
        if task.worktree.is_some() || task.branch.is_some() {
            next.push(format!("git parallel clean {whole}"));
        }
    } else if task.outcome == Some(Outcome::Done) && task.commits > 0 {
        next.push(format!("git parallel merge {whole}"));
    }
    if state.phase == RunPhase::Interrupted {
        next.insert(0, format!("git parallel run --resume {}", state.run));
    }
    next
}
