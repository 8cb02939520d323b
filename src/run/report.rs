//! What came of a run, computed from where it stands and from its plan: the document of
//! `status --json` and `report --json`. Pure; the clock is handed in.
//!
//! Four numbers are defined here and nowhere else:
//! - *actual*: seconds from the run's start to its end (to now while it runs, to the last thing
//!   that happened when it was interrupted);
//! - *busy*: seconds that sessions ran, added up over all tasks and attempts;
//! - *speedup*: busy / actual, so what running at once gained over running one after another;
//! - *utilisation*: busy / (actual × workers), the share of the worker seconds that was used.

use jiff::Timestamp;
use serde::Serialize;

use crate::agents::{Account, Tokens};
use crate::id::{Oid, PlanId, RunId, TaskId};
use crate::plan::{EstimateSource, Plan};
use crate::store::{
    Apart, Drift, Evidence, Outcome, OverlapFound, RunPhase, RunState, SessionEnd, SessionState,
    TaskPhase, TaskState,
};

use super::resolutions::{ResolutionReport, resolutions};

/// A run, as programs and renderers get it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// 1.
    pub version: u64,
    pub run: RunId,
    pub plan: PlanId,
    pub goal: String,
    /// The branch that results go to.
    pub target: String,
    pub base: Oid,
    pub state: RunPhase,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    /// In the plan's order.
    pub tasks: Vec<TaskReport>,
    /// Groups of tasks that could run at once, as planned; empty where the plan is gone.
    pub waves: Vec<Vec<TaskId>>,
    pub workers: Vec<WorkerReport>,
    /// Tasks that touch the same paths, as their branches stood last.
    pub overlaps: Vec<OverlapFound>,
    /// What moved in the user's own checkouts while it ran, as it was last seen.
    pub drift: Vec<Drift>,
    /// What the documents of its tasks were made into; absent where no task was to write one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<DocumentReport>,
    /// What the plan expected of one agent doing all tasks, one after another.
    pub sequential_seconds: Option<f64>,
    pub estimate_source: Option<EstimateSource>,
    /// What the plan expected of a run with as many sessions at once as this one had.
    pub estimate_seconds: Option<f64>,
    pub actual_seconds: f64,
    pub busy_seconds: f64,
    /// Null while nothing was measured.
    pub speedup: Option<f64>,
    pub utilisation: Option<f64>,
}

impl RunReport {
    /// The tasks whose branch stands so.
    pub fn in_state(&self, wanted: IntegrationState) -> impl Iterator<Item = &TaskReport> {
        let is = move |task: &&TaskReport| {
            let found = task.integration.as_ref();
            found.is_some_and(|found| found.state == wanted)
        };
        self.tasks.iter().filter(is)
    }
}

/// A task of the run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskReport {
    pub id: TaskId,
    pub name: String,
    pub title: String,
    pub depends: Vec<TaskId>,
    pub optional: bool,
    pub state: TaskPhase,
    /// There once the state is `finished`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The task it started from that was done again since; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale: Option<TaskId>,
    /// The task at work that it waits for, since both change the same file; absent where there is
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Apart>,
    pub attempts: u32,
    pub branch: Option<String>,
    pub worktree: Option<String>,
    pub base: Option<Oid>,
    pub tip: Option<Oid>,
    pub commits: usize,
    pub changed: Vec<String>,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// From its start to its end, or until now, without what its sessions waited in a queue.
    pub seconds: Option<f64>,
    /// Seconds that its sessions waited in a queue.
    pub queued_seconds: f64,
    /// Seconds that its sessions ran.
    pub busy_seconds: f64,
    pub estimate_seconds: Option<f64>,
    pub evidence: Vec<Evidence>,
    pub log: Option<String>,
    /// What its agent told; absent where no agent tells anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentReport>,
    pub sessions: Vec<SessionReport>,
    /// The last line that its session wrote to `progress.txt`; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<String>,
    /// What its session left in `messages/`, by name; absent where there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// Whether its session lives although the run's supervisor is gone; absent where that was not
    /// looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_lives: Option<bool>,
    /// The conflicts of its branch that were taken on, oldest first.
    pub resolutions: Vec<ResolutionReport>,
    /// What became of its branch; absent where that was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<Integration>,
    /// The document that it was to write; absent where it was to write none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentReport>,
}

/// A document that a run is to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentReport {
    /// Null while there is none.
    pub path: Option<String>,
}

