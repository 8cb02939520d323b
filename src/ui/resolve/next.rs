//! What to type after `resolve`.

use std::path::Path;

use crate::error::shell_word;
use crate::ui::paint::Paint;
use crate::ui::text::clean;

use super::{Answer, Report};

/// What there is to know and to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Answer::Aborted { kept: Some(kept) } = report.answer {
        lines.push(format!(
            "what was resolved so far is kept in {} until git prunes it",
            kept.short()
        ));
    }
    let line = |command: &String| format!("next: {}", paint.cyan(&clean(command)));
    lines.extend(commands(report).iter().map(line));
    lines
}

fn commands(report: &Report<'_>) -> Vec<String> {
    let name = shell_word(report.name);
    match report.answer {
        Answer::Open { .. } | Answer::Left { .. } | Answer::Failed { .. } => go_on(report, &name),
        Answer::MovedOn {
            worktree,
            before,
            after,
            ..
        } => vec![
            format!(
                "git -C {} log --oneline --left-right {}...{}",
                shell_word(&worktree.to_string_lossy()),
                before.short(),
                after.short()
            ),
            format!("git parallel resolve {name}"),
        ],
        Answer::TakenBack { .. } | Answer::Aborted { .. } => {
            vec![format!("git parallel resolve {name}")]
        }
        Answer::Nothing | Answer::Merged { .. } | Answer::Committed { .. } => {
            let what = report.run.map_or(name, |run| run.run.to_string());
            vec![format!("git parallel merge {what}")]
        }
    }
}

/// Where something is left to do about the merge.
fn go_on(report: &Report<'_>, name: &str) -> Vec<String> {
    let go_on = format!("git parallel resolve {name} --continue");
    let give_up = format!("git parallel resolve {name} --abort     # to give up");
    match report.answer {
        Answer::Open { picture, .. } => {
            if picture.open().next().is_none() {
                return vec![go_on, give_up];
            }
            let mut commands = vec![
                cd(&picture.worktree),
                "git status     # edit the files; git add what has no markers to remove".to_owned(),
                go_on,
            ];
            let agent = report.task.is_some() && report.answer.agent().is_none();
            commands.extend(agent.then(|| format!("git parallel resolve {name} --agent")));
            commands.push(give_up);
            commands
        }
        Answer::Left {
            worktree,
            committed: None,
            ..
        } => vec![cd(worktree), go_on, give_up],
        Answer::Failed {
            worktree,
            committed: None,
            verification,
            ..
        } => {
            let verify = shell_word(&verification.command);
            vec![cd(worktree), format!("{go_on} --verify {verify}"), give_up]
        }
        Answer::Left { worktree, .. } | Answer::Failed { worktree, .. } => vec![
            cd(worktree),
            "git commit --all --amend     # when it is mended".to_owned(),
            go_on,
        ],
        _ => Vec::new(),
    }
}

fn cd(worktree: &Path) -> String {
    format!("cd {}", shell_word(&worktree.to_string_lossy()))
}
