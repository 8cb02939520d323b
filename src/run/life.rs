//! Whether the sessions of a run live, whoever supervises them.

use jiff::Timestamp;

use crate::id::RunId;
use crate::store::{Lock, RunPhase, RunState, Store, TaskPhase, TaskState};

use super::jobs::may_live;
use super::report::AgentReport;
use super::report::RunReport;
use super::session::SessionFolder;
use super::words::read_words;

/// Whether a session of the task lives that the journal has not seen end. Its shim holds a lock as
/// long as it lives; where that cannot be told, it does not count. Of a job, Slurm tells.
pub fn lives(store: &Store, run: RunId, task: &TaskState) -> bool {
    if !is_at_work(task) {
        return false;
    }
    let last = task.sessions.last().filter(|last| last.ended.is_none());
    last.is_some_and(|last| {
        let folder = SessionFolder::of(store, run, task.id, last.attempt);
        let held = || Lock::is_held(&folder.lock()).unwrap_or(false);
        last.job.map_or_else(held, |job| may_live(&folder, job))
    })
}

fn is_at_work(task: &TaskState) -> bool {
    matches!(
        task.phase,
        TaskPhase::Starting | TaskPhase::InQueue | TaskPhase::Running
    )
}

/// Adds to a report what the agents of living sessions have told by now, and what sessions wrote
/// for people.
pub fn listen_in(store: &Store, state: &RunState, report: &mut RunReport) {
    for (task, numbers) in state.tasks.iter().zip(&mut report.tasks) {
        let last = task.sessions.last().filter(|last| last.ended.is_none());
        let told = last
            .and_then(|last| SessionFolder::of(store, state.run, task.id, last.attempt).account());
        if let Some(account) = told {
            let agent = numbers.agent.get_or_insert_with(AgentReport::default);
            agent.add(&account);
        }
    }
    read_words(report);
}

/// Adds to the report of a run whose supervisor is gone which of its sessions go on, and until when
/// these have been at work.
pub fn look_for_life(store: &Store, state: &RunState, report: &mut RunReport, now: Timestamp) {
    if state.phase != RunPhase::Interrupted {
        return;
    }
    for (task, numbers) in state.tasks.iter().zip(&mut report.tasks) {
        numbers.session_lives = is_at_work(task).then(|| lives(store, state.run, task));
        if numbers.session_lives == Some(true) {
            numbers.goes_on(now);
        }
    }
}
