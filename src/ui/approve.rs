//! The commands that a repository brings along, shown before they run: what could hide in them is
//! made visible.

use serde_json::{Value, json};

use crate::store::{Approval, ApprovedCommand};

use super::text::{clean, count};

/// What became of the commands of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The branch brings none.
    Nothing,
    /// They were approved before.
    Known,
    /// They are not approved.
    Waiting,
    /// They are now.
    Approved,
}

/// A word of the repository's, made safe for a line of text.
pub fn word(text: &str) -> String {
    clean(text).into_owned()
}

/// The commands, a line each.
pub fn commands(branch: &str, commands: &[ApprovedCommand]) -> String {
    let head = format!(
        "{}:.gitparallel brings commands that run on this computer:",
        clean(branch)
    );
    [vec![head], lines(commands)].concat().join("\n")
}

fn lines(commands: &[ApprovedCommand]) -> Vec<String> {
    let line = |one: &ApprovedCommand| format!("  {} = {}", clean(&one.key), clean(&one.line));
    commands.iter().map(line).collect()
}

/// What `approve` answers.
pub fn render(branch: &str, found: &[ApprovedCommand], step: Step) -> String {
    let last = match step {
        Step::Nothing => return format!("{} brings no commands along.", clean(branch)),
        Step::Known => "They are approved already.",
        Step::Waiting => "They are not approved.",
        Step::Approved => "Approved: they run in every new worktree of this repository.",
    };
    format!("{}\n{last}", commands(branch, found))
}

/// The same for programs.
pub fn document(branch: &str, found: &[ApprovedCommand], step: Step) -> Value {
    let state = match step {
        Step::Nothing => "nothing",
        Step::Known => "approved-before",
        Step::Waiting => "waiting",
        Step::Approved => "approved",
    };
    json!({"version": 1, "branch": branch, "state": state, "commands": found})
}

/// What was approved for this repository; `revoked` where it is no longer.
pub fn list(all: &[Approval], revoked: bool) -> String {
    let mut text: Vec<String> = Vec::new();
    for approval in all {
        text.push(format!("approved {:.0}", approval.approved));
        text.extend(lines(&approval.commands));
    }
    text.push(match (all.len(), revoked) {
        (0, _) => "Nothing is approved for this repository.".to_owned(),
        (number, true) => format!("{} taken back.", count(number, "approval", "approvals")),
        (_, false) => "next: git parallel approve --revoke     # takes it all back".to_owned(),
    });
    text.join("\n")
}

/// The same for programs.
pub fn list_document(all: &[Approval], revoked: bool) -> Value {
    let approvals = all.iter().map(|approval| {
        json!({
            "repository": approval.repository,
            "approved": approval.approved,
            "commands": approval.commands,
        })
    });
    json!({"version": 1, "revoked": revoked, "approvals": approvals.collect::<Vec<_>>()})
}
