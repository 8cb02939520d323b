//! What `resolve` answers: where the conflict waits and what to type, in full.

use serde::Serialize;

use crate::error::shell_word;
use crate::git::RepoPath;
use crate::id::{RunId, TaskId};
use crate::integrate::Resolution;
use crate::store::TaskState;

use super::json;
use super::paint::Paint;
use super::text::{clean, count};

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub run: RunId,
    pub task: &'a TaskState,
    pub resolution: &'a Resolution,
}

/// For people.
pub fn render(report: &Report<'_>, paint: Paint) -> String {
    let mut lines = vec![paint.bold(&sentence(report))];
    if let Resolution::Open { paths, .. } = report.resolution {
        lines.extend(paths.iter().map(|path| format!("  {}", shown(path))));
    }
    lines.join("\n")
}

fn sentence(report: &Report<'_>) -> String {
    let name = clean(&report.task.name);
    match report.resolution {
        Resolution::Nothing => format!("{name} conflicts with nothing"),
        Resolution::Merged { with } => {
            format!(
                "{name} holds {} now; there was nothing to resolve",
                clean(with)
            )
        }
        Resolution::Continued => format!("the conflicts of {name} are resolved and committed"),
        Resolution::Aborted => format!("{name} is as it was before"),
        Resolution::Open {
            worktree,
            with,
            paths,
        } => {
            let folder = worktree.to_string_lossy();
            let open = count(paths.len(), "path is", "paths are");
            let merging = with
                .as_ref()
                .map(|with| format!(" merging {}", clean(with)));
            let merging = merging.unwrap_or_default();
            format!("{open} left to resolve{merging} in {}", clean(&folder))
        }
    }
}

/// What to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let task = shell_word(&report.task.name);
    let commands = match report.resolution {
        Resolution::Open { worktree, .. } => vec![
            format!("cd {}", shell_word(&worktree.to_string_lossy())),
            "git status     # edit the files; git add what has no markers to remove".to_owned(),
            format!("git parallel resolve {task} --continue"),
            format!("git parallel resolve {task} --abort     # to give up"),
        ],
        Resolution::Aborted => vec![format!("git parallel resolve {task}")],
        _ => vec![format!("git parallel merge {}", report.run)],
    };
    let line = |command: &String| format!("next: {}", paint.cyan(&clean(command)));
    commands.iter().map(line).collect()
}

fn shown(path: &RepoPath) -> String {
    clean(&path.to_text()).into_owned()
}

/// For programs.
pub fn document(report: &Report<'_>) -> impl Serialize {
    let (state, worktree, with, paths) = match report.resolution {
        Resolution::Nothing => ("nothing", None, None, Vec::new()),
        Resolution::Merged { with } => ("merged", None, Some(with.clone()), Vec::new()),
        Resolution::Continued => ("resolved", None, None, Vec::new()),
        Resolution::Aborted => ("aborted", None, None, Vec::new()),
        Resolution::Open {
            worktree,
            with,
            paths,
        } => {
            let worktree = worktree.to_string_lossy().into_owned();
            ("open", Some(worktree), with.clone(), json::paths(paths))
        }
    };
    Document {
        version: 1,
        sentence: sentence(report),
        state,
        run: report.run,
        task: report.task.id,
        name: report.task.name.clone(),
        worktree,
        with,
        paths,
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    /// `nothing`, `merged`, `open`, `resolved` or `aborted`.
    state: &'static str,
    run: RunId,
    task: TaskId,
    name: String,
    worktree: Option<String>,
    with: Option<String>,
    /// Still to be resolved.
    paths: Vec<String>,
}
