//! Leases on files of a run: who edits what at the moment, as far as they say so. A file a lease,
//! `runs/<run>/leases/`, that appears whole or not at all and never over another.
//!
//! A lease is worth as much as its session lives, which others have to tell: nobody has to give
//! one back, and age alone ends none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::{RunId, TaskId};

use super::digest::digest;
use super::{Lock, Store, read_json};

const VERSION: u64 = 1;

/// Leases change hands in a moment.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// That a session edits a file, or what lies in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub version: u64,
    /// Relative to the repository's root, with `/`.
    pub path: String,
    pub task: TaskId,
    /// The task's name.
    pub name: String,
    /// Of the session.
    pub attempt: u32,
    pub taken: Timestamp,
}

impl Lease {
    /// A lease from now on.
    pub fn new(path: String, task: TaskId, name: &str, attempt: u32) -> Self {
        Self {
            version: VERSION,
            path,
            task,
            name: name.to_owned(),
            attempt,
            taken: Timestamp::now(),
        }
    }

    /// Whether two leases are about the same file, or one about a folder that holds the other's.
    pub fn meets(&self, path: &str) -> bool {
        lies_in(&self.path, path) || lies_in(path, &self.path)
    }
}

fn lies_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Store {
    /// The leases of sessions that live, as `lives` tells; by path.
    pub fn leases(&self, run: RunId, lives: impl Fn(&Lease) -> bool) -> Result<Vec<Lease>> {
        let found = self.read_leases(run)?.into_iter().map(|(_, lease)| lease);
        let mut leases: Vec<Lease> = found.filter(lives).collect();
        leases.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(leases)
    }

    /// Takes all of `wanted` or none; returns the living leases of other tasks that are in the way.
    /// Those of sessions that are gone are taken over.
    pub fn take_leases(
        &self,
        run: RunId,
        wanted: &[Lease],
        lives: impl Fn(&Lease) -> bool,
    ) -> Result<Vec<Lease>> {
        let _lock = self.lock_leases(run)?;
        let mut in_the_way = Vec::new();
        for (file, lease) in self.read_leases(run)? {
            if !lives(&lease) {
                remove(&file)?;
            } else if wanted
                .iter()
                .any(|one| one.task != lease.task && lease.meets(&one.path))
            {
                in_the_way.push(lease);
            }
        }
        if in_the_way.is_empty() {
            for lease in wanted {
                self.write_lease(run, lease)?;
            }
        }
        Ok(in_the_way)
    }

    /// Gives back the leases of a task on these paths; returns those that it had.
    pub fn free_leases(&self, run: RunId, task: TaskId, paths: &[String]) -> Result<Vec<String>> {
        let _lock = self.lock_leases(run)?;
        let mut freed = Vec::new();
        for (file, lease) in self.read_leases(run)? {
            if lease.task == task && paths.contains(&lease.path) {
                remove(&file)?;
                freed.push(lease.path);
            }
        }
        Ok(freed)
    }

    fn leases_dir(&self, run: RunId) -> PathBuf {
        self.run_dir(run).join("leases")
    }

    fn lock_leases(&self, run: RunId) -> Result<Lock> {
        Lock::acquire(&self.leases_dir(run).join("lock"), "leases", LOCK_LIMIT)
    }

    fn read_leases(&self, run: RunId) -> Result<Vec<(PathBuf, Lease)>> {
        let folder = self.leases_dir(run);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.on_path("read", &folder)?,
        };
        let mut leases = Vec::new();
        for entry in entries {
            let path = entry.on_path("read", &folder)?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            // One that was given back meanwhile is none.
            if let Some(lease) = unless_gone(&path)? {
                leases.push((path, lease));
            }
        }
        Ok(leases)
    }

    fn write_lease(&self, run: RunId, lease: &Lease) -> Result<()> {
        let folder = self.leases_dir(run);
        let file = folder.join(format!("{}.json", digest(&[lease.path.as_bytes()])));
        let draft = NamedTempFile::new_in(&folder).on_path("write in", &folder)?;
        serde_json::to_writer_pretty(&draft, lease).or_unable(|| "cannot write JSON")?;
        match draft.persist_noclobber(&file) {
            // Of the same task: whoever else had it was found to be in the way.
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                error.file.persist(&file).map(drop).or_unable(|| "lease")
            }
            written => written
                .map(drop)
                .map_err(|e| Failure::io("write", &file, &e.error)),
        }
    }
}

fn unless_gone(path: &Path) -> Result<Option<Lease>> {
    match read_json(path, VERSION) {
        Err(_) if !path.exists() => Ok(None),
        read => read.map(Some),
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::io("remove", path, &error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(path: &str, task: u32) -> Lease {
        Lease::new(path.to_owned(), TaskId(task), "some", 1)
    }

    fn paths(leases: &[Lease]) -> Vec<&str> {
        leases.iter().map(|lease| lease.path.as_str()).collect()
    }

    #[test]
    fn all_or_none_are_taken_and_folders_count() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let run = RunId(1);
        let take = |wanted: &[Lease]| store.take_leases(run, wanted, |_| true).unwrap();
        assert_eq!(take(&[lease("src/a", 1), lease("b", 1)]), []);
        assert_eq!(take(&[lease("src/a", 1)]), [], "its own");
        let held = take(&[lease("c", 2), lease("src", 2)]);
        assert_eq!(paths(&held), ["src/a"]);
        assert_eq!(paths(&take(&[lease("b/in/it", 2)])), ["b"]);
        assert_eq!(take(&[lease("src/ab", 2)]), [], "another file");
        let all = store.leases(run, |_| true).unwrap();
        assert_eq!(paths(&all), ["b", "src/a", "src/ab"]);
        let named = ["b".to_owned(), "src/ab".to_owned()];
        assert_eq!(store.free_leases(run, TaskId(1), &named).unwrap(), ["b"]);
    }

    #[test]
    fn what_a_session_that_is_gone_had_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let run = RunId(1);
        store.take_leases(run, &[lease("a", 1)], |_| true).unwrap();
        let lives = |lease: &Lease| lease.task != TaskId(1);
        assert_eq!(store.leases(run, lives).unwrap(), []);
        assert_eq!(store.take_leases(run, &[lease("a", 2)], lives).unwrap(), []);
        let left = store.leases(run, |_| true).unwrap();
        assert_eq!(left[0].task, TaskId(2));
    }
}
