//! What waits in the trash: worktrees in a folder beside where they were, their entries of git's
//! registry, and the refs that hold their commits. It is emptied by the user alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::error::{OnPath, Result};
use crate::git::{Discarded, RefChange, Repository, TRASH};
use crate::id::{Oid, RunId, TaskId};
use crate::store::{Change, Store};

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
            item.folder = kept
                .map(|worktree| Discarded::kept_of(&worktree.path, &one.stamp).path())
                .filter(|path| path.exists());
            let entry = store.retired_entry(run, one.task, &one.stamp);
            item.entry = Some(entry).filter(|entry| entry.exists());
        }
    }
    let mut found: Vec<Trashed> = found.into_values().collect();
    found.retain(Trashed::holds_something);
    for item in &mut found {
        item.bytes = [&item.folder, &item.entry]
            .into_iter()
            .flatten()
            .map(|path| size_of(path))
            .sum();
    }
    found.sort_by_key(|item| item.since);
    Ok(found)
}

/// Deletes what has waited for at least so long, and returns it; `act` false only looks. Killed at
/// any moment, the next call goes on: what is given up is renamed before it is deleted, so that
/// nobody brings back half of it.
pub fn empty_trash(
    repository: &Repository,
    store: &Store,
    older_than: Duration,
    act: bool,
) -> Result<Vec<Trashed>> {
    let lock = act.then(|| store.lock("empty the trash")).transpose()?;
    let age = SignedDuration::try_from(older_than).unwrap_or(SignedDuration::MAX);
    let now = Timestamp::now();
    let mut old = trash(repository, store)?;
    old.retain(|item| item.age(now) >= age);
    if !act {
        return Ok(old);
    }
    let mut doomed = given_up(store)?;
    for item in &old {
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
    for path in doomed {
        fs::remove_dir_all(&path).on_path("remove", &path)?;
        if let Some(folder) = path.parent() {
            // Fails, rightly, while something else waits there.
            let _ = fs::remove_dir(folder);
        }
    }
    Ok(old)
}

/// In front of the name of what is being deleted.
const GIVEN_UP: &str = "given-up-";

fn give_up(path: &Path) -> Result<PathBuf> {
    let mut name = std::ffi::OsString::from(GIVEN_UP);
    name.push(path.file_name().unwrap_or_default());
    let to = path.with_file_name(name);
    fs::rename(path, &to).on_path("move", path)?;
    Ok(to)
}

/// What an earlier call, or a clean-up, had no time to delete.
pub fn given_up(store: &Store) -> Result<Vec<PathBuf>> {
    let mut folders = vec![store.trash_dir()];
    let mut found = Vec::new();
    for operation in store.operations()? {
        let Change::Clean { swept, .. } = operation.change else {
            continue;
        };
        for worktree in swept.into_iter().filter_map(|one| one.worktree) {
            let left = Discarded::leftovers(&worktree.path)?.into_iter();
            found.extend(left.filter(Discarded::is_forgotten).map(|left| left.path()));
            folders.push(Discarded::folder_of(&worktree.path));
        }
    }
    folders.sort();
    folders.dedup();
    for folder in folders {
        // A folder that is not there, or not ours to read, holds nothing that we could delete.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(GIVEN_UP.as_bytes())
            {
                found.push(entry.path());
            }
        }
    }
    // A task may have been cleaned up more than once.
    found.sort();
    found.dedup();
    Ok(found)
}

/// Reads `refs/parallel/trash/RUN/TASK/STAMP/WHAT`.
fn key_of(name: &str) -> Option<Key> {
    let mut parts = name.strip_prefix(TRASH)?.split('/');
    let (run, task, stamp) = (parts.next()?, parts.next()?, parts.next()?);
    Some((run.parse().ok()?, task.parse().ok()?, stamp.parse().ok()?))
}

/// The bytes of all files below a path; what cannot be read counts nothing.
fn size_of(path: &Path) -> u64 {
    let Ok(seen) = path.symlink_metadata() else {
        return 0;
    };
    if !seen.is_dir() {
        return seen.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size_of(&entry.path())).sum()
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
