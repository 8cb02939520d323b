//! Whether a branch already holds the work of others, however it came there.

use crate::error::Result;
use crate::id::Oid;

use super::merge::{MergePair, Merged, Want, merge_all};
use super::objects::ObjectSpace;
use super::repository::Repository;

/// What merging a commit into a branch comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedInto {
    pub merged: Merged,
    /// The branch holds its work already.
    pub held: bool,
}

/// What merging each of `commits` into `target` comes to, and which of them it holds already:
/// merging them would not change its tree. That covers what was squashed or cherry-picked. What
/// stands on another that is not held is not, either: it may take back, or do again, what that one
/// is going to change.
pub fn merge_into(
    repository: &Repository,
    target: Oid,
    commits: &[Oid],
) -> Result<Vec<MergedInto>> {
    if commits.is_empty() {
        return Ok(Vec::new());
    }
    let tree = repository.tree_of(target)?;
    let pairs: Vec<MergePair> = commits
        .iter()
        .map(|commit| MergePair::new(target, *commit))
        .collect();
    let merged = merge_all(&ObjectSpace::scratch(repository), &pairs, Want::Trees)?;
    let unchanged: Vec<bool> = merged.iter().map(|m| m.tree() == Some(tree)).collect();
    let within = repository.containments(commits, target)?;
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
