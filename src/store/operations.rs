//! What the tool changed in this repository, as `operations.jsonl` records it: an intent before
//! anything moves, its end after. A merge moves one ref at one moment, so an intent without an end
//! is settled by looking at that ref; what a clean-up was at is finished by the next one, and what
//! an undo was at, by the next undo.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{OnPath, Result};
use crate::id::{Oid, RunId, TaskId};

use super::journal::{self, Entry, Journal, Record};
use super::strategy::Strategy;
use super::{Lock, Store};

/// How long a merge waits for another one before it says who is at it.
const MERGE_LIMIT: Duration = Duration::from_secs(3);

/// How long a line waits for others to write theirs.
const LINE_LIMIT: Duration = Duration::from_secs(10);

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
        /// How long it took to get here: merging, verifying, making the commits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<u64>,
    },
    /// What is left of a run is about to be cleaned up.
    CleanPlanned {
        operation: u64,
        run: RunId,
        /// Also what is nowhere else.
        forced: bool,
    },
    /// A clean-up is about to take this away.
    SweepPlanned { operation: u64, swept: Swept },
    /// An earlier operation is about to be taken back.
    UndoPlanned { operation: u64, undoes: u64 },
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
    /// The commit that brings it in; the last one where there are several.
    pub merge: Oid,
    /// In which form.
    #[serde(default)]
    pub strategy: Strategy,
    /// The task whose work it is, where it is one's.
    pub run: Option<RunId>,
    pub task: Option<TaskId>,
}

/// What a clean-up takes away of one task, and how to find it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    pub task: TaskId,
    pub name: String,
    /// By this its things in the trash are known.
    pub stamp: String,
    pub worktree: Option<SweptWorktree>,
    pub branch: Option<SweptBranch>,
}

/// A worktree that went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweptWorktree {
    pub path: PathBuf,
    /// What its HEAD was on; `None` when it was detached.
    pub branch: Option<String>,
    /// Where its HEAD was.
    pub commit: Option<Oid>,
    /// It held what is nowhere else, and went to the trash as it was.
    pub buried: bool,
    /// What its files took when it went there: nobody has to count them again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// A branch that went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweptBranch {
    /// Its short name.
    pub name: String,
    pub tip: Oid,
}

/// An operation as its events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub number: u64,
    pub at: Timestamp,
    pub change: Change,
    pub state: OperationState,
}

/// What an operation changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Merge(Merge),
    Clean {
        run: RunId,
        forced: bool,
        swept: Vec<Swept>,
    },
    /// The operation of this number is taken back; where that was an undo, it is done again.
    Undo(u64),
}

/// A branch that moved forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its full name.
    pub name: String,
    pub before: Oid,
    pub after: Oid,
    pub landed: Vec<Landed>,
    /// How long merging and verifying took, where it was told.
    pub took_ms: Option<u64>,
}

/// How far an operation came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// Begun; whether it happened, the ref tells.
    Planned,
    Done,
    /// It was done, and a later one took it back.
    Undone,
    Abandoned,
}

impl Entry for OperationEvent {
    fn is_boundary(&self) -> bool {
        true
    }
}

impl Operation {
    /// What it brought in, where it is a merge.
    pub fn landed(&self) -> &[Landed] {
        match &self.change {
            Change::Merge(merge) => &merge.landed,
            _ => &[],
        }
    }

    /// Whether it is a merge, in effect, that brought in work of this run.
    pub fn holds_work_of(&self, run: RunId) -> bool {
        let of_run = |landed: &Landed| landed.run == Some(run);
        self.state == OperationState::Done && self.landed().iter().any(of_run)
    }
}

impl Store {
    /// Takes the right to move a target. Exit code 5 with the holder when another merge is at it.
    pub fn lock_merge(&self, purpose: &str) -> Result<Lock> {
        let failure = |failure: crate::error::Failure| failure.next("git parallel status");
        Lock::acquire(&self.merge_lock_path(), purpose, MERGE_LIMIT).map_err(failure)
    }

    /// The file that whoever moves a target holds locked.
    pub fn merge_lock_path(&self) -> PathBuf {
        self.root().join("merge.lock")
    }

    /// The file that whoever deletes what was given up holds locked.
    pub fn disposal_lock_path(&self) -> PathBuf {
        self.root().join("disposal.lock")
    }

    /// All operations, oldest first.
    pub fn operations(&self) -> Result<Vec<Operation>> {
        let path = self.operations_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        Ok(fold(&journal::read(&path)?.records))
    }

