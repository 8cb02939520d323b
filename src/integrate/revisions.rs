//! The lines of work that are to become one history, and what each of them changed.

use std::path::PathBuf;

use crate::error::{Failure, Result};
use crate::git::{Changes, LineCounts, MergeError, ObjectSpace, Reformed, Repository, Span, seats};
use crate::id::Oid;

/// The branch that results go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub name: String,
    pub commit: Oid,
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

/// Looks at every line of work that was asked for. Returns also what the target is merged as.
pub fn read(
    space: &ObjectSpace,
    known: &[Reformed],
    target: &Target,
    asked: &[Asked],
) -> Result<(Oid, Vec<Revision>)> {
    let repository = space.repository();
    let commits: Vec<Oid> = asked.iter().map(|one| one.commit).collect();
    let seats = seats(space, known, target.commit, &commits)?;
    let bases = bases(repository, seats.target, asked)?;
    let spans: Vec<Span> = asked
        .iter()
        .zip(&bases)
        .map(|(one, base)| Span {
            base: *base,
            tip: one.commit,
        })
        .collect();
    let changes = repository.changes(&spans)?;
    let needs = needs(repository, seats.target, asked)?;
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
    Ok((seats.target, revisions))
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

/// Who must land before whom: what the plan says, and what is in one's history.
fn needs(repository: &Repository, target: Oid, asked: &[Asked]) -> Result<Vec<Vec<usize>>> {
    let commits: Vec<Oid> = asked.iter().map(|one| one.commit).collect();
    let mut needs = repository.containments(&commits, target)?;
    for (needs, one) in needs.iter_mut().zip(asked) {
        if one.merge_from_start {
            needs.clear();
        }
        let planned = positions(asked, &one.depends);
        needs.extend(planned);
        needs.sort_unstable();
        needs.dedup();
    }
    Ok(needs)
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
