//! What an agent is told that is to resolve a conflict: what each side is for, where they meet, and
//! what is expected.

use crate::git::SideCommit;
use crate::id::TaskId;
use crate::integrate::Picture;
use crate::ui::check::hunks;
use crate::ui::look::Look;
use crate::ui::paint::Paint;
use crate::ui::signs::Signs;

use super::advice::advice;
use super::{SIDES, progress_words};

/// Commits that are named of a side.
const COMMITS: usize = 20;
const COLUMNS: usize = 100;

/// One side of a conflict.
#[derive(Clone, Debug)]
pub struct Party {
    pub branch: String,
    /// Its task and that one's title, if it is a task's branch.
    pub task: Option<(TaskId, String)>,
    /// All that the task's agent was told.
    pub assignment: Option<String>,
    /// What it has and the other side has not, newest first.
    pub commits: Vec<SideCommit>,
}

/// The prompt, in Markdown. `sides` are ours and theirs.
pub fn prompt(picture: &Picture, sides: &[Party; 2]) -> String {
    let [ours, theirs] = sides;
    let (branch, with) = (&ours.branch, &theirs.branch);
    let mut parts = vec![format!(
        "# Resolve a merge conflict\n\n\
         You stand in the worktree of the branch `{branch}`. `{with}` is being merged into it, and \
         git could not merge everything by itself. Resolve the conflicts so that both intents \
         hold: what each side set out to do must work afterwards.\n\n\
         - Remove every conflict marker (`<<<<<<<`, `|||||||`, `=======`, `>>>>>>>`).\n\
         - Where a conflict has no markers, stage your decision: `git add PATH` or `git rm PATH`.\n\
         - Change other files only where the two intents need it.\n\
         - Do not commit and do not abort the merge. It is committed for you when you are done \
         and nothing is left open."
    )];
    parts.push(side("Our side", ours));
    parts.push(side("Their side", theirs));
    parts.push(conflicts(picture));
    parts.join("\n\n") + "\n"
}

fn side(label: &str, party: &Party) -> String {
    let mut text = format!("## {label}: `{}`", party.branch);
    if let Some((task, title)) = &party.task {
        text.push_str(&format!("\n\n{task}: {title}"));
    }
    if let Some(assignment) = &party.assignment {
        let quoted: Vec<String> = assignment
            .trim_end()
            .lines()
            .map(|line| format!("> {line}").trim_end().to_owned())
            .collect();
        text.push_str(&format!("\n\nIts task was:\n\n{}", quoted.join("\n")));
    }
    if !party.commits.is_empty() {
        let commits = party.commits.iter().take(COMMITS);
        let lines: Vec<String> = commits
            .map(|commit| format!("- {} {}", commit.id.short(), commit.subject))
            .collect();
        text.push_str(&format!("\n\nIts commits:\n\n{}", lines.join("\n")));
        if party.commits.len() > COMMITS {
            let more = party.commits.len() - COMMITS;
            text.push_str(&format!("\n- and {more} more"));
        }
    }
    text
}

fn conflicts(picture: &Picture) -> String {
    let look = Look {
        paint: Paint::new(false),
        signs: Signs::new(true),
        columns: COLUMNS,
    };
    let mut text = "## The conflicts".to_owned();
    for one in &picture.paths {
        let conflict = &one.conflict;
        text.push_str(&format!(
            "\n\n### `{}`\n\n{}{}",
            conflict.path,
            conflict.kind.as_str(),
            progress_words(&one.progress)
        ));
        let lines = hunks(&one.sight, SIDES, look);
        text.push_str(&format!("\n\n{}", lines.join("\n")));
        if one.progress == crate::integrate::Progress::Undecided {
            text.push_str(&format!("\n\n{}", advice(conflict).join("\n")));
        }
    }
    text
}
