//! What can happen in a run, as its journal records it: `runs/<id>/events.jsonl`.
//!
//! An event that ends in `Planned` is an intent: it is on disk before the world is touched, so
//! that whoever finds the world half-changed knows by whom and how to finish. The event that says
//! it is done follows. Keys are added, never renamed, within one version of the journal.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agents::Account;
use crate::id::{JobId, Oid, PlanId, RunId, TaskId};

use super::journal::Entry;
use super::run_terms::{
    Apart, Drift, Evidence, Outcome, OverlapFound, RunOptions, RunPhase, SessionCommand, SessionEnd,
};

/// One event; in the journal `"event"` is its name in lower case with hyphens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first event of every journal.
    RunStarted(Box<RunStarted>),
    /// A new supervisor took the run up.
    RunResumed { pid: u32 },
    /// The user wants it to end: sessions are being cancelled, nothing new starts.
    RunStopping { reason: String },
    /// The supervisor is done; `state` is `done`, `failed` or `stopped`.
    RunEnded { state: RunPhase },
    /// A commit that merges a task's several dependencies, to start it from.
    BaseMade {
        task: TaskId,
        #[serde(rename = "ref")]
        name: String,
        commit: Oid,
    },
    /// What the task depends on was done again, and its branch, which held nothing of its own, starts
    /// from that now.
    BaseMoved { task: TaskId, base: Oid },
    /// This branch and this worktree are about to be made.
    WorktreePlanned {
        task: TaskId,
        branch: String,
        path: PathBuf,
        base: Oid,
    },
    /// The worktree is registered and checked out.
    WorktreeMade { task: TaskId },
    /// The worktree is about to be made ready to work in: files copied, lines run.
    SetupPlanned {
        task: TaskId,
        /// 1 for the task's first.
        number: u32,
        /// What its lines print.
        log: PathBuf,
    },
    /// The worktree is ready to work in.
    SetupDone {
        task: TaskId,
        /// What was asked for and left out, and why.
        notes: Vec<String>,
    },
    /// The worktree is about to be removed, its branch stays.
    WorktreeReleasePlanned { task: TaskId },
    /// The worktree is gone, its branch stays.
    WorktreeReleased { task: TaskId },
    /// The branch was deleted: its work is elsewhere.
    BranchDeleted { task: TaskId },
    /// The branch is about to be there again: what deleted it is taken back.
    BranchRestored { task: TaskId, branch: String },
    /// The worktree is about to be there again: what removed it is taken back.
    WorktreeRestored { task: TaskId, path: PathBuf },
    /// A session is about to be launched.
    SessionPlanned {
        task: TaskId,
        attempt: u32,
        /// 1 for `worker-1`; a retry keeps the number.
        worker: u32,
        log: PathBuf,
    },
    /// The session waits in Slurm's queue. Told anew when what it waits for changes.
    SessionQueued {
        task: TaskId,
        attempt: u32,
        /// Absent as long as Slurm has not answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<JobId>,
        evidence: Vec<Evidence>,
    },
    /// The session lives.
    SessionStarted {
        task: TaskId,
        attempt: u32,
        pid: u32,
    },
    /// The session is over.
    SessionEnded {
        task: TaskId,
        attempt: u32,
        end: SessionEnd,
        /// How long it ran.
        seconds: f64,
        /// How much it printed.
        bytes: u64,
        /// What its agent told of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<Box<Account>>,
    },
    /// The agent's service asked for patience: it is tried again then.
    RateLimited {
        task: TaskId,
        attempt: u32,
        until: Timestamp,
        evidence: Vec<Evidence>,
    },
    /// The agent needs a person: what it needs was not allowed.
    TaskWaits {
        task: TaskId,
        evidence: Vec<Evidence>,
    },
    /// What a session left uncommitted was committed for it.
    WorkCommitted { task: TaskId, commit: Oid },
    /// An attempt did not succeed and the task is tried again.
    AttemptFailed {
        task: TaskId,
        attempt: u32,
        outcome: Outcome,
        evidence: Vec<Evidence>,
    },
    /// The task cannot start: what it depends on does not go together.
    TaskBlocked {
        task: TaskId,
        evidence: Vec<Evidence>,
    },
    /// The user wants the task to end: its session is being cancelled.
    TaskStopping { task: TaskId, reason: String },
    /// The task has its outcome.
    TaskFinished(TaskFinished),
    /// A task that has ended, or is blocked, is to be done after all.
    TaskReopened { task: TaskId },
    /// Two tasks touch the same paths, as their branches stand now; `conflicts` are those that git
    /// cannot merge. Told when it arises, when it changes, and when it is gone.
    OverlapFound(OverlapFound),
    /// What has moved in the user's own checkouts since the run began, as they stand now. Told when it
    /// changes; with an empty list they are again as they were.
    CheckoutsMoved { checkouts: Vec<Drift> },
    /// A conflict of the task's branch waits in its worktree to be resolved.
    ConflictOpened {
        task: TaskId,
        /// What is being merged into it, by name.
        with: String,
        theirs: Oid,
        conflicts: Vec<String>,
    },
    /// Somebody is about to be set at a conflict.
    ResolverPlanned {
        task: TaskId,
        /// 1 for the task's first.
        number: u32,
        command: SessionCommand,
        log: PathBuf,
    },
    /// It works.
    ResolverStarted { task: TaskId, number: u32, pid: u32 },
    /// It is over.
    ResolverEnded {
        task: TaskId,
        number: u32,
        end: SessionEnd,
        seconds: f64,
        bytes: u64,
    },
    /// The conflict is resolved and committed.
    ConflictResolved {
        task: TaskId,
        with: String,
        commit: Oid,
    },
    /// The merge was taken back: the conflict is as it was.
    ConflictDropped { task: TaskId },
    /// An event that this version of the program does not know.
    #[serde(other)]
    Unknown,
}

