//! `git parallel resolve TASK`: a conflict, resolved where its work was done.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::integrate::{Asked, Case, Opponent, Resolution, Target, opponent};
use crate::store::{Outcome, Selection, Store};
use crate::ui::resolve as show;

use super::select::{self, Pointed};
use super::{FormatArgs, check};

/// Resolve a task's conflict inside its own worktree
///
/// Starts merging whatever the task's branch conflicts with, the target or another task's branch,
/// and leaves the conflict there for you. Then: --continue, and `git parallel merge` again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A task: T001, its name, or RUN/TASK
    #[arg(value_name = "TASK")]
    task: String,
    /// Merge this branch instead of the one found to conflict
    #[arg(long, value_name = "BRANCH", conflicts_with_all = ["continue", "abort"])]
    with: Option<String>,
    /// Branch that results go to [default: the run's]
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Commit what was resolved; nothing may be left open
    #[arg(long = "continue", id = "continue")]
    go_on: bool,
    /// Take the merge back
    #[arg(long, conflicts_with = "continue")]
    abort: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let selection = select::selection(&store, Some(&self.task))?;
        let Some(task) = selection.task.and_then(|id| selection.run.task(id)) else {
            return Err(Failure::usage(format!(
                "'{}' is a whole run: which of its tasks?",
                self.task
            ))
            .next(format!("git parallel status {}", selection.run.run)));
        };
        let Some(asked) = check::of_task(&repository, &selection.run, task) else {
            return Err(check::no_branch(&self.task, &selection));
        };
        let case = Case {
            repository: &repository,
            store: &store,
            run: selection.run.run,
            task,
            branch: task.branch.as_deref().unwrap_or_default(),
        };
        case.must_be_free()?;
        let resolution = match (self.go_on, self.abort) {
            (true, _) => case.go_on()?,
            (_, true) => case.abort()?,
            _ => match self.other_side(context, &repository, &store, &selection, asked)? {
                Some(with) => case.start(&with)?,
                None => Resolution::Nothing,
            },
        };
        let report = show::Report {
            run: case.run,
            task,
            resolution: &resolution,
        };
        if self.format.is_json() {
            context.screen.answer_json(&show::document(&report));
        } else {
            context
                .screen
                .answer(&show::render(&report, context.screen.paint()));
            for line in show::next(&report, context.screen.paint_narration()) {
                context.screen.narrate(&line);
            }
        }
        let open = matches!(resolution, Resolution::Open { .. });
        Ok(Verdict::finding_if(open))
    }

    /// The branch to merge: the one that was named, else the one that conflicts.
    fn other_side(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
        selection: &Selection,
        asked: Asked,
    ) -> Result<Option<String>> {
        if let Some(with) = &self.with {
            return named(context, repository, store, with).map(Some);
        }
        let run = &selection.run;
        let name = select::target(repository, self.into.as_deref(), Some(&run.target))?;
        let target = Target {
            commit: repository.commit(&format!("refs/heads/{name}"))?,
            name: name.clone(),
        };
        let others = run
            .tasks
            .iter()
            .filter(|task| task.outcome == Some(Outcome::Done) && Some(task.id) != selection.task);
        let branches: Vec<(Asked, &str)> = others
            .filter_map(|task| {
                let branch = task.branch.as_deref()?;
                Some((check::of_task(repository, run, task)?, branch))
            })
            .collect();
        let mut all = vec![asked];
        all.extend(branches.iter().map(|(asked, _)| asked.clone()));
        Ok(match opponent(repository, target, &all, 0)? {
            None => None,
            Some(Opponent::Target) => Some(name),
            Some(Opponent::Revision(other)) => Some(branches[other - 1].1.to_owned()),
        })
    }
}

fn named(context: &Context, repository: &Repository, store: &Store, with: &str) -> Result<String> {
    match select::point(repository, store, &context.screen, with)? {
        Pointed::Revision { name, .. } => Ok(name),
        Pointed::Selection(selection) => {
            let task = selection.task.and_then(|id| selection.run.task(id));
            task.and_then(|task| task.branch.clone())
                .ok_or_else(|| check::no_branch(with, &selection))
        }
    }
}
