//! How much waits in the trash, and since when; what was given up is deleted to its end.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::Result;
use crate::git::Repository;
use crate::integrate::{MUCH_TRASH, empty_trash, given_up, trash};
use crate::store::Store;

use super::{Finding, Level, Mend};

pub(super) fn look(repository: &Repository, store: &Store) -> Result<Vec<Finding>> {
    let waiting = trash(repository, store)?;
    let bytes: u64 = waiting.iter().map(|item| item.bytes).sum();
    let oldest = waiting.first().map(|item| item.age(Timestamp::now()));
    let mut found = Vec::new();
    if !given_up(store)?.is_empty() {
        let message = "what was given up was not deleted to its end";
        let finding = Finding::new(Level::Finding, "given-up", "trash", message);
        found.push(finding.mend(Mend::Trash));
    }
    let Some(oldest) = oldest else {
        if found.is_empty() {
            found.push(Finding::new(Level::Well, "trash", "trash", "empty"));
        }
        return Ok(found);
    };
    let message = format!(
        "{} from clean-ups, {:.1} MB of files, the oldest {} h old",
        waiting.len(),
        bytes as f64 / 1e6,
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

pub(super) fn mend(repository: &Repository, store: &Store) -> Result<String> {
    // Nothing is as old as that: only what was given up before goes.
    empty_trash(repository, store, Duration::MAX, true)?;
    Ok("deleted".to_owned())
}
