//! Where a run stands: what its journal folds to. `status`, `check`, `merge`, `clean` and `report`
//! all read this; only the journal is stored.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::id::{Oid, PlanId, RunId, TaskId};

use super::run_terms::{
    Evidence, Outcome, OverlapFound, RunOptions, RunPhase, SessionEnd, TaskPhase,
};

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
