//! The runs of a repository: a folder each, `runs/r1`, with the plan as it was, the journal, the
//! supervisor's lock and a folder a session.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Failure, OnPath, Result};
use crate::id::{RunId, TaskId};

use super::atomic::sync_folder;
use super::journal::{self, Journal, Reading};
use super::numbered::ids_in;
use super::plans::PLAN_VERSION;
use super::run_events::{Event, RunStarted};
use super::run_fold::fold;
use super::run_state::RunState;
use super::run_terms::RunPhase;
use super::{Lock, Store, read_json, write_json};

/// The journal of a run.
pub type RunJournal = Journal<Event>;

/// All runs, oldest first.
#[derive(Debug, Default)]
pub struct Runs {
    pub read: Vec<RunState>,
    /// Those that cannot be read, and why.
    pub unread: Vec<(RunId, Failure)>,
}

/// Others look at the lock for a moment; who supervises holds it for long.
const RUN_LOCK_LIMIT: Duration = Duration::from_secs(1);

impl Store {
    /// The folder of a run.
    pub fn run_dir(&self, run: RunId) -> PathBuf {
        self.runs_dir().join(run.to_string())
    }

    /// The folder of a task of a run.
    pub fn task_dir(&self, run: RunId, task: TaskId) -> PathBuf {
        self.run_dir(run).join(task.to_string())
    }

    /// The file that whoever may write a run's journal holds locked.
    pub fn run_lock_path(&self, run: RunId) -> PathBuf {
        self.run_dir(run).join("lock")
    }

    /// Takes a run over: the right to write its journal. Exit code 5 with the holder when somebody
    /// supervises it.
    pub fn lock_run(&self, run: RunId, purpose: &str) -> Result<Lock> {
        Lock::acquire(&self.run_lock_path(run), purpose, RUN_LOCK_LIMIT)
            .map_err(|failure| failure.next(format!("git parallel status {run}")))
    }

    /// The folder that holds all runs.
    pub fn runs_dir(&self) -> PathBuf {
        self.root().join("runs")
    }

    /// Makes the folder of a new run, with its plan and a journal that begins with what `start`
    /// says for the id it gets, and takes it over. Call it under the repository's lock. A run is
    /// there with all of this or not at all.
    pub fn create_run<P: Serialize>(
        &self,
        plan: &P,
        start: impl FnOnce(RunId) -> RunStarted,
    ) -> Result<(Lock, RunJournal, RunState)> {
        let runs = self.runs_dir();
        fs::create_dir_all(&runs).on_path("create", &runs)?;
        let run = RunId(self.run_ids()?.last().map_or(0, |id| id.0) + 1);
        self.sweep_drafts()?;
        let draft = tempfile::Builder::new()
            .prefix(".new-")
            .tempdir_in(&runs)
            .on_path("write in", &runs)?;
        write_json(&draft.path().join("plan.json"), plan)?;
        let purpose = format!("run {run}");
        let lock = Lock::acquire(&draft.path().join("lock"), &purpose, Duration::ZERO)?;
        let (mut journal, _) = Journal::open(&draft.path().join("events.jsonl"))?;
        journal.append(Timestamp::now(), &Event::RunStarted(Box::new(start(run))))?;
        let folder = self.run_dir(run);
        fs::rename(draft.keep(), &folder).on_path("create", &folder)?;
        sync_folder(&runs)?;
        let (journal, state) = self.open_journal(run)?;
        Ok((lock, journal, state))
    }

