//! Where a run stands: what its journal folds to. `status`, `check`, `merge`, `clean` and `report`
//! all read this; only the journal is stored.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agents::Account;
use crate::id::{JobId, Oid, PlanId, RunId, TaskId};

use super::run_terms::{
    Apart, Drift, Evidence, Outcome, OverlapFound, Readiness, RunOptions, RunPhase, SessionCommand,
    SessionEnd, TaskPhase,
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
    /// When it was last taken up again.
    pub resumed: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub options: RunOptions,
    /// Somebody asked it to end; why.
    pub stopping: Option<String>,
    /// In the plan's order.
    pub tasks: Vec<TaskState>,
    /// What was found while they worked: tasks that touch the same paths, as they stood last.
    pub overlaps: Vec<OverlapFound>,
    /// What was seen to have moved in the user's own checkouts while it ran.
    pub drift: Vec<Drift>,
}

impl RunState {
    /// The task of this id.
    pub fn task(&self, id: TaskId) -> Option<&TaskState> {
        self.tasks.get(self.place(id)?)
    }

    pub(super) fn task_mut(&mut self, id: TaskId) -> Option<&mut TaskState> {
        let place = self.place(id)?;
        self.tasks.get_mut(place)
    }

    /// Where a task stands: ids count from 1 in the plan's order, as a rule.
    fn place(&self, id: TaskId) -> Option<usize> {
        let usual = (id.0 as usize).wrapping_sub(1);
        match self.tasks.get(usual) {
            Some(task) if task.id == id => Some(usual),
            _ => self.tasks.iter().position(|task| task.id == id),
        }
    }

    /// Whether two tasks are known to stand so.
    pub fn knows(&self, found: &OverlapFound) -> bool {
        let known = self.overlaps.iter().find(|known| known.is_between(found));
        match known {
            None => found.overlaps.is_empty(),
            Some(known) => known.overlaps == found.overlaps && known.conflicts == found.conflicts,
        }
    }

    /// The tasks whose branches conflict with that of `task`, as they stood last.
    pub(super) fn rivals_of(&self, task: TaskId) -> Vec<Rival> {
        let conflicts = self.overlaps.iter().filter(|one| !one.conflicts.is_empty());
        let rivals = conflicts.filter_map(|one| {
            let other = match (one.a == task, one.b == task) {
                (true, _) => one.b,
                (_, true) => one.a,
                _ => return None,
            };
            Some(Rival {
                task: other,
                name: self.task(other)?.name.clone(),
                conflicts: one.conflicts.clone(),
            })
        });
        rivals.collect()
    }

    /// The task at work for which one that could begin has to wait, and the path that both change.
    pub fn held_by<'a>(&'a self, task: &'a TaskState) -> Option<&'a Apart> {
        let at_work = |id| self.task(id).is_some_and(|other| other.phase.is_active());
        let waits = task.phase == TaskPhase::Pending;
        let mut apart = task.apart.iter().filter(|_| waits);
        apart.find(|apart| at_work(apart.from))
    }

    /// What makes a task stale: something it depends on, directly or not, that was done again
    /// after the task had started from it.
    pub fn stale_for(&self, task: &TaskState) -> Option<TaskId> {
        let started = task.started?;
        let mut depends = task.depends.iter().filter_map(|id| self.task(*id));
        depends.find_map(|below| match below.ended {
            Some(ended) if ended <= started => self.stale_for(below),
            _ => Some(below.id),
        })
    }

    /// Those that depend on a task, directly or not, in the plan's order.
    pub fn dependents(&self, of: TaskId) -> Vec<&TaskState> {
        let above = |task: &&TaskState| self.builds_on(task, of);
        self.tasks.iter().filter(above).collect()
    }

