//! The lines of work that are to become one history, and what each of them changed.

use std::path::PathBuf;

use crate::error::{Failure, Result};
use crate::git::{
    Changes, LineCounts, MergeError, ObjectSpace, Reformed, Repository, Span, changes, merge_into,
    seats,
};
use crate::id::Oid;

/// The branch that results go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub commit: Oid,
}

impl Target {
    /// The branch of this short name, as it stands now.
    pub fn find(repository: &Repository, name: &str) -> Result<Self> {
        let full = format!("refs/heads/{name}");
        let commit = repository.find_ref(&full).ok_or_else(|| {
            Failure::unable(format!("the target '{name}' is gone")).next("git branch --list")
        })?;
        Ok(Self {
            name: name.to_owned(),
            commit,
        })
    }
}

/// A line of work as it was pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// As the user knows it.
    pub name: String,
    pub commit: Oid,
    /// Where its own work begins; `None` = where it left the target.
    pub start: Option<Oid>,
    /// Whether to merge it from that start instead of from what its history says.
    pub merge_from_start: bool,
    /// Names of those that must land before it.
    pub depends: Vec<String>,
    /// The worktree that was looked into for what is not committed; `commit` then holds that, too.
    pub worktree: Option<InWorktree>,
}

/// What was found in a worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InWorktree {
    pub path: PathBuf,
    /// What is committed there.
    pub head: Oid,
    /// Whether there is more.
    pub dirty: bool,
    /// Why that could not be looked at.
    pub trouble: Option<MergeError>,
}

impl Asked {
    /// A commit by its name, with the work since it left the target.
    pub fn revision(name: &str, commit: Oid) -> Self {
        Self {
            name: name.to_owned(),
            commit,
            start: None,
            merge_from_start: false,
            depends: Vec::new(),
            worktree: None,
        }
    }

    /// `BASE..TIP`: the work of TIP since it left BASE, and no other.
    pub fn range(name: &str, base: Oid, tip: Oid) -> Self {
        Self {
            start: Some(base),
            merge_from_start: true,
            ..Self::revision(name, tip)
        }
    }
}

/// A line of work and what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    pub name: String,
    pub commit: Oid,
    /// What it is merged as: the same, or a stand-in that has more of its history.
    pub seat: Oid,
    /// The commit that its changes are counted from; `None` where it shares no history with it.
    pub base: Option<Oid>,
    /// The base for its merges, where its history's own is not to be used.
    pub merge_base: Option<Oid>,
    pub changes: Changes,
    /// Those of the same list that must land before it.
    pub depends: Vec<usize>,
    pub worktree: Option<InWorktree>,
}

impl Revision {
    /// The commit that others can see: `commit` is a stand-in where work is not committed.
    pub fn committed(&self) -> Oid {
        self.worktree.as_ref().map_or(self.commit, |w| w.head)
    }

    /// Why nothing can be said about it.
    pub fn trouble(&self) -> Option<&MergeError> {
        self.worktree.as_ref()?.trouble.as_ref()
    }
}

/// What was asked for, looked at.
pub struct Reading {
    /// What the target is merged as.
    pub seat: Oid,
    /// What the target, or one of the others, holds in another form.
    pub known: Vec<Reformed>,
    pub revisions: Vec<Revision>,
}

/// Looks at every line of work that was asked for.
pub fn read(
    space: &ObjectSpace,
    known: &[Reformed],
    target: &Target,
    asked: &[Asked],
) -> Result<Reading> {
    let repository = space.repository();
    let commits: Vec<Oid> = asked.iter().map(|one| one.commit).collect();
    let mut within = repository.containments(&commits, target.commit)?;
    let known = with_held(repository, known, target, asked, &within)?;
    let seats = seats(space, &known, target.commit, &commits)?;
    if seats.target != target.commit {
        within = repository.containments(&commits, seats.target)?;
    }
    let bases = bases(repository, seats.target, asked)?;
    let spans: Vec<Span> = asked
        .iter()
        .zip(&bases)
        .map(|(one, base)| Span {
            base: *base,
            tip: one.commit,
        })
        .collect();
    let changes = changes(space, &spans)?;
    let needs = needs(asked, within);
    let facts = bases.into_iter().zip(changes).zip(needs);
    let revisions = asked.iter().zip(seats.commits).zip(facts);
    let revisions = revisions
        .map(|((one, seat), ((base, changes), depends))| Revision {
            name: one.name.clone(),
            commit: one.commit,
            seat,
            base,
            merge_base: base.filter(|_| one.merge_from_start),
            changes,
            depends,
            worktree: one.worktree.clone(),
        })
        .collect();
    Ok(Reading {
        seat: seats.target,
        known,
        revisions,
    })
}

