//! What `clean` answers: what went, what stays and why; or all of it as JSON.

use serde::Serialize;

use crate::git::{Obstacle, RepoPath};
use crate::id::{RunId, TaskId};
use crate::integrate::{Cleaned, Reason};

use super::json;
use super::paint::Paint;
use super::text::{clean, count, pad, width};

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub cleaned: &'a [Cleaned],
    /// Their numbers in the operations' journal: one a run of which something went.
    pub operations: &'a [u64],
    pub dry_run: bool,
    /// Files are still being deleted, in the background.
    pub deleting: bool,
}

/// Where many files go.
pub const DELETING: &str = "their files are being deleted in the background";

/// Paths that are named of a reason before "and N more".
const PATHS_SHOWN: usize = 3;

/// For people.
pub fn render(report: &Report<'_>, paint: Paint) -> String {
    let mut lines = vec![paint.bold(&sentence(report))];
    let widest = report
        .cleaned
        .iter()
        .map(|one| width(&clean(&one.name)))
        .max();
    let name = |one: &Cleaned| {
        let name = pad(&clean(&one.name), widest.unwrap_or(0));
        format!("{}  {name}", one.task)
    };
    for one in report.cleaned {
        if let Some(trash) = &one.trash {
            let trash = trash.to_string_lossy();
            lines.push(format!("  {}  waits in {}", name(one), clean(&trash)));
        }
    }
    let kept: Vec<&Cleaned> = kept(report).collect();
    if !kept.is_empty() {
        lines.extend([String::new(), paint.yellow("kept")]);
    }
    for one in kept {
        for reason in &one.kept {
            lines.push(format!("  {}  {}", name(one), words(reason)));
        }
    }
    lines.join("\n")
}

fn kept<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Cleaned> {
    report.cleaned.iter().filter(|one| !one.kept.is_empty())
}

/// "6 worktrees and 6 branches removed, 1 task kept".
fn sentence(report: &Report<'_>) -> String {
    let number = |has: fn(&Cleaned) -> bool| report.cleaned.iter().filter(|one| has(one)).count();
    let worktrees = number(|one| one.worktree.is_some());
    let branches = number(|one| one.branch.is_some());
    let kept = kept(report).count();
    let removed = if report.dry_run {
        "would go"
    } else {
        "removed"
    };
    let mut parts = Vec::new();
    let gone = [
        (worktrees, "worktree", "worktrees"),
        (branches, "branch", "branches"),
    ];
    let gone = gone.into_iter().filter(|(number, ..)| *number > 0);
    let gone: Vec<String> = gone.map(|(n, one, many)| count(n, one, many)).collect();
    if !gone.is_empty() {
        parts.push(format!("{} {removed}", gone.join(" and ")));
    }
    if kept > 0 {
        parts.push(format!("{} kept", count(kept, "task", "tasks")));
    }
    if parts.is_empty() {
        return "nothing to clean".to_owned();
    }
    parts.join(", ")
}

/// What to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if report.deleting {
        lines.push(DELETING.to_owned());
    }
    if !report.operations.is_empty() {
        let command = paint.cyan("git parallel undo     # brings it back");
        lines.push(format!("next: {command}"));
    }
    lines
}

/// Why something is kept.
fn words(reason: &Reason) -> String {
    match reason {
        Reason::AtWork => "its session is still at work".to_owned(),
        Reason::StoodIn => "you are in its worktree".to_owned(),
        Reason::WorkedIn { pid, name, more } => {
            let others = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{} (pid {pid}){others} works in its folder", shown(name))
        }
        Reason::NotLanded => "its commits are not on the target".to_owned(),
        Reason::Elsewhere(path) => {
            format!(
                "its branch is checked out in {}",
                shown(&path.to_string_lossy())
            )
        }
        Reason::Obstacle(obstacle) => obstacle_words(obstacle),
    }
}