/// Everything that a supervisor needs to go on without the one who started the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    pub run: RunId,
    pub plan: PlanId,
    pub goal: String,
    pub target: String,
    pub base: Oid,
    pub pid: u32,
    pub options: RunOptions,
    /// In the plan's order.
    pub tasks: Vec<TaskEntry>,
}

/// What the fold has to know of a task of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskEntry {
    pub id: TaskId,
    pub name: String,
    pub title: String,
    pub depends: Vec<TaskId>,
    pub optional: bool,
    /// Tasks that it is not worked at together with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<Apart>,
}

/// How a task ended and what is there to show for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskFinished {
    pub task: TaskId,
    pub outcome: Outcome,
    /// Where its branch ended, if it has one.
    pub tip: Option<Oid>,
    /// Commits on its branch since its base.
    pub commits: usize,
    /// Paths that differ between base and tip.
    pub changed: Vec<String>,
    pub evidence: Vec<Evidence>,
}

impl Entry for Event {
    fn is_boundary(&self) -> bool {
        matches!(
            self,
            Self::RunStarted(_)
                | Self::RunEnded { .. }
                | Self::SetupPlanned { .. }
                | Self::SessionPlanned { .. }
                | Self::TaskFinished(_)
                | Self::WorktreeReleased { .. }
                | Self::ResolverPlanned { .. }
                | Self::ConflictResolved { .. }
        )
    }
}

impl Event {
    /// Whether somebody wants to be called: a task needs a person, or nothing more will happen.
    pub fn calls(&self) -> bool {
        matches!(
            self,
            Self::TaskWaits { .. } | Self::TaskBlocked { .. } | Self::RunEnded { .. }
        )
    }

    /// The task it is about, if it is about one.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::BaseMade { task, .. }
            | Self::BaseMoved { task, .. }
            | Self::WorktreePlanned { task, .. }
            | Self::WorktreeMade { task }
            | Self::SetupPlanned { task, .. }
            | Self::SetupDone { task, .. }
            | Self::WorktreeReleasePlanned { task }
            | Self::WorktreeReleased { task }
            | Self::BranchDeleted { task }
            | Self::BranchRestored { task, .. }
            | Self::WorktreeRestored { task, .. }
            | Self::SessionPlanned { task, .. }
            | Self::SessionQueued { task, .. }
            | Self::SessionStarted { task, .. }
            | Self::SessionEnded { task, .. }
            | Self::RateLimited { task, .. }
            | Self::TaskWaits { task, .. }
            | Self::WorkCommitted { task, .. }
            | Self::AttemptFailed { task, .. }
            | Self::TaskBlocked { task, .. }
            | Self::TaskStopping { task, .. }
            | Self::TaskFinished(TaskFinished { task, .. })
            | Self::ConflictOpened { task, .. }
            | Self::ResolverPlanned { task, .. }
            | Self::ResolverStarted { task, .. }
            | Self::ResolverEnded { task, .. }
            | Self::ConflictResolved { task, .. }
            | Self::ConflictDropped { task }
            | Self::TaskReopened { task } => Some(*task),
            _ => None,
        }
    }
}
