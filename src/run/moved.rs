//! A task that is done again after what it builds on was: it starts from the new result, as long as
//! nothing of its own stands on the old one.

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::git::Repository;
use crate::id::Oid;
use crate::store::{Event, Lock};

use super::base::{self, Base};
use super::task::{Driver, blocking};

impl Driver {
    /// Moves the task's branch and worktree to what it depends on now. What has work of its own, or
    /// starts from several, stays where it is: `status` says what to do about it.
    pub(super) async fn follow_base(&mut self, lock: &Arc<Lock>) -> Result<()> {
        let Some(old) = self.state.base.filter(|_| self.stale) else {
            return Ok(());
        };
        let (branch, worktree) = self.home()?;
        let (shared, depends) = (Arc::clone(&self.shared), self.depends.clone());
        let (task, lock) = (self.task.id, Arc::clone(lock));
        let moved = blocking(move || {
            let repository = &shared.repository;
            let found = base::find(repository, shared.run, task, shared.base, &depends)?;
            let Base::Commit(new) = found else {
                return Ok(None);
            };
            // A supervisor that was killed may have moved it already, and said nothing.
            if !is_bare(repository, &worktree, &branch, &[old, new])? {
                return Ok(None);
            }
            repository
                .git_in(&worktree, "reset")
                .args(["--keep", "--quiet", &new.to_string()])
                .own_group()
                .holding(lock.share()?)
                .run()?;
            Ok(Some(new))
        });
        match moved.await? {
            Some(base) => self.tell(Event::BaseMoved { task, base }).await,
            None => Ok(()),
        }
    }
}

/// Whether the worktree is clean, on its branch, and at one of these commits.
fn is_bare(repository: &Repository, worktree: &Path, branch: &str, at: &[Oid]) -> Result<bool> {
    let status = repository.worktree_status(worktree)?;
    let on_branch = status.branch.as_deref() == Some(branch);
    let there = status.commit.is_some_and(|commit| at.contains(&commit));
    Ok(status.dirty == 0 && on_branch && there)
}
