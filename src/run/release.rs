//! Removing the worktree of a finished task when its slot is needed. Only one that holds nothing
//! of its own goes; its branch stays, and what was exchanged with its agent is kept with the run.

use std::path::Path;

use jiff::Timestamp;

use crate::error::Result;
use crate::git::{Discarded, Reflog, Repository, trash_refs};
use crate::id::{RunId, TaskId};
use crate::process::Occupants;
use crate::store::Store;

use super::workspace::session_dir;

/// A worktree that is to go.
#[derive(Clone, Debug)]
pub struct Leaving<'a> {
    pub run: RunId,
    pub task: TaskId,
    pub path: &'a Path,
    /// What it must be on.
    pub branch: &'a str,
    /// The words by which its registry entry is locked.
    pub reason: &'a str,
}

/// Whether a worktree holds nothing that is not on `branch`, besides our own session folder, and
/// nobody works in it.
pub fn is_free_of_work(repository: &Repository, worktree: &Path, branch: &str) -> Result<bool> {
    let status = repository.worktree_status(worktree)?;
    Ok(status.branch.as_deref() == Some(branch)
        && repository.obstacles(worktree)?.is_empty()
        && Occupants::look()?.inside(worktree).is_empty())
}

/// Removes a worktree that [`is_free_of_work`]; false where something came up meanwhile, and it is
/// in its place. Doing it again after a kill finishes it, or finds out that it must stay.
pub fn release(repository: &Repository, store: &Store, leaving: &Leaving<'_>) -> Result<bool> {
    let mut gone = Vec::new();
    {
        let _lock = store.lock(&format!("release the worktree of {}", leaving.reason))?;
        gone.extend(begun(leaving.path)?);
        if leaving.path.exists() {
            match take_out(repository, store, leaving)? {
                Some(taken) => gone.push(taken),
                None => return Ok(false),
            }
        }
        let ours = |words: &Option<String>| words.as_deref() == Some(leaving.reason);
        if repository.worktrees()?.iter().any(|w| ours(&w.locked)) {
            repository.forget_worktree(leaving.path)?;
        }
    }
    // Many files take long to delete: nobody waits for the lock meanwhile.
    gone.into_iter().for_each(Discarded::delete);
    Ok(true)
}

/// What a release that was killed had taken out: all of it that was looked at for the second time.
/// The rest goes back to its place.
fn begun(worktree: &Path) -> Result<Vec<Discarded>> {
    let mut gone = Vec::new();
    for left in Discarded::leftovers(worktree)? {
        if left.is_forgotten() {
            gone.push(left);
        } else if worktree.exists() {
            left.keep()?;
        } else {
            left.put_back(worktree)?;
        }
    }
    Ok(gone)
}

/// Out of its place, and looked at once more: whoever still wrote there has lost it now.
fn take_out(
    repository: &Repository,
    store: &Store,
    leaving: &Leaving<'_>,
) -> Result<Option<Discarded>> {
    let stamp = Timestamp::now().as_millisecond().to_string();
    let taken = Discarded::take(leaving.path, &stamp)?;
    let exchange = session_dir(&taken.path());
    let free = is_free_of_work(repository, &taken.path(), leaving.branch).and_then(|free| {
        if free {
            // The branch stays, and its reflog with it.
            let folder = trash_refs(leaving.run, leaving.task, &stamp);
            repository.keep_reflog(Reflog::Head(&taken.path()), &folder)?;
            store.keep_exchange(leaving.run, leaving.task, &stamp, &exchange)?;
        }
        Ok(free)
    });
    if let Ok(true) = free {
        return Ok(Some(taken));
    }
    taken.put_back(leaving.path)?;
    free.map(|_| None)
}