/// What a session wrote for people to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Of its file.
    pub name: String,
    /// Its beginning.
    pub text: String,
}

/// What the agents of a task's sessions told, all together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AgentReport {
    /// The conversation that can be taken up.
    pub conversation: Option<String>,
    /// What was done last.
    pub activity: Option<String>,
    pub tokens: Tokens,
    /// In US dollars; null where no agent tells.
    pub cost_usd: Option<f64>,
}

impl AgentReport {
    fn of(task: &TaskState) -> Option<Self> {
        let mut report: Option<Self> = None;
        for account in task.sessions.iter().filter_map(|s| s.agent.as_ref()) {
            report.get_or_insert_default().add(account);
        }
        report
    }

    /// What the agents of all tasks told, together; `None` where none tells anything.
    pub fn of_all(report: &RunReport) -> Option<Self> {
        let mut all: Option<Self> = None;
        for agent in report.tasks.iter().filter_map(|task| task.agent.as_ref()) {
            let all = all.get_or_insert_default();
            all.tokens.add(agent.tokens);
            if let Some(cost) = agent.cost_usd {
                all.cost_usd = Some(all.cost_usd.unwrap_or(0.0) + cost);
            }
        }
        all
    }

    /// Adds what one session's agent told.
    pub fn add(&mut self, account: &Account) {
        self.tokens.add(account.tokens);
        if let Some(cost) = account.cost_usd {
            self.cost_usd = Some(self.cost_usd.unwrap_or(0.0) + cost);
        }
        self.conversation = account.conversation.clone().or(self.conversation.take());
        self.activity = account.activity.clone().or(self.activity.take());
    }
}

/// One attempt of an agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionReport {
    pub attempt: u32,
    /// `worker-1`
    pub worker: String,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    pub end: Option<SessionEnd>,
    pub seconds: f64,
}

/// What one worker did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkerReport {
    pub worker: String,
    pub sessions: usize,
    pub busy_seconds: f64,
    /// Of the actual time; null while nothing was measured.
    pub utilisation: Option<f64>,
}

/// What became of a task's branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Integration {
    pub state: IntegrationState,
    /// Paths that git cannot merge by itself.
    pub conflicts: Vec<String>,
    /// The commit that brought it in, where this tool did.
    pub merge: Option<Oid>,
}

impl Integration {
    /// Whether it is in the target, and somebody else than this tool brought it there.
    pub fn is_by_hand(&self) -> bool {
        self.state == IntegrationState::Landed && self.merge.is_none()
    }
}

/// Where a branch stands against the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntegrationState {
    /// Merging it would change nothing: its work is there.
    Landed,
    /// It would merge.
    Clean,
    /// It conflicts.
    Conflict,
    /// Its commits or the target are gone.
    Unknown,
}

impl TaskReport {
    /// Counts its time until now, since it goes on whoever writes that down.
    pub(super) fn goes_on(&mut self, now: Timestamp) {
        self.seconds = took(self.started, now, self.queued_seconds);
    }
}

/// Computes the report of a run. `plan` is what it was run from, if that is still there;
/// `integration` says what became of the branches that were looked at.
pub fn report(
    state: &RunState,
    plan: Option<&Plan>,
    integration: &[(TaskId, Integration)],
    now: Timestamp,
) -> RunReport {
    let until = until(state, now);
    let actual = seconds(state.started, until);
    let busy: f64 = state.tasks.iter().map(|task| busy(task, until)).sum();
    let measured = |value: f64| (actual > 0.0 && busy > 0.0).then_some(value);
    let tasks = state.tasks.iter().map(|task| {
        let found = integration.iter().find(|(id, _)| *id == task.id);
        task_report(
            state,
            task,
            plan,
            found.map(|(_, found)| found.clone()),
            until,
        )
    });
    RunReport {
        version: 1,
        run: state.run,
        plan: state.plan,
        goal: state.goal.clone(),
        target: state.target.clone(),
        base: state.base,
        state: state.phase,
        started: state.started,
        ended: state.ended,
        tasks: tasks.collect(),
        waves: plan.map_or_else(Vec::new, |plan| plan.waves.clone()),
        workers: workers(state, until, actual),
        overlaps: state.overlaps.clone(),
        drift: state.drift.clone(),
        result: None,
        sequential_seconds: plan.map(|plan| plan.estimate.sequential_seconds),
        estimate_source: plan.map(|plan| plan.estimate.source),
        estimate_seconds: plan.and_then(|plan| expected(plan, state.options.workers)),
        actual_seconds: actual,
        busy_seconds: busy,
        speedup: measured(busy / actual),
        utilisation: measured(busy / (actual * state.options.workers as f64)),
    }
}

