//! What others ask of a run while it goes on, and what the supervisor does about it.

use jiff::Timestamp;

use crate::error::Result;
use crate::id::TaskId;
use crate::store::{Demand, Event, Outcome, RunState, TaskFinished, TaskPhase, TaskState, Wish};

use super::outcome;
use super::supervisor::Supervisor;
use super::task::Stop;

/// By whom a task or a run was stopped, in the journal.
const BY: &str = "git parallel stop";

impl Supervisor<'_, '_> {
    /// Does what is asked for, and writes it down before it says so. A request that we were killed
    /// over is found again: none does harm twice.
    pub(super) fn heed(&mut self) -> Result<()> {
        let (store, run) = (self.run.shared.store.clone(), self.run.shared.run);
        for (path, demand) in store.demands(run)? {
            self.answer(&demand)?;
            store.heeded(&path)?;
        }
        Ok(())
    }

    fn answer(&mut self, demand: &Demand) -> Result<()> {
        match (demand.wish, demand.task) {
            (Wish::Stop, None) if self.is_stopping() => Ok(()),
            (Wish::Stop, None) => self.stop(BY),
            (Wish::Stop, Some(task)) => self.stop_task(task),
            (Wish::Retry, _) if self.is_stopping() => Ok(()),
            (Wish::Retry, task) => {
                let mut again = match task {
                    Some(task) => reopened(&self.run.state, task),
                    None => unsuccessful(&self.run.state),
                }
                .into_iter();
                again.try_for_each(|task| self.record(&Event::TaskReopened { task }))
            }
        }
    }

    /// Ends the session of one task, or sees to it that it never begins.
    fn stop_task(&mut self, id: TaskId) -> Result<()> {
        let task = self.run.state.task(id);
        let Some(task) = task.filter(|task| task.phase != TaskPhase::Finished) else {
            return Ok(());
        };
        let never_began = TaskFinished {
            task: id,
            outcome: Outcome::Cancelled,
            tip: task.tip,
            commits: task.commits,
            changed: task.changed.clone(),
            evidence: vec![outcome::of("stopped", BY, Timestamp::now())],
        };
        self.record(&Event::TaskStopping {
            task: id,
            reason: BY.to_owned(),
        })?;
        match self.reins.get(&id) {
            Some(rein) => {
                rein.send_if_modified(|stop| {
                    let goes_on = *stop == Stop::No;
                    *stop = (*stop).max(Stop::Gently);
                    goes_on
                });
                Ok(())
            }
            None => self.record(&Event::TaskFinished(never_began)),
        }
    }
}

/// The task and those that could not start for want of it: all that is to be done again when it is.
pub(super) fn reopened(state: &RunState, id: TaskId) -> Vec<TaskId> {
    let Some(task) = state.task(id).filter(|task| has_ended(task)) else {
        return Vec::new();
    };
    let dependents = state.dependents(id).into_iter();
    let held_up = dependents.filter(|task| never_ran(task));
    std::iter::once(task).chain(held_up).map(|t| t.id).collect()
}

/// Every task that has ended and came to nothing.
fn unsuccessful(state: &RunState) -> Vec<TaskId> {
    let bad = |task: &&TaskState| has_ended(task) && !task.outcome.is_some_and(outcome::is_usable);
    state.tasks.iter().filter(bad).map(|task| task.id).collect()
}

fn has_ended(task: &TaskState) -> bool {
    matches!(task.phase, TaskPhase::Finished | TaskPhase::Blocked)
}

fn never_ran(task: &TaskState) -> bool {
    let skipped = task.outcome == Some(Outcome::Skipped) && task.sessions.is_empty();
    skipped || task.phase == TaskPhase::Blocked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::Tale;

    #[test]
    fn what_could_not_start_for_want_of_a_task_is_done_again_with_it() {
        let tale = Tale::of(&[&[], &[1], &[2], &[]])
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::Failed, "exit 1")
            .finishes(2.0, 2, Outcome::Skipped, "T001 failed")
            .finishes(2.0, 3, Outcome::Skipped, "T001 failed")
            .finishes(2.0, 4, Outcome::Skipped, "failed too often");
        let ids = |numbers: &[u32]| numbers.iter().copied().map(TaskId).collect::<Vec<_>>();
        assert_eq!(reopened(&tale.state(), TaskId(1)), ids(&[1, 2, 3]));
        assert_eq!(unsuccessful(&tale.state()), ids(&[1, 2, 3, 4]));
    }

    #[test]
    fn a_task_that_has_not_ended_is_not_done_again() {
        let tale = Tale::of(&[&[], &[1]]).starts(1.0, 1, 1);
        assert_eq!(reopened(&tale.state(), TaskId(1)), []);
        assert_eq!(unsuccessful(&tale.state()), []);
    }

    #[test]
    fn a_dependency_that_is_done_again_makes_what_started_from_it_stale() {
        let tale = Tale::of(&[&[], &[1], &[2]])
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::Done, "")
            .starts(3.0, 2, 1)
            .finishes(4.0, 2, Outcome::Done, "")
            .starts(5.0, 3, 1);
        let stale = |tale: &Tale| {
            let state = tale.state();
            let tasks = state.tasks.iter();
            tasks.map(|t| state.stale_for(t)).collect::<Vec<_>>()
        };
        assert_eq!(stale(&tale), [None; 3]);
        let again = Event::TaskReopened { task: TaskId(1) };
        let tale = tale.then(6.0, again);
        let because = Some(TaskId(1));
        assert_eq!(stale(&tale), [None, because, because]);
        let tale = tale.finishes(7.0, 1, Outcome::Done, "");
        assert_eq!(stale(&tale), [None, because, because]);
    }
}
