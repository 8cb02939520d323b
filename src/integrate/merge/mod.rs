//! The whole way of a merge: what is landed already, do the rest go together, does the result pass
//! its tests, and only then one step of the target. A dry run leaves the last step out.

mod behind;
mod bisect;
mod build;
mod builder;
mod judge;
mod rebase;
mod words;

use std::any::Any;
use std::path::PathBuf;
use std::time::Instant;

use crate::error::{Failure, Result};
use crate::git::{
    MergeError, MergeHooks, Merged, ObjectSpace, Reformed, Repository, Want, merge_into, seats,
};
use crate::id::Oid;
use crate::store::{Lock, Store, Strategy};

use super::check::{Report, check};
use super::landing::{self, Candidate, Stack};
use super::reformed::reformed;
use super::revisions::{Asked, Target};
use super::settle::settle;
use super::verify::{Tell, Verification, Verifier};
use build::Built;
use builder::Builder;
use judge::{Judgement, judge};

pub use behind::{Behind, How, Why};

/// How to merge.
#[derive(Clone, Debug)]
pub struct MergeOptions<'a> {
    /// Short name of the branch that results go to.
    pub target: &'a str,
    pub strategy: Strategy,
    /// Land what lands, instead of all or none.
    pub partial: bool,
    /// A shell line that must succeed on the merged result.
    pub verify: Option<&'a str>,
    /// Whether the repository's hooks are asked.
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
    pub strategy: Strategy,
    /// Those that the target held already, by name.
    pub already: Vec<Asked>,
    /// What was found when not all go together.
    pub conflicts: Option<Box<Report>>,
    /// Those that do not land.
    pub behind: Vec<Behind>,
    /// The verification's last word on what was to land.
    pub verification: Option<Verification>,
    /// How often it was run.
    pub runs: usize,
    pub result: MergeResult,
    /// Earlier merges that were interrupted, and are settled now.
    pub settled: usize,
}

/// How far it came.
#[derive(Clone, Debug, PartialEq)]
pub enum MergeResult {
    /// There was nothing to land.
    Nothing,
    /// They do not all go together, and that, or none of it, was wanted; nothing moved.
    Blocked,
    /// Verification failed; nothing moved.
    Failed(Fault),
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

/// What fails its verification.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// All that was to land.
    pub stack: Stack,
    /// The smallest part of it that fails: a commit to look at.
    pub look: Oid,
    /// The target fails by itself: none of the branches is to blame.
    pub target: bool,
}

/// Merges all candidates, or none; with `partial`, those that can be. `tell` hears of every run of
/// the verification.
pub fn merge(
    repository: &Repository,
    store: &Store,
    options: &MergeOptions<'_>,
    candidates: Vec<Candidate>,
    tell: Tell<'_>,
) -> Result<MergeOutcome> {
    // A dry run changes nothing that another merge could stumble over.
    let merge_lock = match options.dry_run {
        true => None,
        false => Some(store.lock_merge(&options.purpose)?),
    };
    let began = Instant::now();
    let settled = match &merge_lock {
        Some(lock) => settle(repository, store, lock)?,
        None => 0,
    };
    let target = Target::find(repository, options.target)?;
    let (already, open) = sort_out(repository, store, options, &target, candidates)?;
    let mut outcome = MergeOutcome {
        target,
        strategy: options.strategy,
        already,
        conflicts: None,
        behind: Vec::new(),
        verification: None,
        runs: 0,
        result: MergeResult::Nothing,
        settled,
    };
    if open.is_empty() {
        return Ok(outcome);
    }
    let purpose = &options.purpose;
    let lock = || -> Result<Box<dyn Any>> { Ok(Box::new(store.lock(purpose)?)) };
    if merge_lock.is_some() {
        repository.clear_scratch_worktrees(&lock)?;
    }
    let verifier = options
        .verify
        .map(|command| Verifier::new(repository, command, &lock, tell));
    let ready = Course {
        repository,
        store,
        options,
        outcome: &mut outcome,
        verifier: verifier.transpose()?,
    }
    .prepare(&open)
    .map_err(nothing_moved)?;
    if let Some(stack) = ready {
        outcome.result = match &merge_lock {
            // A dry run has no lock, and stops here.
            None => MergeResult::WouldLand(stack),
            Some(lock) => last_step(repository, store, stack, purpose, lock, began)?,
        };
    }
    Ok(outcome)
}