fn obstacle_words(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Changed(paths) => format!("uncommitted changes: {}", listed(paths)),
        Obstacle::Untracked(paths) => format!("untracked: {}", listed(paths)),
        Obstacle::Ignored(paths) => format!("ignored, nowhere else: {}", listed(paths)),
        Obstacle::Hidden(paths) => format!("edits hidden from git: {}", listed(paths)),
        Obstacle::Paused(what) => format!("in the middle of a {what}"),
        Obstacle::Detached(commit) => {
            format!("HEAD is at {}, which no branch holds", commit.short())
        }
        Obstacle::OwnRefs => "refs of its own (refs/worktree/)".to_owned(),
        Obstacle::Submodules => "submodules with a repository of their own".to_owned(),
        Obstacle::Nested(path) => {
            format!(
                "another worktree inside: {}",
                shown(&path.to_string_lossy())
            )
        }
        Obstacle::Unreadable(said) => format!("cannot be looked at: {}", shown(said)),
    }
}

fn listed(paths: &[RepoPath]) -> String {
    let named = paths.iter().take(PATHS_SHOWN);
    let named: Vec<String> = named.map(|path| shown(&path.to_text())).collect();
    match paths.len().saturating_sub(PATHS_SHOWN) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

fn shown(text: &str) -> String {
    clean(text).into_owned()
}

/// For programs.
pub fn document(report: &Report<'_>) -> Document {
    let entries = report.cleaned.iter().map(|one| Entry {
        run: one.run,
        task: one.task,
        name: one.name.clone(),
        worktree: one
            .worktree
            .as_ref()
            .map(|p| p.to_string_lossy().into_owned()),
        branch: one.branch.clone(),
        trash: one.trash.as_ref().map(|p| p.to_string_lossy().into_owned()),
        kept: one.kept.iter().map(ReasonDocument::new).collect(),
    });
    Document {
        version: 1,
        sentence: sentence(report),
        dry_run: report.dry_run,
        deleting: report.deleting,
        operations: report.operations.to_vec(),
        tasks: entries.collect(),
    }
}

/// All that there is to say, for programs.
#[derive(Debug, Serialize)]
pub struct Document {
    version: u32,
    sentence: String,
    dry_run: bool,
    /// Files are still being deleted, in the background.
    deleting: bool,
    /// By these numbers `undo` takes it back: one a run of which something went.
    operations: Vec<u64>,
    /// Those of which something went or is kept.
    tasks: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    run: RunId,
    task: TaskId,
    name: String,
    /// What went, or would go; null where nothing did.
    worktree: Option<String>,
    branch: Option<String>,
    /// Where the worktree waits, when it was forced away.
    trash: Option<String>,
    kept: Vec<ReasonDocument>,
}

#[derive(Debug, Serialize)]
struct ReasonDocument {
    code: &'static str,
    message: String,
    paths: Vec<String>,
}

impl ReasonDocument {
    fn new(reason: &Reason) -> Self {
        let (code, paths) = match reason {
            Reason::AtWork => ("at-work", Vec::new()),
            Reason::StoodIn => ("stood-in", Vec::new()),
            Reason::WorkedIn { .. } => ("worked-in", Vec::new()),
            Reason::NotLanded => ("not-landed", Vec::new()),
            Reason::Elsewhere(_) => ("checked-out-elsewhere", Vec::new()),
            Reason::Obstacle(obstacle) => match obstacle {
                Obstacle::Changed(paths) => ("changed", json::paths(paths)),
                Obstacle::Untracked(paths) => ("untracked", json::paths(paths)),
                Obstacle::Ignored(paths) => ("ignored", json::paths(paths)),
                Obstacle::Hidden(paths) => ("hidden", json::paths(paths)),
                Obstacle::Paused(_) => ("paused", Vec::new()),
                Obstacle::Detached(_) => ("detached", Vec::new()),
                Obstacle::OwnRefs => ("own-refs", Vec::new()),
                Obstacle::Submodules => ("submodules", Vec::new()),
                Obstacle::Nested(_) => ("nested", Vec::new()),
                Obstacle::Unreadable(_) => ("unreadable", Vec::new()),
            },
        };
        Self {
            code,
            message: words(reason),
            paths,
        }
    }
}
