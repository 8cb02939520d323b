//! Whose branch is to be reconciled, and with whose.

use crate::commands::check;
use crate::commands::select::{self, Pointed};
use crate::error::{Failure, Result, shell_word};
use crate::git::Repository;
use crate::id::Oid;
use crate::integrate::{Asked, Opponent, OpponentReason, Site, Target, opponent};
use crate::store::{Event, Outcome, RunState, Selection, Store, TaskState};
use crate::ui::Screen;

/// What was pointed at.
pub enum Subject {
    Task {
        selection: Box<Selection>,
        task: Box<TaskState>,
        branch: String,
    },
    Branch(String),
}

/// What is to be merged into the subject's branch.
pub struct OtherSide {
    /// As git knows it.
    pub name: String,
    pub commit: Oid,
    pub reason: OpponentReason,
}

impl Subject {
    /// A task by its selector or by its branch; else a branch.
    pub fn find(
        repository: &Repository,
        store: &Store,
        screen: &Screen,
        typed: &str,
    ) -> Result<Self> {
        let is_branch = repository
            .find_ref(&format!("refs/heads/{typed}"))
            .is_some();
        match select::selection(store, Some(typed)) {
            Ok(selection) if selection.task.is_some() => {
                let found = Self::of_task(repository, selection, typed)?;
                if is_branch && found.branch() != typed {
                    let run = found.run().map(|run| run.run.to_string());
                    screen.warn(&format!(
                        "'{typed}' is a branch and a task of {}: the task is taken",
                        run.unwrap_or_default()
                    ));
                }
                Ok(found)
            }
            Ok(selection) if !is_branch => Err(Failure::usage(format!(
                "'{typed}' is a whole run: which of its tasks?"
            ))
            .next(format!("git parallel status {}", selection.run.run))),
            Err(failure) if !is_branch => Err(failure),
            _ => Self::of_branch(repository, store, typed),
        }
    }

    fn of_task(repository: &Repository, selection: Selection, typed: &str) -> Result<Self> {
        let found = selection.task.and_then(|id| selection.run.task(id));
        let task = found.filter(|task| check::of_task(repository, &selection.run, task).is_some());
        let Some((task, branch)) = task.and_then(|task| Some((task, task.branch.clone()?))) else {
            return Err(check::no_branch(typed, &selection));
        };
        Ok(Self::Task {
            task: Box::new(task.clone()),
            branch,
            selection: Box::new(selection),
        })
    }

    /// A branch that is a task's of some run, the newest first, stands for that task.
    fn of_branch(repository: &Repository, store: &Store, branch: &str) -> Result<Self> {
        for run in store.run_ids()?.into_iter().rev() {
            // A run that cannot be read says nothing about a branch that can.
            let Ok(run) = store.load_run(run) else {
                continue;
            };
            let found = run
                .tasks
                .iter()
                .find(|task| task.branch.as_deref() == Some(branch));
            if let Some(task) = found.map(|task| task.id) {
                let selection = Selection {
                    run,
                    task: Some(task),
                };
                return Self::of_task(repository, selection, branch);
            }
        }
        Ok(Self::Branch(branch.to_owned()))
    }

    /// As the user knows it.
    pub fn name(&self) -> &str {
        match self {
            Self::Task { task, .. } => &task.name,
            Self::Branch(branch) => branch,
        }
    }

    /// Its short name.
    pub fn branch(&self) -> &str {
        match self {
            Self::Task { branch, .. } | Self::Branch(branch) => branch,
        }
    }

    pub fn task(&self) -> Option<&TaskState> {
        match self {
            Self::Task { task, .. } => Some(task),
            Self::Branch(_) => None,
        }
    }

    pub fn run(&self) -> Option<&RunState> {
        match self {
            Self::Task { selection, .. } => Some(&selection.run),
            Self::Branch(_) => None,
        }
    }

