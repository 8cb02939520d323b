//! What waits in the trash: worktrees in a folder beside where they were, their entries of git's
//! registry, and the refs that hold their commits. It is emptied by the user alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::git::{Discarded, RefChange, Repository, TRASH};
use crate::id::{Oid, RunId, TaskId};
use crate::store::{Change, Store};

use super::disposal::{dispose, give_up, given_up};
use super::size::size_of;

/// What one clean-up put there of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trashed {
    pub run: RunId,
    pub task: TaskId,
    /// When it came there.
    pub since: Timestamp,
    /// Where its worktree waits, if it had to.
    pub folder: Option<PathBuf>,
    /// The refs that hold its commits.
    pub refs: Vec<String>,
    /// What its files take.
    pub bytes: u64,
    tips: Vec<Oid>,
    entry: Option<PathBuf>,
}

impl Trashed {
    fn new((run, task, stamp): Key) -> Self {
        let since = Timestamp::from_millisecond(stamp).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            run,
            task,
            since,
            folder: None,
            refs: Vec::new(),
            bytes: 0,
            tips: Vec::new(),
            entry: None,
        }
    }

    /// How long it has waited. What came there before the clock was set back has waited no time.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.since).max(SignedDuration::ZERO)
    }

    fn holds_something(&self) -> bool {
        self.folder.is_some() || self.entry.is_some() || !self.refs.is_empty()
    }
}

/// Run, task and moment: by these a thing in the trash is known.
type Key = (RunId, TaskId, i64);

/// From this many bytes on, the trash is worth a word.
pub const MUCH_TRASH: u64 = 1 << 30;

/// All that waits there, oldest first.
pub fn trash(repository: &Repository, store: &Store) -> Result<Vec<Trashed>> {
    let mut found: BTreeMap<Key, Trashed> = BTreeMap::new();
    for (name, tip) in repository.refs_below(TRASH)? {
        if let Some(key) = key_of(&name) {
            let item = found.entry(key).or_insert_with(|| Trashed::new(key));
            item.refs.push(name);
            item.tips.push(tip);
        }
    }
    for operation in store.operations()? {
        let Change::Clean { run, swept, .. } = operation.change else {
            continue;
        };
        for one in swept {
            let Ok(stamp) = one.stamp.parse() else {
                continue;
            };
            let key = (run, one.task, stamp);
            let item = found.entry(key).or_insert_with(|| Trashed::new(key));
            let kept = one.worktree.filter(|worktree| worktree.buried);
            let entry = store.retired_entry(run, one.task, &one.stamp);
            item.entry = Some(entry).filter(|entry| entry.exists());
            item.bytes = item.entry.as_deref().map_or(0, size_of);
            let Some(kept) = kept else { continue };
            let folder = Discarded::kept_of(&kept.path, &one.stamp).path();
            if folder.exists() {
                item.bytes += kept.bytes.unwrap_or_else(|| size_of(&folder));
                item.folder = Some(folder);
            }
        }
    }
    let mut found: Vec<Trashed> = found.into_values().collect();
    found.retain(Trashed::holds_something);
    found.sort_by_key(|item| item.since);
    Ok(found)
}

/// What emptying came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emptied {
    /// Oldest first.
    pub gone: Vec<Trashed>,
    /// Its files are still being deleted, in the background.
    pub deleting: bool,
}

/// Deletes what has waited for at least so long; `act` false only looks. Killed at any moment, the
/// next call goes on: what is given up is renamed before it is deleted, so that nobody brings back
/// half of it.
pub fn empty_trash(
    repository: &Repository,
    store: &Store,
    older_than: Duration,
    act: bool,
) -> Result<Emptied> {
    let lock = act.then(|| store.lock("empty the trash")).transpose()?;
    let age = SignedDuration::try_from(older_than).unwrap_or(SignedDuration::MAX);
    let now = Timestamp::now();
    let mut gone = trash(repository, store)?;
    gone.retain(|item| item.age(now) >= age);
    if !act {
        let deleting = false;
        return Ok(Emptied { gone, deleting });
    }
    let mut doomed = given_up(store)?;
    for item in &gone {
        let paths = [&item.folder, &item.entry];
        for path in paths.into_iter().flatten() {
            doomed.push(give_up(path)?);
        }
        let refs = item.refs.iter().zip(&item.tips);
        let changes: Vec<RefChange> = refs
            .map(|(name, commit)| RefChange::Delete {
                name: name.clone(),
                commit: *commit,
            })
            .collect();
        repository.change_refs(&changes)?;
    }
    // The rest takes long, and is nobody's any more.
    drop(lock);
    let deleting = dispose(store, doomed)?;
    Ok(Emptied { gone, deleting })
}

/// Reads `refs/parallel/trash/RUN/TASK/STAMP/WHAT`.
fn key_of(name: &str) -> Option<Key> {
    let mut parts = name.strip_prefix(TRASH)?.split('/');
    let (run, task, stamp) = (parts.next()?, parts.next()?, parts.next()?);
    Some((run.parse().ok()?, task.parse().ok()?, stamp.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_known_by_its_ref() {
        let key = key_of("refs/parallel/trash/r2/T003/1700000000000/branch");
        assert_eq!(key, Some((RunId(2), TaskId(3), 1_700_000_000_000)));
        for other in [
            "refs/parallel/r2/base/T003",
            "refs/parallel/trash/r2/x/1/branch",
        ] {
            assert_eq!(key_of(other), None, "{other}");
        }
    }
}
