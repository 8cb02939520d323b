//! Lists of revisions that have nothing to do with each other, each judged by itself: what a
//! program asks line by line.

use crate::error::Result;
use crate::git::{MergePair, Merged, ObjectSpace, Repository, Want, merge_all};
use crate::id::Oid;

use super::matrix::couples;
use super::revisions::{Asked, own_base};

/// One of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    pub name: String,
    pub commit: Oid,
    /// The base for its merges, where its history's own is not to be used.
    pub merge_base: Option<Oid>,
}

impl Side {
    /// From what was asked for; fails where a range has no work in it.
    pub fn of(repository: &Repository, asked: &Asked) -> Result<Self> {
        Ok(Self {
            name: asked.name.clone(),
            commit: asked.commit,
            merge_base: own_base(repository, asked)?,
        })
    }
}

/// One merge of a list: the positions of its sides, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub a: usize,
    pub b: usize,
    pub merged: Merged,
}

/// Merges every pair of every list, all in one go. Returns the pairs of each list in the order
/// (0,1), (0,2), …, (1,2), …
pub fn judge<L: AsRef<[Side]>>(space: &ObjectSpace, lists: &[L]) -> Result<Vec<Vec<Answer>>> {
    let lists = lists.iter().map(AsRef::as_ref);
    let pairs: Vec<MergePair> = lists.clone().flat_map(pairs).collect();
    let mut merged = merge_all(space, &pairs, Want::TreeIds)?.into_iter();
    let answers = lists.map(|list| {
        let answers = couples(list.len()).into_iter().zip(merged.by_ref());
        answers
            .map(|((a, b), mut merged)| {
                merged.rename_side(list[a].commit, &list[a].name);
                merged.rename_side(list[b].commit, &list[b].name);
                Answer { a, b, merged }
            })
            .collect()
    });
    Ok(answers.collect())
}

fn pairs(list: &[Side]) -> Vec<MergePair> {
    let pair = |(a, b): (usize, usize)| MergePair {
        ours: list[a].commit,
        theirs: list[b].commit,
        base: list[b].merge_base.or(list[a].merge_base),
    };
    couples(list.len()).into_iter().map(pair).collect()
}
