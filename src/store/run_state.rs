//! Where a run stands: what its journal folds to. `status`, `check`, `merge`, `clean` and `report`
//! all read this; only the journal is stored.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{Oid, PlanId, RunId, TaskId};

use super::run_events::{OverlapFound, RunOptions, SessionEnd};

/// A run as its journal tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunState {
    pub run: RunId,
    pub plan: PlanId,
    pub goal: String,
    /// The branch that results go to.
    pub target: String,
    /// The commit that tasks without dependencies start from.
    pub base: Oid,
    pub phase: RunPhase,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub options: RunOptions,
    /// Somebody asked it to end; why.
    pub stopping: Option<String>,
    /// In the plan's order.
    pub tasks: Vec<TaskState>,
    /// What was found while they worked: finished tasks that touch the same paths.
    pub overlaps: Vec<OverlapFound>,
}

impl RunState {
    /// The task of this id.
    pub fn task(&self, id: TaskId) -> Option<&TaskState> {
        self.tasks.iter().find(|task| task.id == id)
    }
}

/// The state of a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// A supervisor lives.
    Running,
    /// Every task that is not optional is done.
    Done,
    /// Every task has an outcome, and some are not done.
    Failed,
    /// The user stopped it.
    Stopped,
    /// Its supervisor is gone without a word: `run --resume` goes on.
    Interrupted,
}

/// One task of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskState {
    pub id: TaskId,
    pub name: String,
    pub title: String,
    pub depends: Vec<TaskId>,
    /// Its failure does not fail the run.
    pub optional: bool,
    pub phase: TaskPhase,
    /// Set once the phase is `Finished`.
    pub outcome: Option<Outcome>,
    /// How many sessions were started for it.
    pub attempts: u32,
    /// How many of them failed since the task was last given a fresh start.
    pub failures: u32,
    /// Those sessions, oldest first.
    pub sessions: Vec<SessionState>,
    /// Short name of its branch, once it has one.
    pub branch: Option<String>,
    /// Its worktree, while it exists.
    pub worktree: Option<PathBuf>,
    /// Whether that worktree is checked out and ready.
    pub worktree_ready: bool,
    /// The commit that its branch started from.
    pub base: Option<Oid>,
    /// The commit that its branch ended at.
    pub tip: Option<Oid>,
    /// Commits on its branch since its base.
    pub commits: usize,
    /// Paths that differ between base and tip.
    pub changed: Vec<String>,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub evidence: Vec<Evidence>,
    /// The log of its latest session.
    pub log: Option<PathBuf>,
}

/// One attempt of an agent at a task.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionState {
    /// 1 for the first.
    pub attempt: u32,
    /// 1 for `worker-1`.
    pub worker: u32,
    /// The agent's own time began; `None` while it is being launched.
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub end: Option<SessionEnd>,
    /// How long it ran; 0 until it ended.
    pub seconds: f64,
    pub log: PathBuf,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskPhase {
    /// Waits for its dependencies, its priority or a free slot.
    Pending,
    /// Cannot start until somebody acts.
    Blocked,
    /// Its worktree is being made, its session launched.
    Starting,
    /// Its session lives.
    Running,
    /// Its agent waits for a person.
    Waiting,
    /// Its agent's service asked for patience.
    RateLimited,
    /// It has an outcome.
    Finished,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// The session ended well and changed nothing.
    NoChange,
    /// It changed files outside what it declared.
    OutOfScope,
    Failed,
    TimedOut,
    /// It never ran: what it depends on failed, or it failed too often.
    Skipped,
    /// The user stopped it.
    Cancelled,
    /// Its session vanished without a result.
    Lost,
}

/// One thing that was seen and speaks for an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was looked at: `exit`, `commits`, `timeout`, `dependency`, …
    pub kind: String,
    /// What was seen.
    pub value: String,
    pub at: Timestamp,
}