    /// Refuses while somebody else may work there.
    pub fn must_be_free(&self) -> Result<()> {
        let Some((run, task)) = self.run().zip(self.task()) else {
            return Ok(());
        };
        if !task.phase.is_active() {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "{}/{} {} is still being worked on",
            run.run, task.id, task.name
        ))
        .kept("nothing was changed")
        .next(format!("git parallel status {}", run.run)))
    }

    pub fn site<'a>(&'a self, repository: &'a Repository, store: &'a Store) -> Result<Site<'a>> {
        let task = self.run().zip(self.task());
        let mut former = None;
        if let Some((run, task)) = task {
            let journal = store.read_journal(run.run)?.records.into_iter().rev();
            former = journal
                .filter_map(|record| match record.event {
                    Event::WorktreePlanned { task, path, .. } => Some((task, path)),
                    _ => None,
                })
                .find(|(id, _)| *id == task.id)
                .map(|(_, path)| path);
        }
        Ok(Site {
            repository,
            store,
            branch: self.branch(),
            name: self.name(),
            task: task.map(|(run, task)| (run.run, task.id)),
            former,
        })
    }

    /// The message of the merge: both branches, as git has it, and what both tasks are.
    pub fn message(&self, other: &OtherSide) -> String {
        let mut message = format!("Merge branch '{}' into {}\n", other.name, self.branch());
        let Some((run, task)) = self.run().zip(self.task()) else {
            return message;
        };
        let title = |task: &TaskState| {
            let title = task.title.lines().next().unwrap_or_default();
            format!("{}: {title}\n", task.id)
        };
        message.push('\n');
        message.push_str(&title(task));
        let theirs = task_of_branch(run, &other.name);
        message.push_str(&theirs.map(title).unwrap_or_default());
        message.push_str(&format!("\nParallel-Task: {}/{}\n", run.run, task.id));
        message
    }

    /// The branch to merge: the one that was named, else the one that conflicts.
    pub fn other_side(
        &self,
        repository: &Repository,
        store: &Store,
        screen: &Screen,
        with: Option<&str>,
        into: Option<&str>,
    ) -> Result<Option<OtherSide>> {
        if let Some(with) = with {
            return self.named(repository, store, screen, with).map(Some);
        }
        let planned = self.run().map(|run| run.target.as_str());
        let name = select::target(repository, into, planned)?;
        if name == self.branch() {
            return Err(self.is_the_target());
        }
        let target = Target {
            commit: repository.commit(&format!("refs/heads/{name}"))?,
            name: name.clone(),
        };
        let (all, branches) = self.company(repository)?;
        let own = branches.iter().position(|branch| branch == self.branch());
        let own = own.unwrap_or_default();
        let Some((found, reason)) = opponent(repository, target.clone(), &all, own)? else {
            return Ok(None);
        };
        Ok(Some(match found {
            Opponent::Target => OtherSide {
                name,
                commit: target.commit,
                reason,
            },
            Opponent::Revision(other) => OtherSide {
                name: branches[other].clone(),
                commit: all[other].commit,
                reason,
            },
        }))
    }

    fn is_the_target(&self) -> Failure {
        let word = shell_word(self.name());
        Failure::usage(format!(
            "results go to {} itself: name the branch that it conflicts with",
            self.name()
        ))
        .next(format!("git parallel resolve {word} --into BRANCH"))
    }

    /// The subject, among the done tasks of its run in their order; with their branches.
    fn company(&self, repository: &Repository) -> Result<(Vec<Asked>, Vec<String>)> {
        let Some((run, task)) = self.run().zip(self.task()) else {
            let commit = repository.commit(&format!("refs/heads/{}", self.branch()))?;
            let own = Asked::revision(self.branch(), commit);
            return Ok((vec![own], vec![self.branch().to_owned()]));
        };
        let counts = |one: &&TaskState| one.outcome == Some(Outcome::Done) || one.id == task.id;
        let all = run.tasks.iter().filter(counts);
        Ok(all
            .filter_map(|one| Some((check::of_task(repository, run, one)?, one.branch.clone()?)))
            .unzip())
    }

    fn named(
        &self,
        repository: &Repository,
        store: &Store,
        screen: &Screen,
        with: &str,
    ) -> Result<OtherSide> {
        let name = match select::point(repository, store, screen, with)? {
            Pointed::Revision { name, .. } => name,
            Pointed::Selection(selection) => {
                let task = selection.task.and_then(|id| selection.run.task(id));
                task.and_then(|task| task.branch.clone())
                    .ok_or_else(|| check::no_branch(with, &selection))?
            }
        };
        if name == self.branch() {
            return Err(
                Failure::usage(format!("'{name}' cannot be merged with itself"))
                    .next(format!("git parallel resolve {}", shell_word(self.name()))),
            );
        }
        Ok(OtherSide {
            commit: repository.commit(&name)?,
            name,
            reason: OpponentReason::Named,
        })
    }
}

/// The task of a run whose branch this is.
pub fn task_of_branch<'a>(run: &'a RunState, branch: &str) -> Option<&'a TaskState> {
    run.tasks
        .iter()
        .find(|task| task.branch.as_deref() == Some(branch))
}
