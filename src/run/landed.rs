//! What became of a run's branches: which are in the target, which would merge, which conflict.

use crate::error::Result;
use crate::git::{Conflict, Merged, MergedInto, Reformed, Repository, merge_into};
use crate::id::{Oid, RunId, TaskId};
use crate::store::{Landed, Operation, OperationState, RunState, Store, TaskState};

use super::report::{Integration, IntegrationState};

/// Looks at every task that left commits. What this tool landed itself is on record; about the
/// rest git is asked, since people merge and squash by other ways, too: merged in memory with the
/// target as it is now.
pub fn integration(
    repository: &Repository,
    state: &RunState,
) -> Result<Vec<(TaskId, Integration)>> {
    let tips: Vec<(TaskId, Oid)> = state
        .tasks
        .iter()
        .filter(|task| task.commits > 0)
        .filter_map(|task| Some((task.id, tip(repository, task)?)))
        .collect();
    if tips.is_empty() {
        return Ok(Vec::new());
    }
    let Some(target) = repository.find_ref(&format!("refs/heads/{}", state.target)) else {
        return Ok(tips.iter().map(|(id, _)| (*id, unknown())).collect());
    };
    // A record that cannot be read leaves git to be asked.
    let store = Store::of(repository.common_dir());
    let operations = store.operations().unwrap_or_default();
    let reformed = store.landed_in_another_form().unwrap_or_default();
    let reformed = reformed
        .into_iter()
        .map(|(tip, form)| Reformed { tip, form });
    let reformed: Vec<Reformed> = reformed.collect();
    let mut found: Vec<(TaskId, Integration)> = Vec::new();
    let mut open: Vec<(TaskId, Oid)> = Vec::new();
    for (id, tip) in tips {
        let mut landed = records(&operations, state.run, id);
        match landed.rfind(|landed| holds(repository, landed, tip, target)) {
            Some(landed) => found.push((id, by_record(landed))),
            None if repository.find_commit(tip.to_string()).is_some() => open.push((id, tip)),
            None => found.push((id, unknown())),
        }
    }
    found.extend(asked(repository, &reformed, target, &open)?);
    Ok(found)
}

/// Where a task's branch is now, which a resolved conflict has moved; where there is none any
/// more, the commit that its session ended at.
fn tip(repository: &Repository, task: &TaskState) -> Option<Oid> {
    let branch = task.branch.as_ref();
    let branch = branch.and_then(|name| repository.find_ref(&format!("refs/heads/{name}")));
    branch.or(task.tip)
}

/// What was landed of a task, oldest first.
fn records(
    operations: &[Operation],
    run: RunId,
    task: TaskId,
) -> impl DoubleEndedIterator<Item = &Landed> {
    let done = operations
        .iter()
        .filter(|operation| operation.state == OperationState::Done);
    done.flat_map(Operation::landed)
        .filter(move |landed| landed.run == Some(run) && landed.task == Some(task))
}

/// Whether that landing was of this tip, and the target still has it.
fn holds(repository: &Repository, landed: &Landed, tip: Oid, target: Oid) -> bool {
    let within = |one, other| repository.is_ancestor(one, other).unwrap_or(false);
    within(tip, landed.commit) && within(landed.merge, target)
}

fn by_record(landed: &Landed) -> Integration {
    Integration {
        state: IntegrationState::Landed,
        conflicts: Vec::new(),
        merge: Some(landed.merge),
    }
}

fn asked(
    repository: &Repository,
    reformed: &[Reformed],
    target: Oid,
    tips: &[(TaskId, Oid)],
) -> Result<Vec<(TaskId, Integration)>> {
    let commits: Vec<Oid> = tips.iter().map(|(_, tip)| *tip).collect();
    let merged = merge_into(repository, reformed, target, &commits)?;
    let judged = tips.iter().zip(merged);
    Ok(judged
        .map(|((id, _), merged)| (*id, judge(&merged)))
        .collect())
}

fn judge(into: &MergedInto) -> Integration {
    let state = match &into.merged {
        _ if into.held => IntegrationState::Landed,
        Merged::Clean { .. } => IntegrationState::Clean,
        Merged::Conflict { .. } => IntegrationState::Conflict,
        Merged::Error(_) => IntegrationState::Unknown,
    };
    Integration {
        state,
        conflicts: into.merged.conflicts().iter().map(shown).collect(),
        merge: None,
    }
}

fn shown(conflict: &Conflict) -> String {
    conflict.path.to_string()
}

fn unknown() -> Integration {
    Integration {
        state: IntegrationState::Unknown,
        conflicts: Vec::new(),
        merge: None,
    }
}
