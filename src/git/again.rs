//! A branch checked out once more, after its worktree was given up.

use std::path::Path;

use crate::error::{Failure, Result, shell_word};

use super::repository::Repository;
use super::scratch::TakeLock;

impl Repository {
    /// Makes a worktree of an existing branch. Its entry is locked with `reason`, as those of a run
    /// are.
    pub fn check_out_again(
        &self,
        path: &Path,
        branch: &str,
        reason: &str,
        lock: TakeLock<'_>,
    ) -> Result<()> {
        if path.exists() {
            return Err(Failure::refused(format!(
                "{} is in the way of the worktree for '{branch}'",
                path.display()
            ))
            .kept("everything")
            .next(format!(
                "git worktree add ../elsewhere {}",
                shell_word(branch)
            )));
        }
        {
            let _lock = lock()?;
            self.git("worktree")
                .args([
                    "add",
                    "--quiet",
                    "--no-checkout",
                    "--lock",
                    "--reason",
                    reason,
                ])
                .arg(path)
                .arg(branch)
                .run()?;
        }
        self.git_in(path, "reset")
            .args(["--hard", "--quiet"])
            .run()?;
        Ok(())
    }
}
