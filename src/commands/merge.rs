//! `git parallel merge`: branches onto the target, all or none.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::Oid;
use crate::integrate::{self, Asked, Candidate, MergeOptions, MergeResult};
use crate::store::{Outcome, RunState, Selection, Store, TaskPhase, TaskState};
use crate::ui::merge::{self as show, LeftOut};

use super::select::{self, Pointed};
use super::{FormatArgs, check};

/// Land branches on the target, all or none, in the best order
///
/// Everything is merged in memory first. Only when all of it goes together, and passes --verify,
/// the target moves, in one step. Without REV: the tasks of the latest run that are done.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Branches, commits, runs or tasks [default: the latest run]
    #[arg(value_name = "REV|TASK")]
    revisions: Vec<String>,
    /// Branch that results go to [default: the run's, else the one checked out]
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// A shell line that must succeed on the merged result before anything moves
    #[arg(long, value_name = "CMD")]
    verify: Option<String>,
    /// Skip the hooks pre-merge-commit, prepare-commit-msg and commit-msg
    #[arg(long)]
    no_verify: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let gathered = self.gather(context, &repository, &store)?;
        let target = select::target(
            &repository,
            self.into.as_deref(),
            gathered.planned.as_deref(),
        )?;
        let none_done = gathered.candidates.is_empty() && !gathered.left_out.is_empty();
        let outcome = integrate::merge(
            &repository,
            &store,
            &MergeOptions {
                target: &target,
                verify: self.verify.as_deref(),
                hooks: !self.no_verify,
                dry_run: self.dry_run,
                purpose: self.purpose(),
            },
            gathered.with_messages(&repository, &target)?,
        )?;
        let report = show::Report {
            outcome: &outcome,
            left_out: &gathered.left_out,
            run: gathered.run,
            typed: &self.revisions,
        };
        if self.format.is_json() {
            context.screen.answer_json(&show::document(&report));
        } else {
            let look = context.screen.look();
            context.screen.answer(&show::render(&report, look));
            let paint = context.screen.paint_narration();
            for line in show::next(&report, paint) {
                context.screen.narrate(&line);
            }
        }
        let finding = match outcome.result {
            MergeResult::Nothing => none_done,
            MergeResult::Blocked(_) | MergeResult::Failed(_) => true,
            MergeResult::WouldLand(_) | MergeResult::Landed { .. } => false,
        };
        Ok(Verdict::finding_if(finding))
    }

    fn purpose(&self) -> String {
        let mut words = vec!["parallel merge".to_owned()];
        words.extend(self.revisions.iter().cloned());
        words.join(" ")
    }

    fn gather(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
    ) -> Result<Gathered> {
        let mut gathered = Gathered::default();
        if self.revisions.is_empty() {
            let latest = select::selection(store, None)?;
            gathered.add_selection(repository, &latest)?;
        }
        for typed in &self.revisions {
            match select::point(repository, store, &context.screen, typed)? {
                Pointed::Revision { name, commit } => gathered.add_revision(&name, commit),
                Pointed::Selection(selection) => gathered.add_selection(repository, &selection)?,
            }
        }
        Ok(gathered)
    }
}

/// What is to land, and what was meant but cannot.
#[derive(Default)]
struct Gathered {
    candidates: Vec<Candidate>,
    left_out: Vec<LeftOut>,
    /// The target that the plan names.
    planned: Option<String>,
    run: Option<crate::id::RunId>,
}

impl Gathered {
    fn add_revision(&mut self, name: &str, commit: Oid) {
        self.add(Candidate {
            asked: Asked::revision(name, commit),
            message: String::new(),
            task: None,
        });
    }

    /// The tasks that are done. A task that was pointed at by itself lands whatever its outcome,
    /// once nobody works on it.
    fn add_selection(&mut self, repository: &Repository, selection: &Selection) -> Result<()> {
        let run = &selection.run;
        self.planned.get_or_insert_with(|| run.target.clone());
        self.run.get_or_insert(run.run);
        for task in selection.tasks() {
            let done = task.outcome == Some(Outcome::Done);
            if selection.task.is_some() && task.phase != TaskPhase::Finished {
                return Err(still_open(run, task));
            }
            let chosen = selection.task.is_some() && task.branch.is_some();
            match check::of_task(repository, run, task) {
                Some(asked) if done || chosen => self.add(Candidate {
                    asked,
                    message: message(run, task),
                    task: Some((run.run, task.id)),
                }),
                None if done => self.left_out.push(LeftOut::gone(task)),
                _ => self.left_out.push(LeftOut::of(run, task)),
            }
        }
        Ok(())
    }

    fn add(&mut self, candidate: Candidate) {
        let known = |one: &Candidate| one.asked.name == candidate.asked.name;
        if !self.candidates.iter().any(known) {
            self.candidates.push(candidate);
        }
    }

    /// The candidates; what is not a task's is called what `git merge` calls it.
    fn with_messages(&self, repository: &Repository, target: &str) -> Result<Vec<Candidate>> {
        let mut candidates = self.candidates.clone();
        for one in candidates.iter_mut().filter(|one| one.task.is_none()) {
            one.message = repository.merge_message(&one.asked.name, one.asked.commit, target)?;
        }
        Ok(candidates)
    }
}

/// "Merge T001: Add the schema", with a trailer that says whose work it is.
fn message(run: &RunState, task: &TaskState) -> String {
    let title = task.title.lines().next().unwrap_or_default();
    format!(
        "Merge {}: {title}\n\nParallel-Task: {}/{}\n",
        task.id, run.run, task.id
    )
}

fn still_open(run: &RunState, task: &TaskState) -> Failure {
    Failure::refused(format!(
        "{}/{} {} has no outcome yet",
        run.run, task.id, task.name
    ))
    .kept("nothing was moved")
    .next(format!("git parallel status {}", run.run))
}