    /// Removes what was begun to be written of runs that never came to be.
    fn sweep_drafts(&self) -> Result<()> {
        let runs = self.runs_dir();
        for entry in fs::read_dir(&runs).on_path("read", &runs)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(".new-") {
                let path = entry.path();
                fs::remove_dir_all(&path).on_path("remove", &path)?;
            }
        }
        Ok(())
    }

    /// The plan that a run was started with, as it was then.
    pub fn run_plan<P: DeserializeOwned>(&self, run: RunId) -> Result<P> {
        read_json(&self.run_dir(run).join("plan.json"), PLAN_VERSION)
    }

    /// The ids of all runs, oldest first.
    pub fn run_ids(&self) -> Result<Vec<RunId>> {
        ids_in(&self.runs_dir(), "")
    }

    /// Where a run stands: its folded journal, `Interrupted` when the journal says that it is
    /// running and nobody supervises it.
    pub fn load_run(&self, run: RunId) -> Result<RunState> {
        let mut state = self.folded(run, &journal::read(&self.journal_path(run)?)?)?;
        if state.phase == RunPhase::Running
            && !Lock::is_held_by_its_taker(&self.run_lock_path(run))?
        {
            state.phase = RunPhase::Interrupted;
        }
        Ok(state)
    }

    /// What a run's journal folds to, and how many bytes of it that took.
    pub(super) fn folded_so_far(&self, run: RunId) -> Result<(RunState, u64)> {
        let reading = journal::read(&self.journal_path(run)?)?;
        Ok((self.folded(run, &reading)?, reading.length()))
    }

    /// Where every run stands, as far as it can be read: one damaged journal says nothing about
    /// other runs.
    pub fn load_runs(&self) -> Result<Runs> {
        let mut runs = Runs::default();
        for run in self.run_ids()? {
            match self.load_run(run) {
                Ok(state) => runs.read.push(state),
                Err(failure) => runs.unread.push((run, failure)),
            }
        }
        Ok(runs)
    }

    /// How long a run's journal is, in bytes: it grows with every event.
    pub fn journal_length(&self, run: RunId) -> Result<u64> {
        let path = self.journal_path(run)?;
        Ok(fs::metadata(&path).on_path("read", &path)?.len())
    }

    /// Opens a run's journal to go on with it; the caller holds the run's lock.
    pub fn open_journal(&self, run: RunId) -> Result<(RunJournal, RunState)> {
        let (journal, reading) = Journal::open(&self.journal_path(run)?)?;
        let state = self.folded(run, &reading)?;
        Ok((journal, state))
    }

    /// Adds to the journal of a run that nobody supervises. Exit code 5 with the holder where
    /// somebody does: only who supervises may write then.
    pub fn record(&self, run: RunId, purpose: &str, events: &[Event]) -> Result<RunState> {
        let _lock = self.lock_run(run, purpose)?;
        let (mut journal, mut state) = self.open_journal(run)?;
        for event in events {
            let record = journal.append(Timestamp::now(), event)?;
            state.apply(record.at, event);
        }
        Ok(state)
    }

    /// Everything that a run's journal holds, damage included.
    pub fn read_journal(&self, run: RunId) -> Result<Reading<Event>> {
        journal::read(&self.journal_path(run)?)
    }

    /// Takes the lines out of a run's journal that hold no record; the caller holds the run's lock.
    /// Returns where the journal is kept as it was.
    pub fn drop_damaged_lines(&self, run: RunId) -> Result<PathBuf> {
        let path = self.journal_path(run)?;
        let aside = self.aside(&self.run_dir(run).join(format!("{run}-events.jsonl")))?;
        journal::drop_damaged::<Event>(&path, &aside)?;
        Ok(aside)
    }

    fn journal_path(&self, run: RunId) -> Result<PathBuf> {
        let path = self.run_dir(run).join("events.jsonl");
        if path.exists() {
            return Ok(path);
        }
        let folder = self.run_dir(run);
        Err(match folder.exists() {
            true => Failure::unable(format!("{run} has no journal: {}", path.display()))
                .kept("its branches and worktrees")
                .next("git parallel doctor --fix"),
            false => Failure::unable(format!("there is no run {run}")).next("git parallel status"),
        })
    }

    fn folded(&self, run: RunId, reading: &Reading<Event>) -> Result<RunState> {
        fold(&reading.records).ok_or_else(|| {
            Failure::unable(format!(
                "the journal of {run} does not begin with its start: {}",
                self.run_dir(run).join("events.jsonl").display()
            ))
            .kept("its branches and worktrees")
            .next("git parallel doctor --fix")
        })
    }
}