/// Whatever stopped it so far: as a rule something could not be written.
fn nothing_moved(failure: Failure) -> Failure {
    let failure = match failure.kept {
        None => failure.kept("nothing was moved"),
        Some(_) => failure,
    };
    match failure.next.is_empty() {
        true => failure.next("df -h ."),
        false => failure,
    }
}

/// Moves the target.
fn last_step(
    repository: &Repository,
    store: &Store,
    stack: Stack,
    purpose: &str,
    lock: &Lock,
    began: Instant,
) -> Result<MergeResult> {
    let (operation, worktree) = landing::land(repository, store, &stack, purpose, lock, began)?;
    Ok(MergeResult::Landed {
        stack,
        worktree,
        operation,
    })
}

/// Those that the target holds already, and those that are to land.
fn sort_out(
    repository: &Repository,
    store: &Store,
    options: &MergeOptions<'_>,
    target: &Target,
    candidates: Vec<Candidate>,
) -> Result<(Vec<Asked>, Vec<Candidate>)> {
    let commits: Vec<_> = candidates.iter().map(|one| one.asked.commit).collect();
    let landed = merge_into(repository, &reformed(store)?, target.commit, &commits)?;
    let mut already = Vec::new();
    let mut open = Vec::new();
    for (candidate, landed) in candidates.into_iter().zip(landed) {
        if let (Merged::Error(error), false) = (&landed.merged, options.partial) {
            return Err(not_at_all(&candidate, target, error));
        }
        if landed.held {
            already.push(candidate.asked);
        } else {
            open.push(candidate);
        }
    }
    Ok((already, open))
}

/// git has no answer for this one, whatever it is merged with.
fn not_at_all(candidate: &Candidate, target: &Target, error: &MergeError) -> Failure {
    let name = &candidate.asked.name;
    Failure::unable(format!(
        "'{name}' cannot be merged into '{}': {}",
        target.name, error.message
    ))
    .kept("nothing was moved")
    .next(error.remedy(&target.name, name))
}

/// From candidates to a history that may land.
struct Course<'a, 'v> {
    repository: &'a Repository,
    store: &'a Store,
    options: &'a MergeOptions<'a>,
    outcome: &'a mut MergeOutcome,
    verifier: Option<Verifier<'v>>,
}

impl Course<'_, '_> {
    /// The history that lands; `None` where nothing does, and the outcome says why.
    fn prepare(mut self, open: &[Candidate]) -> Result<Option<Stack>> {
        let asked: Vec<Asked> = open.iter().map(|one| one.asked.clone()).collect();
        let target = self.outcome.target.clone();
        let mut known = reformed(self.store)?;
        // What else it holds others may stand on, whatever way it came there.
        known.extend(self.outcome.already.iter().map(|one| Reformed {
            tip: one.commit,
            form: target.commit,
        }));
        let report = {
            let scratch = ObjectSpace::scratch(self.repository);
            check(&scratch, &known, target.clone(), &asked, Want::Verdicts)?
        };
        let known = report.known.clone();
        let lands = report.order.lands().to_vec();
        let depends: Vec<Vec<usize>> = report.revisions.iter().map(|r| r.depends.clone()).collect();
        self.outcome.behind = behind::of_check(&report);
        if !self.outcome.behind.is_empty() {
            self.outcome.conflicts = Some(Box::new(report));
            if !self.options.partial || lands.is_empty() {
                self.outcome.result = MergeResult::Blocked;
                return Ok(None);
            }
        }
        let spaces = Spaces::open(self.repository, self.options);
        let commits: Vec<Oid> = open.iter().map(|one| one.asked.commit).collect();
        let hooks = self.hooks(&target)?;
        let builder = Builder {
            merging: &spaces.merging,
            commits: spaces.commits.as_ref().unwrap_or(&spaces.merging),
            strategy: self.options.strategy,
            hooks: hooks.as_ref(),
            seat: seats(&spaces.merging, &known, target.commit, &commits)?.target,
            target: &target,
        };
        let mut choice = Choice {
            open,
            depends,
            lands,
        };
        self.choose(&builder, &mut choice)
    }

