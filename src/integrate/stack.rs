//! One on top of the other: what pairs cannot tell, since three can conflict where each two do not.

use crate::error::Result;
use crate::git::{MergePair, Merged, NewCommit, ObjectSpace, Want, merge_all, pile_is_clean};
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
    let mut rising: Vec<(Oid, &Vec<usize>)> = Vec::new();
    for group in groups {
        if !is_proven(space, start, revisions, group)? {
            rising.push((start, group));
        }
    }
    for layer in 0.. {
        rising.retain(|(_, group)| layer < group.len());
        if rising.is_empty() {
            break;
        }
        let (straight, merging): (Vec<_>, Vec<_>) = rising
            .into_iter()
            .partition(|(top, group)| stands_on(&revisions[group[layer]], *top));
        let (last, inner): (Vec<_>, Vec<_>) = merging
            .into_iter()
            .partition(|(_, group)| layer + 1 == group.len());
        let mut risen: Vec<(Oid, &Vec<usize>)> = straight
            .into_iter()
            .map(|(_, group)| (revisions[group[layer]].seat, group))
            .collect();
        // Nothing is going to stand on the last of a group.
        for (rising, want) in [(last, Want::Verdicts), (inner, Want::Trees)] {
            let pairs = rising
                .iter()
                .map(|(top, group)| pair(*top, &revisions[group[layer]]));
            let answers = merge_all(space, &pairs.collect::<Vec<_>>(), want)?;
            for ((top, group), mut merged) in rising.into_iter().zip(answers) {
                let revision = &revisions[group[layer]];
                match (&merged, merged.tree()) {
                    (Merged::Clean { .. }, Some(tree)) if want == Want::Trees => {
                        risen.push((stand_in(space, top, revision, tree)?, group));
                    }
                    (Merged::Clean { .. }, _) if want == Want::Verdicts => {}
                    _ => {
                        merged.rename_side(revision.seat, &revision.name);
                        stuck.push(Stuck {
                            at: group[layer],
                            below: group[..layer].to_vec(),
                            merged,
                        });
                    }
                }
            }
        }
        rising = risen;
    }
    Ok(stuck)
}

/// Whether a group is known to land without being merged.
fn is_proven(
    space: &ObjectSpace,
    start: Oid,
    revisions: &[Revision],
    group: &[usize],
) -> Result<bool> {
    let members = group.iter().map(|&at| &revisions[at]);
    if members.clone().any(|one| one.merge_base.is_some()) {
        return Ok(false);
    }
    let seats: Vec<Oid> = members.map(|one| one.seat).collect();
    pile_is_clean(space, start, &seats)
}

/// Whether the work begins at `top`, so that merging it there changes nothing about it.
fn stands_on(revision: &Revision, top: Oid) -> bool {
    let is_whole = revision.merge_base.is_none() && revision.seat == revision.commit;
    is_whole && revision.base == Some(top)
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
