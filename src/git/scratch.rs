//! A worktree for a moment: to run a command on a commit that no branch has yet.

use std::any::Any;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::id::Oid;
use crate::process::ScratchFolder;

use super::repository::Repository;
use super::worktree::is_locked_with;

/// By these words in its lock an entry of ours is known, should we die before we remove it.
const REASON: &str = "git parallel merge --verify";

/// Takes the lock under which the repository's list of worktrees may change.
pub type TakeLock<'a> = &'a dyn Fn() -> Result<Box<dyn Any>>;

/// A detached worktree in a temporary folder; it goes when it is dropped.
pub struct ScratchWorktree<'a> {
    repository: Repository,
    folder: ScratchFolder,
    lock: TakeLock<'a>,
}

impl<'a> ScratchWorktree<'a> {
    /// Checks a commit out.
    pub fn make(repository: &Repository, commit: Oid, lock: TakeLock<'a>) -> Result<Self> {
        let folder = ScratchFolder::new("verify")?;
        let scratch = Self {
            repository: repository.clone(),
            folder,
            lock,
        };
        {
            let _lock = lock()?;
            repository
                .git("worktree")
                .args(["add", "--quiet", "--detach", "--no-checkout"])
                .args(["--lock", "--reason", REASON])
                .arg(scratch.path())
                .arg(commit.to_string())
                .run()?;
        }
        scratch.reset("HEAD")?;
        Ok(scratch)
    }

    /// Goes on to another commit, as `git bisect run` does: ignored files stay, so that what was
    /// built once need not be built again; whatever else was left there goes.
    pub fn switch(&self, commit: Oid) -> Result<()> {
        self.reset(&commit.to_string())?;
        self.repository
            .git_in(&self.path(), "clean")
            .args(["-ffd", "--quiet"])
            .run()
            .map(drop)
    }

    fn reset(&self, commit: &str) -> Result<()> {
        self.repository
            .git_in(&self.path(), "reset")
            .args(["--hard", "--quiet", commit])
            .run()
            .map(drop)
    }

    /// Where it lies.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(self.repository.name())
    }
}

impl Drop for ScratchWorktree<'_> {
    fn drop(&mut self) {
        // The files go first, since many take long, and nobody should wait for the lock meanwhile.
        // What stays behind is removed by the next one that calls `clear_scratch_worktrees`.
        let _ = fs::remove_dir_all(self.path());
        if let Ok(_lock) = (self.lock)() {
            let _ = remove(&self.repository, &self.path());
        }
    }
}

impl fmt::Debug for ScratchWorktree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScratchWorktree")
            .field(&self.path())
            .finish()
    }
}

impl Repository {
    /// Removes what died before it could remove its own. The caller holds the lock of those who
    /// make them, so that none is in use.
    pub fn clear_scratch_worktrees(&self, lock: TakeLock<'_>) -> Result<()> {
        if self.scratch_worktrees_left()?.is_empty() {
            return Ok(());
        }
        for worktree in self.worktrees()? {
            if worktree.locked.as_deref() == Some(REASON) {
                let _lock = lock()?;
                remove(self, &worktree.path)?;
            }
        }
        Ok(())
    }

    /// The registry entries of such worktrees, read without git. While somebody holds the lock of
    /// those who make them, one may be in use.
    pub fn scratch_worktrees_left(&self) -> Result<Vec<PathBuf>> {
        let mut entries = self.registry_entries()?;
        entries.retain(|entry| is_locked_with(entry, REASON));
        Ok(entries)
    }
}

fn remove(repository: &Repository, path: &Path) -> Result<()> {
    repository
        .git("worktree")
        .args(["remove", "--force", "--force"])
        .arg(path)
        .run()
        .map(drop)
}
