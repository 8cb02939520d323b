//! Tasks of a run that touch the same paths, found while they work: whenever a branch has moved it
//! is merged in memory with the others' latest commits, so that a conflict is told when it arises,
//! not when somebody merges.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::git::{MergePair, Merged, ObjectSpace, Repository, Span, Want, merge_all};
use crate::id::{Oid, TaskId};
use crate::store::{OverlapFound, RunState, TaskState};

/// The branches as they were last looked at.
#[derive(Clone, Debug, Default)]
pub struct Tips(BTreeMap<TaskId, Tip>);

/// Where a branch stands, and what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tip {
    commit: Oid,
    paths: BTreeSet<String>,
}

/// A branch to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Branch {
    task: TaskId,
    /// Its full name while its task is at work; of a task that has ended the tip is known.
    name: Option<String>,
    base: Oid,
    tip: Oid,
    /// Tasks that it builds on.
    below: BTreeSet<TaskId>,
}

impl Branch {
    fn builds_on(&self, other: &Self) -> bool {
        self.below.contains(&other.task)
    }
}

/// What is to be looked at: all branches that may have something on them, in the plan's order.
#[derive(Clone, Debug)]
pub struct Look(Vec<Branch>);

/// What a look found.
#[derive(Debug)]
pub struct Looked {
    pub tips: Tips,
    /// Pairs of which one has moved since the last look, and how they stand now.
    pub found: Vec<OverlapFound>,
}

/// What there is to look at where the run stands.
pub fn look(state: &RunState) -> Look {
    let branches = state.tasks.iter().filter_map(|task| branch(state, task));
    Look(branches.collect())
}

fn branch(state: &RunState, task: &TaskState) -> Option<Branch> {
    let at_work = task.outcome.is_none();
    let base = task.base?;
    let name = task.branch.as_ref().filter(|_| at_work);
    if at_work && name.is_none() {
        return None;
    }
    let mut below = BTreeSet::new();
    below_of(state, task, &mut below);
    Some(Branch {
        task: task.id,
        name: name.map(|name| format!("refs/heads/{name}")),
        base,
        tip: task.tip.filter(|_| !at_work).unwrap_or(base),
        below,
    })
}

fn below_of(state: &RunState, task: &TaskState, below: &mut BTreeSet<TaskId>) {
    for id in &task.depends {
        if below.insert(*id)
            && let Some(task) = state.task(*id)
        {
            below_of(state, task, below);
        }
    }
}

impl Look {
    /// Reads where the branches stand, and merges those that have moved with all others that touch
    /// a path of theirs.
    pub fn take(self, repository: &Repository, before: Tips) -> Result<Looked> {
        let (tips, moved) = self.read(repository, before)?;
        let mut found = self.touching(&tips, &moved);
        let shares = |one: &OverlapFound| !one.overlaps.is_empty();
        let merges = found.iter().filter(|one| shares(one));
        let merges =
            merges.filter_map(|one| Some(MergePair::new(tips.commit(one.a)?, tips.commit(one.b)?)));
        let merges: Vec<MergePair> = merges.collect();
        let space = ObjectSpace::scratch(repository);
        let merged = merge_all(&space, &merges, Want::Verdicts)?;
        for (one, merged) in found.iter_mut().filter(|one| shares(one)).zip(&merged) {
            one.conflicts = conflicts(merged, &one.overlaps);
        }
        Ok(Looked { tips, found })
    }

    /// Where they stand, and which have moved.
    fn read(&self, repository: &Repository, mut tips: Tips) -> Result<(Tips, BTreeSet<TaskId>)> {
        let mut moved = BTreeSet::new();
        for branch in &self.0 {
            let name = branch.name.as_ref();
            // A branch that is not there yet, or not any more, has nothing on it.
            let commit = name.map_or(Some(branch.tip), |name| repository.find_ref(name));
            let commit = commit.unwrap_or(branch.base);
            if tips.commit(branch.task) != Some(commit) {
                let paths = paths(repository, branch.base, commit)?;
                tips.0.insert(branch.task, Tip { commit, paths });
                moved.insert(branch.task);
            }
        }
        Ok((tips, moved))
    }

    /// Every pair of which one has moved and none builds on the other, with the paths of both.
    fn touching(&self, tips: &Tips, moved: &BTreeSet<TaskId>) -> Vec<OverlapFound> {
        let mut found = Vec::new();
        for (index, a) in self.0.iter().enumerate() {
            let a_moved = moved.contains(&a.task);
            let others = self.0[index + 1..].iter();
            let others = others.filter(|b| a_moved || moved.contains(&b.task));
            for b in others.filter(|b| !a.builds_on(b) && !b.builds_on(a)) {
                found.push(OverlapFound {
                    a: a.task,
                    b: b.task,
                    overlaps: tips.shared(a.task, b.task),
                    conflicts: Vec::new(),
                });
            }
        }
        found
    }
}

impl Tips {
    fn commit(&self, task: TaskId) -> Option<Oid> {
        self.0.get(&task).map(|tip| tip.commit)
    }

    /// Paths that both change.
    fn shared(&self, a: TaskId, b: TaskId) -> Vec<String> {
        let both = self.0.get(&a).zip(self.0.get(&b));
        both.map_or_else(Vec::new, |(a, b)| {
            a.paths.intersection(&b.paths).cloned().collect()
        })
    }
}

fn paths(repository: &Repository, base: Oid, tip: Oid) -> Result<BTreeSet<String>> {
    if tip == base {
        return Ok(BTreeSet::new());
    }
    let base = Some(base);
    let changes = repository.changes(&[Span { base, tip }])?;
    let paths = changes.iter().flat_map(|changes| &changes.paths);
    Ok(paths.map(|path| path.to_text().into_owned()).collect())
}

fn conflicts(merged: &Merged, overlaps: &[String]) -> Vec<String> {
    match merged {
        Merged::Clean { .. } => Vec::new(),
        Merged::Conflict { conflicts } => conflicts.iter().map(|c| c.path.to_string()).collect(),
        // What cannot be merged at all conflicts wherever both were.
        Merged::Error(_) => overlaps.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Outcome;
    use crate::store::sample::{Tale, oid};

    #[test]
    fn tasks_at_work_are_compared_with_each_other_and_with_finished_ones_they_do_not_build_on() {
        let mut tale = Tale::of(&[&[], &[1], &[], &[2], &[]]);
        for number in [1, 2, 3, 4] {
            tale = tale.starts(1.0, number, number);
        }
        let state = tale.finishes(2.0, 1, Outcome::Done, "").state();
        let look = look(&state);
        let names: Vec<_> = look.0.iter().map(|b| b.name.is_some()).collect();
        assert_eq!(names, [false, true, true, true], "T005 has no branch yet");
        let pairs = |moved: &[u32]| {
            let moved = moved.iter().copied().map(TaskId).collect();
            let found = look.touching(&Tips::default(), &moved);
            let pairs: Vec<_> = found.iter().map(|one| (one.a.0, one.b.0)).collect();
            pairs
        };
        assert_eq!(pairs(&[1]), [(1, 3)]);
        assert_eq!(pairs(&[3]), [(1, 3), (2, 3), (3, 4)]);
        assert_eq!(pairs(&[]), []);
        assert_eq!(look.0[0].tip, oid(2));
    }
}
