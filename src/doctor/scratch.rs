//! What was only for a moment, and whose owner was killed: temporary folders, and the worktrees in
//! which merges are verified. Nobody's work is in them.

use std::any::Any;

use crate::error::Result;
use crate::git::Repository;
use crate::process::{abandoned, remove};
use crate::store::{Lock, Store};

use super::{Finding, Level, Mend};

/// What can be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scratch {
    Folders,
    Worktrees,
}

pub(super) fn look(repository: &Repository, store: &Store) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let folders = abandoned();
    if let Some(first) = folders.first() {
        let message = match folders.len() {
            1 => "a temporary folder of a process that was killed".to_owned(),
            many => format!(
                "and {} more temporary folders of killed processes",
                many - 1
            ),
        };
        let finding = Finding::new(
            Level::Finding,
            "scratch-folder",
            first.display().to_string(),
            message,
        );
        found.push(finding.mend(Mend::Scratch(Scratch::Folders)));
    }
    let worktrees = repository.scratch_worktrees_left()?;
    if let Some(entry) = worktrees.first()
        && !Lock::is_held_by_its_taker(&store.merge_lock_path())?
    {
        let message = "the worktree of a merge --verify that was killed";
        let subject = entry.display().to_string();
        let finding = Finding::new(Level::Finding, "scratch-worktree", subject, message);
        found.push(finding.mend(Mend::Scratch(Scratch::Worktrees)));
    }
    Ok(found)
}

pub(super) fn mend(repository: &Repository, store: &Store, what: Scratch) -> Result<String> {
    match what {
        Scratch::Folders => abandoned().iter().for_each(|folder| remove(folder)),
        Scratch::Worktrees => {
            let _merge = store.lock_merge("doctor --fix")?;
            let lock = || -> Result<Box<dyn Any>> { Ok(Box::new(store.lock("doctor --fix")?)) };
            repository.clear_scratch_worktrees(&lock)?;
        }
    }
    Ok("removed".to_owned())
}
