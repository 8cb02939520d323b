//! The merge base of each pair. Where a history crosses itself, so that there are several, git
//! merges these first, and takes what comes of it for the base: a virtual one.

use gix::ObjectId;
use gix::objs::{Kind, Write};

use crate::git::objects::{ObjectSpace, stand_in};
use crate::git::repository::{Repository, gix_id, oid};
use crate::hashed::HashMap;
use crate::id::Oid;

use super::MergePair;
use super::known::Known;
use super::recall::Recall;
use super::sides::tree;
use super::trees::{Trees, Workshop};

/// More bases than these are git's to merge: each two of them are compared.
const MOST_BASES: usize = 64;

/// The commits of a merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commits {
    pub base: ObjectId,
    pub ours: ObjectId,
    pub theirs: ObjectId,
}

/// The commits of each pair; `None` where its base is not known.
pub(super) fn commits(
    space: &ObjectSpace,
    known: &mut Known,
    recall: &mut Recall<'_>,
    pairs: &[MergePair],
) -> Vec<Option<Commits>> {
    let sides: Vec<_> = pairs
        .iter()
        .map(|pair| gix_id(pair.ours).zip(gix_id(pair.theirs)))
        .collect();
    let asked = pairs.iter().zip(&sides);
    let asked = asked.filter_map(|(pair, sides)| sides.filter(|_| pair.base.is_none()));
    find(space, known, recall, asked);
    let commits = pairs.iter().zip(sides).map(|(pair, sides)| {
        let (ours, theirs) = sides?;
        let base = match pair.base {
            Some(base) => gix_id(base)?,
            None => (*known.bases.get(&(ours, theirs))?)?,
        };
        Some(Commits { base, ours, theirs })
    });
    commits.collect()
}

/// Finds out the base of each pair that is not known yet.
fn find(
    space: &ObjectSpace,
    known: &mut Known,
    recall: &mut Recall<'_>,
    pairs: impl Iterator<Item = (ObjectId, ObjectId)>,
) {
    let mut unknown: Vec<(ObjectId, ObjectId)> = pairs
        .filter(|pair| !known.bases.contains_key(pair))
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown.retain(|&(ours, theirs)| {
        let recalled = recall.base(ours, theirs);
        if recalled.is_some() {
            known.bases.insert((ours, theirs), recalled);
        }
        recalled.is_none()
    });
    let mut merged: HashMap<Vec<ObjectId>, Option<ObjectId>> = HashMap::default();
    let found = space.repository().best_bases(&unknown);
    for (pair, bases) in unknown.into_iter().zip(found) {
        let base = match bases.as_slice() {
            [] => None,
            [only] => Some(*only),
            several => *merged
                .entry(bases.clone())
                .or_insert_with(|| virtual_base(space, several)),
        };
        if let Some(base) = base {
            recall.base_found(pair.0, pair.1, base);
        }
        known.bases.insert(pair, base);
    }
}

/// What several bases come to, as a commit of this space: where all of them left one commit, and
/// their trees alone tell that they merge cleanly. Then it does not depend on the order, which is
/// git's secret, nor on attributes and settings.
fn virtual_base(space: &ObjectSpace, bases: &[ObjectId]) -> Option<ObjectId> {
    let repository = space.repository();
    let writer = repository.writer_of_all()?;
    let fork = tree(&writer, common_fork(repository, bases)?)?;
    let mut workshop = Workshop {
        local: &writer,
        writer: Some(&writer),
        combine: &mut |_| None,
        unrenamed: false,
    };
    let mut trees = Trees::default();
    let merged = bases.iter().try_fold(fork, |merged, base| {
        trees.merge(&mut workshop, [fork, merged, tree(&writer, *base)?])
    })?;
    let parents: Option<Vec<Oid>> = bases.iter().map(|base| oid(base)).collect();
    let commit = stand_in(oid(&merged)?, &parents?, b"Virtual merge base\n");
    writer.objects.write_buf(Kind::Commit, &commit).ok()
}

/// The only merge base of each two of them, where that is always the same, and none of them.
fn common_fork(repository: &Repository, bases: &[ObjectId]) -> Option<ObjectId> {
    if bases.len() > MOST_BASES {
        return None;
    }
    let pairs = bases.iter().enumerate();
    let pairs: Vec<_> = pairs
        .flat_map(|(at, &one)| bases[at + 1..].iter().map(move |&other| (one, other)))
        .collect();
    let forks = repository.only_bases(&pairs);
    let fork = (*forks.first()?)?;
    let is_common = forks.iter().all(|other| *other == Some(fork)) && !bases.contains(&fork);
    is_common.then_some(fork)
}
