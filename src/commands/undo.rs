//! `git parallel undo`: the last merge or clean-up, taken back.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::RunId;
use crate::integrate::{self, UndoOptions};
use crate::store::Store;
use crate::ui::undo as show;

use super::{FormatArgs, select};

/// Take back the last merge or clean-up, or list what there is to take back
///
/// A merge is taken back by moving its branch to where it was, while nothing was built on it; a
/// clean-up by bringing back worktrees and branches from the trash. Uncommitted work stays as it
/// is, and where it is in the way nothing moves. An undo is an operation too: by its number a merge
/// that was taken back is done again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of an operation, as --list has it [default: the last merge or clean-up]
    #[arg(value_name = "OPERATION", conflicts_with = "list")]
    operation: Option<String>,
    /// List what this tool changed, the last first, and what of it can be taken back
    #[arg(short, long)]
    list: bool,
    /// Also a merge that was pushed, that others are built on, or whose branches are cleaned up
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

fn number(typed: &str) -> Result<u64> {
    if let Ok(number) = typed.parse() {
        return Ok(number);
    }
    Err(match typed.parse::<RunId>() {
        Ok(run) => Failure::usage(format!(
            "'{typed}' is a run: its worktrees and branches are taken back by cleaning them up"
        ))
        .next(format!("git parallel clean --force {run}")),
        Err(_) => Failure::usage(format!("'{typed}' is not the number of an operation"))
            .next("git parallel undo --list"),
    })
}
