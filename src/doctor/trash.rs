//! How much waits in the trash, and since when; what was given up is deleted to its end.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::Result;
use crate::git::Repository;
use crate::integrate::{MUCH_TRASH, empty_trash, given_up, is_being_deleted, trash};
use crate::size;
use crate::store::Store;

use super::{Finding, Level, Mend};

pub(super) fn look(repository: &Repository, store: &Store) -> Result<Vec<Finding>> {
    let waiting = trash(repository, store)?;
    let bytes: u64 = waiting.iter().map(|item| item.bytes).sum();
    let oldest = waiting.first().map(|item| item.age(Timestamp::now()));
    let mut found = Vec::new();
    found.extend(unfinished(store)?);
    let Some(oldest) = oldest else {
        if found.is_empty() {
            found.push(Finding::new(Level::Well, "trash", "trash", "empty"));
        }
        return Ok(found);
    };
    let message = format!(
        "{} from clean-ups, {} of files, the oldest {} h old",
        waiting.len(),
        size::spell(bytes),
        oldest.as_hours()
    );
    let level = if bytes < MUCH_TRASH {
        Level::Note
    } else {
        Level::Finding
    };
    let finding = Finding::new(level, "trash", "trash", message);
    found.push(finding.next("git parallel clean --empty-trash -n"));
    Ok(found)
}

/// What is being deleted, or was to be.
fn unfinished(store: &Store) -> Result<Option<Finding>> {
    // In this order: what it has not deleted by the time it ends is there for good.
    let at_it = is_being_deleted(store)?;
    if given_up(store)?.is_empty() {
        return Ok(None);
    }
    let finding = |level, message| Finding::new(level, "given-up", "trash", message);
    Ok(Some(match at_it {
        true => finding(
            Level::Note,
            "what was given up is being deleted in the background",
        ),
        false => finding(
            Level::Finding,
            "what was given up was not deleted to its end",
        )
        .mend(Mend::Trash),
    }))
}

pub(super) fn mend(repository: &Repository, store: &Store) -> Result<String> {
    // Nothing is as old as that: only what was given up before goes.
    let emptied = empty_trash(repository, store, Duration::MAX, true)?;
    let done = match emptied.deleting {
        true => "being deleted in the background",
        false => "deleted",
    };
    Ok(done.to_owned())
}
