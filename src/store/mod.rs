//! What lies under `$GIT_COMMON_DIR/parallel`: plans, runs, journals, locks, and how they are
//! written so that an interruption at any step leaves the old state or the new one.
//!
//! This room knows files and their formats, not git and not what a run means.

mod angles;
mod approvals;
mod artifacts;
mod atomic;
mod cache;
mod control;
mod digest;
mod exchange;
mod follow;
pub mod fuzzing;
mod journal;
mod leases;
mod lock;
mod log_reader;
mod numbered;
mod operations;
mod plans;
mod run_events;
mod run_fold;
mod run_state;
mod run_terms;
mod runs;
#[cfg(test)]
pub mod sample;
mod selector;
mod shelf;
mod steady;
mod strategy;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::error::{OnPath, Result};

pub use approvals::{Approval, Approvals, ApprovedCommand};
pub use artifacts::put_document;
pub use atomic::{read_json, write_atomic, write_json};
pub use cache::Cache;
pub use control::{Demand, Wish};
pub use digest::digest;
pub use follow::Followed;
pub use journal::{Entry, Journal};
pub use leases::Lease;
pub use lock::Lock;
pub use log_reader::{LogReader, end_of_log, last_lines};
pub use operations::{
    Change, Landed, Merge, Operation, OperationEvent, OperationState, Swept, SweptBranch,
    SweptWorktree,
};
pub use plans::PLAN_VERSION;
pub use run_events::{Event, RunStarted, TaskEntry, TaskFinished};
pub use run_state::{ResolutionState, Rival, RunState, SessionState, TaskState};
pub use run_terms::{
    Apart, Drift, Evidence, LauncherKind, Moved, Outcome, OverlapFound, Readiness, RunOptions,
    RunPhase, SessionCommand, SessionEnd, SetupOptions, TaskPhase,
};
pub use runs::{RunJournal, Runs};
pub use selector::{Selection, Selector};
pub use shelf::Shelf;
pub use strategy::Strategy;

/// How long a command waits for the repository's lock before it says who holds it.
const LOCK_LIMIT: Duration = Duration::from_secs(10);

/// The folder of everything this tool remembers about one repository.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store of the repository with this common git directory. Nothing is created yet.
    pub fn of(common_dir: &Path) -> Self {
        Self {
            root: common_dir.join("parallel"),
        }
    }

    /// `$GIT_COMMON_DIR/parallel`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where something of ours that nobody can make sense of is to be put: it is moved, not
    /// deleted. The folder is there afterwards.
    pub fn aside(&self, path: &Path) -> Result<PathBuf> {
        let folder = self.root.join("aside");
        fs::create_dir_all(&folder).on_path("create", &folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stamp = Timestamp::now().as_millisecond();
        let free = (0..).map(|n| folder.join(format!("{name}-{}", stamp + n)));
        Ok(free
            .into_iter()
            .find(|path| !path.exists())
            .unwrap_or(folder))
    }

    /// Takes the one lock around every change to the worktree registry, to branches and to the
    /// numbering of plans and runs. Held for moments, never while a checkout or an agent works.
    pub fn lock(&self, purpose: &str) -> Result<Lock> {
        Lock::acquire(&self.root.join("lock"), purpose, LOCK_LIMIT)
    }
}
