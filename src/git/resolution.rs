//! A merge inside a worktree, for a person or an agent to finish: begun, looked at, concluded,
//! taken back.
//!
//! git holds the caller's lock while it works: killed at any moment, we leave a git that finishes
//! its step, and whoever comes next waits for it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;
use crate::process::Output;

use super::objects::ObjectSpace;
use super::path::RepoPath;
use super::patience::{await_release, held, lock_named};
use super::program::complaint;
use super::repository::Repository;

/// How a merge in a worktree began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeStart {
    /// It was clean and is committed; or there was nothing to merge.
    Concluded,
    /// It waits for somebody to resolve its conflicts.
    Conflicts,
}

impl Repository {
    /// Merges the branch or commit `what` in a worktree, as its user would.
    pub fn start_merge(
        &self,
        worktree: &Path,
        what: &str,
        message: &str,
        lock: File,
    ) -> Result<MergeStart> {
        self.await_locks(worktree)?;
        let output = self
            .git_in(worktree, "merge")
            .args(["--ff", "--commit", "--no-squash", "--no-edit", "--no-stat"])
            .args(["--no-autostash", "--quiet", "--message", message])
            .arg(what)
            .own_group()
            .holding(lock)
            .ask()?;
        if output.status.success() {
            Ok(MergeStart::Concluded)
        } else if self.merge_head(worktree)?.is_some() {
            Ok(MergeStart::Conflicts)
        } else if let Some(lock) = self.lock_met(worktree, &output)? {
            Err(held(&lock))
        } else {
            let said = output.complaint();
            let said = if said.is_empty() { output.text() } else { said };
            Err(
                Failure::refused(format!("git does not merge {what}: {said}"))
                    .kept("nothing was changed")
                    .next(format!("git -C {} status", word(worktree))),
            )
        }
    }

    /// The commit that is being merged in a worktree, if any is.
    pub fn merge_head(&self, worktree: &Path) -> Result<Option<Oid>> {
        self.name_in(worktree, "MERGE_HEAD")
    }

    /// The commit that is checked out in a worktree; `None` on an unborn branch.
    pub fn head_of(&self, worktree: &Path) -> Result<Option<Oid>> {
        self.name_in(worktree, "HEAD")
    }

    fn name_in(&self, worktree: &Path, name: &str) -> Result<Option<Oid>> {
        let output = self
            .git_in(worktree, "rev-parse")
            .args(["--verify", "--quiet", name])
            .ask()?;
        Ok(output.text().parse().ok())
    }

    /// Whether tracked files of a worktree differ from its HEAD, staged or not.
    pub fn has_edits(&self, worktree: &Path) -> Result<bool> {
        let output = self
            .git_in(worktree, "status")
            .args(["--porcelain", "-z", "--untracked-files=no"])
            .run()?;
        Ok(!output.stdout.is_empty())
    }

    /// Tracked paths of a worktree that differ from its index.
    pub fn unstaged(&self, worktree: &Path) -> Result<Vec<RepoPath>> {
        let output = self
            .git_in(worktree, "diff-files")
            .args(["--name-only", "-z", "--diff-filter=u"])
            .run()?;
        Ok(names(&output.stdout))
    }

    /// Conflicted paths that rerere did not resolve as they were resolved before; `None` where it
    /// is not in use.
    pub fn rerere_remaining(&self, worktree: &Path) -> Result<Option<Vec<RepoPath>>> {
        if !self.uses_rerere()? {
            return Ok(None);
        }
        let output = self.git_in(worktree, "rerere").arg("remaining").run()?;
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let lines = lines.filter(|line| !line.is_empty());
        Ok(Some(lines.map(RepoPath::new).collect()))
    }

    /// `rerere.enabled`; where it is not set, rerere is on in a repository that used it before.
    fn uses_rerere(&self) -> Result<bool> {
        let set = self
            .git("config")
            .args(["--type=bool", "--get", "rerere.enabled"])
            .ask()?;
        Ok(match set.status.code() {
            Some(0) => set.text() == "true",
            _ => self.common_dir().join("rr-cache").is_dir(),
        })
    }

