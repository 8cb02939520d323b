//! Runs made up for tests: events at given seconds, folded as real ones are.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::id::{Oid, PlanId, RunId, TaskId};

use super::TaskFinished;
use super::journal::Record;
use super::run_events::{Event, RunStarted, TaskEntry};
use super::run_fold::fold;
use super::run_state::RunState;
use super::run_terms::{
    Evidence, LauncherKind, Outcome, RunOptions, RunPhase, SessionCommand, SessionEnd,
};

/// A run told event by event.
#[derive(Clone)]
pub struct Tale {
    records: Vec<Record<Event>>,
}

/// The time `seconds` after the start of every tale.
pub fn at(seconds: f64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis((seconds * 1000.0) as i64)
}

/// An object id that is told apart by its first byte.
pub fn oid(first: u8) -> Oid {
    let mut raw = [0; 20];
    raw[0] = first;
    Oid::from_bytes(&raw).unwrap()
}

impl Tale {
    /// Tasks `T001` … with what each depends on; named `task-1` …, titled `Task 1` ….
    pub fn of(depends: &[&[u32]]) -> Self {
        let tasks = (1..).zip(depends).map(|(number, depends)| TaskEntry {
            id: TaskId(number),
            name: format!("task-{number}"),
            title: format!("Task {number}"),
            depends: depends.iter().copied().map(TaskId).collect(),
            optional: false,
            apart: Vec::new(),
        });
        let started = Event::RunStarted(Box::new(RunStarted {
            run: RunId(1),
            plan: PlanId(1),
            goal: "Try it".to_owned(),
            target: "main".to_owned(),
            base: oid(1),
            pid: 1,
            options: RunOptions {
                command: SessionCommand::Exec("true".to_owned()),
                workers: 5,
                worktrees: 15,
                retries: 1,
                timeout_seconds: 3600,
                silence_seconds: 600,
                commit: true,
                max_fail: None,
                verify: None,
                patience_seconds: 30,
                launcher: LauncherKind::Local,
                on_event: None,
                bell: false,
                setup: None,
            },
            tasks: tasks.collect(),
        }));
        let records = Vec::new();
        Self { records }.then(0.0, started)
    }

    /// Adds an event.
    pub fn then(mut self, seconds: f64, event: Event) -> Self {
        self.records.push(Record {
            seq: self.records.len() as u64 + 1,
            at: at(seconds),
            event,
        });
        self
    }

    /// The worktree of a task is made, and its session starts on a worker.
    pub fn starts(self, seconds: f64, task: u32, worker: u32) -> Self {
        let planned = Event::WorktreePlanned {
            task: TaskId(task),
            branch: format!("parallel/task-{task}"),
            path: PathBuf::from(format!("/w/task-{task}")),
            base: oid(1),
        };
        let made = Event::WorktreeMade { task: TaskId(task) };
        self.then(seconds, planned)
            .then(seconds, made)
            .tries(seconds, task, worker, 1)
    }

    /// A session of a task starts.
    pub fn tries(self, seconds: f64, task: u32, worker: u32, attempt: u32) -> Self {
        let task = TaskId(task);
        let planned = Event::SessionPlanned {
            task,
            attempt,
            worker,
            log: PathBuf::from(format!("/log/{task}-{attempt}")),
        };
        let started = Event::SessionStarted {
            task,
            attempt,
            pid: 2,
        };
        self.then(seconds, planned).then(seconds, started)
    }

    /// The session of an attempt ends after it ran so long.
    pub fn ends(self, seconds: f64, task: u32, attempt: u32, code: i32, ran: f64) -> Self {
        self.then(
            seconds,
            Event::SessionEnded {
                task: TaskId(task),
                attempt,
                end: SessionEnd::Exited(code),
                seconds: ran,
                bytes: 0,
                agent: None,
            },
        )
    }

    /// The task gets its outcome, with one piece of evidence unless it is done.
    pub fn finishes(self, seconds: f64, task: u32, outcome: Outcome, seen: &str) -> Self {
        let evidence = seen.split_once(' ').map(|(kind, value)| Evidence {
            kind: kind.to_owned(),
            value: value.to_owned(),
            at: at(seconds),
        });
        let done = outcome == Outcome::Done;
        self.then(
            seconds,
            Event::TaskFinished(TaskFinished {
                task: TaskId(task),
                outcome,
                tip: done.then(|| oid(u8::try_from(task).unwrap_or(9) + 1)),
                commits: usize::from(done),
                changed: done.then(|| "src/a.rs".to_owned()).into_iter().collect(),
                evidence: evidence.into_iter().collect(),
            }),
        )
    }

    /// The run ends.
    pub fn over(self, seconds: f64, state: RunPhase) -> Self {
        self.then(seconds, Event::RunEnded { state })
    }

    /// Where the run stands.
    pub fn state(&self) -> RunState {
        fold(&self.records).unwrap()
    }

    /// Every event with the state after it.
    pub fn steps(&self) -> impl Iterator<Item = (RunState, &Event, Timestamp)> {
        self.records.iter().enumerate().map(|(index, record)| {
            let state = fold(&self.records[..=index]).unwrap();
            (state, &record.event, record.at)
        })
    }
}
