//! What became of a run's branches: which are in the target, which would merge, which conflict.

use crate::error::Result;
use crate::git::{Conflict, MergePair, Merged, ObjectSpace, Repository, Want, merge_all};
use crate::id::{Oid, TaskId};
use crate::store::RunState;

use super::report::{Integration, IntegrationState};

/// Asks git about every task that left commits: merged in memory with the target as it is now.
pub fn integration(
    repository: &Repository,
    state: &RunState,
) -> Result<Vec<(TaskId, Integration)>> {
    let tips = state.tasks.iter().filter(|task| task.commits > 0);
    let tips: Vec<(TaskId, Oid)> = tips.filter_map(|t| Some((t.id, t.tip?))).collect();
    if tips.is_empty() {
        return Ok(Vec::new());
    }
    let Some(target) = repository.find_ref(&format!("refs/heads/{}", state.target)) else {
        return Ok(tips.iter().map(|(id, _)| (*id, unknown())).collect());
    };
    let there = |tip: &Oid| repository.find_commit(&tip.to_string()).is_some();
    let (known, gone): (Vec<_>, Vec<_>) = tips.into_iter().partition(|(_, tip)| there(tip));
    let pairs: Vec<MergePair> = known
        .iter()
        .map(|(_, tip)| MergePair::new(target, *tip))
        .collect();
    let tree = repository.tree_of(target)?;
    let merged = merge_all(&ObjectSpace::scratch(repository)?, &pairs, Want::Trees)?;
    let known = known.iter().zip(merged);
    let mut found: Vec<(TaskId, Integration)> = known
        .map(|((id, _), merged)| (*id, judge(merged, tree)))
        .collect();
    found.extend(gone.iter().map(|(id, _)| (*id, unknown())));
    Ok(found)
}

/// A branch whose merge leaves the target's tree as it is has landed, by whatever strategy.
fn judge(merged: Merged, target: Oid) -> Integration {
    let state = match &merged {
        Merged::Clean { tree } if *tree == Some(target) => IntegrationState::Landed,
        Merged::Clean { .. } => IntegrationState::Clean,
        Merged::Conflict { .. } => IntegrationState::Conflict,
        Merged::Error(_) => IntegrationState::Unknown,
    };
    let conflicts = match &merged {
        Merged::Conflict { conflicts } => conflicts.iter().map(shown).collect(),
        _ => Vec::new(),
    };
    Integration { state, conflicts }
}

fn shown(conflict: &Conflict) -> String {
    conflict.path.to_string()
}

fn unknown() -> Integration {
    Integration {
        state: IntegrationState::Unknown,
        conflicts: Vec::new(),
    }
}
