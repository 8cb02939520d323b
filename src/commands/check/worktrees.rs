//! Worktrees as lines of work: what is committed there and what is not.

use std::path::Path;

use crate::error::Result;
use crate::git::{ObjectSpace, Snapshot, Worktree};
use crate::id::Oid;
use crate::integrate::{Asked, InWorktree, Target};
use crate::store::Selection;

use super::tasks::of_task;

/// All worktrees, the main one too.
pub fn all(space: &ObjectSpace, target: &Target) -> Result<Vec<Asked>> {
    named(space, target, space.repository().worktrees()?)
}

/// All but the main one.
pub fn linked(space: &ObjectSpace, target: &Target) -> Result<Vec<Asked>> {
    let mut worktrees = space.repository().worktrees()?;
    worktrees.drain(..1.min(worktrees.len()));
    named(space, target, worktrees)
}

/// The worktree whose folder this is, if it is one's.
pub fn at(space: &ObjectSpace, folder: &Path, name: &str) -> Result<Option<Asked>> {
    let Ok(folder) = folder.canonicalize() else {
        return Ok(None);
    };
    let worktrees = space.repository().worktrees()?.into_iter();
    let mut here = worktrees.filter(|w| w.path.canonicalize().is_ok_and(|path| path == folder));
    let found = here.next().and_then(|worktree| {
        let commit = worktree.commit?;
        Some(look(space, &worktree, Asked::revision(name, commit)))
    });
    found.transpose()
}

/// The tasks of a run that have a branch; where that is checked out, with what is not committed.
pub fn of_tasks(space: &ObjectSpace, selection: &Selection) -> Result<Vec<Asked>> {
    let worktrees = space.repository().worktrees()?;
    let mut asked = Vec::new();
    for task in selection.tasks() {
        let Some(one) = of_task(space.repository(), &selection.run, task) else {
            continue;
        };
        let worktree = worktrees.iter().find(|w| w.branch == task.branch);
        asked.push(match worktree {
            Some(worktree) => look(space, worktree, one)?,
            None => one,
        });
    }
    Ok(asked)
}

/// Each under its branch's name, or under its folder's where it is on no branch or on the target.
fn named(space: &ObjectSpace, target: &Target, worktrees: Vec<Worktree>) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for worktree in worktrees {
        let branch = worktree.branch.as_ref();
        let name = match branch.filter(|branch| **branch != target.name) {
            Some(branch) => branch.clone(),
            None => worktree.path.display().to_string(),
        };
        if let Some(commit) = worktree.commit {
            asked.push(look(space, &worktree, Asked::revision(&name, commit))?);
        }
    }
    Ok(asked)
}

/// Adds what is not committed in a worktree. Of one whose folder is gone, what is committed has
/// to do.
fn look(space: &ObjectSpace, worktree: &Worktree, mut asked: Asked) -> Result<Asked> {
    if !worktree.path.is_dir() {
        return Ok(asked);
    }
    let head = worktree.commit.unwrap_or(asked.commit);
    let snapshot = space.snapshot(worktree, head)?;
    asked.commit = match &snapshot {
        Snapshot::Dirty { commit } => *commit,
        Snapshot::Clean | Snapshot::Impossible(_) => head,
    };
    asked.worktree = Some(in_worktree(worktree, head, snapshot));
    Ok(asked)
}

fn in_worktree(worktree: &Worktree, head: Oid, snapshot: Snapshot) -> InWorktree {
    InWorktree {
        path: worktree.path.clone(),
        head,
        dirty: snapshot != Snapshot::Clean,
        trouble: match snapshot {
            Snapshot::Impossible(trouble) => Some(trouble),
            Snapshot::Clean | Snapshot::Dirty { .. } => None,
        },
    }
}
