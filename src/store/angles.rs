//! The analyses of a repository: a folder each, `angles/a1`, with the plan, the journal, and what
//! was asked and combined afterwards.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Failure, Result};
use crate::id::AnglesId;

use super::journal::{self, Entry, Journal};
use super::numbered::ids_in;
use super::{Lock, Store, read_json, write_json};

/// The newest version of the documents of an analysis that this program reads and writes.
const VERSION: u64 = 1;

/// Whoever makes requests holds the lock for long; others do not wait.
const LIMIT: Duration = Duration::ZERO;

impl Store {
    /// The folder of an analysis.
    pub fn angles_dir(&self, id: AnglesId) -> PathBuf {
        self.root().join("angles").join(id.to_string())
    }

    /// The ids of all analyses, oldest first.
    pub fn angles_ids(&self) -> Result<Vec<AnglesId>> {
        let mut ids: Vec<AnglesId> = ids_in(&self.root().join("angles"), "")?;
        ids.retain(|id| self.angles_dir(*id).join("plan.json").exists());
        Ok(ids)
    }

    /// Keeps a new analysis under the id that it gets. It is there with its plan or not at all.
    pub fn create_angles<P: Serialize>(
        &self,
        make: impl FnOnce(AnglesId) -> P,
    ) -> Result<AnglesId> {
        let _lock = self.lock("begin an analysis")?;
        let taken = self.angles_ids()?;
        let id = AnglesId(taken.last().map_or(0, |id| id.0) + 1);
        write_json(&self.angles_dir(id).join("plan.json"), &make(id))?;
        Ok(id)
    }

    /// The plan of an analysis.
    pub fn angles_plan<P: DeserializeOwned>(&self, id: AnglesId) -> Result<P> {
        match self.angles_document(id, "plan.json")? {
            Some(plan) => Ok(plan),
            None => Err(Failure::unable(format!("there is no analysis {id}"))
                .next("git parallel angles list")),
        }
    }

    /// Opens the journal of an analysis to add to it, with what is in it. Exit code 5 with the
    /// holder where somebody does already.
    pub fn open_angles<E: Entry>(&self, id: AnglesId) -> Result<(Lock, Journal<E>, Vec<E>)> {
        let folder = self.angles_dir(id);
        let lock = Lock::acquire(&folder.join("lock"), &format!("angles run {id}"), LIMIT)
            .map_err(|failure| failure.next(format!("git parallel angles show {id}")))?;
        let (journal, reading) = Journal::open(&folder.join("events.jsonl"))?;
        let events = reading.records.into_iter().map(|record| record.event);
        Ok((lock, journal, events.collect()))
    }

    /// What is in the journal of an analysis.
    pub fn angles_events<E: Entry>(&self, id: AnglesId) -> Result<Vec<E>> {
        let path = self.angles_dir(id).join("events.jsonl");
        if !path.exists() {
            return Ok(Vec::new());
        }
        let records = journal::read(&path)?.records;
        Ok(records.into_iter().map(|record| record.event).collect())
    }

    /// A document that was kept beside the plan; `None` where there is none of that name.
    pub fn angles_document<D: DeserializeOwned>(
        &self,
        id: AnglesId,
        name: &str,
    ) -> Result<Option<D>> {
        let path = self.angles_dir(id).join(name);
        match path.exists() {
            true => read_json(&path, VERSION).map(Some),
            false => Ok(None),
        }
    }

    /// Keeps a document beside the plan.
    pub fn keep_angles_document<D: Serialize>(
        &self,
        id: AnglesId,
        name: &str,
        document: &D,
    ) -> Result<()> {
        write_json(&self.angles_dir(id).join(name), document)
    }
}
