//! Finished tasks that touched the same paths: found when the second one finishes, not when
//! somebody merges.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::git::{MergePair, Merged, ObjectSpace, Repository, Want, merge_all};
use crate::id::{Oid, TaskId};
use crate::store::{OverlapFound, RunState, TaskState};

/// Two tasks with a path in common, not yet merged to see what git says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub a: TaskId,
    pub b: TaskId,
    pub tips: (Oid, Oid),
    pub overlaps: Vec<String>,
}

/// Finished tasks that share paths with `finished` and do not build on each other.
pub fn candidates(state: &RunState, finished: TaskId) -> Vec<Candidate> {
    let Some((task, tip)) = state.task(finished).and_then(with_work) else {
        return Vec::new();
    };
    let paths: BTreeSet<&String> = task.changed.iter().collect();
    let others = state.tasks.iter().filter_map(with_work);
    others
        .filter(|(other, _)| other.id != task.id)
        .filter(|(other, _)| !state.builds_on(task, other.id))
        .filter(|(other, _)| !state.builds_on(other, task.id))
        .filter_map(|(other, other_tip)| {
            let shared = other.changed.iter().filter(|path| paths.contains(path));
            let overlaps: Vec<String> = shared.cloned().collect();
            (!overlaps.is_empty()).then_some(Candidate {
                a: other.id,
                b: task.id,
                tips: (other_tip, tip),
                overlaps,
            })
        })
        .collect()
}

/// Merges the candidates in memory, and says what git cannot merge by itself.
pub fn find(repository: &Repository, candidates: Vec<Candidate>) -> Result<Vec<OverlapFound>> {
    let pairs: Vec<MergePair> = candidates
        .iter()
        .map(|candidate| MergePair::new(candidate.tips.0, candidate.tips.1))
        .collect();
    let merged = merge_all(&ObjectSpace::scratch(repository), &pairs, Want::Verdicts)?;
    let found = candidates.into_iter().zip(&merged);
    Ok(found
        .map(|(candidate, merged)| OverlapFound {
            a: candidate.a,
            b: candidate.b,
            conflicts: conflicts(merged, &candidate.overlaps),
            overlaps: candidate.overlaps,
        })
        .collect())
}

fn conflicts(merged: &Merged, overlaps: &[String]) -> Vec<String> {
    match merged {
        Merged::Clean { .. } => Vec::new(),
        Merged::Conflict { conflicts } => conflicts.iter().map(|c| c.path.to_string()).collect(),
        // What cannot be merged at all conflicts wherever both were.
        Merged::Error(_) => overlaps.to_vec(),
    }
}

fn with_work(task: &TaskState) -> Option<(&TaskState, Oid)> {
    task.outcome?;
    task.tip.filter(|_| task.commits > 0).map(|tip| (task, tip))
}
