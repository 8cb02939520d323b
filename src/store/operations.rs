//! What the tool changed in this repository, as `operations.jsonl` records it: an intent before
//! anything moves, its end after. A merge moves one ref at one moment, so an intent without an end
//! is settled by looking at that ref.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::id::{Oid, RunId, TaskId};

use super::journal::{self, Entry, Journal, Record};
use super::{Lock, Store};

/// How long a merge waits for another one before it says who is at it.
const MERGE_LIMIT: Duration = Duration::from_secs(3);

/// One line of the operations' journal; `operation` numbers them from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum OperationEvent {
    /// A branch is about to move.
    MergePlanned {
        operation: u64,
        /// Its full name.
        #[serde(rename = "ref")]
        name: String,
        before: Oid,
        after: Oid,
        landed: Vec<Landed>,
    },
    /// What was planned is done.
    Done { operation: u64 },
    /// What was planned was not done, and nothing moved.
    Abandoned { operation: u64 },
    /// An event that this version of the program does not know.
    #[serde(other)]
    Unknown,
}

/// One line of work that a merge brought in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    pub name: String,
    /// Its tip.
    pub commit: Oid,
    /// The merge commit.
    pub merge: Oid,
    /// The task whose work it is, where it is one's.
    pub run: Option<RunId>,
    pub task: Option<TaskId>,
}

/// An operation as its events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub number: u64,
    pub at: Timestamp,
    /// The full name of the ref that it moves.
    pub name: String,
    pub before: Oid,
    pub after: Oid,
    pub landed: Vec<Landed>,
    pub state: OperationState,
}

/// How far an operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// Begun; whether it happened, the ref tells.
    Planned,
    Done,
    Abandoned,
}

impl Entry for OperationEvent {
    fn is_boundary(&self) -> bool {
        true
    }
}

impl Store {
    /// Takes the right to move a target, and with it that to write the operations' journal. Exit
    /// code 5 with the holder when another merge is at it.
    pub fn lock_merge(&self, purpose: &str) -> Result<Lock> {
        let failure = |failure: crate::error::Failure| failure.next("git parallel status");
        Lock::acquire(&self.root().join("merge.lock"), purpose, MERGE_LIMIT).map_err(failure)
    }

    /// All operations, oldest first.
    pub fn operations(&self) -> Result<Vec<Operation>> {
        let path = self.operations_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        Ok(fold(&journal::read(&path)?.records))
    }

    /// Opens the operations' journal; the caller holds the merge lock.
    pub fn open_operations(&self) -> Result<(Journal<OperationEvent>, Vec<Operation>)> {
        let (journal, reading) = Journal::open(&self.operations_path())?;
        Ok((journal, fold(&reading.records)))
    }

    fn operations_path(&self) -> PathBuf {
        self.root().join("operations.jsonl")
    }
}

fn fold(records: &[Record<OperationEvent>]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let end = |operations: &mut Vec<Operation>, number: u64, state| {
        if let Some(operation) = operations.iter_mut().find(|o| o.number == number) {
            operation.state = state;
        }
    };
    for record in records {
        match &record.event {
            OperationEvent::MergePlanned {
                operation,
                name,
                before,
                after,
                landed,
            } => operations.push(Operation {
                number: *operation,
                at: record.at,
                name: name.clone(),
                before: *before,
                after: *after,
                landed: landed.clone(),
                state: OperationState::Planned,
            }),
            OperationEvent::Done { operation } => {
                end(&mut operations, *operation, OperationState::Done);
            }
            OperationEvent::Abandoned { operation } => {
                end(&mut operations, *operation, OperationState::Abandoned);
            }
            OperationEvent::Unknown => {}
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::oid;

    #[test]
    fn an_operation_is_planned_until_its_end_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        assert!(store.operations().unwrap().is_empty());
        let _lock = store.lock_merge("merge").unwrap();
        for number in 1..=3 {
            let (mut journal, known) = store.open_operations().unwrap();
            assert_eq!(known.len(), number - 1);
            let planned = OperationEvent::MergePlanned {
                operation: number as u64,
                name: "refs/heads/main".to_owned(),
                before: oid(1),
                after: oid(2),
                landed: Vec::new(),
            };
            journal.append(Timestamp::now(), &planned).unwrap();
        }
        let (mut journal, _) = store.open_operations().unwrap();
        for event in [
            OperationEvent::Done { operation: 1 },
            OperationEvent::Abandoned { operation: 2 },
        ] {
            journal.append(Timestamp::now(), &event).unwrap();
        }
        let states: Vec<_> = store
            .operations()
            .unwrap()
            .iter()
            .map(|o| o.state)
            .collect();
        let expected = [
            OperationState::Done,
            OperationState::Abandoned,
            OperationState::Planned,
        ];
        assert_eq!(states, expected);
    }
}
