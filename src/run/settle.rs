//! After a session: what it left uncommitted is committed for it, and what its branch now holds is
//! read. Nothing is ever thrown away here: what cannot be committed stays as it is and is told.

use std::path::Path;

use crate::error::Result;
use crate::git::{Repository, Span, WorktreeStatus};
use crate::id::{Oid, RunId};
use crate::plan::Task;
use crate::store::Lock;

use super::documents::{self, Product};
use super::workspace::session_dir;

/// What there is to show for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The commit that was made of what was left.
    pub committed: Option<Oid>,
    /// Where the task's branch stands.
    pub tip: Oid,
    /// Commits on it since its base.
    pub commits: usize,
    /// Paths that differ between base and tip.
    pub changed: Vec<String>,
    /// Why what was left could not be committed.
    pub refused: Option<String>,
    /// Paths that were left uncommitted because the user wants it so.
    pub left: Option<usize>,
    /// What it wrote, where its task was to write a document.
    pub product: Option<Product>,
}

/// A task's worktree after a session.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a> {
    pub run: RunId,
    pub task: &'a Task,
    pub worktree: &'a Path,
    pub branch: &'a str,
    pub base: Oid,
    /// Whether what is uncommitted is to be committed.
    pub commit: bool,
}

/// Settles a session. `lock` is the task's: git holds it too, while it works for us.
pub fn settle(repository: &Repository, left: &Left<'_>, lock: &Lock) -> Result<Settlement> {
    let mut status = repository.worktree_status(left.worktree)?;
    let dirty = status.dirty;
    let mut settled = Settlement {
        committed: None,
        tip: left.base,
        commits: 0,
        changed: Vec::new(),
        refused: None,
        left: None,
        product: None,
    };
    if dirty > 0 && !left.commit {
        settled.left = Some(dirty);
    } else if dirty > 0 {
        match commit(repository, left, &status, lock)? {
            Ok(()) => {
                // On its branch, or it would not have been committed.
                status.commit = repository.find_ref(&format!("refs/heads/{}", left.branch));
                settled.committed = status.commit;
            }
            Err(why) => settled.refused = Some(format!("{dirty} paths: {why}")),
        }
    } else if let Some(elsewhere) = elsewhere(left, &status) {
        settled.refused = Some(elsewhere);
    }
    settled.tip = tip(repository, left, &status);
    look(repository, left, &mut settled)?;
    settled.product = left
        .task
        .document
        .then(|| documents::read(&session_dir(left.worktree)));
    Ok(settled)
}

/// Commits everything that git does not ignore; `Err` says why it could not be done.
fn commit(
    repository: &Repository,
    left: &Left<'_>,
    status: &WorktreeStatus,
    lock: &Lock,
) -> Result<Result<(), String>> {
    if let Some(elsewhere) = elsewhere(left, status) {
        return Ok(Err(elsewhere));
    }
    if status.unmerged > 0 {
        return Ok(Err("some have conflicts that nobody resolved".to_owned()));
    }
    if let Some(paused) = repository.paused_operation(left.worktree)? {
        return Ok(Err(format!("a {paused} is under way")));
    }
    let message = message(left);
    repository.commit_all(left.worktree, &message, lock.share()?)
}

/// Says so when the session left the branch that is its own.
fn elsewhere(left: &Left<'_>, status: &WorktreeStatus) -> Option<String> {
    match &status.branch {
        Some(branch) if branch == left.branch => None,
        Some(branch) => Some(format!(
            "HEAD was left on '{branch}', not on '{}'",
            left.branch
        )),
        None => Some(format!("HEAD was left detached, not on '{}'", left.branch)),
    }
}

fn tip(repository: &Repository, left: &Left<'_>, status: &WorktreeStatus) -> Oid {
    let here = status
        .commit
        .filter(|_| status.branch.as_deref() == Some(left.branch));
    here.or_else(|| repository.find_ref(&format!("refs/heads/{}", left.branch)))
        .unwrap_or(left.base)
}

fn look(repository: &Repository, left: &Left<'_>, settled: &mut Settlement) -> Result<()> {
    if settled.tip == left.base {
        return Ok(());
    }
    settled.commits = repository.count_commits(left.base, settled.tip)?;
    let span = Span {
        base: Some(left.base),
        tip: settled.tip,
    };
    for changes in repository.changes(&[span])? {
        let paths = changes.paths.iter();
        settled.changed = paths.map(|path| path.to_text().into_owned()).collect();
    }
    Ok(())
}

/// The task's title, and a trailer that says where the commit comes from.
fn message(left: &Left<'_>) -> String {
    let title = left.task.title.lines().next().unwrap_or_default().trim();
    let title = if title.is_empty() {
        &left.task.name
    } else {
        title
    };
    format!("{title}\n\nParallel-Task: {}/{}\n", left.run, left.task.id)
}