    /// Numbers of lines of their journal that hold no record.
    pub fn damaged_operations(&self) -> Result<Vec<usize>> {
        let path = self.operations_path();
        match path.exists() {
            true => Ok(journal::read::<OperationEvent>(&path)?.damaged),
            false => Ok(Vec::new()),
        }
    }

    /// Takes such lines out. Returns where the journal is kept as it was.
    pub fn drop_damaged_operations(&self) -> Result<PathBuf> {
        let _lock = self.lock_operations()?;
        let path = self.operations_path();
        let aside = self.aside(&path)?;
        journal::drop_damaged::<OperationEvent>(&path, &aside)?;
        Ok(aside)
    }

    /// Writes the intent of a new operation, which gets the next number.
    pub fn plan_operation(&self, planned: impl FnOnce(u64) -> OperationEvent) -> Result<u64> {
        let _lock = self.lock_operations()?;
        let (mut journal, reading) = Journal::open(&self.operations_path())?;
        let number = fold(&reading.records)
            .last()
            .map_or(1, |o| o.number.saturating_add(1));
        journal.append(Timestamp::now(), &planned(number))?;
        Ok(number)
    }

    /// Writes what became of an operation.
    pub fn note_operation(&self, event: &OperationEvent) -> Result<()> {
        let _lock = self.lock_operations()?;
        let (mut journal, _) = Journal::open(&self.operations_path())?;
        journal.append(Timestamp::now(), event).map(drop)
    }

    /// Where the registry entry of a worktree waits that was forced away.
    pub fn retired_entry(&self, run: RunId, task: TaskId, stamp: &str) -> PathBuf {
        self.trash_dir().join(format!("{run}-{task}-{stamp}"))
    }

    /// The folder of all such entries.
    pub fn trash_dir(&self) -> PathBuf {
        self.root().join("trash")
    }

    fn lock_operations(&self) -> Result<Lock> {
        let path = self.root().join("operations.lock");
        Lock::acquire(&path, "a line of the operations' journal", LINE_LIMIT)
    }

    /// Every line of work that was landed squashed or rebased: its tip, and the commit that brought
    /// the last of it in.
    pub fn landed_in_another_form(&self) -> Result<Vec<(Oid, Oid)>> {
        let path = self.operations_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let bytes = fs::read(&path).on_path("read", &path)?;
        // Where only merges were made there is nothing to understand, however many they were.
        if !names_another_form(&bytes) {
            return Ok(Vec::new());
        }
        let done = fold(&journal::scan(&path, &bytes)?.records).into_iter();
        let landed = done
            .filter(|operation| operation.state == OperationState::Done)
            .flat_map(|operation| operation.landed().to_vec())
            .filter(|landed| landed.strategy != Strategy::Merge && landed.commit != landed.merge);
        Ok(landed.map(|one| (one.commit, one.merge)).collect())
    }

    fn operations_path(&self) -> PathBuf {
        self.root().join("operations.jsonl")
    }
}

