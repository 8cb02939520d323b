//! One on top of the other: what pairs cannot tell, since three can conflict where each two do not.

use crate::error::Result;
use crate::git::{MergePair, Merged, NewCommit, ObjectSpace, Want, merge_all};
use crate::id::Oid;

use super::revisions::Revision;

/// One that merges with each of the others, but not with those below it together.
#[derive(Clone, Debug, PartialEq)]
pub struct Stuck {
    /// Its position among the revisions.
    pub at: usize,
    pub below: Vec<usize>,
    pub merged: Merged,
}

/// Merges each group onto `start`, in its order, in a scratch space, and tells where the groups
/// get stuck; nowhere means that all land. The groups have nothing to do with each other, so a
/// layer of all of them is merged at once.
pub fn stack(
    space: &ObjectSpace,
    start: Oid,
    revisions: &[Revision],
    groups: &[Vec<usize>],
) -> Result<Vec<Stuck>> {
    let mut stuck = Vec::new();
    let mut rising: Vec<(Oid, &Vec<usize>)> = groups.iter().map(|group| (start, group)).collect();
    for layer in 0.. {
        rising.retain(|(_, group)| layer < group.len());
        if rising.is_empty() {
            break;
        }
        let pairs: Vec<MergePair> = rising
            .iter()
            .map(|(top, group)| pair(*top, &revisions[group[layer]]))
            .collect();
        let answers = merge_all(space, &pairs, Want::Trees)?;
        let mut risen = Vec::with_capacity(rising.len());
        for ((top, group), mut merged) in rising.into_iter().zip(answers) {
            let revision = &revisions[group[layer]];
            if let Some(tree) = merged.tree() {
                risen.push((stand_in(space, top, revision, tree)?, group));
            } else {
                merged.rename_side(revision.seat, &revision.name);
                stuck.push(Stuck {
                    at: group[layer],
                    below: group[..layer].to_vec(),
                    merged,
                });
            }
        }
        rising = risen;
    }
    Ok(stuck)
}

fn pair(top: Oid, revision: &Revision) -> MergePair {
    MergePair {
        ours: top,
        theirs: revision.seat,
        base: revision.merge_base,
    }
}

/// The commit that the merge would make. Work that is taken from a base of its own brings no
/// history along.
fn stand_in(space: &ObjectSpace, top: Oid, revision: &Revision, tree: Oid) -> Result<Oid> {
    let with_history = [top, revision.seat];
    let parents = match revision.merge_base {
        Some(_) => &with_history[..1],
        None => &with_history[..],
    };
    space.commit_tree(&NewCommit {
        tree,
        parents,
        message: "Stand-in for a merge\n",
    })
}
