//! One on top of the other: what pairs cannot tell, since three can conflict where each two do not.

use crate::error::Result;
use crate::git::{MergePair, Merged, NewCommit, ObjectSpace, merge};
use crate::id::Oid;

use super::revisions::Revision;

/// How far a stack of merges came.
#[derive(Clone, Debug, PartialEq)]
pub enum Stacked {
    /// All the way.
    Whole,
    /// Up to this one of the revisions.
    Stuck { at: usize, merged: Merged },
}

/// Merges revisions onto `start` in this `order`, in a scratch space, and sees whether all go on.
pub fn stack(
    space: &ObjectSpace,
    start: Oid,
    revisions: &[Revision],
    order: &[usize],
) -> Result<Stacked> {
    let mut top = start;
    for &at in order {
        let revision = &revisions[at];
        let pair = MergePair {
            ours: top,
            theirs: revision.commit,
            base: revision.merge_base,
        };
        let mut merged = merge(space, pair)?;
        let Some(tree) = merged.tree() else {
            merged.rename_side(revision.commit, &revision.name);
            return Ok(Stacked::Stuck { at, merged });
        };
        // Work that is taken from a base of its own brings no history along.
        let with_history = [top, revision.commit];
        let parents = match revision.merge_base {
            Some(_) => &with_history[..1],
            None => &with_history[..],
        };
        top = space.commit_tree(&NewCommit {
            tree,
            parents,
            message: "Stand-in for a merge\n",
        })?;
    }
    Ok(Stacked::Whole)
}
