//! Bringing back what was taken away: branches and worktrees. Every step looks at what is there, so
//! that one that was interrupted can be gone through again.

use std::fs::{self, File};
use std::path::Path;

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::Oid;

use super::link::{entry_named_by, match_entry, write_link};
use super::repository::Repository;
use super::trash::Discarded;

/// A worktree that is to be there again, as it was committed.
#[derive(Clone, Copy, Debug)]
pub struct Former<'a> {
    pub path: &'a Path,
    /// The branch that it was on; `None` where its HEAD was detached.
    pub branch: Option<&'a str>,
    pub commit: Oid,
    /// The words by which its entry in the registry is locked.
    pub reason: &'a str,
}

impl Repository {
    /// Refs below a folder that hold a commit, with what they point to, without other names of them.
    pub fn refs_holding(&self, commit: Oid, folder: &str) -> Result<Vec<(String, Oid)>> {
        self.refs_listed(&["--contains", &commit.to_string(), folder])
    }

    /// Checks a worktree out that held nothing but what is committed. Call it under the
    /// repository's lock and hand that lock in.
    pub fn check_out_former(&self, former: &Former<'_>, lock: &File) -> Result<()> {
        let share = || lock.try_clone().or_unable(|| "cannot share a lock");
        if !former.path.exists() {
            let git = self
                .git("worktree")
                .args(["add", "--quiet", "--no-checkout", "--lock", "--reason"])
                .arg(former.reason)
                .own_group()
                .holding(share()?);
            let git = match former.branch {
                Some(branch) => git.arg(former.path).arg(branch),
                None => git
                    .arg("--detach")
                    .arg(former.path)
                    .arg(former.commit.to_string()),
            };
            git.run()?;
        }
        // git writes the index last: with one, all files are there.
        if !self.git_dir_of(former.path)?.join("index").exists() {
            self.git_in(former.path, "reset")
                .args(["--hard", "--quiet", "--no-recurse-submodules"])
                .own_group()
                .holding(share()?)
                .run()?;
        }
        Ok(())
    }

    /// Brings a worktree back from the trash as it was, with its index and whatever it was in the
    /// middle of: first its entry in the registry, then its folder.
    pub fn bring_back(&self, kept: &Discarded, entry: &Path, path: &Path) -> Result<()> {
        let folder = match kept.path().exists() {
            true => kept.path(),
            false => path.to_owned(),
        };
        let registry = self.common_dir().join("worktrees");
        let named = registry.join(entry_named_by(&folder)?);
        let home = match entry.exists() {
            true if !named.exists() => named,
            // Another worktree has its place in the registry by now.
            true => registry.join(entry.file_name().unwrap_or_default()),
            false if named.exists() => named,
            false => {
                return Err(Failure::unable(format!(
                    "the registry entry of {} is no longer in the trash",
                    path.display()
                ))
                .kept(format!("its files, in {}", folder.display())));
            }
        };
        if entry.exists() {
            fs::create_dir_all(&registry).on_path("create", &registry)?;
            write_link(&folder, &home)?;
            fs::rename(entry, &home).on_path("move", entry)?;
        }
        kept.put_back(path)?;
        match_entry(path, &home)
    }
}
