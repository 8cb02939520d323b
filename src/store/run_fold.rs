//! A journal in, the state of the run out. Pure, and total: whatever the events say, there is a
//! state, and an event about a task that the run does not have changes nothing.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::id::Oid;

use super::journal::Record;
use super::run_events::{Event, RunStarted, TaskEntry, TaskFinished};
use super::run_state::{ResolutionState, ResolverState, RunState, SessionState, TaskState};
use super::run_terms::{Readiness, RunPhase, TaskPhase};

/// Folds a journal; `None` when it does not begin with the run's start.
pub fn fold(records: &[Record<Event>]) -> Option<RunState> {
    let (first, rest) = records.split_first()?;
    let Event::RunStarted(started) = &first.event else {
        return None;
    };
    let mut state = begin(started, first.at);
    for record in rest {
        state.apply(record.at, &record.event);
    }
    Some(state)
}

fn begin(started: &RunStarted, at: Timestamp) -> RunState {
    RunState {
        run: started.run,
        plan: started.plan,
        goal: started.goal.clone(),
        target: started.target.clone(),
        base: started.base,
        phase: RunPhase::Running,
        started: at,
        resumed: None,
        ended: None,
        options: started.options.clone(),
        stopping: None,
        tasks: started.tasks.iter().map(pending).collect(),
        overlaps: Vec::new(),
        drift: Vec::new(),
    }
}

fn pending(entry: &TaskEntry) -> TaskState {
    TaskState {
        id: entry.id,
        name: entry.name.clone(),
        title: entry.title.clone(),
        depends: entry.depends.clone(),
        optional: entry.optional,
        apart: entry.apart.clone(),
        phase: TaskPhase::Pending,
        outcome: None,
        stopping: None,
        attempts: 0,
        rate_limits: 0,
        rests_until: None,
        failures: 0,
        sessions: Vec::new(),
        branch: None,
        worktree: None,
        worktree_ready: false,
        readiness: Readiness::Bare,
        setups: 0,
        base: None,
        tip: None,
        commits: 0,
        changed: Vec::new(),
        started: None,
        ended: None,
        evidence: Vec::new(),
        rivals: Vec::new(),
        log: None,
        resolutions: Vec::new(),
    }
}

fn planned(attempt: u32, worker: u32, log: PathBuf) -> SessionState {
    SessionState {
        attempt,
        worker,
        job: None,
        queued: None,
        started: None,
        ended: None,
        end: None,
        seconds: 0.0,
        agent: None,
        log,
    }
}

impl RunState {
    /// Takes one event in.
    pub fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::RunResumed { .. } => {
                self.phase = RunPhase::Running;
                self.resumed = Some(at);
                self.stopping = None;
                self.ended = None;
                // Somebody may have acted meanwhile.
                let blocked = |task: &&mut TaskState| task.phase == TaskPhase::Blocked;
                for task in self.tasks.iter_mut().filter(blocked) {
                    task.phase = TaskPhase::Pending;
                }
            }
            Event::RunStopping { reason } => self.stopping = Some(reason.clone()),
            Event::RunEnded { state } => {
                self.phase = *state;
                self.ended = Some(at);
            }
            Event::CheckoutsMoved { checkouts } => self.drift.clone_from(checkouts),
            Event::OverlapFound(overlap) => {
                self.overlaps.retain(|known| !known.is_between(overlap));
                if !overlap.overlaps.is_empty() {
                    self.overlaps.push(overlap.clone());
                }
                for id in [overlap.a, overlap.b] {
                    let rivals = self.rivals_of(id);
                    if let Some(task) = self.task_mut(id) {
                        task.rivals = rivals;
                    }
                }
            }
            _ => {
                if let Some(task) = event.task().and_then(|id| self.task_mut(id)) {
                    task.apply(at, event);
                }
            }
        }
    }
}