    /// Whether `task` depends on `below`, directly or not.
    pub fn builds_on(&self, task: &TaskState, below: TaskId) -> bool {
        task.depends.iter().any(|id| {
            let deeper = || {
                self.task(*id)
                    .is_some_and(|task| self.builds_on(task, below))
            };
            *id == below || deeper()
        })
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
    /// Tasks that it is not worked at together with.
    pub apart: Vec<Apart>,
    pub phase: TaskPhase,
    /// Set once the phase is `Finished`.
    pub outcome: Option<Outcome>,
    /// Somebody asked for it to end; why.
    pub stopping: Option<String>,
    /// How many sessions were started for it.
    pub attempts: u32,
    /// How many of the latest were cut short because the agent's service asked for patience.
    pub rate_limits: u32,
    /// Until when that patience lasts.
    pub rests_until: Option<Timestamp>,
    /// How many of them failed since the task was last given a fresh start.
    pub failures: u32,
    /// Those sessions, oldest first.
    pub sessions: Vec<SessionState>,
    /// Short name of its branch, once it has one.
    pub branch: Option<String>,
    /// Its worktree, while it exists.
    pub worktree: Option<PathBuf>,
    /// Whether that worktree is checked out.
    pub worktree_ready: bool,
    /// How far it was made ready to work in, where the run asks for that.
    pub readiness: Readiness,
    /// How often that was begun.
    pub setups: u32,
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
    /// The tasks whose branches conflict with its own, as they stood last.
    pub rivals: Vec<Rival>,
    /// The log of its latest session, or of the latest that worked at a conflict of its branch.
    pub log: Option<PathBuf>,
    /// The conflicts of its branch that were taken on, oldest first.
    pub resolutions: Vec<ResolutionState>,
}

/// A task whose branch conflicts with another's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rival {
    pub task: TaskId,
    pub name: String,
    pub conflicts: Vec<String>,
}

/// A conflict that was taken on.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolutionState {
    /// What is merged into the branch.
    pub with: String,
    pub conflicts: Vec<String>,
    pub opened: Timestamp,
    /// Those that were set at it, oldest first.
    pub resolvers: Vec<ResolverState>,
    pub ended: Option<Timestamp>,
    /// The commit that resolved it; with an end and without a commit, it was given up.
    pub commit: Option<Oid>,
}

/// Somebody who was set at a conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolverState {
    /// 1 for the task's first.
    pub number: u32,
    pub command: SessionCommand,
    pub planned: Timestamp,
    pub end: Option<SessionEnd>,
    pub seconds: f64,
    pub log: PathBuf,
}

impl TaskState {
    /// The conflict that is being resolved.
    pub fn open_resolution(&self) -> Option<&ResolutionState> {
        self.resolutions.last().filter(|one| one.ended.is_none())
    }

    /// The latest who was set at a conflict, if nobody has seen them end.
    pub fn open_resolver(&self) -> Option<&ResolverState> {
        let latest = self
            .resolutions
            .iter()
            .flat_map(|one| &one.resolvers)
            .last();
        latest.filter(|resolver| resolver.end.is_none())
    }

    /// How many were set at its conflicts.
    pub fn resolvers(&self) -> usize {
        self.resolutions.iter().map(|one| one.resolvers.len()).sum()
    }
}

/// One attempt of an agent at a task.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionState {
    /// 1 for the first.
    pub attempt: u32,
    /// 1 for `worker-1`.
    pub worker: u32,
    /// Its job, where Slurm runs it.
    pub job: Option<JobId>,
    /// When it came into a queue, if it had to wait in one.
    pub queued: Option<Timestamp>,
    /// The agent's own time began; `None` while it is being launched.
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub end: Option<SessionEnd>,
    /// How long it ran; 0 until it ended.
    pub seconds: f64,
    /// What its agent told of it, once it ended.
    pub agent: Option<Account>,
    pub log: PathBuf,
}

impl SessionState {
    /// How long it waited in a queue; up to `until` while it does.
    pub fn waited(&self, until: Timestamp) -> f64 {
        let left = self.started.or(self.ended).unwrap_or(until);
        self.queued.map_or(0.0, |queued| {
            left.duration_since(queued).as_secs_f64().max(0.0)
        })
    }
}
