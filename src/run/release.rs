//! Removing the worktree of a finished task when its slot is needed. Only one that holds nothing
//! of its own goes; its branch stays, and what was exchanged with its agent is kept with the run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::error::{OrFail, Result};
use crate::git::{Discarded, Reflog, Repository, trash_refs};
use crate::id::{RunId, TaskId};
use crate::process::Occupants;
use crate::store::{Event, Store};

use super::task::{Message, Shared, blocking};
use super::workspace::session_dir;

/// A worktree that is to go.
#[derive(Clone, Debug)]
struct Leaving<'a> {
    run: RunId,
    task: TaskId,
    path: &'a Path,
    /// What it must be on.
    branch: &'a str,
    /// The words by which its registry entry is locked.
    reason: &'a str,
}

/// A worktree on its way out.
#[derive(Debug)]
pub struct Release {
    pub shared: Arc<Shared>,
    pub line: mpsc::UnboundedSender<Message>,
    pub task: TaskId,
    pub branch: String,
    pub worktree: PathBuf,
    /// A supervisor that was killed had begun it.
    pub begun: bool,
}

impl Release {
    /// Whether it was removed.
    pub async fn release(self) -> Result<bool> {
        if !self.begun {
            let (shared, branch) = (Arc::clone(&self.shared), self.branch.clone());
            let worktree = self.worktree.clone();
            let free = blocking(move || is_free_of_work(&shared.repository, &worktree, &branch));
            if !free.await? {
                return Ok(false);
            }
            self.tell(Event::WorktreeReleasePlanned { task: self.task })
                .await?;
        }
        let (shared, task) = (Arc::clone(&self.shared), self.task);
        let (worktree, branch) = (self.worktree.clone(), self.branch.clone());
        let released = blocking(move || {
            let leaving = Leaving {
                run: shared.run,
                task,
                path: &worktree,
                branch: &branch,
                reason: &shared.reason(task),
            };
            release(&shared.repository, &shared.store, &leaving)
        });
        if !released.await? {
            return Ok(false);
        }
        self.tell(Event::WorktreeReleased { task: self.task })
            .await?;
        Ok(true)
    }

    async fn tell(&self, event: Event) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let gone = || "the supervisor is gone";
        self.line
            .send(Message::Tell(event, answer))
            .or_unable(gone)?;
        answered.await.or_unable(gone).map(drop)
    }
}

/// Whether a worktree holds nothing that is not on `branch`, besides our own session folder, and
/// nobody works in it.
fn is_free_of_work(repository: &Repository, worktree: &Path, branch: &str) -> Result<bool> {
    let status = repository.worktree_status(worktree)?;
    Ok(status.branch.as_deref() == Some(branch)
        && repository.obstacles(worktree)?.is_empty()
        && Occupants::look()?.inside(worktree).is_empty())
}

/// Removes a worktree that [`is_free_of_work`]; false where something came up meanwhile, and it is
/// in its place. Doing it again after a kill finishes it, or finds out that it must stay.
fn release(repository: &Repository, store: &Store, leaving: &Leaving<'_>) -> Result<bool> {
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