impl TaskState {
    fn apply(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::BaseMade { commit, .. } => self.base = Some(*commit),
            Event::WorktreePlanned {
                branch, path, base, ..
            } => {
                self.phase = TaskPhase::Starting;
                self.started.get_or_insert(at);
                self.branch = Some(branch.clone());
                self.worktree = Some(path.clone());
                self.worktree_ready = false;
                self.readiness = Readiness::Bare;
                self.base = Some(*base);
            }
            Event::WorktreeMade { .. } => self.worktree_ready = true,
            Event::SetupPlanned { number, log, .. } => {
                self.phase = TaskPhase::Starting;
                self.readiness = Readiness::Begun;
                self.setups = *number;
                self.log = Some(log.clone());
            }
            Event::SetupDone { .. } => self.readiness = Readiness::Ready,
            Event::WorktreeReleased { .. } => {
                self.worktree = None;
                self.worktree_ready = false;
            }
            Event::BranchDeleted { .. } => self.branch = None,
            Event::BranchRestored { branch, .. } => self.branch = Some(branch.clone()),
            Event::WorktreeRestored { path, .. } => {
                self.worktree = Some(path.clone());
                self.worktree_ready = true;
            }
            Event::WorkCommitted { commit, .. } => self.tip = Some(*commit),
            Event::AttemptFailed { evidence, .. } => {
                self.phase = TaskPhase::Pending;
                self.failures += 1;
                self.rate_limits = 0;
                self.evidence.clone_from(evidence);
            }
            Event::TaskBlocked { evidence, .. } => {
                self.phase = TaskPhase::Blocked;
                self.evidence.clone_from(evidence);
            }
            Event::TaskStopping { reason, .. } => self.stopping = Some(reason.clone()),
            Event::TaskFinished(finished) => self.finish(at, finished),
            Event::TaskReopened { .. } => {
                self.phase = TaskPhase::Pending;
                self.failures = 0;
                self.rate_limits = 0;
                self.outcome = None;
                self.stopping = None;
                self.ended = None;
            }
            Event::BaseMoved { base, .. } => self.move_base(at, *base),
            _ => self.apply_session(at, event),
        }
    }

    /// The task begins anew, from another commit.
    fn move_base(&mut self, at: Timestamp, base: Oid) {
        self.base = Some(base);
        self.started = Some(at);
        (self.tip, self.commits, self.changed) = (None, 0, Vec::new());
    }

    fn apply_session(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::SessionPlanned {
                attempt,
                worker,
                log,
                ..
            } => {
                self.phase = TaskPhase::Starting;
                self.attempts = *attempt;
                self.log = Some(log.clone());
                self.sessions.push(planned(*attempt, *worker, log.clone()));
            }
            Event::SessionQueued {
                attempt,
                job,
                evidence,
                ..
            } => {
                self.phase = TaskPhase::InQueue;
                self.evidence.clone_from(evidence);
                if let Some(session) = self.session(*attempt) {
                    session.job = job.or(session.job);
                    session.queued.get_or_insert(at);
                }
            }
            Event::SessionStarted { attempt, .. } => {
                self.phase = TaskPhase::Running;
                self.evidence.retain(|seen| seen.kind != "queue");
                if let Some(session) = self.session(*attempt) {
                    session.started.get_or_insert(at);
                }
            }
            Event::SessionEnded {
                attempt,
                end,
                seconds,
                agent,
                ..
            } => {
                if let Some(session) = self.session(*attempt) {
                    session.agent = agent.as_deref().cloned();
                    session.ended = Some(at);
                    session.end = Some(*end);
                    session.seconds = *seconds;
                }
            }
            _ => self.apply_pause(at, event),
        }
    }

    /// The agent cannot go on by itself, or not yet.
    fn apply_pause(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::RateLimited {
                until, evidence, ..
            } => {
                self.phase = TaskPhase::RateLimited;
                self.rate_limits += 1;
                self.rests_until = Some(*until);
                self.evidence.clone_from(evidence);
            }
            Event::TaskWaits { evidence, .. } => {
                self.phase = TaskPhase::Waiting;
                self.evidence.clone_from(evidence);
            }
            _ => self.apply_resolution(at, event),
        }
    }

    fn apply_resolution(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ConflictOpened {
                with, conflicts, ..
            } => {
                self.drop_resolution(at);
                self.resolutions.push(ResolutionState {
                    with: with.clone(),
                    conflicts: conflicts.clone(),
                    opened: at,
                    resolvers: Vec::new(),
                    ended: None,
                    commit: None,
                });
            }
            Event::ResolverPlanned {
                number,
                command,
                log,
                ..
            } => {
                self.log = Some(log.clone());
                if let Some(open) = self.resolutions.last_mut() {
                    open.resolvers.push(ResolverState {
                        number: *number,
                        command: command.clone(),
                        planned: at,
                        end: None,
                        seconds: 0.0,
                        log: log.clone(),
                    });
                }
            }
            Event::ResolverEnded {
                number,
                end,
                seconds,
                ..
            } => {
                let mut resolvers = self.resolutions.iter_mut().flat_map(|r| &mut r.resolvers);
                if let Some(resolver) = resolvers.find(|r| r.number == *number) {
                    resolver.end = Some(*end);
                    resolver.seconds = *seconds;
                }
            }
            Event::ConflictResolved { commit, .. } => {
                self.tip = Some(*commit);
                if let Some(open) = self.resolutions.last_mut().filter(|r| r.ended.is_none()) {
                    open.ended = Some(at);
                    open.commit = Some(*commit);
                }
            }
            Event::ConflictDropped { .. } => self.drop_resolution(at),
            _ => {}
        }
    }

    fn drop_resolution(&mut self, at: Timestamp) {
        if let Some(open) = self.resolutions.last_mut().filter(|r| r.ended.is_none()) {
            open.ended = Some(at);
        }
    }

    fn session(&mut self, attempt: u32) -> Option<&mut SessionState> {
        self.sessions.iter_mut().find(|s| s.attempt == attempt)
    }

    fn finish(&mut self, at: Timestamp, finished: &TaskFinished) {
        self.phase = TaskPhase::Finished;
        if self.readiness == Readiness::Begun {
            self.readiness = Readiness::Bare;
        }
        self.outcome = Some(finished.outcome);
        self.tip = finished.tip;
        self.commits = finished.commits;
        self.changed.clone_from(&finished.changed);
        self.evidence.clone_from(&finished.evidence);
        self.ended = Some(at);
    }
}
