//! What stands in a worktree besides its commits, and committing it.

use std::fs::File;
use std::path::Path;

use crate::error::{OrFail, Result};
use crate::id::Oid;

use super::repository::Repository;

/// Where a worktree's HEAD is, and how much there is to commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorktreeStatus {
    /// `None` on an unborn branch.
    pub commit: Option<Oid>,
    /// Short name; `None` when HEAD is detached.
    pub branch: Option<String>,
    /// Paths that differ from HEAD or are untracked; a new folder counts as one.
    pub dirty: usize,
    /// Paths with conflicts, counted among the dirty ones.
    pub unmerged: usize,
}

/// Files in a worktree's git directory that tell of something half done.
const PAUSED: [(&str, &str); 8] = [
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("sequencer", "cherry-pick or revert"),
    ("BISECT_LOG", "bisect"),
    ("BISECT_START", "bisect"),
];

impl Repository {
    /// Looks at a worktree, untracked files included whatever the configuration says.
    pub fn worktree_status(&self, worktree: &Path) -> Result<WorktreeStatus> {
        let output = self
            .git_in(worktree, "status")
            .args(["--porcelain=v2", "--branch", "-z", "--no-renames"])
            .arg("--untracked-files=normal")
            .run()?;
        Ok(parse(&output.stdout))
    }

    /// What a worktree is in the middle of: `merge`, `rebase`, …
    pub fn paused_operation(&self, worktree: &Path) -> Result<Option<&'static str>> {
        let git_dir = self.git_dir_of(worktree)?;
        let found = PAUSED.iter().find(|(file, _)| git_dir.join(file).exists());
        Ok(found.map(|(_, what)| *what))
    }

    /// Commits everything in a worktree that is not ignored, with the user's hooks and signature.
    /// `Err` inside is what git or a hook said against it; then all is left as it was, staged.
    pub fn commit_all(
        &self,
        worktree: &Path,
        message: &str,
        lock: File,
    ) -> Result<Result<(), String>> {
        let second = lock.try_clone();
        let add = self
            .git_in(worktree, "add")
            .args(["--all", "--", ":/"])
            .own_group()
            .holding(lock)
            .ask()?;
        if !add.status.success() {
            return Ok(Err(format!("git add said: {}", add.complaint())));
        }
        let mut commit = self.git_in(worktree, "commit").args([
            "--quiet",
            "--cleanup=whitespace",
            "--message",
            message,
        ]);
        if let Ok(lock) = second {
            commit = commit.holding(lock);
        }
        let commit = commit.ask()?;
        if commit.status.success() {
            return Ok(Ok(()));
        }
        let said = [commit.complaint(), commit.text()].join("\n");
        Ok(Err(format!("git commit said: {}", said.trim())))
    }

    /// How many commits `tip` has that `base` has not.
    pub fn count_commits(&self, base: Oid, tip: Oid) -> Result<usize> {
        let range = format!("{base}..{tip}");
        let output = self.git("rev-list").args(["--count", &range]).run()?;
        output.text().parse().or_unable(|| "git rev-list")
    }
}

fn parse(stdout: &[u8]) -> WorktreeStatus {
    let mut status = WorktreeStatus::default();
    for line in stdout
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let text = String::from_utf8_lossy(line);
        if let Some(head) = text.strip_prefix("# branch.oid ") {
            status.commit = head.parse().ok();
        } else if let Some(head) = text.strip_prefix("# branch.head ") {
            status.branch = (head != "(detached)").then(|| head.to_owned());
        } else if !text.starts_with('#') {
            status.dirty += 1;
            status.unmerged += usize::from(text.starts_with("u "));
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn head_changes_and_conflicts_are_told_apart() {
        let oid = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let output = format!(
            "# branch.oid {oid}\0# branch.head a/b\01 .M N... 100644 100644 100644 {oid} {oid} f\0\
             u UU N... 1 2 3 4 {oid} {oid} {oid} g\0? new/\0"
        );
        let status = parse(output.as_bytes());
        assert_eq!(status.branch.as_deref(), Some("a/b"));
        assert_eq!(status.commit, oid.parse().ok());
        assert_eq!((status.dirty, status.unmerged), (3, 1));
        let status = parse(b"# branch.oid (initial)\0# branch.head (detached)\0");
        assert_eq!(status, WorktreeStatus::default());
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
