//! Taking away what was found to be safely elsewhere. Every step leaves something that the next
//! clean-up can finish, and what goes passes through the trash.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::error::{Failure, OnPath, Result};
use crate::git::{Discarded, RefChange, Reflog, Repository, trash_refs};
use crate::id::{RunId, TaskId};
use crate::process::Occupants;
use crate::store::{
    Event, Lock, OperationEvent, RunJournal, RunState, Store, Swept, SweptBranch, SweptWorktree,
    TaskState,
};

use super::cleanup::{CleanOptions, Decision, Facts, Place, Reason, decide, look, worked_in};
use super::disposal::{dispose, given_up_beside};
use super::settle::settle_cleans;
use super::size::size_of;

/// What became of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    pub run: RunId,
    pub task: TaskId,
    pub name: String,
    /// The worktree that went, or would go.
    pub worktree: Option<PathBuf>,
    /// The branch that went, or would go.
    pub branch: Option<String>,
    /// Where the worktree waits, if it was forced away.
    pub trash: Option<PathBuf>,
    pub kept: Vec<Reason>,
    /// What is kept: as far as it is there.
    pub kept_worktree: Option<PathBuf>,
    pub kept_branch: Option<String>,
}

/// What a clean-up came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleanOutcome {
    /// Its number in the operations' journal; `None` where nothing went.
    pub operation: Option<u64>,
    pub cleaned: Vec<Cleaned>,
    /// The files of what went are still being deleted, in the background.
    pub deleting: bool,
}

/// Cleans up after these tasks of a run.
pub fn clean(
    repository: &Repository,
    store: &Store,
    run: RunId,
    tasks: &[TaskId],
    options: &CleanOptions<'_>,
) -> Result<CleanOutcome> {
    if options.dry_run {
        let run = store.load_run(run)?;
        let tasks = something_left(&run, tasks);
        let facts = look(repository, store, &run, &tasks, options)?;
        let plan = tasks.iter().zip(facts);
        let cleaned = plan
            .map(|(task, facts)| cleaned(&run, task, &facts, &decide(&facts, options.force)))
            .collect();
        return Ok(CleanOutcome {
            cleaned,
            ..CleanOutcome::default()
        });
    }
    let purpose = format!("clean {run}");
    let _run_lock = store.lock_run(run, &purpose)?;
    settle_cleans(store, run)?;
    let (mut journal, run) = store.open_journal(run)?;
    let tasks = something_left(&run, tasks);
    let facts = look(repository, store, &run, &tasks, options)?;
    let (mut cleaned, mut doomed) = (Vec::new(), Vec::new());
    let mut ledger = Ledger {
        store,
        run: run.run,
        forced: options.force,
        operation: None,
    };
    for (task, facts) in tasks.iter().zip(facts) {
        let mut sweeper = Sweeper {
            repository,
            store,
            journal: &mut journal,
            ledger: &mut ledger,
            doomed: &mut doomed,
            run: run.run,
            task,
            stamp: stamp(),
        };
        cleaned.push(sweeper.sweep(&run, &facts, options.force, &purpose)?);
    }
    doomed.extend(leftovers(store, run.run, &purpose)?);
    // What cannot be deleted now, the next clean-up will.
    let deleting = dispose(store, doomed).unwrap_or(false);
    drop_own_refs(repository, store, run.run)?;
    let went = |one: &Cleaned| one.worktree.is_some() || one.branch.is_some();
    let operation = ledger.close(cleaned.iter().any(went))?;
    Ok(CleanOutcome {
        operation,
        cleaned,
        deleting,
    })
}

/// What goes, told to the operations' journal before it goes.
struct Ledger<'a> {
    store: &'a Store,
    run: RunId,
    forced: bool,
    /// Begun with the first that goes.
    operation: Option<u64>,
}

impl Ledger<'_> {
    fn note(&mut self, swept: Swept) -> Result<()> {
        let operation = match self.operation {
            Some(operation) => operation,
            None => self
                .store
                .plan_operation(|operation| OperationEvent::CleanPlanned {
                    operation,
                    run: self.run,
                    forced: self.forced,
                })?,
        };
        self.operation = Some(operation);
        let planned = OperationEvent::SweepPlanned { operation, swept };
        self.store.note_operation(&planned)
    }

    fn close(self, went: bool) -> Result<Option<u64>> {
        let Some(operation) = self.operation else {
            return Ok(None);
        };
        let end = match went {
            true => OperationEvent::Done { operation },
            false => OperationEvent::Abandoned { operation },
        };
        self.store.note_operation(&end)?;
        Ok(went.then_some(operation))
    }
}

/// What an earlier clean-up had no time to delete.
fn leftovers(store: &Store, run: RunId, purpose: &str) -> Result<Vec<PathBuf>> {
    let _lock = store.lock(purpose)?;
    let records = store.read_journal(run)?.records.into_iter();
    let planned = records.filter_map(|record| match record.event {
        Event::WorktreePlanned { path, .. } => Some(path),
        _ => None,
    });
    let worktrees: Vec<PathBuf> = planned.collect();
    worktrees
        .iter()
        .for_each(|path| Discarded::remove_empty(path));
    given_up_beside(&worktrees)
}