    /// Commits a merge whose conflicts are resolved and staged, with the hooks and the signature
    /// that the user configured, and returns the commit. Its message is what git noted when the merge
    /// began; where git was killed before it had, this one. `Err` inside is what was said against it.
    pub fn commit_merge(
        &self,
        worktree: &Path,
        hooks: bool,
        message: &str,
        lock: File,
    ) -> Result<Result<Oid, String>> {
        let mut git = self.git_in(worktree, "commit").args([
            "--no-edit",
            "--quiet",
            // What git noted about the conflicts is not part of the message.
            "--cleanup=strip",
        ]);
        if !hooks {
            git = git.arg("--no-verify");
        }
        let noted = fs::read_to_string(self.git_dir_of(worktree)?.join("MERGE_MSG"));
        let is_said = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
        if !noted.unwrap_or_default().lines().any(is_said) {
            git = git.args(["--message", message]);
        }
        self.await_locks(worktree)?;
        let output = git.holding(lock).ask()?;
        if !output.status.success() {
            if let Some(lock) = self.lock_met(worktree, &output)? {
                return Err(held(&lock).kept("the merge, resolved and staged"));
            }
            let said = [output.complaint(), output.text()].join("\n");
            return Ok(Err(said.trim().to_owned()));
        }
        let commit = self.head_of(worktree)?;
        Ok(commit.ok_or_else(|| "there is no commit".to_owned()))
    }

    /// Paths in which `commit` differs from what git makes of merging `ours` and `theirs`.
    pub fn besides_merge(&self, ours: Oid, theirs: Oid, commit: Oid) -> Result<Vec<RepoPath>> {
        let space = ObjectSpace::scratch(self);
        let merged = space
            .git("merge-tree")?
            .args(["--write-tree", "--no-messages", "--name-only"])
            .args([ours.to_string(), theirs.to_string()])
            .ask()?;
        let text = merged.text();
        let Some(tree) = text.lines().next() else {
            return Err(complaint("merge-tree", &merged));
        };
        let output = space
            .git("diff-tree")?
            .args(["-r", "-z", "--name-only", "--no-renames", tree])
            .arg(commit.to_string())
            .run()?;
        Ok(names(&output.stdout))
    }

    /// The content of a path in a commit; `None` where there is no such file.
    pub fn blob_at(&self, commit: Oid, path: &RepoPath) -> Result<Option<Vec<u8>>> {
        let mut name = OsString::from(format!("{commit}:"));
        name.push(path.as_path());
        let output = self.git("cat-file").arg("blob").arg(name).ask()?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// Takes a merge in a worktree back.
    pub fn abort_merge(&self, worktree: &Path, lock: File) -> Result<()> {
        self.await_locks(worktree)?;
        let git = self.git_in(worktree, "merge").arg("--abort");
        let output = git.own_group().holding(lock).ask()?;
        if output.status.success() {
            return Ok(());
        }
        let met = self.lock_met(worktree, &output)?;
        Err(met.map_or_else(|| complaint("merge", &output), |lock| held(&lock)))
    }

    /// Waits for other gits to give back what merging in a worktree takes: its index, its HEAD and
    /// its branch. Called again, a merge or a commit would not find what it found before.
    pub(super) fn await_locks(&self, worktree: &Path) -> Result<()> {
        let git_dir = self.git_dir_of(worktree)?;
        let head = fs::read_to_string(git_dir.join("HEAD")).unwrap_or_default();
        let branch = head.trim_end().strip_prefix("ref: ");
        let branch = branch.map(|name| self.common_dir().join(format!("{name}.lock")));
        let own = ["index.lock", "HEAD.lock"].map(|name| git_dir.join(name));
        await_release(&own.into_iter().chain(branch).collect::<Vec<_>>())
    }

    /// The lock file of another git that stopped this call: a merge does not name that of the index.
    fn lock_met(&self, worktree: &Path, output: &Output) -> Result<Option<PathBuf>> {
        let index = self.git_dir_of(worktree)?.join("index.lock");
        let named = lock_named(&output.complaint());
        Ok(named.or_else(|| index.exists().then_some(index)))
    }
}

/// Reads paths that end in NUL.
fn names(stdout: &[u8]) -> Vec<RepoPath> {
    let names = stdout.split(|byte| *byte == 0);
    let mut names: Vec<RepoPath> = names
        .filter(|name| !name.is_empty())
        .map(RepoPath::new)
        .collect();
    names.dedup();
    names
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
