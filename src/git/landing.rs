//! Bringing a branch forward to a commit that descends from it: wholly, or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;

use super::repository::Repository;
use super::worktree_list::Worktree;

/// A step of a branch.
#[derive(Clone, Copy, Debug)]
pub struct Advance<'a> {
    /// Its short name.
    pub branch: &'a str,
    /// Where it must stand now.
    pub before: Oid,
    pub after: Oid,
    /// For the reflog.
    pub reason: &'a str,
}

impl Repository {
    /// Moves a branch forward. Where it is checked out nowhere, that is one compare-and-swap; where
    /// it is, git itself fast-forwards that worktree, and refuses where files are in the way.
    /// Returns that worktree.
    pub fn advance(&self, advance: &Advance<'_>) -> Result<Option<PathBuf>> {
        if let Some(folder) = self.rebased_in(advance.branch) {
            return Err(Failure::refused(format!(
                "'{}' is being rebased in {}, which would undo this",
                advance.branch,
                folder.display()
            ))
            .kept("nothing was moved")
            .next(format!(
                "git -C {} rebase --continue",
                shell_word(&folder.to_string_lossy())
            )));
        }
        let now = self.find_ref(&format!("refs/heads/{}", advance.branch));
        if now != Some(advance.before) {
            return Err(moved(advance));
        }
        match self.worktree_of(advance.branch)? {
            Some(worktree) => self.fast_forward(worktree, advance).map(Some),
            None => self.compare_and_swap(advance).map(|()| None),
        }
    }

    fn compare_and_swap(&self, advance: &Advance<'_>) -> Result<()> {
        let name = format!("refs/heads/{}", advance.branch);
        let output = self
            .git("update-ref")
            .args(["-m", advance.reason, &name])
            .args([advance.after.to_string(), advance.before.to_string()])
            .ask()?;
        if output.status.success() {
            Ok(())
        } else if self.find_ref(&name) != Some(advance.before) {
            Err(moved(advance))
        } else {
            Err(super::program::complaint("update-ref", &output).kept("nothing was moved"))
        }
    }

    fn fast_forward(&self, worktree: Worktree, advance: &Advance<'_>) -> Result<PathBuf> {
        let path = worktree.path;
        if !path.is_dir() {
            return Err(Failure::refused(format!(
                "'{}' is checked out in {}, which is not there",
                advance.branch,
                path.display()
            ))
            .kept("nothing was moved")
            .next("git worktree prune --verbose"));
        }
        let output = self
            .git_in(&path, "merge")
            .args(["--ff-only", "--no-autostash", "--no-stat", "--quiet"])
            .env("GIT_REFLOG_ACTION", advance.reason)
            .arg(advance.after.to_string())
            .ask()?;
        if output.status.success() {
            return Ok(path);
        }
        let now = self.find_ref(&format!("refs/heads/{}", advance.branch));
        if now != Some(advance.before) {
            return Err(moved(advance));
        }
        let said = format!("{}\n{}", output.complaint(), output.text());
        let at = shell_word(&path.to_string_lossy());
        Err(Failure::refused(format!(
            "'{}' is checked out in {}, and git does not bring it forward:\n{}",
            advance.branch,
            path.display(),
            said.trim()
        ))
        .kept(format!(
            "nothing was moved; the merged history is {}",
            advance.after
        ))
        .next(format!("git -C {at} status")))
    }

    /// The worktree in which this branch is being rebased: git shows that one as detached.
    fn rebased_in(&self, branch: &str) -> Option<PathBuf> {
        let full = format!("refs/heads/{branch}");
        let linked = fs::read_dir(self.common_dir().join("worktrees"));
        let linked = linked.into_iter().flatten().flatten().map(|e| e.path());
        let mut git_dirs = std::iter::once(self.common_dir().to_owned()).chain(linked);
        let rebasing = git_dirs.find(|git_dir| {
            ["rebase-merge", "rebase-apply"].iter().any(|state| {
                let head = fs::read_to_string(git_dir.join(state).join("head-name"));
                head.is_ok_and(|head| head.trim_end() == full)
            })
        })?;
        Some(folder_of(&rebasing))
    }
}

/// The worktree that a git directory belongs to, as well as it can be told.
fn folder_of(git_dir: &Path) -> PathBuf {
    match fs::read_to_string(git_dir.join("gitdir")) {
        Ok(link) => PathBuf::from(link.trim_end().trim_end_matches("/.git")),
        Err(_) => git_dir.parent().unwrap_or(git_dir).to_owned(),
    }
}

fn moved(advance: &Advance<'_>) -> Failure {
    Failure::unable(format!(
        "'{}' moved meanwhile: it is no longer at {}",
        advance.branch,
        advance.before.short()
    ))
    .kept("nothing was moved by this command")
    .next("git parallel merge")
}