/// How many lines each of them changed.
pub fn line_counts(repository: &Repository, revisions: &[Revision]) -> Result<Vec<LineCounts>> {
    let span = |revision: &Revision| Span {
        base: revision.base,
        tip: revision.commit,
    };
    let spans: Vec<Span> = revisions.iter().map(span).collect();
    repository.line_counts(&spans)
}

/// Where the work of each begins.
fn bases(repository: &Repository, target: Oid, asked: &[Asked]) -> Result<Vec<Option<Oid>>> {
    let start = |one: &Asked| one.start.unwrap_or(target);
    let pairs: Vec<(Oid, Oid)> = asked.iter().map(|one| (start(one), one.commit)).collect();
    let bases = repository.merge_bases(&pairs)?;
    let missing = |(one, base): &(&Asked, &Option<Oid>)| one.merge_from_start && base.is_none();
    match asked.iter().zip(&bases).find(missing) {
        Some((one, _)) => Err(unrelated(one)),
        None => Ok(bases),
    }
}

/// The base for its merges, where its history's own is not to be used: that of `BASE..TIP`.
pub(super) fn own_base(repository: &Repository, one: &Asked) -> Result<Option<Oid>> {
    match one.start.filter(|_| one.merge_from_start) {
        Some(start) => {
            let base = repository.merge_base(start, one.commit)?;
            base.map(Some).ok_or_else(|| unrelated(one))
        }
        None => Ok(None),
    }
}

/// Who must land before whom: what the plan says, and who is `within` one's history.
fn needs(asked: &[Asked], within: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
    let mut needs = within;
    for (needs, one) in needs.iter_mut().zip(asked) {
        if one.merge_from_start {
            needs.clear();
        }
        let planned = positions(asked, &one.depends);
        needs.extend(planned);
        needs.sort_unstable();
        needs.dedup();
    }
    needs
}

/// What is known to have come in in another form, and what of that which others stand on is found
/// to be there by its content: somebody squashed it by other means.
fn with_held(
    repository: &Repository,
    known: &[Reformed],
    target: &Target,
    asked: &[Asked],
    within: &[Vec<usize>],
) -> Result<Vec<Reformed>> {
    let with_history = asked.iter().zip(within);
    let with_history = with_history.filter(|(one, _)| !one.merge_from_start);
    let mut below: Vec<Oid> = with_history
        .flat_map(|(one, within)| {
            let others = within.iter().map(|&other| asked[other].commit);
            one.start.into_iter().chain(others)
        })
        .collect();
    below.sort_unstable();
    below.dedup();
    let pairs: Vec<(Oid, Oid)> = below.iter().map(|&one| (target.commit, one)).collect();
    let mut bases = repository.merge_bases(&pairs)?.into_iter();
    below.retain(|&one| bases.next().flatten() != Some(one));
    let held = merge_into(repository, known, target.commit, &below)?;
    let held = below.into_iter().zip(held).filter(|(_, into)| into.held);
    let held = held.map(|(tip, _)| Reformed {
        tip,
        form: target.commit,
    });
    Ok(known.iter().copied().chain(held).collect())
}

/// Where the named ones stand in the list; one that is not in it has nothing to say here.
fn positions(asked: &[Asked], names: &[String]) -> Vec<usize> {
    let position = |name: &String| asked.iter().position(|one| one.name == *name);
    names.iter().filter_map(position).collect()
}

fn unrelated(one: &Asked) -> Failure {
    Failure::unable(format!(
        "'{}' names two commits that share no history, so there is no work between them",
        one.name
    ))
    .next("git log --oneline --graph --all")
}