/// The tasks that have a worktree or a branch, as far as the journal knows.
fn something_left<'a>(run: &'a RunState, tasks: &[TaskId]) -> Vec<&'a TaskState> {
    let left = |task: &&TaskState| task.worktree.is_some() || task.branch.is_some();
    let found = tasks.iter().filter_map(|id| run.task(*id));
    found.filter(left).collect()
}

/// What goes and what stays, by a decision.
fn cleaned(run: &RunState, task: &TaskState, facts: &Facts, decision: &Decision) -> Cleaned {
    let worktree = facts.worktree.as_ref().map(|place| place.path.clone());
    let branch = facts.branch.as_ref().map(|branch| branch.name.clone());
    Cleaned {
        run: run.run,
        task: task.id,
        name: task.name.clone(),
        worktree: worktree.clone().filter(|_| decision.worktree_goes),
        branch: branch.clone().filter(|_| decision.branch_goes),
        trash: None,
        kept: decision.kept.clone(),
        kept_worktree: worktree.filter(|_| !decision.worktree_goes),
        kept_branch: branch.filter(|_| !decision.branch_goes),
    }
}

/// Tells one clean-up's things in the trash from another's.
fn stamp() -> String {
    Timestamp::now().as_millisecond().to_string()
}

struct Sweeper<'a, 'b> {
    repository: &'a Repository,
    store: &'a Store,
    journal: &'a mut RunJournal,
    ledger: &'a mut Ledger<'b>,
    /// Folders that hold nothing that is not elsewhere.
    doomed: &'a mut Vec<PathBuf>,
    run: RunId,
    task: &'a TaskState,
    stamp: String,
}

impl Sweeper<'_, '_> {
    fn sweep(
        &mut self,
        run: &RunState,
        facts: &Facts,
        force: bool,
        purpose: &str,
    ) -> Result<Cleaned> {
        let mut decision = decide(facts, force);
        let mut trash = None;
        // The repository's lock is held for the renames, not while files are deleted.
        {
            let _lock: Lock = self.store.lock(purpose)?;
            if let Some(swept) = self.swept(facts, &decision) {
                self.ledger.note(swept)?;
            }
            if let Some(place) = facts.worktree.as_ref().filter(|_| decision.worktree_goes) {
                match self.remove_worktree(place, &decision)? {
                    Removed::Disposable => {}
                    Removed::Kept(path) => trash = Some(path),
                    Removed::Not(reasons) => {
                        decision = Decision {
                            kept: reasons,
                            ..Decision::default()
                        };
                    }
                }
            }
            let branch_is_gone = facts.branch.is_none() && self.task.branch.is_some();
            if decision.branch_goes {
                self.remove_branch(facts)?;
            } else if branch_is_gone && decision.kept.is_empty() {
                self.note(&Event::BranchDeleted { task: self.task.id })?;
            }
        }
        Ok(Cleaned {
            trash,
            ..cleaned(run, self.task, facts, &decision)
        })
    }

    /// What is about to go and could be wanted back; `None` for what is only tidied up.
    fn swept(&self, facts: &Facts, decision: &Decision) -> Option<Swept> {
        let place = facts.worktree.as_ref();
        let place = place.filter(|place| decision.worktree_goes && place.exists);
        let branch = facts.branch.as_ref().filter(|_| decision.branch_goes);
        if place.is_none() && branch.is_none() {
            return None;
        }
        Some(Swept {
            task: self.task.id,
            name: self.task.name.clone(),
            stamp: self.stamp.clone(),
            worktree: place.map(|place| SweptWorktree {
                path: place.path.clone(),
                branch: place.branch.clone(),
                commit: place.commit,
                buried: decision.forced,
                bytes: decision.forced.then(|| size_of(&place.path)),
            }),
            branch: branch.map(|branch| SweptBranch {
                name: branch.name.clone(),
                tip: branch.tip,
            }),
        })
    }

    fn remove_worktree(&mut self, place: &Place, decision: &Decision) -> Result<Removed> {
        let task = self.task.id;
        self.note(&Event::WorktreeReleasePlanned { task })?;
        self.take_leftovers(place)?;
        let removed = if !place.exists {
            Removed::Disposable
        } else if decision.forced {
            Removed::Kept(self.bury(place)?)
        } else {
            self.discard(place)?
        };
        if matches!(removed, Removed::Not(_)) {
            return Ok(removed);
        }
        let kept = matches!(removed, Removed::Kept(_));
        if place.registered && !kept {
            self.repository.forget_worktree(&place.path)?;
        }
        self.note(&Event::WorktreeReleased { task })?;
        Ok(removed)
    }

