//! What was cleaned up, brought back: branches from the refs of the trash, worktrees from its
//! folder, or from their commit where they held nothing else.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Failure, Result, shell_word};
use crate::git::{Discarded, Former, RefChange, Reflog, Repository, Worktree, trash_refs};
use crate::id::RunId;
use crate::store::{
    Change, Event, Lock, Operation, OperationEvent, OperationState, RunState, Store, Swept,
    SweptBranch, SweptWorktree,
};

use super::super::cleanup::words_of;
use super::{Case, Effect};

/// What is there again of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub run: RunId,
    pub task: crate::id::TaskId,
    pub name: String,
    pub worktree: Option<PathBuf>,
    pub branch: Option<String>,
}

/// What of one task is to be brought back.
#[derive(Clone, Copy, Debug)]
struct Missing<'a> {
    swept: &'a Swept,
    branch: Option<&'a SweptBranch>,
    worktree: Option<(&'a SweptWorktree, Source)>,
}

/// Where a worktree comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// It waits in the trash as it was.
    Trash,
    /// Its clean-up was interrupted.
    HalfRemoved,
    /// It held nothing but its commit.
    Commit,
}

impl Case<'_> {
    /// Brings back what a clean-up took away; else only looks whether that can be.
    pub(super) fn restore(&self, act: bool) -> Result<(Effect, Option<u64>)> {
        self.must_be_in_effect()?;
        let Change::Clean { run, swept, .. } = &self.operation.change else {
            return Err(self.not_again());
        };
        let restorer = Restorer {
            repository: self.repository,
            store: self.store,
            run: *run,
            purpose: format!("undo {}", self.operation.number),
        };
        if !act {
            let missing = restorer.look(swept)?;
            return Ok((Effect::Restored(restorer.told(&missing)), None));
        }
        let _lock = self.store.lock_run(*run, &restorer.purpose)?;
        let missing = restorer.look(swept)?;
        let undoes = self.operation.number;
        let planned = |operation| OperationEvent::UndoPlanned { operation, undoes };
        let operation = self.store.plan_operation(planned)?;
        restorer.bring_all(&missing, swept)?;
        let done = OperationEvent::Done { operation };
        self.store.note_operation(&done)?;
        Ok((Effect::Restored(restorer.told(&missing)), Some(operation)))
    }
}

/// Finishes what interrupted undos of clean-ups were at. Returns how many there were.
pub(super) fn settle(repository: &Repository, store: &Store) -> Result<usize> {
    let operations = store.operations()?;
    let mut settled = 0;
    let is_open = |o: &&Operation| o.state == OperationState::Planned;
    for open in operations.iter().filter(is_open) {
        let Change::Undo(of) = open.change else {
            continue;
        };
        let of = operations.iter().find(|o| o.number == of);
        let Some(Change::Clean { run, swept, .. }) = of.map(|of| &of.change) else {
            continue;
        };
        let restorer = Restorer {
            repository,
            store,
            run: *run,
            purpose: format!("undo {}", open.number),
        };
        // Somebody is at work on the run: the next undo finds it free.
        let Ok(_lock) = store.lock_run(*run, &restorer.purpose) else {
            continue;
        };
        let operation = open.number;
        let missing = restorer.look(swept);
        let brought = missing.and_then(|missing| restorer.bring_all(&missing, swept));
        store.note_operation(&match brought {
            Ok(()) => OperationEvent::Done { operation },
            // What it is now in the way of, the next undo of the same says.
            Err(_) => OperationEvent::Abandoned { operation },
        })?;
        settled += 1;
    }
    Ok(settled)
}

/// Brings back what was cleaned up of one run.
struct Restorer<'a> {
    repository: &'a Repository,
    store: &'a Store,
    run: RunId,
    purpose: String,
}

