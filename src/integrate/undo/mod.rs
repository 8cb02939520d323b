//! Taking back what the tool did, the last first: a merge by moving its branch back, a clean-up by
//! bringing back what waits in the trash. An undo is an operation itself, and of a merge it can be
//! taken back, too.

mod hurdles;
mod restore;

use std::path::PathBuf;

use crate::error::{Failure, Result};
use crate::git::{RefChange, Repository, Step, Way};
use crate::store::{Change, Lock, Operation, OperationEvent, OperationState, Store};

use super::settle::{moved_by, settle};

pub use restore::Restored;

/// How to undo.
#[derive(Clone, Debug)]
pub struct UndoOptions {
    /// The operation to take back; `None` for the last merge or clean-up.
    pub number: Option<u64>,
    /// Also what others have seen or stand on.
    pub force: bool,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoOutcome {
    /// What is taken back, or would be.
    pub undone: Operation,
    pub effect: Effect,
    /// The undo's own number; `None` for a dry run.
    pub operation: Option<u64>,
    /// Earlier operations that were interrupted, and are settled now.
    pub settled: usize,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A branch moves.
    Moved(Moved),
    /// What was cleaned up is there again.
    Restored(Vec<Restored>),
}

/// A branch that moves back, or forward again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its short name.
    pub branch: String,
    pub from: crate::id::Oid,
    pub to: crate::id::Oid,
    /// A merge that was taken back is done again.
    pub again: bool,
    /// The worktree that has it checked out.
    pub worktree: Option<PathBuf>,
    /// Names of what the merge landed.
    pub landed: Vec<String>,
}

/// An operation, and whether it can be taken back now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub operation: Operation,
    /// The branch that it moved, by its short name.
    pub branch: Option<String>,
    /// What it did in the end, or did once more: the merge or clean-up that all of it is about, and
    /// whether that is in effect after it.
    pub about: (u64, bool),
    /// Why it cannot be; `None` where it can.
    pub against: Option<Failure>,
}

/// Takes an operation back. `None` where there is nothing to take back.
pub fn undo(
    repository: &Repository,
    store: &Store,
    options: &UndoOptions,
) -> Result<Option<UndoOutcome>> {
    let lock = match options.dry_run {
        true => None,
        false => Some(store.lock_merge("parallel undo")?),
    };
    let settled = match &lock {
        Some(lock) => settle(repository, store, lock)? + restore::settle(repository, store)?,
        None => 0,
    };
    let operations = store.operations()?;
    let Some(undone) = subject(&operations, options.number)? else {
        return Ok(None);
    };
    let case = Case {
        repository,
        store,
        operations: &operations,
        operation: undone,
        force: options.force,
    };
    let (effect, operation) = match (&undone.change, &lock) {
        (Change::Clean { .. }, lock) => case.restore(lock.is_some())?,
        (_, lock) => case.move_back(lock.as_ref())?,
    };
    Ok(Some(UndoOutcome {
        undone: undone.clone(),
        effect,
        operation,
        settled,
    }))
}

/// Everything that the tool changed, newest first, and what of it can be taken back now.
pub fn operations(repository: &Repository, store: &Store) -> Result<Vec<Listed>> {
    let operations = store.operations()?;
    let shown = operations
        .iter()
        .rev()
        .filter(|operation| operation.state != OperationState::Abandoned);
    let listed = shown.map(|operation| {
        let case = Case {
            repository,
            store,
            operations: &operations,
            operation,
            force: false,
        };
        let merge = moved_by(&operations, operation);
        Listed {
            operation: operation.clone(),
            branch: merge.map(|(merge, _)| short(&merge.name).to_owned()),
            about: about(&operations, operation),
            against: case.judge().err(),
        }
    });
    Ok(listed.collect())
}

/// The merge or clean-up that an operation is about, and whether it brings that into effect.
fn about(operations: &[Operation], operation: &Operation) -> (u64, bool) {
    let Change::Undo(of) = operation.change else {
        return (operation.number, true);
    };
    let earlier = |o: &&Operation| o.number == of && of < operation.number;
    match operations.iter().find(earlier) {
        Some(of) => {
            let (number, forward) = about(operations, of);
            (number, !forward)
        }
        None => (of, false),
    }
}

