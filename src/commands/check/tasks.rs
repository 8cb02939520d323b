//! Tasks of a run as lines of work: their branches.

use crate::error::Failure;
use crate::git::Repository;
use crate::integrate::Asked;
use crate::store::{RunState, Selection, TaskState};

/// The selected tasks that have a branch, by their names.
pub fn of_tasks(repository: &Repository, selection: &Selection) -> Vec<Asked> {
    let of_task = |task| of_task(repository, &selection.run, task);
    selection.tasks().filter_map(of_task).collect()
}

/// A task's branch, as far as it has one.
pub fn of_task(repository: &Repository, run: &RunState, task: &TaskState) -> Option<Asked> {
    let name_of = |id| run.task(id).map(|task| task.name.clone());
    let branch = task.branch.as_ref()?;
    let tip = repository.find_ref(&format!("refs/heads/{branch}"))?;
    Some(Asked {
        // A base that is gone (a history rewritten) says nothing.
        start: task
            .base
            .filter(|base| repository.find_commit(base.to_string()).is_some()),
        depends: task.depends.iter().copied().filter_map(name_of).collect(),
        ..Asked::revision(&task.name, tip)
    })
}

/// A task that has nothing to look at.
pub fn no_branch(typed: &str, selection: &Selection) -> Failure {
    Failure::unable(format!("the task '{typed}' has no branch (yet)"))
        .next(format!("git parallel status {}", selection.run.run))
}