/// The end of the time that is reported on.
fn until(state: &RunState, now: Timestamp) -> Timestamp {
    match state.ended {
        Some(ended) => ended,
        None if state.phase == RunPhase::Running => now,
        None => last_sign_of_life(state),
    }
}

fn last_sign_of_life(state: &RunState) -> Timestamp {
    let tasks = state.tasks.iter().flat_map(|t| [t.started, t.ended]);
    let sessions = state.tasks.iter().flat_map(|task| &task.sessions);
    let sessions = sessions.flat_map(|s| [s.started, s.ended]);
    let latest = tasks.chain(sessions).flatten().max();
    latest.unwrap_or(state.started)
}

fn task_report(
    run: &RunState,
    task: &TaskState,
    plan: Option<&Plan>,
    integration: Option<Integration>,
    until: Timestamp,
) -> TaskReport {
    let planned = plan.and_then(|plan| plan.tasks.iter().find(|t| t.id == task.id));
    let queued = task.sessions.iter().map(|session| session.waited(until));
    let queued: f64 = queued.sum();
    TaskReport {
        id: task.id,
        name: task.name.clone(),
        title: task.title.clone(),
        depends: task.depends.clone(),
        optional: task.optional,
        state: task.phase,
        outcome: task.outcome,
        stale: run.stale_for(task),
        held_by: run.held_by(task).cloned(),
        attempts: task.attempts,
        branch: task.branch.clone(),
        worktree: task.worktree.as_deref().map(text),
        base: task.base,
        tip: task.tip,
        commits: task.commits,
        changed: task.changed.clone(),
        started: task.started,
        ended: task.ended,
        seconds: took(task.started, task.ended.unwrap_or(until), queued),
        queued_seconds: queued,
        busy_seconds: busy(task, until),
        estimate_seconds: planned.and_then(|t| t.estimate_seconds),
        evidence: task.evidence.clone(),
        log: task.log.as_deref().map(text),
        agent: AgentReport::of(task),
        sessions: task
            .sessions
            .iter()
            .map(|s| session_report(s, until))
            .collect(),
        progress: None,
        messages: Vec::new(),
        session_lives: None,
        resolutions: resolutions(&task.resolutions),
        integration,
        document: None,
    }
}

fn text(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}

fn session_report(session: &SessionState, until: Timestamp) -> SessionReport {
    SessionReport {
        attempt: session.attempt,
        worker: format!("worker-{}", session.worker),
        started: session.started,
        ended: session.ended,
        end: session.end,
        seconds: ran(session, until),
    }
}

/// What the plan expected with so many sessions at once.
fn expected(plan: &Plan, workers: usize) -> Option<f64> {
    let splits = plan.tasks.len().min(workers);
    let row = plan.cost.iter().find(|row| row.splits == splits);
    row.map(|row| row.total_seconds)
}

fn workers(state: &RunState, until: Timestamp, actual: f64) -> Vec<WorkerReport> {
    let sessions = || state.tasks.iter().flat_map(|task| &task.sessions);
    let mut numbers: Vec<u32> = sessions().map(|session| session.worker).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let report = |number: u32| {
        let own = || sessions().filter(move |session| session.worker == number);
        let busy: f64 = own().map(|session| ran(session, until)).sum();
        WorkerReport {
            worker: format!("worker-{number}"),
            sessions: own().count(),
            busy_seconds: busy,
            utilisation: (actual > 0.0).then_some(busy / actual),
        }
    };
    numbers.into_iter().map(report).collect()
}

fn busy(task: &TaskState, until: Timestamp) -> f64 {
    task.sessions
        .iter()
        .map(|session| ran(session, until))
        .sum()
}

/// Seconds since a task began, without those that its sessions waited in a queue.
fn took(started: Option<Timestamp>, until: Timestamp, queued: f64) -> Option<f64> {
    started.map(|started| (seconds(started, until) - queued).max(0.0))
}