/// The operation that is meant: the one of that number, else the last merge or clean-up that is in
/// effect.
fn subject(operations: &[Operation], number: Option<u64>) -> Result<Option<&Operation>> {
    if let Some(number) = number {
        let found = operations.iter().find(|o| o.number == number);
        return found.map(Some).ok_or_else(|| {
            Failure::unable(format!("there is no operation {number}"))
                .next("git parallel undo --list")
        });
    }
    let in_effect = |o: &&Operation| {
        let is_undo = matches!(o.change, Change::Undo(_));
        !is_undo && matches!(o.state, OperationState::Done | OperationState::Planned)
    };
    Ok(operations.iter().rfind(in_effect))
}

/// An operation that is to be taken back, and all that is known about it.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    repository: &'a Repository,
    store: &'a Store,
    operations: &'a [Operation],
    operation: &'a Operation,
    force: bool,
}

impl Case<'_> {
    /// Whether it can be taken back now.
    fn judge(&self) -> Result<()> {
        match &self.operation.change {
            Change::Clean { .. } => self.restore(false).map(drop),
            _ => self.move_back(None).map(drop),
        }
    }

    /// Moves the branch back; without the lock it only looks whether that can be.
    fn move_back(&self, lock: Option<&Lock>) -> Result<(Effect, Option<u64>)> {
        self.must_be_in_effect()?;
        let Some((merge, forward)) = moved_by(self.operations, self.operation) else {
            return Err(self.not_again());
        };
        let (from, to) = match forward {
            true => (merge.after, merge.before),
            false => (merge.before, merge.after),
        };
        let mut moved = Moved {
            branch: short(&merge.name).to_owned(),
            from,
            to,
            again: !forward,
            worktree: None,
            landed: merge.landed.iter().map(|one| one.name.clone()).collect(),
        };
        self.clear_of_hurdles(merge, &moved)?;
        let held = lock.map(Lock::share).transpose()?;
        let step = Step {
            branch: &moved.branch.clone(),
            before: from,
            after: to,
            reason: &format!("parallel undo {}", self.operation.number),
            lock: held.as_ref(),
        };
        let way = self.repository.way(&step)?;
        let operation = match lock {
            Some(_) => Some(self.make_the_step(&step, &way, moved.again)?),
            None => None,
        };
        moved.worktree = way.worktree;
        Ok((Effect::Moved(moved), operation))
    }

    /// The step of the branch, between its intent and its end. A history that no branch has any
    /// more keeps a ref of its own: it can be wanted again.
    fn make_the_step(&self, step: &Step<'_>, way: &Way, again: bool) -> Result<u64> {
        let undoes = self.operation.number;
        let planned = |operation| OperationEvent::UndoPlanned { operation, undoes };
        let operation = self.store.plan_operation(planned)?;
        let stepped = match again {
            true => self.repository.advance(step, way),
            false => self
                .keep(operation, step)
                .and_then(|()| self.repository.retreat(step, way)),
        };
        let end = match &stepped {
            Ok(()) => OperationEvent::Done { operation },
            Err(_) => OperationEvent::Abandoned { operation },
        };
        // Without this line the next command settles it by looking at the branch.
        let _ = self.store.note_operation(&end);
        if stepped.is_ok() == again {
            // Needed no more; should it stay, it is in nobody's way.
            let _ = self.let_go(if again { undoes } else { operation });
        }
        stepped.map(|()| operation)
    }

    fn keep(&self, operation: u64, step: &Step<'_>) -> Result<()> {
        self.repository.change_refs(&[RefChange::Create {
            name: kept_as(operation),
            commit: step.before,
        }])
    }

    fn let_go(&self, operation: u64) -> Result<()> {
        let name = kept_as(operation);
        let Some(commit) = self.repository.find_ref(&name) else {
            return Ok(());
        };
        self.repository
            .change_refs(&[RefChange::Delete { name, commit }])
    }
}

/// The ref that keeps the history that an undo took off its branch.
fn kept_as(operation: u64) -> String {
    format!("refs/parallel/undone/{operation}")
}

fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").unwrap_or(name)
}
