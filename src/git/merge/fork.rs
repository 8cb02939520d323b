//! Merge bases of many branches of one trunk, without a walk for each pair: where nothing beyond the
//! trunk is shared, what two branches have in common lies in the trunk's history, below the points
//! where they left it.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;

use crate::error::Result;
use crate::git::history::history;
use crate::git::objects::ObjectSpace;
use crate::git::repository::gix_id;
use crate::id::Oid;

/// Finds the merge bases of all pairs of `tips` that follow from where each left `trunk`. What does
/// not follow is found out when it is asked for.
pub fn foretell_bases(space: &ObjectSpace, trunk: Oid, tips: &[Oid]) -> Result<()> {
    let repository = space.repository();
    if tips.len() < 3 || repository.is_shallow() {
        return Ok(());
    }
    let parents = repository.parents_beyond(tips, trunk)?;
    let alone: Option<Vec<ObjectId>> = alone(tips, &parents).into_iter().map(gix_id).collect();
    let (Some(alone), Some(trunk)) = (alone, gix_id(trunk)) else {
        return Ok(());
    };
    let with_trunk: Vec<_> = alone.iter().map(|&tip| (trunk, tip)).collect();
    let forks = repository.only_bases(&with_trunk);
    let forked: Vec<(ObjectId, ObjectId)> = alone
        .into_iter()
        .zip(&forks)
        .filter_map(|(tip, fork)| Some((tip, (*fork)?)))
        .collect();
    let mut below = HashMap::new();
    let mut known = space.known();
    for (at, &(one, fork)) in forked.iter().enumerate() {
        known.bases.insert((trunk, one), Some(fork));
        for &(other, other_fork) in &forked[at + 1..] {
            let base = match fork == other_fork {
                true => Some(fork),
                false => *below.entry((fork, other_fork)).or_insert_with(|| {
                    let found = repository.only_bases(&[(fork, other_fork)]);
                    found.into_iter().next().flatten()
                }),
            };
            if let Some(base) = base {
                known.bases.insert((one, other), Some(base));
            }
        }
    }
    Ok(())
}

/// Those that share no commit beyond the trunk with any other.
fn alone(tips: &[Oid], parents: &HashMap<Oid, Vec<Oid>>) -> Vec<Oid> {
    let mut owners: HashMap<Oid, usize> = HashMap::new();
    let mut sharing = HashSet::new();
    for (at, &tip) in tips.iter().enumerate() {
        for commit in history(tip, parents) {
            let owner = *owners.entry(commit).or_insert(at);
            if owner != at {
                sharing.extend([owner, at]);
            }
        }
    }
    let alone = tips
        .iter()
        .enumerate()
        .filter(|(at, _)| !sharing.contains(at));
    alone.map(|(_, tip)| *tip).collect()
}
