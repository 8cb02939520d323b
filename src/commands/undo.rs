//! `git parallel undo`: the last merge or clean-up, taken back.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::integrate::{self, CleanOptions, UndoOptions};
use crate::store::Store;
use crate::ui::clean as show_clean;
use crate::ui::undo as show;

use super::{FormatArgs, clean, select};

/// Take back the last merge or clean-up, or list what there is to take back
///
/// A merge is taken back by moving its branch to where it was, while nothing was built on it; a
/// clean-up by bringing back worktrees and branches from the trash. Uncommitted work stays as it
/// is, and where it is in the way nothing moves. An undo is an operation too: by its number a merge
/// that was taken back is done again. What a run made is taken back by the run's name: its worktrees
/// and branches go to the trash, and that is an operation that can be taken back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of an operation, or a run (r1), as --list has them [default: the last merge or
    /// clean-up]
    #[arg(value_name = "OPERATION|RUN", conflicts_with = "list")]
    operation: Option<String>,
    /// List what this tool changed, the last first, and what of it can be taken back
    #[arg(short, long)]
    list: bool,
    /// Also a merge that was pushed, that others are built on, or whose branches are cleaned up, and
    /// a run whose work was merged
    #[arg(short, long, conflicts_with = "list")]
    force: bool,
    /// Only say what would be done
    #[arg(short = 'n', long, conflicts_with = "list")]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        if let Some(run) = self
            .operation
            .as_deref()
            .and_then(|typed| typed.parse().ok())
        {
            return self.take_back_run(context, &repository, &store, run);
        }
        let number = self.operation.as_deref().map(number).transpose()?;
        if self.list {
            return self.list(context, &repository, &store);
        }
        let options = UndoOptions {
            number,
            force: self.force,
            dry_run: self.dry_run,
        };
        let outcome = integrate::undo(&repository, &store, &options)?;
        let report = show::Report {
            outcome: outcome.as_ref(),
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
        Ok(Verdict::Done)
    }

    /// A run moved no branch: what it made goes the way of a clean-up, all of it through the trash.
    fn take_back_run(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
        run: RunId,
    ) -> Result<Verdict> {
        let state = store.load_run(run)?;
        if let Some(merge) = merge_of(store, run)?
            && !self.force
        {
            return Err(Failure::refused(format!(
                "operation {merge} merged work of {run}: take that back first"
            ))
            .kept("everything is as it was")
            .next(format!("git parallel undo {merge}"))
            .next(format!("git parallel clean {run}")));
        }
        let tasks: Vec<TaskId> = state.tasks.iter().map(|task| task.id).collect();
        let options = CleanOptions {
            target: &state.target,
            force: true,
            dry_run: self.dry_run,
            folder: &context.folder,
        };
        let outcome = integrate::clean(repository, store, run, &tasks, &options)?;
        let operations: Vec<u64> = outcome.operation.into_iter().collect();
        let report = show_clean::Report {
            cleaned: &outcome.cleaned,
            operations: &operations,
            dry_run: self.dry_run,
            deleting: outcome.deleting,
        };
        clean::answer(context, self.format, &report);
        clean::judge(&outcome.cleaned, &[run.to_string()], true)
    }

    fn list(&self, context: &Context, repository: &Repository, store: &Store) -> Result<Verdict> {
        let operations = integrate::operations(repository, store)?;
        let runs = store.load_runs()?;
        select::tell_of_unread(&context.screen, &runs.unread);
        let report = show::List {
            operations: &operations,
            runs: &runs.read,
        };
        if self.format.is_json() {
            context.screen.answer_json(&show::list_document(&report));
            return Ok(Verdict::Done);
        }
        let look = context.screen.look();
        context.screen.answer(&show::list(&report, look));
        for line in show::list_next(&report, context.screen.paint_narration()) {
            context.screen.narrate(&line);
        }
        Ok(Verdict::Done)
    }
}

/// The last merge, in effect, that landed work of a run.
fn merge_of(store: &Store, run: RunId) -> Result<Option<u64>> {
    let operations = store.operations()?;
    let last = operations.iter().rfind(|one| one.holds_work_of(run));
    Ok(last.map(|one| one.number))
}

fn number(typed: &str) -> Result<u64> {
    typed.parse().map_err(|_| {
        let what = format!("'{typed}' is neither the number of an operation nor a run");
        Failure::usage(what).next("git parallel undo --list")
    })
}
