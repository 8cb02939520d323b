//! Bringing to an end what was interrupted: a branch either moved or it did not.

use crate::error::Result;
use crate::git::{Repository, Step};
use crate::id::{Oid, RunId};
use crate::store::{Change, Lock, Merge, Operation, OperationEvent, OperationState, Store};

/// Settles what interrupted merges and undos of merges left open, under the merge lock: whether
/// they happened, their branch tells; where it did not move, the files that came along already are
/// brought back. Returns how many there were.
pub fn settle(repository: &Repository, store: &Store, lock: &Lock) -> Result<usize> {
    let operations = store.operations()?;
    let mut settled = 0;
    for open in operations
        .iter()
        .filter(|o| o.state == OperationState::Planned)
    {
        let Some((merge, forward)) = moved_by(&operations, open) else {
            continue;
        };
        let (before, after) = match forward {
            true => (merge.before, merge.after),
            false => (merge.after, merge.before),
        };
        let operation = open.number;
        let end = if has_moved(repository, merge, before, forward)? {
            OperationEvent::Done { operation }
        } else {
            let branch = merge.name.strip_prefix("refs/heads/");
            repository.put_back(&Step {
                branch: branch.unwrap_or(&merge.name),
                before,
                after,
                reason: "parallel: settle",
                lock: Some(&lock.share()?),
            })?;
            OperationEvent::Abandoned { operation }
        };
        store.note_operation(&end)?;
        settled += 1;
    }
    Ok(settled)
}

/// What interrupted clean-ups of a run were at is theirs no more: what they left, the next one
/// takes up. The caller holds the run's lock, so that none is at work.
pub fn settle_cleans(store: &Store, run: RunId) -> Result<()> {
    for open in store.operations()? {
        let of_run = matches!(open.change, Change::Clean { run: of, .. } if of == run);
        if of_run && open.state == OperationState::Planned {
            let operation = open.number;
            store.note_operation(&OperationEvent::Done { operation })?;
        }
    }
    Ok(())
}

/// The merge whose branch an operation moves, and whether forward; `None` where it moves none.
pub fn moved_by<'a>(
    operations: &'a [Operation],
    operation: &'a Operation,
) -> Option<(&'a Merge, bool)> {
    match &operation.change {
        Change::Merge(merge) => Some((merge, true)),
        Change::Clean { .. } => None,
        Change::Undo(of) => {
            let earlier = |o: &&Operation| o.number == *of && o.number < operation.number;
            let (merge, forward) = moved_by(operations, operations.iter().find(earlier)?)?;
            Some((merge, !forward))
        }
    }
}

/// Whether the branch went where it was to go. It may have moved on since.
fn has_moved(repository: &Repository, merge: &Merge, before: Oid, forward: bool) -> Result<bool> {
    let Some(now) = repository.find_ref(&merge.name) else {
        return Ok(false);
    };
    if now == before {
        return Ok(false);
    }
    let known = repository.find_commit(merge.after.to_string()).is_some();
    let holds = known && repository.is_ancestor(merge.after, now)?;
    Ok(holds == forward)
}
