//! Everybody against everybody, and each against the target.

use crate::error::Result;
use crate::git::{MergePair, Merged, ObjectSpace, RepoPath, Want, foretell_bases, merge_all};
use crate::id::Oid;
use crate::plan::Risk;

use super::revisions::{Revision, Target};
use super::risk::risk;

/// Two lines of work, by their position in the list, `a` before `b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    pub a: usize,
    pub b: usize,
    /// Paths that both changed.
    pub overlaps: Vec<RepoPath>,
    pub merged: Merged,
    pub risk: Risk,
}

/// What came of every question.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// In the order (0,1), (0,2), …, (1,2), …
    pub pairs: Vec<Pair>,
    /// What merging each of the list into the target comes to.
    pub against_target: Vec<Merged>,
}

impl Matrix {
    /// Asks about every pair and about each against the target, which is merged as `seat`, all at
    /// once.
    pub fn ask(
        space: &ObjectSpace,
        target: &Target,
        seat: Oid,
        revisions: &[Revision],
        want: Want,
    ) -> Result<Self> {
        let seats: Vec<Oid> = revisions.iter().map(|revision| revision.seat).collect();
        foretell_bases(space, seat, &seats)?;
        let couples = couples(revisions.len());
        let of_couples = couples.iter().map(|&(a, b)| MergePair {
            ours: revisions[a].seat,
            theirs: revisions[b].seat,
            base: revisions[b].merge_base.or(revisions[a].merge_base),
        });
        let of_target = revisions.iter().map(|revision| MergePair {
            ours: seat,
            theirs: revision.seat,
            base: revision.merge_base,
        });
        let asked: Vec<MergePair> = of_couples.chain(of_target).collect();
        let mut answers = merge_all(space, &asked, want)?;
        let mut against_target = answers.split_off(couples.len());
        for (merged, revision) in against_target.iter_mut().zip(revisions) {
            merged.rename_side(seat, &target.name);
            merged.rename_side(revision.seat, &revision.name);
        }
        let pairs = couples
            .into_iter()
            .zip(answers)
            .map(|((a, b), merged)| pair(revisions, a, b, merged))
            .collect();
        Ok(Self {
            pairs,
            against_target,
        })
    }

    /// The pair of these two, in whichever order.
    pub fn pair(&self, one: usize, other: usize) -> Option<&Pair> {
        let (a, b) = (one.min(other), one.max(other));
        let before = a * self.against_target.len() - a * (a + 1) / 2;
        self.pairs.get(before + b.checked_sub(a + 1)?)
    }

    /// The groups of a list whose members touch what others of the group do, in the list's order:
    /// only within a group could they get in each other's way where each two do not. Who has
    /// nothing to do with anybody is in none.
    pub fn entangled(&self, list: &[usize]) -> Vec<Vec<usize>> {
        // By their places in the list, so that sorting them sorts by its order.
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (place, &one) in list.iter().enumerate() {
            let (near, far): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .partition(|group| group.iter().any(|&other| !self.apart(one, list[other])));
            let mut joined: Vec<usize> = near.into_iter().flatten().chain([place]).collect();
            joined.sort_unstable();
            groups = far;
            groups.push(joined);
        }
        groups.retain(|group| group.len() > 1);
        for member in groups.iter_mut().flatten() {
            *member = list[*member];
        }
        groups
    }

    fn apart(&self, one: usize, other: usize) -> bool {
        let pair = self.pair(one, other).map(|pair| &pair.merged);
        pair.is_none_or(|merged| matches!(merged, Merged::Clean { apart: true, .. }))
    }
}

/// Every two of so many, in the order (0,1), (0,2), …, (1,2), …
pub(super) fn couples(number: usize) -> Vec<(usize, usize)> {
    (0..number)
        .flat_map(|a| (a + 1..number).map(move |b| (a, b)))
        .collect()
}

fn pair(revisions: &[Revision], a: usize, b: usize, mut merged: Merged) -> Pair {
    let (one, other) = (&revisions[a], &revisions[b]);
    merged.rename_side(one.seat, &one.name);
    merged.rename_side(other.seat, &other.name);
    let overlaps: Vec<RepoPath> = one
        .changes
        .paths
        .intersection(&other.changes.paths)
        .cloned()
        .collect();
    Pair {
        a,
        b,
        risk: risk(&merged, !overlaps.is_empty()),
        overlaps,
        merged,
    }
}
