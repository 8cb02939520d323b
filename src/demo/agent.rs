//! The scripted agent: a process like any other agent's, that knows one answer to each task.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::{Failure, Result};
use crate::git::Git;
use crate::id::TaskId;

/// What the agent does for one task.
struct Script {
    task: TaskId,
    /// How long it seems to think.
    thinks: Duration,
    patch: &'static str,
    /// The message it commits with; `None`: it leaves its work uncommitted, as some agents do.
    commit: Option<&'static str>,
}

const fn script(
    task: u32,
    millis: u64,
    patch: &'static str,
    commit: Option<&'static str>,
) -> Script {
    Script {
        task: TaskId(task),
        thinks: Duration::from_millis(millis),
        patch,
        commit,
    }
}

const SCRIPTS: [Script; 6] = [
    script(
        1,
        1100,
        include_str!("work/T001.patch"),
        Some("Search notes for a word"),
    ),
    script(
        2,
        800,
        include_str!("work/T002.patch"),
        Some("Read the tags of a note"),
    ),
    script(
        3,
        1300,
        include_str!("work/T003.patch"),
        Some("Export notes as Markdown"),
    ),
    script(
        4,
        900,
        include_str!("work/T004.patch"),
        Some("Search notes by tag"),
    ),
    script(
        5,
        600,
        include_str!("work/T005.patch"),
        Some("Test the export"),
    ),
    script(6, 700, include_str!("work/T006.patch"), None),
];

/// Does `task` in the worktree `folder`, telling what it does through `say`.
pub fn work(task: TaskId, folder: &Path, say: impl Fn(&str)) -> Result<()> {
    let script = SCRIPTS
        .iter()
        .find(|script| script.task == task)
        .ok_or_else(|| Failure::usage(format!("the scripted agent knows nothing of {task}")))?;
    say("reading the task");
    thread::sleep(script.thinks / 2);
    Git::inside(folder, "apply")
        .arg("--index")
        .input(script.patch)
        .run()?;
    say("changed files, now looking at them again");
    thread::sleep(script.thinks / 2);
    if let Some(message) = script.commit {
        Git::inside(folder, "commit")
            .args(["--quiet", "-m", message])
            .run()?;
        say("committed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_knows_every_task_of_the_task_file() {
        let tasks = include_str!("project/tasks.md");
        for script in &SCRIPTS {
            assert!(tasks.contains(&format!("### {}:", script.task)));
        }
        assert_eq!(tasks.matches("### T").count(), SCRIPTS.len());
    }
}
