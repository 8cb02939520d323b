//! Worktrees as lines of work: what is committed there and what is not.

use std::path::Path;

use crate::error::Result;
use crate::git::{ObjectSpace, Snapshot, Worktree};
use crate::id::Oid;
use crate::integrate::{Asked, InWorktree, Target};
use crate::store::Selection;

use super::tasks::of_task;

/// A line of work, and the worktree that is to be looked into for more.
pub type Found = (Asked, Option<Worktree>);

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

/// The worktree whose folder this is, if it is one's, under the name that was typed.
pub fn at(worktrees: &[Worktree], folder: &Path, name: &str) -> Option<Found> {
    let folder = folder.canonicalize().ok()?;
    let is_here = |w: &&Worktree| w.path.canonicalize().is_ok_and(|path| path == folder);
    let worktree = worktrees.iter().find(is_here)?;
    let asked = Asked::revision(name, worktree.commit?);
    Some((asked, Some(worktree.clone())))
}

/// The tasks of a run that have a branch; where that is checked out, with what is not committed.
pub fn of_tasks(space: &ObjectSpace, selection: &Selection) -> Result<Vec<Asked>> {
    let worktrees = space.repository().worktrees()?;
    let found = selection.tasks().filter_map(|task| {
        let asked = of_task(space.repository(), &selection.run, task)?;
        let worktree = worktrees.iter().find(|w| w.branch == task.branch);
        Some((asked, worktree.cloned()))
    });
    look(space, found.collect())
}

/// Each under its branch's name, or under its folder's where it is on no branch or on the target.
fn named(space: &ObjectSpace, target: &Target, worktrees: Vec<Worktree>) -> Result<Vec<Asked>> {
    let found = worktrees.into_iter().filter_map(|worktree| {
        let branch = worktree.branch.as_ref();
        let name = match branch.filter(|branch| **branch != target.name) {
            Some(branch) => branch.clone(),
            None => worktree.path.display().to_string(),
        };
        let asked = Asked::revision(&name, worktree.commit?);
        Some((asked, Some(worktree)))
    });
    look(space, found.collect())
}

/// Adds what is not committed in the worktree of each. Where there is none, or its folder is gone,
/// what is committed has to do.
pub fn look(space: &ObjectSpace, mut found: Vec<Found>) -> Result<Vec<Asked>> {
    for (_, worktree) in &mut found {
        worktree.take_if(|worktree| !worktree.path.is_dir());
    }
    let heads = found.iter().filter_map(|(asked, worktree)| {
        let worktree = worktree.as_ref()?;
        Some((worktree, worktree.commit.unwrap_or(asked.commit)))
    });
    let heads: Vec<(&Worktree, Oid)> = heads.collect();
    let mut snapshots = space.snapshots(&heads)?.into_iter().zip(heads);
    let looked_at = found.iter().map(|(asked, worktree)| {
        let mut asked = asked.clone();
        if worktree.is_some()
            && let Some((snapshot, (worktree, head))) = snapshots.next()
        {
            asked.commit = match &snapshot {
                Snapshot::Dirty { commit } => *commit,
                Snapshot::Clean | Snapshot::Impossible(_) => head,
            };
            asked.worktree = Some(in_worktree(worktree, head, snapshot));
        }
        asked
    });
    Ok(looked_at.collect())
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
