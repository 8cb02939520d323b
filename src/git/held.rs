//! Whether a branch already holds the work of others, however it came there.

use crate::error::Result;
use crate::id::Oid;

use super::merge::{MergePair, Merged, Want, merge_all};
use super::objects::ObjectSpace;
use super::repository::Repository;
use super::seat::{Reformed, seats};

/// What merging a commit into a branch comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedInto {
    pub merged: Merged,
    /// The branch holds its work already.
    pub held: bool,
}

/// What merging each of `commits` into `target` comes to, and which of them it holds already:
/// merging them would not change its tree. That covers what was squashed or cherry-picked, as far
/// as git can see it by its content; what is `reformed` the target is known to hold. What stands on
/// another that is not held is not, either: it may take back, or do again, what that one is going
/// to change.
pub fn merge_into(
    repository: &Repository,
    reformed: &[Reformed],
    target: Oid,
    commits: &[Oid],
) -> Result<Vec<MergedInto>> {
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let tree = repository.tree_of(target)?;
    let space = ObjectSpace::scratch(repository);
    let seats = seats(&space, reformed, target, commits)?;
    let pairs: Vec<MergePair> = seats
        .commits
        .iter()
        .map(|commit| MergePair::new(seats.target, *commit))
        .collect();
    let mut merged = merge_all(&space, &pairs, Want::TreeIds)?;
    for ((merged, seat), commit) in merged.iter_mut().zip(&seats.commits).zip(commits) {
        merged.rename_side(seats.target, &target.to_string());
        merged.rename_side(*seat, &commit.to_string());
    }
    let unchanged: Vec<bool> = merged.iter().map(|m| m.tree() == Some(tree)).collect();
    let within = space.repository().containments(commits, seats.target)?;
    let held = |at: usize| unchanged[at] && within[at].iter().all(|&below| unchanged[below]);
    Ok(merged
        .into_iter()
        .enumerate()
        .map(|(at, merged)| MergedInto {
            merged,
            held: held(at),
        })
        .collect())
}