impl Restorer<'_> {
    /// What is gone of all this; refuses where something else has taken its place.
    fn look<'a>(&self, swept: &'a [Swept]) -> Result<Vec<Missing<'a>>> {
        let run = self.store.load_run(self.run)?;
        let entries = match swept.iter().any(|one| one.worktree.is_some()) {
            true => self.repository.worktrees()?,
            false => Vec::new(),
        };
        let missing = swept.iter().map(|one| self.missing(&run, &entries, one));
        missing.collect()
    }

    fn missing<'a>(
        &self,
        run: &RunState,
        entries: &[Worktree],
        swept: &'a Swept,
    ) -> Result<Missing<'a>> {
        let mut missing = Missing {
            swept,
            branch: None,
            worktree: None,
        };
        if let Some(branch) = &swept.branch {
            let full = format!("refs/heads/{}", branch.name);
            match self.repository.find_ref(&full) {
                Some(tip) if tip == branch.tip => {}
                Some(_) => return Err(another_branch(branch)),
                None if self
                    .repository
                    .find_commit(branch.tip.to_string())
                    .is_none() =>
                {
                    return Err(no_commit(&branch.name, branch.tip));
                }
                None => missing.branch = Some(branch),
            }
        }
        let task = run.task(swept.task);
        let others = task.and_then(|task| task.worktree.as_ref());
        if let Some(worktree) = &swept.worktree {
            if let Some(other) = others.filter(|other| **other != worktree.path) {
                return Err(another_worktree(&swept.name, other));
            }
            let source = self.source(entries, swept, worktree)?;
            missing.worktree = source.map(|source| (worktree, source));
        }
        Ok(missing)
    }

    /// Where a worktree is to come from; `None` where it is in its place.
    fn source(
        &self,
        entries: &[Worktree],
        swept: &Swept,
        worktree: &SweptWorktree,
    ) -> Result<Option<Source>> {
        let words = words_of(self.run, swept.task);
        let entry = entries
            .iter()
            .find(|entry| entry.locked.as_deref() == Some(words.as_str()));
        let kept = Discarded::kept_of(&worktree.path, &swept.stamp);
        if worktree.path.exists() {
            let ours = entry.is_some_and(|entry| entry.path == worktree.path);
            return match ours {
                true if worktree.buried || self.is_whole(&worktree.path)? => Ok(None),
                true => Ok(Some(Source::Commit)),
                // Its entry goes home before its folder does.
                false => Err(path_is_taken(&worktree.path)),
            };
        }
        if worktree.buried {
            return match kept.path().exists() {
                true => Ok(Some(Source::Trash)),
                false => Err(self.no_longer_in_the_trash(swept, &kept)?),
            };
        }
        let half = Discarded::disposable_of(&worktree.path, &swept.stamp);
        if entry.is_some() && half.path().exists() {
            return Ok(Some(Source::HalfRemoved));
        }
        if let Some(branch) = &worktree.branch
            && let Some(other) = entries.iter().find(|e| e.branch.as_ref() == Some(branch))
        {
            return Err(checked_out_elsewhere(branch, &other.path));
        }
        match worktree.commit {
            Some(commit) if self.repository.find_commit(commit.to_string()).is_some() => {
                Ok(Some(Source::Commit))
            }
            Some(commit) => Err(no_commit(&swept.name, commit)),
            // An unborn branch in an empty worktree: there is nothing to bring back.
            None => Ok(None),
        }
    }

    fn no_longer_in_the_trash(&self, swept: &Swept, kept: &Discarded) -> Result<Failure> {
        let refs = trash_refs(self.run, swept.task, &swept.stamp);
        if self.repository.refs_below(&refs)?.is_empty() {
            let failure = format!(
                "the worktree of {} was emptied out of the trash",
                swept.name
            );
            return Ok(Failure::refused(failure).next("git parallel undo --list"));
        }
        let failure = Failure::refused(format!(
            "the worktree of {} is no longer in the trash: {} is gone",
            swept.name,
            kept.path().display()
        ))
        .kept("its commits, under refs/parallel/trash");
        Ok(failure.next("git for-each-ref refs/parallel/trash"))
    }

    /// Whether git came to the end of checking it out.
    fn is_whole(&self, path: &Path) -> Result<bool> {
        Ok(self.repository.git_dir_of(path)?.join("index").exists())
    }

    fn bring_all(&self, missing: &[Missing<'_>], swept: &[Swept]) -> Result<()> {
        for one in missing {
            self.bring(one)?;
        }
        for one in swept {
            self.empty_trash_refs(one)?;
        }
        Ok(())
    }

    /// Brings back what is missing of one task. The run's journal is told first: what it believes
    /// to be there and is not, a clean-up takes note of.
    fn bring(&self, missing: &Missing<'_>) -> Result<()> {
        let task = missing.swept.task;
        let lock = self.store.lock(&self.purpose)?;
        let (mut journal, _) = self.store.open_journal(self.run)?;
        let mut note = |event| journal.append(Timestamp::now(), &event).map(drop);
        if let Some(branch) = missing.branch {
            let name = branch.name.clone();
            note(Event::BranchRestored { task, branch: name })?;
            self.repository.change_refs(&[RefChange::Create {
                name: format!("refs/heads/{}", branch.name),
                commit: branch.tip,
            }])?;
        }
        if let Some((worktree, source)) = missing.worktree {
            let path = worktree.path.clone();
            note(Event::WorktreeRestored { task, path })?;
            self.bring_worktree(missing.swept, worktree, source, &lock)?;
        }
        Ok(())
    }

    fn bring_worktree(
        &self,
        swept: &Swept,
        worktree: &SweptWorktree,
        source: Source,
        lock: &Lock,
    ) -> Result<()> {
        let path = &worktree.path;
        match source {
            Source::Trash => {
                let kept = Discarded::kept_of(path, &swept.stamp);
                let entry = self.store.retired_entry(self.run, swept.task, &swept.stamp);
                self.repository.bring_back(&kept, &entry, path)
            }
            Source::HalfRemoved => Discarded::disposable_of(path, &swept.stamp).put_back(path),
            Source::Commit => {
                let Some(commit) = worktree.commit else {
                    return Ok(());
                };
                self.repository.check_out_former(
                    &Former {
                        path,
                        branch: worktree.branch.as_deref(),
                        commit,
                        reason: &words_of(self.run, swept.task),
                    },
                    &lock.share()?,
                )?;
                let exchange = path.join(".parallel");
                self.store
                    .return_exchange(self.run, swept.task, &swept.stamp, &exchange)
            }
        }
    }

    /// What only reflogs remembered stays: a reflog that went does not come back.
    fn empty_trash_refs(&self, swept: &Swept) -> Result<()> {
        let folder = trash_refs(self.run, swept.task, &swept.stamp);
        let refs = self.repository.refs_below(&folder)?;
        let changes: Vec<RefChange> = refs
            .into_iter()
            .filter(|(name, _)| !Reflog::is_kept_by(name))
            .map(|(name, commit)| RefChange::Delete { name, commit })
            .collect();
        self.repository.change_refs(&changes)
    }

    fn told(&self, missing: &[Missing<'_>]) -> Vec<Restored> {
        let restored = missing.iter().map(|one| Restored {
            run: self.run,
            task: one.swept.task,
            name: one.swept.name.clone(),
            worktree: one.worktree.map(|(worktree, _)| worktree.path.clone()),
            branch: one.branch.map(|branch| branch.name.clone()),
        });
        restored
            .filter(|one| one.worktree.is_some() || one.branch.is_some())
            .collect()
    }
}

const KEPT: &str = "everything is as it was";

fn another_branch(branch: &SweptBranch) -> Failure {
    let name = shell_word(&branch.name);
    Failure::refused(format!(
        "there is another branch '{}' by now, at another commit",
        branch.name
    ))
    .kept(KEPT)
    .next(format!("git branch --move {name} {name}-new"))
}

fn another_worktree(name: &str, path: &Path) -> Failure {
    Failure::refused(format!(
        "{name} has another worktree by now: {}",
        path.display()
    ))
    .kept(KEPT)
    .next("git parallel status")
}

fn path_is_taken(path: &Path) -> Failure {
    let word = shell_word(&path.to_string_lossy());
    Failure::refused(format!(
        "{} is in the way of the worktree that was there",
        path.display()
    ))
    .kept(KEPT)
    .next(format!("mv {word} {word}-aside"))
}

fn checked_out_elsewhere(branch: &str, path: &Path) -> Failure {
    Failure::refused(format!(
        "'{branch}' is checked out in {} by now",
        path.display()
    ))
    .kept(KEPT)
    .next(format!(
        "git -C {} switch --detach",
        shell_word(&path.to_string_lossy())
    ))
}

fn no_commit(name: &str, commit: crate::id::Oid) -> Failure {
    Failure::refused(format!(
        "the work of {name} is no longer here: commit {} is gone",
        commit.short()
    ))
    .next("git fsck --lost-found")
}
