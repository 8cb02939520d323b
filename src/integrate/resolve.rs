//! A conflict is no dead end: the merge that git could not make, made inside the task's own
//! worktree by whoever understands it.

use std::any::Any;
use std::path::{Path, PathBuf};

use crate::error::{Failure, Result, shell_word};
use crate::git::{MergeStart, Merged, ObjectSpace, RepoPath, Repository, Want};
use crate::id::RunId;
use crate::store::{Event, Store, TaskPhase, TaskState};

use super::check::check;
use super::reformed::reformed;
use super::revisions::{Asked, Target};

/// A task whose branch is to be reconciled.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub repository: &'a Repository,
    pub store: &'a Store,
    pub run: RunId,
    pub task: &'a TaskState,
    /// Its branch, by its short name.
    pub branch: &'a str,
}

/// What stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It goes together with everybody as it is.
    Nothing,
    /// The merge was made; nothing is left to resolve.
    Merged { with: String },
    /// The merge waits in this worktree for somebody to resolve these paths.
    Open {
        worktree: PathBuf,
        with: Option<String>,
        paths: Vec<RepoPath>,
    },
    /// What was open is committed.
    Continued,
    /// What was open is taken back.
    Aborted,
}

/// Whom a task's branch conflicts with: the target, else the first of the others, preferring one
/// that lands. `None` where it goes together with all.
pub fn opponent(
    repository: &Repository,
    target: Target,
    asked: &[Asked],
    at: usize,
) -> Result<Option<Opponent>> {
    let space = ObjectSpace::scratch(repository);
    let known = reformed(&Store::of(repository.common_dir()))?;
    let report = check(&space, &known, target, asked, Want::Verdicts)?;
    if !matches!(report.matrix.against_target[at], Merged::Clean { .. }) {
        return Ok(Some(Opponent::Target));
    }
    let conflicts = |other: &&usize| {
        let pair = report.matrix.pair(at, **other);
        pair.is_some_and(|pair| !matches!(pair.merged, Merged::Clean { .. }))
    };
    let found = report.order.order.iter().find(conflicts);
    Ok(found.map(|&other| Opponent::Revision(other)))
}

/// Who is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opponent {
    Target,
    /// By its position in the list.
    Revision(usize),
}

impl Case<'_> {
    /// Begins to merge the branch or commit `with` inside the task's worktree.
    pub fn start(&self, with: &str) -> Result<Resolution> {
        let worktree = self.worktree()?;
        if self.repository.merge_head(&worktree)?.is_some() {
            return self.open(worktree, None);
        }
        if self.repository.has_edits(&worktree)? {
            return Err(Failure::refused(format!(
                "the worktree of {} has uncommitted work: {}",
                self.task.name,
                worktree.display()
            ))
            .kept("everything")
            .next(format!("git -C {} status", word(&worktree)))
            .next(format!("git -C {} commit --all", word(&worktree))));
        }
        match self.repository.start_merge(&worktree, with)? {
            MergeStart::Concluded => Ok(Resolution::Merged {
                with: with.to_owned(),
            }),
            MergeStart::Conflicts => self.open(worktree, Some(with.to_owned())),
        }
    }

    /// Concludes what was begun, if nothing is left to resolve.
    pub fn go_on(&self) -> Result<Resolution> {
        let worktree = self.begun()?;
        let paths = self.repository.continue_merge(&worktree)?;
        if paths.is_empty() {
            return Ok(Resolution::Continued);
        }
        Ok(Resolution::Open {
            worktree,
            with: None,
            paths,
        })
    }

    /// Takes back what was begun.
    pub fn abort(&self) -> Result<Resolution> {
        let worktree = self.begun()?;
        self.repository.abort_merge(&worktree)?;
        Ok(Resolution::Aborted)
    }

    /// Refuses while somebody else may work there.
    pub fn must_be_free(&self) -> Result<()> {
        let at_work = matches!(
            self.task.phase,
            TaskPhase::Starting | TaskPhase::Running | TaskPhase::Waiting | TaskPhase::RateLimited
        );
        if !at_work {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "{}/{} {} is still being worked on",
            self.run, self.task.id, self.task.name
        ))
        .kept("nothing was changed")
        .next(format!("git parallel status {}", self.run)))
    }

    fn open(&self, worktree: PathBuf, with: Option<String>) -> Result<Resolution> {
        let paths = self.repository.unresolved(&worktree)?;
        Ok(Resolution::Open {
            worktree,
            with,
            paths,
        })
    }

    /// The worktree in which a merge was begun.
    fn begun(&self) -> Result<PathBuf> {
        let found = self.repository.worktree_of(self.branch)?;
        if let Some(worktree) = found
            && self.repository.merge_head(&worktree.path)?.is_some()
        {
            return Ok(worktree.path);
        }
        Err(Failure::unable(format!(
            "{} is not in the middle of a merge",
            self.task.name
        ))
        .next(format!(
            "git parallel resolve {}",
            shell_word(&self.task.name)
        )))
    }

    /// Where the task's branch is checked out; where it is nowhere, it is again.
    fn worktree(&self) -> Result<PathBuf> {
        if let Some(found) = self.repository.worktree_of(self.branch)? {
            return Ok(found.path);
        }
        let path = self.former_path()?;
        let purpose = format!("resolve {}/{}", self.run, self.task.id);
        let lock = || -> Result<Box<dyn Any>> { Ok(Box::new(self.store.lock(&purpose)?)) };
        let reason = format!("git-parallel {}/{}", self.run, self.task.id);
        self.repository
            .check_out_again(&path, self.branch, &reason, &lock)?;
        Ok(path)
    }

    /// Where its worktree was.
    fn former_path(&self) -> Result<PathBuf> {
        let journal = self.store.read_journal(self.run)?;
        let planned = journal
            .records
            .into_iter()
            .rev()
            .find_map(|record| match record.event {
                Event::WorktreePlanned { task, path, .. } if task == self.task.id => Some(path),
                _ => None,
            });
        planned.ok_or_else(|| {
            Failure::unable(format!("{} never had a worktree", self.task.name))
                .next(format!("git parallel status {}", self.run))
        })
    }
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