    /// Out of its place, and looked at once more: whoever still wrote there has lost it now.
    fn discard(&mut self, place: &Place) -> Result<Removed> {
        let discarded = Discarded::take(&place.path, &self.stamp)?;
        let obstacles = self.repository.obstacles(&discarded.path())?;
        let mut reasons: Vec<Reason> = obstacles.into_iter().map(Reason::Obstacle).collect();
        reasons.extend(worked_in(&Occupants::look()?, &discarded.path()));
        if reasons.is_empty() {
            self.save(&discarded)?;
            self.doomed.push(discarded.path());
            return Ok(Removed::Disposable);
        }
        std::fs::rename(discarded.path(), &place.path).on_path("move back", &place.path)?;
        Ok(Removed::Not(reasons))
    }

    /// What was exchanged with the agent is kept with the run, and what only its reflog remembers
    /// by refs.
    fn save(&self, discarded: &Discarded) -> Result<()> {
        self.keep_reflog(Reflog::Head(&discarded.path()))?;
        let exchange = discarded.path().join(".parallel");
        self.store
            .keep_exchange(self.run, self.task.id, &self.stamp, &exchange)
    }

    /// Into the trash for good: files, index and whatever git was in the middle of.
    fn bury(&self, place: &Place) -> Result<PathBuf> {
        let head = self.repository.git_in(&place.path, "rev-parse");
        let head = head
            .args(["--verify", "--quiet", "HEAD"])
            .ask()?
            .text()
            .parse()
            .ok();
        let work = self.repository.snapshot(&place.path)?;
        let refs: Vec<RefChange> = [("head", head), ("work", work)]
            .into_iter()
            .filter_map(|(what, commit)| {
                Some(RefChange::Create {
                    name: self.trash_ref(what),
                    commit: commit?,
                })
            })
            .collect();
        self.repository.change_refs(&refs)?;
        self.keep_reflog(Reflog::Head(&place.path))?;
        let entry = self.repository.git_dir_of(&place.path)?;
        let kept = Discarded::take(&place.path, &self.stamp)?.keep()?;
        let retired = self
            .store
            .retired_entry(self.run, self.task.id, &self.stamp);
        self.repository.retire_entry(&entry, &retired)?;
        Ok(kept)
    }

    /// What an interrupted clean-up left of this worktree. Where git still knows of it, it was not
    /// looked at a second time yet.
    fn take_leftovers(&mut self, place: &Place) -> Result<()> {
        for left in Discarded::leftovers(&place.path)? {
            if left.is_forgotten() {
                self.doomed.push(left.path());
            } else if self.repository.obstacles(&left.path())?.is_empty() {
                self.save(&left)?;
                self.doomed.push(left.path());
            } else {
                left.keep()?;
            }
        }
        Ok(())
    }

    fn remove_branch(&mut self, facts: &Facts) -> Result<()> {
        let Some(branch) = &facts.branch else {
            return Ok(());
        };
        self.keep_reflog(Reflog::Branch(&branch.name))?;
        let changes = [
            RefChange::Create {
                name: self.trash_ref("branch"),
                commit: branch.tip,
            },
            RefChange::Delete {
                name: format!("refs/heads/{}", branch.name),
                commit: branch.tip,
            },
        ];
        self.repository
            .change_refs(&changes)
            .map_err(|failure: Failure| failure.kept(format!("the branch {}", branch.name)))?;
        self.note(&Event::BranchDeleted { task: self.task.id })
    }

    fn keep_reflog(&self, log: Reflog<'_>) -> Result<()> {
        let folder = trash_refs(self.run, self.task.id, &self.stamp);
        self.repository.keep_reflog(log, &folder)
    }

    fn trash_ref(&self, what: &str) -> String {
        let refs = trash_refs(self.run, self.task.id, &self.stamp);
        format!("{refs}{what}")
    }

    fn note(&mut self, event: &Event) -> Result<()> {
        self.journal.append(Timestamp::now(), event).map(drop)
    }
}

/// What became of a worktree.
enum Removed {
    /// It held nothing that is not elsewhere, and is to be deleted.
    Disposable,
    /// It waits here.
    Kept(PathBuf),
    /// Something came up meanwhile; it is back in its place.
    Not(Vec<Reason>),
}

/// When nothing of a run is left, the refs it kept for itself (the bases of tasks with several
/// dependencies) have served.
fn drop_own_refs(repository: &Repository, store: &Store, run: RunId) -> Result<()> {
    let state = store.load_run(run)?;
    let left = |task: &TaskState| task.worktree.is_some() || task.branch.is_some();
    if state.tasks.iter().any(left) {
        return Ok(());
    }
    let refs = repository.refs_below(&format!("refs/parallel/{run}/"))?;
    let changes: Vec<RefChange> = refs
        .into_iter()
        .map(|(name, commit)| RefChange::Delete { name, commit })
        .collect();
    repository.change_refs(&changes)
}