/// How long a session ran; up to `until` while it lives.
fn ran(session: &SessionState, until: Timestamp) -> f64 {
    match (session.started, session.end) {
        (_, Some(_)) => session.seconds,
        (Some(started), None) => seconds(started, until),
        (None, None) => 0.0,
    }
}

/// Seconds from one time to another; a clock that was set back counts as no time.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::outcome;
    use crate::store::Event;
    use crate::store::sample::{Tale, at, oid};

    fn tale() -> Tale {
        Tale::of(&[&[], &[]])
            .starts(0.0, 1, 1)
            .starts(0.0, 2, 2)
            .ends(10.0, 1, 1, 0, 10.0)
            .finishes(11.0, 1, Outcome::Done, "")
            .ends(4.0, 2, 1, 1, 4.0)
            .tries(5.0, 2, 2, 2)
            .ends(19.0, 2, 2, 0, 14.0)
            .finishes(20.0, 2, Outcome::Done, "")
    }

    #[test]
    fn speedup_is_the_seconds_that_sessions_ran_over_the_seconds_that_went_by() {
        let report = report(
            &tale().over(20.0, RunPhase::Done).state(),
            None,
            &[],
            at(99.0),
        );
        assert_eq!(report.actual_seconds, 20.0);
        assert_eq!(report.busy_seconds, 28.0);
        assert_eq!(report.speedup, Some(1.4));
        assert_eq!(report.utilisation, Some(28.0 / 100.0));
        assert_eq!(report.tasks[1].busy_seconds, 18.0);
        assert_eq!(report.tasks[1].seconds, Some(20.0));
    }

    #[test]
    fn each_worker_is_measured_against_the_time_of_the_run() {
        let report = report(
            &tale().over(20.0, RunPhase::Done).state(),
            None,
            &[],
            at(99.0),
        );
        let second = &report.workers[1];
        assert_eq!((second.worker.as_str(), second.sessions), ("worker-2", 2));
        assert_eq!(second.utilisation, Some(0.9));
    }

    #[test]
    fn a_running_session_counts_until_now_and_an_interrupted_run_until_its_last_sign_of_life() {
        let mut state = Tale::of(&[&[]]).starts(1.0, 1, 1).state();
        let running = report(&state, None, &[], at(9.0));
        assert_eq!((running.actual_seconds, running.busy_seconds), (9.0, 8.0));
        state.phase = RunPhase::Interrupted;
        let interrupted = report(&state, None, &[], at(9999.0));
        assert_eq!(interrupted.actual_seconds, 1.0);
        assert_eq!(interrupted.speedup, None);
    }

    #[test]
    fn what_a_session_waits_in_a_queue_is_not_its_tasks_time() {
        let queued = |seconds| Event::SessionQueued {
            task: TaskId(1),
            attempt: 1,
            job: None,
            evidence: vec![outcome::of("queue", "Resources", at(seconds))],
        };
        let worktree = Event::WorktreePlanned {
            task: TaskId(1),
            branch: "task-1".to_owned(),
            path: "/w".into(),
            base: oid(1),
        };
        let planned = Event::SessionPlanned {
            task: TaskId(1),
            attempt: 1,
            worker: 1,
            log: "/log".into(),
        };
        let tale = Tale::of(&[&[]])
            .then(1.0, worktree)
            .then(1.0, planned)
            .then(2.0, queued(2.0))
            .then(30.0, queued(30.0));
        let of = |tale: &Tale, now| {
            let task = report(&tale.state(), None, &[], at(now)).tasks.remove(0);
            (task.seconds, task.queued_seconds)
        };
        assert_eq!(of(&tale, 50.0), (Some(1.0), 48.0));
        let begun = Event::SessionStarted {
            task: TaskId(1),
            attempt: 1,
            pid: 2,
        };
        let ended =
            tale.then(62.0, begun)
                .ends(69.0, 1, 1, 0, 7.0)
                .finishes(70.0, 1, Outcome::Done, "");
        assert_eq!(of(&ended, 99.0), (Some(9.0), 60.0));
    }

    #[test]
    fn a_task_that_never_started_has_no_seconds_and_no_outcome_key() {
        let report = report(&Tale::of(&[&[]]).state(), None, &[], at(1.0));
        let json = serde_json::to_value(&report).unwrap();
        let task = &json["tasks"][0];
        assert!(task["seconds"].is_null() && task.get("outcome").is_none());
        assert_eq!(task["state"], "pending");
    }
}
