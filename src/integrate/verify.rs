//! Does the merged result pass its tests? Asked before anything moves.

use crate::error::{Failure, Result};
use crate::git::{REPOSITORY_VARIABLES, Repository, ScratchWorktree, TakeLock};
use crate::id::Oid;
use crate::process::{Interrupt, Program};

/// What became of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The line that was given to `sh -c`.
    pub command: String,
    pub passed: bool,
    /// How it ended: `exit status: 2`.
    pub ended: String,
    /// The end of what it printed.
    pub output: String,
}

/// How many lines of output are kept: what fails says so at the end.
const LINES_KEPT: usize = 40;

/// Runs a shell line in a scratch worktree of a commit.
pub fn verify(
    repository: &Repository,
    commit: Oid,
    command: &str,
    lock: TakeLock<'_>,
) -> Result<Verification> {
    let interrupt = Interrupt::watch()?;
    let scratch = ScratchWorktree::make(repository, commit, lock)?;
    // One pipe for both streams, so that the lines keep their order.
    let output = Program::new("sh")
        .args(["-c", "exec 2>&1; eval \"$1\"", "sh", command])
        .without_env(REPOSITORY_VARIABLES)
        .dir(&scratch.path())
        .output()?;
    drop(scratch);
    interrupt
        .check("the verification")
        .map_err(|failure: Failure| failure.kept("nothing was moved"))?;
    Ok(Verification {
        command: command.to_owned(),
        passed: output.status.success(),
        ended: output.status.to_string(),
        output: last_lines(&output.text()),
    })
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_KEPT)..].join("\n")
}