    /// Builds and verifies; who is in the way is left behind, with what needs it, and the rest is
    /// tried again, where that is wanted.
    fn choose(&mut self, builder: &Builder<'_>, choice: &mut Choice<'_>) -> Result<Option<Stack>> {
        let mut good = 0;
        while !choice.lands.is_empty() {
            let stack = match builder.build(choice.open, &choice.lands)? {
                Built::Ready(stack) => stack,
                Built::Stuck { at, why } => {
                    good = choice.position(at).min(good);
                    self.outcome.result = MergeResult::Blocked;
                    self.outcome.behind.extend(choice.drop(at, why));
                    if self.options.partial {
                        continue;
                    }
                    return self.refused();
                }
            };
            let Some(verifier) = &mut self.verifier else {
                return Ok(Some(stack));
            };
            let judgement = judge(verifier, builder, choice, &stack, good)?;
            self.outcome.runs = verifier.runs();
            let (culprit, breaks) = match judgement {
                Judgement::Passed(verification) => {
                    self.outcome.verification = Some(verification);
                    return Ok(Some(stack));
                }
                Judgement::Target(verification) => {
                    self.outcome.verification = Some(verification);
                    self.outcome.result = MergeResult::Failed(Fault {
                        look: stack.target.commit,
                        stack,
                        target: true,
                    });
                    return Ok(None);
                }
                Judgement::Breaks { at, breaks } => (at, breaks),
            };
            good = culprit;
            self.outcome.verification = Some(breaks.verification.clone());
            self.outcome.result = MergeResult::Failed(Fault {
                look: stack.landed[culprit].merge,
                stack,
                target: false,
            });
            let behind = choice.drop(choice.lands[culprit], Why::Breaks(breaks));
            self.outcome.behind.extend(behind);
            if !self.options.partial {
                break;
            }
        }
        Ok(None)
    }

    /// A hook that refuses is git's way to say no to all of it.
    fn refused(&self) -> Result<Option<Stack>> {
        match self.outcome.behind.iter().find_map(Behind::refusal) {
            None => Ok(None),
            Some((name, said)) => Err(Failure::unable(said)
                .within(name)
                .kept("nothing was moved")
                .next("git parallel merge --no-verify")),
        }
    }

    fn hooks(&self, target: &Target) -> Result<Option<MergeHooks>> {
        if !self.options.hooks || self.options.dry_run {
            return Ok(None);
        }
        let worktree = self.repository.worktree_of(&target.name)?;
        let folder = worktree.map(|worktree| worktree.path);
        let folder = folder.filter(|folder| folder.is_dir());
        MergeHooks::find(self.repository, folder.as_deref()).map(Some)
    }
}

/// Where merges and commits go: into the repository's own objects where something will be done
/// with the result, else into a scratch space.
struct Spaces {
    merging: ObjectSpace,
    /// If not there, too.
    commits: Option<ObjectSpace>,
}

impl Spaces {
    fn open(repository: &Repository, options: &MergeOptions<'_>) -> Self {
        let (merging, commits) = match (options.dry_run, options.verify) {
            (true, None) => (ObjectSpace::scratch(repository), None),
            (true, Some(_)) => (
                ObjectSpace::kept_but_commits(repository),
                Some(ObjectSpace::kept_unsigned(repository)),
            ),
            (false, _) => (
                ObjectSpace::kept_but_commits(repository),
                Some(ObjectSpace::kept(repository)),
            ),
        };
        Self { merging, commits }
    }
}

/// Who is to land, by position among the candidates.
struct Choice<'a> {
    open: &'a [Candidate],
    /// For each candidate, those that must land before it.
    depends: Vec<Vec<usize>>,
    /// In order.
    lands: Vec<usize>,
}

impl Choice<'_> {
    fn name(&self, at: usize) -> String {
        self.open[at].asked.name.clone()
    }

    /// Where in the order a candidate stands.
    fn position(&self, at: usize) -> usize {
        let found = self.lands.iter().position(|&one| one == at);
        found.unwrap_or(self.lands.len())
    }

    /// Takes one out, and all that need it.
    fn drop(&mut self, at: usize, why: Why) -> Vec<Behind> {
        let mut gone = vec![at];
        let mut behind = vec![Behind {
            name: self.name(at),
            why,
        }];
        for &one in &self.lands {
            let need = self.depends[one].iter().find(|need| gone.contains(need));
            if let Some(&need) = need.filter(|_| !gone.contains(&one)) {
                gone.push(one);
                behind.push(Behind {
                    name: self.name(one),
                    why: Why::Waits(self.name(need)),
                });
            }
        }
        self.lands.retain(|one| !gone.contains(one));
        behind
    }
}
