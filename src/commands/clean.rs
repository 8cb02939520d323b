//! `git parallel clean`: worktrees and landed branches go; what is nowhere else stays.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::context::Context;
use crate::duration;
use crate::error::{Failure, Result, Verdict, shell_word};
use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::integrate::{self, CleanOptions, Cleaned, Reason};
use crate::store::{RunState, Store};
use crate::ui::clean as show;
use crate::ui::trash;

use super::{FormatArgs, select};

/// Remove worktrees and landed branches; keep what is nowhere else, and say why
///
/// A task's worktree and branch go when the target holds its commits and the worktree holds
/// nothing of its own: no changed, untracked or ignored file, nothing half done. With --force the
/// rest goes to the trash, .git-parallel-trash beside the worktrees and refs/parallel/trash/ in
/// the repository; nothing is destroyed. `undo` brings back what went, until --empty-trash deletes
/// it for good; `doctor` tells how much waits there. Many files are deleted in the background.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Runs or tasks [default: the latest run]
    #[arg(value_name = "RUN|TASK")]
    selectors: Vec<String>,
    /// Branch that must hold what goes [default: the run's target]
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Move what is nowhere else to the trash, too
    #[arg(short, long)]
    force: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Instead, delete for good what waits in the trash
    #[arg(long, conflicts_with_all = ["selectors", "into", "force"])]
    empty_trash: bool,
    /// Of the trash only what has waited for so long: 12h, 720h
    #[arg(long, value_name = "AGE", requires = "empty_trash", value_parser = duration::parse)]
    older_than: Option<Duration>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        if self.empty_trash {
            return self.empty(context, &repository, &store);
        }
        let (mut cleaned, mut operations) = (Vec::new(), Vec::new());
        let mut deleting = false;
        for (run, tasks) in self.select(&store)?.into_values() {
            let target = match &self.into {
                Some(into) => select::target(&repository, Some(into), None)?,
                None => run.target.clone(),
            };
            let options = CleanOptions {
                target: &target,
                force: self.force,
                dry_run: self.dry_run,
                folder: &context.folder,
            };
            let outcome = integrate::clean(&repository, &store, run.run, &tasks, &options)?;
            cleaned.extend(outcome.cleaned);
            operations.extend(outcome.operation);
            deleting |= outcome.deleting;
        }
        let report = show::Report {
            cleaned: &cleaned,
            operations: &operations,
            dry_run: self.dry_run,
            deleting,
        };
        answer(context, self.format, &report);
        if !self.dry_run && !operations.is_empty() {
            tell_of_much_trash(context, &repository, &store)?;
        }
        judge(&cleaned, &self.selectors, self.force)
    }

    fn empty(&self, context: &Context, repository: &Repository, store: &Store) -> Result<Verdict> {
        let age = self.older_than.unwrap_or_default();
        let emptied = integrate::empty_trash(repository, store, age, !self.dry_run)?;
        let report = trash::Report {
            gone: &emptied.gone,
            dry_run: self.dry_run,
            deleting: emptied.deleting,
        };
        if self.format.is_json() {
            context.screen.answer_json(&trash::document(&report));
        } else {
            let paint = context.screen.paint();
            context.screen.answer(&trash::render(&report, paint));
            if emptied.deleting {
                context.screen.narrate(show::DELETING);
            }
        }
        Ok(Verdict::Done)
    }

    /// The tasks that were pointed at, by run.
    fn select(&self, store: &Store) -> Result<BTreeMap<RunId, (RunState, Vec<TaskId>)>> {
        let mut chosen: BTreeMap<RunId, (RunState, Vec<TaskId>)> = BTreeMap::new();
        let typed: Vec<Option<&str>> = match self.selectors.is_empty() {
            true if store.latest_run()?.is_none() => Vec::new(),
            true => vec![None],
            false => self.selectors.iter().map(|s| Some(s.as_str())).collect(),
        };
        for typed in typed {
            let selection = select::selection(store, typed)?;
            let ids: Vec<TaskId> = selection.tasks().map(|task| task.id).collect();
            let (_, tasks) = chosen
                .entry(selection.run.run)
                .or_insert_with(|| (selection.run, Vec::new()));
            for id in ids {
                if !tasks.contains(&id) {
                    tasks.push(id);
                }
            }
        }
        Ok(chosen)
    }
}

/// The trash is emptied on demand alone, so somebody has to say when there is need for it.
pub fn tell_of_much_trash(context: &Context, repository: &Repository, store: &Store) -> Result<()> {
    let waiting = integrate::trash(repository, store)?;
    let lines = trash::much(&waiting, Timestamp::now(), context.screen.paint_narration());
    for line in lines.into_iter().flatten() {
        context.screen.narrate(&line);
    }
    Ok(())
}

/// Answers with what a clean-up came to.
pub fn answer(context: &Context, format: FormatArgs, report: &show::Report<'_>) {
    let screen = &context.screen;
    if format.is_json() {
        screen.answer_json(&show::document(report));
        return;
    }
    screen.answer(&show::render(report, screen.paint()));
    for line in show::next(report, screen.paint_narration()) {
        screen.narrate(&line);
    }
}

/// What is kept was refused: exit code 4. `selectors` is what was typed; whether force is left to
/// be tried, `forced` tells.
pub fn judge(cleaned: &[Cleaned], selectors: &[String], forced: bool) -> Result<Verdict> {
    let kept: Vec<&Cleaned> = cleaned.iter().filter(|one| !one.kept.is_empty()).collect();
    let Some(first) = kept.first() else {
        return Ok(Verdict::Done);
    };
    let names: Vec<&str> = kept.iter().map(|one| one.name.as_str()).collect();
    let failure = Failure::refused(format!("kept, to lose nothing: {}", names.join(", ")));
    // What only has to land is not to be seen in its folder.
    let unlanded = first.kept.iter().all(|why| *why == Reason::NotLanded);
    let folder = first.kept_worktree.as_ref();
    let failure = match folder.filter(|path| path.exists() && !unlanded) {
        Some(path) => failure.next(format!(
            "git -C {} status --ignored",
            shell_word(&path.to_string_lossy())
        )),
        None => failure.next(format!("git parallel check {}", shell_word(&first.name))),
    };
    let forceable = kept.iter().any(|one| one.kept.iter().all(Reason::yields));
    Err(if forceable && !forced {
        let typed: Vec<String> = selectors.iter().map(|s| shell_word(s)).collect();
        let command = format!("git parallel clean --force {}", typed.join(" "));
        failure.next(command.trim_end())
    } else {
        failure
    })
}
