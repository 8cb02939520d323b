//! Whom a branch has to be reconciled with, and why.

use crate::error::Result;
use crate::git::{Merged, ObjectSpace, Repository, Want};
use crate::store::Store;

use crate::integrate::check::{Blocker, Report, check};
use crate::integrate::reformed::reformed;
use crate::integrate::revisions::{Asked, Target};

/// Who is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opponent {
    Target,
    /// By its position in the list.
    Revision(usize),
}

/// Why this one and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user named it.
    Named,
    /// It is the target, and they conflict.
    Target,
    /// They conflict, and it lands first.
    LandsFirst,
    /// They conflict, and it does not land, either.
    Conflicts,
    /// Each merges with each, but not all together.
    Together,
}

/// Whom a branch conflicts with: the target, else one that lands before it, else any of the others.
/// `None` where it goes together with all.
pub fn opponent(
    repository: &Repository,
    target: Target,
    asked: &[Asked],
    at: usize,
) -> Result<Option<(Opponent, Reason)>> {
    let space = ObjectSpace::scratch(repository);
    let known = reformed(&Store::of(repository.common_dir()))?;
    let report = check(&space, &known, target, asked, Want::Verdicts)?;
    Ok(choose(&report, at))
}

fn choose(report: &Report, at: usize) -> Option<(Opponent, Reason)> {
    if !is_clean(&report.matrix.against_target[at]) {
        return Some((Opponent::Target, Reason::Target));
    }
    let conflicts = |other: &&usize| {
        let pair = report.matrix.pair(at, **other);
        pair.is_some_and(|pair| !is_clean(&pair.merged))
    };
    let order = &report.order;
    if let Some(&other) = order.lands().iter().find(conflicts) {
        return Some((Opponent::Revision(other), Reason::LandsFirst));
    }
    if let Some(&other) = order.order.iter().find(conflicts) {
        return Some((Opponent::Revision(other), Reason::Conflicts));
    }
    let mut blocked = report.blocked.iter();
    let stuck = blocked.find(|blocked| blocked.at == at && !blocked.paths.is_empty())?;
    Some(match stuck.by {
        Blocker::Target => (Opponent::Target, Reason::Together),
        Blocker::Revision(other) => (Opponent::Revision(other), Reason::Together),
    })
}

fn is_clean(merged: &Merged) -> bool {
    matches!(merged, Merged::Clean { .. })
}
