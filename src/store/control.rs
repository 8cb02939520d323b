//! What others ask of whoever supervises a run: a file a request in `runs/<run>/control/`. The
//! supervisor writes down what it does about one and removes it. Nothing else may write a run's
//! journal while it lives.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{OnPath, Result};
use crate::id::{RunId, TaskId};

use super::{Store, read_json, write_json};

/// The newest version of these files.
const VERSION: u64 = 1;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Sessions are to end; nothing new is to start.
    Stop,
    /// What has ended without success is to be done again.
    Retry,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    version: u64,
    at: Timestamp,
    pub wish: Wish,
    /// `None`: the run as a whole.
    pub task: Option<TaskId>,
}

impl Demand {
    /// A request made now.
    pub fn new(wish: Wish, task: Option<TaskId>) -> Self {
        Self {
            version: VERSION,
            at: Timestamp::now(),
            wish,
            task,
        }
    }
}

/// A request that waits; dropping it takes it back, unless it was heeded.
#[derive(Debug)]
pub struct Asked(PathBuf);

impl Asked {
    /// Whether the supervisor has seen to it.
    pub fn is_heeded(&self) -> bool {
        !self.0.exists()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        // It is gone as a rule: that is what was waited for.
        let _ = fs::remove_file(&self.0);
    }
}

impl Store {
    /// Asks something of whoever supervises the run.
    pub fn ask(&self, run: RunId, demand: &Demand) -> Result<Asked> {
        let name = format!("{}-{}.json", demand.at.as_nanosecond(), std::process::id());
        let folder = self.control_dir(run);
        fs::create_dir_all(&folder).on_path("create", &folder)?;
        let path = folder.join(name);
        write_json(&path, demand)?;
        Ok(Asked(path))
    }

    /// What is asked of a run, oldest first, by the file that has to be removed when it was heeded.
    /// One that cannot be read is put aside under another name.
    pub fn demands(&self, run: RunId) -> Result<Vec<(PathBuf, Demand)>> {
        let folder = self.control_dir(run);
        let mut files = match fs::read_dir(&folder) {
            Ok(entries) => json_files(entries),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).on_path("read", &folder),
        };
        files.sort();
        let mut demands = Vec::new();
        for path in files {
            match read_json(&path, VERSION) {
                Ok(demand) => demands.push((path, demand)),
                // Taken back between two looks, or damaged.
                Err(_) if !path.exists() => {}
                Err(_) => put_aside(&path)?,
            }
        }
        Ok(demands)
    }

    /// Says that a request was heeded.
    pub fn heeded(&self, request: &Path) -> Result<()> {
        match fs::remove_file(request) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).on_path("remove", request)
            }
            _ => Ok(()),
        }
    }

    fn control_dir(&self, run: RunId) -> PathBuf {
        self.run_dir(run).join("control")
    }
}

fn json_files(entries: fs::ReadDir) -> Vec<PathBuf> {
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect()
}

fn put_aside(path: &Path) -> Result<()> {
    fs::rename(path, path.with_extension("unreadable")).on_path("put aside", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        (folder, store)
    }

    #[test]
    fn requests_come_out_in_the_order_in_which_they_were_made() {
        let (_folder, store) = store();
        let run = RunId(1);
        assert_eq!(store.demands(run).unwrap(), []);
        let first = Demand::new(Wish::Stop, Some(TaskId(2)));
        let second = Demand::new(Wish::Retry, None);
        let asked = [
            store.ask(run, &first).unwrap(),
            store.ask(run, &second).unwrap(),
        ];
        let demands = store.demands(run).unwrap();
        let what: Vec<&Demand> = demands.iter().map(|(_, demand)| demand).collect();
        assert_eq!(what, [&first, &second]);
        for (path, _) in &demands {
            store.heeded(path).unwrap();
        }
        assert!(asked.iter().all(Asked::is_heeded));
        assert_eq!(store.demands(run).unwrap(), []);
    }

    #[test]
    fn a_request_that_nobody_heeded_is_taken_back() {
        let (_folder, store) = store();
        drop(store.ask(RunId(1), &Demand::new(Wish::Stop, None)).unwrap());
        assert_eq!(store.demands(RunId(1)).unwrap(), []);
    }

    #[test]
    fn a_request_that_cannot_be_read_is_put_aside_and_the_others_are_heeded() {
        let (_folder, store) = store();
        let run = RunId(1);
        let demand = Demand::new(Wish::Stop, None);
        let _asked = store.ask(run, &demand).unwrap();
        let bad = store.control_dir(run).join("0.json");
        fs::write(&bad, "{\"version\":1,\"wish\":").unwrap();
        let demands = store.demands(run).unwrap();
        assert_eq!(demands.len(), 1);
        assert!(!bad.exists() && bad.with_extension("unreadable").exists());
    }
}