/// Whether a journal mentions a strategy that makes other commits of a branch's.
fn names_another_form(journal: &[u8]) -> bool {
    let mut words = journal.windows(br#""squash""#.len());
    words.any(|word| word == br#""squash""# || word == br#""rebase""#)
}

/// Pure, and total: whatever the events say, there is a list.
pub(super) fn fold(records: &[Record<OperationEvent>]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for record in records {
        match &record.event {
            OperationEvent::SweepPlanned { operation, swept } => {
                let known = operations.iter_mut().rfind(|o| o.number == *operation);
                if let Some(Change::Clean { swept: all, .. }) = known.map(|o| &mut o.change) {
                    all.push(swept.clone());
                }
            }
            OperationEvent::Done { operation } => {
                settle(&mut operations, *operation, OperationState::Done);
            }
            OperationEvent::Abandoned { operation } => {
                settle(&mut operations, *operation, OperationState::Abandoned);
            }
            planned => operations.extend(begun(record.at, planned)),
        }
    }
    operations
}

/// The operation that an intent begins.
fn begun(at: Timestamp, planned: &OperationEvent) -> Option<Operation> {
    let (number, change) = match planned {
        OperationEvent::MergePlanned {
            operation,
            name,
            before,
            after,
            landed,
            took_ms,
        } => {
            let merge = Merge {
                name: name.clone(),
                before: *before,
                after: *after,
                landed: landed.clone(),
                took_ms: *took_ms,
            };
            (*operation, Change::Merge(merge))
        }
        OperationEvent::CleanPlanned {
            operation,
            run,
            forced,
        } => {
            let clean = Change::Clean {
                run: *run,
                forced: *forced,
                swept: Vec::new(),
            };
            (*operation, clean)
        }
        OperationEvent::UndoPlanned { operation, undoes } => (*operation, Change::Undo(*undoes)),
        _ => return None,
    };
    Some(Operation {
        number,
        at,
        change,
        state: OperationState::Planned,
    })
}

/// Sets an operation's state. An undo that is done takes that of another back with it, and one
/// that is taken back itself gives it again.
fn settle(operations: &mut [Operation], number: u64, state: OperationState) {
    let Some(at) = operations.iter().rposition(|o| o.number == number) else {
        return;
    };
    operations[at].state = state;
    let other = match state {
        OperationState::Done => OperationState::Undone,
        OperationState::Undone => OperationState::Done,
        OperationState::Planned | OperationState::Abandoned => return,
    };
    // An undo is of something earlier: whatever a damaged journal says, this comes to an end.
    match operations[at].change {
        Change::Undo(of) if of < number => settle(operations, of, other),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use crate::fuzz;
    use crate::store::sample::oid;

    fn merge(operation: u64) -> OperationEvent {
        OperationEvent::MergePlanned {
            operation,
            name: "refs/heads/main".to_owned(),
            before: oid(1),
            after: oid(2),
            landed: Vec::new(),
            took_ms: None,
        }
    }

    fn states(store: &Store) -> Vec<OperationState> {
        let operations = store.operations().unwrap();
        operations.iter().map(|o| o.state).collect()
    }

    #[test]
    fn an_operation_is_planned_until_its_end_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        assert!(store.operations().unwrap().is_empty());
        for number in 1..=3 {
            assert_eq!(store.plan_operation(merge).unwrap(), number);
        }
        for event in [
            OperationEvent::Done { operation: 1 },
            OperationEvent::Abandoned { operation: 2 },
        ] {
            store.note_operation(&event).unwrap();
        }
        let expected = [
            OperationState::Done,
            OperationState::Abandoned,
            OperationState::Planned,
        ];
        assert_eq!(states(&store), expected);
    }

    #[test]
    fn what_is_taken_back_is_undone_until_that_is_taken_back_itself() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let undo = |undoes| {
            let planned = |operation| OperationEvent::UndoPlanned { operation, undoes };
            let operation = store.plan_operation(planned).unwrap();
            let before = states(&store);
            let done = OperationEvent::Done { operation };
            store.note_operation(&done).unwrap();
            before
        };
        let (done, undone) = (OperationState::Done, OperationState::Undone);
        store.plan_operation(merge).unwrap();
        let event = OperationEvent::Done { operation: 1 };
        store.note_operation(&event).unwrap();
        assert_eq!(undo(1), [done, OperationState::Planned]);
        assert_eq!(states(&store), [undone, done]);
        undo(2);
        assert_eq!(states(&store), [done, undone, done]);
        undo(3);
        assert_eq!(states(&store), [undone, done, undone, done]);
    }

    #[test]
    fn a_clean_up_knows_what_it_took_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let planned = |operation| OperationEvent::CleanPlanned {
            operation,
            run: RunId(1),
            forced: true,
        };
        let operation = store.plan_operation(planned).unwrap();
        let swept = Swept {
            task: TaskId(1),
            name: "one".to_owned(),
            stamp: "7".to_owned(),
            worktree: None,
            branch: Some(SweptBranch {
                name: "parallel/one".to_owned(),
                tip: oid(3),
            }),
        };
        let event = OperationEvent::SweepPlanned {
            operation,
            swept: swept.clone(),
        };
        store.note_operation(&event).unwrap();
        let expected = Change::Clean {
            run: RunId(1),
            forced: true,
            swept: vec![swept],
        };
        assert_eq!(store.operations().unwrap()[0].change, expected);
    }

    #[test]
    fn whatever_their_journal_holds_there_is_a_list_of_operations() {
        fuzz::each(&fuzz::files_of("fuzz/operations"), |bytes| {
            let Ok(reading) = journal::scan::<OperationEvent>(Path::new("x"), bytes) else {
                return; // A newer version is refused.
            };
            let operations = fold(&reading.records);
            assert!(operations.len() <= reading.records.len());
        });
    }
}
