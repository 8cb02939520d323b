//! What lies in the worktree beside the commit: for whoever reads the commit and says what not.

use crate::error::Result;

use super::repository::Repository;

/// Paths that are not in the commit as they are in the worktree; a folder counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// Changed or new.
    pub uncommitted: usize,
    pub ignored: usize,
}

impl Repository {
    /// Counts what lies beside the commit below these pathspecs, as typed where we stand; nothing
    /// where there is no worktree.
    pub fn aside(&self, folder: &std::path::Path, pathspecs: &[String]) -> Result<Aside> {
        if self.work_dir().is_none() {
            return Ok(Aside::default());
        }
        let output = self
            .git_in(folder, "status")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["--porcelain", "-z", "--no-renames", "--ignored"])
            .args(["--untracked-files=normal", "--ignore-submodules=all", "--"])
            .args(pathspecs)
            .run()?;
        let entries = output.stdout.split(|byte| *byte == 0);
        let entries: Vec<&[u8]> = entries.filter(|entry| !entry.is_empty()).collect();
        let ignored = entries
            .iter()
            .filter(|entry| entry.starts_with(b"!!"))
            .count();
        Ok(Aside {
            uncommitted: entries.len() - ignored,
            ignored,
        })
    }
}
