//! The whole way of a merge: what is landed already, do the rest go together, does the result pass
//! its tests, and only then one step of the target. A dry run leaves the last step out.

use std::any::Any;
use std::path::PathBuf;

use crate::error::{Failure, Result};
use crate::git::{MergeHooks, ObjectSpace, Repository, merge_into};
use crate::store::Store;

use super::check::Report;
use super::landing::{self, Candidate, Landing, Stack};
use super::revisions::Target;
use super::settle::settle;
use super::verify::{self, Verification};

/// How to merge.
#[derive(Clone, Debug)]
pub struct MergeOptions<'a> {
    /// Short name of the branch that results go to.
    pub target: &'a str,
    /// A shell line that must succeed on the merged result.
    pub verify: Option<&'a str>,
    /// Whether the repository's merge hooks are asked.
    pub hooks: bool,
    /// Leave the last step out.
    pub dry_run: bool,
    /// For the lock and the reflog: `parallel merge r1`.
    pub purpose: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct MergeOutcome {
    /// The target as it was before.
    pub target: Target,
    /// Those that the target held already, by name.
    pub already: Vec<String>,
    pub verification: Option<Verification>,
    pub result: MergeResult,
    /// Earlier merges that were interrupted, and are settled now.
    pub settled: usize,
}

/// How far it came.
#[derive(Clone, Debug, PartialEq)]
pub enum MergeResult {
    /// There was nothing to land.
    Nothing,
    /// They do not all go together; nothing moved.
    Blocked(Box<Report>),
    /// The merged result failed its verification; nothing moved.
    Failed(Stack),
    /// This is what a merge would do.
    WouldLand(Stack),
    /// The target moved, and with it the worktree that has it checked out.
    Landed {
        stack: Stack,
        worktree: Option<PathBuf>,
        /// Its number in the operations' journal.
        operation: u64,
    },
}

/// Merges all candidates, or none.
pub fn merge(
    repository: &Repository,
    store: &Store,
    options: &MergeOptions<'_>,
    candidates: Vec<Candidate>,
) -> Result<MergeOutcome> {
    // A dry run changes nothing that another merge could stumble over.
    let lock = match options.dry_run {
        true => None,
        false => Some(store.lock_merge(&options.purpose)?),
    };
    let settled = match &lock {
        Some(lock) => settle(repository, store, lock)?,
        None => 0,
    };
    let target = target(repository, options.target)?;
    let (already, open) = sort_out(repository, &target, candidates)?;
    let mut outcome = MergeOutcome {
        target: target.clone(),
        already,
        verification: None,
        result: MergeResult::Nothing,
        settled,
    };
    if open.is_empty() {
        return Ok(outcome);
    }
    let stack = match prepare(repository, options, target, &open)? {
        Landing::Blocked(report) => {
            outcome.result = MergeResult::Blocked(Box::new(report));
            return Ok(outcome);
        }
        Landing::Ready(stack) => stack,
    };
    outcome.verification = verified(repository, store, options, &stack)?;
    let passed = outcome.verification.as_ref().is_none_or(|v| v.passed);
    outcome.result = match (passed, &lock) {
        (false, _) => MergeResult::Failed(stack),
        (true, None) => MergeResult::WouldLand(stack),
        (true, Some(lock)) => {
            let (operation, worktree) =
                landing::land(repository, store, &stack, &options.purpose, lock)?;
            MergeResult::Landed {
                stack,
                worktree,
                operation,
            }
        }
    };
    Ok(outcome)
}

fn target(repository: &Repository, name: &str) -> Result<Target> {
    let full = format!("refs/heads/{name}");
    let commit = repository.find_ref(&full).ok_or_else(|| {
        Failure::unable(format!("the target '{name}' is gone")).next("git branch --list")
    })?;
    Ok(Target {
        name: name.to_owned(),
        commit,
    })
}

/// Names of those that the target holds already, and those that are to land.
fn sort_out(
    repository: &Repository,
    target: &Target,
    candidates: Vec<Candidate>,
) -> Result<(Vec<String>, Vec<Candidate>)> {
    let commits: Vec<_> = candidates.iter().map(|one| one.asked.commit).collect();
    let landed = merge_into(repository, target.commit, &commits)?;
    let mut already = Vec::new();
    let mut open = Vec::new();
    for (candidate, landed) in candidates.into_iter().zip(landed) {
        if landed.held {
            already.push(candidate.asked.name);
        } else {
            open.push(candidate);
        }
    }
    Ok((already, open))
}

/// Merges into the repository's own objects where something will be done with the result, else
/// into a scratch space.
fn prepare(
    repository: &Repository,
    options: &MergeOptions<'_>,
    target: Target,
    open: &[Candidate],
) -> Result<Landing> {
    if options.dry_run && options.verify.is_none() {
        let space = ObjectSpace::scratch(repository);
        return landing::prepare(&space, target, open, None);
    }
    let hooks = if options.hooks && !options.dry_run {
        let worktree = repository.worktree_of(&target.name)?;
        let folder = worktree.map(|worktree| worktree.path);
        Some(MergeHooks::find(repository, folder.as_deref())?)
    } else {
        None
    };
    let space = ObjectSpace::kept(repository);
    landing::prepare(&space, target, open, hooks.as_ref())
}

fn verified(
    repository: &Repository,
    store: &Store,
    options: &MergeOptions<'_>,
    stack: &Stack,
) -> Result<Option<Verification>> {
    let Some(command) = options.verify else {
        return Ok(None);
    };
    let lock = || -> Result<Box<dyn Any>> { Ok(Box::new(store.lock(&options.purpose)?)) };
    if !options.dry_run {
        repository.clear_scratch_worktrees(&lock)?;
    }
    verify::verify(repository, stack.tip, command, &lock).map(Some)
}
