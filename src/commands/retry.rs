//! `git parallel retry [RUN|TASK]`: do again what came to nothing.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::id::TaskId;
use crate::run::{self, Again};
use crate::settings::Settings;
use crate::store::{Outcome, RunPhase, RunState, Selection, Store, TaskPhase, TaskState, Wish};
use crate::ui::run_words::standing;

use super::{FormatArgs, run as running, select, standing};

/// Do a task again, or every task of a run that came to nothing
///
/// It goes on in its own worktree, on its own branch, with what is there. What could not start for
/// want of it is tried, too; what had started from its old work becomes stale, and `status` says
/// so. While the run goes on, its supervisor does it; otherwise this command supervises the run as
/// `run --resume` does, with the same exit codes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run (r1), a task of the latest run (T001, or its name), or RUN/TASK; @, the default, is
    /// the latest run
    #[arg(value_name = "RUN|TASK")]
    selector: Option<String>,
    /// Go on in the background, where no supervisor lives
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let selection = select::selection(&store, self.selector.as_deref())?;
        let (run, task) = (selection.run.run, selection.task);
        if !something_to_retry(&selection)? {
            let nothing = format!("nothing of {run} came to nothing: there is nothing to retry");
            context.screen.narrate(&nothing);
            return Ok(Verdict::Done);
        }
        if run::ask(&store, run, Wish::Retry, task)? {
            standing::answer(context, &store, run, task, self.format.is_json())?;
            return Ok(Verdict::Done);
        }
        let again = task.map_or(Again::Unfinished, Again::Task);
        if self.detach {
            return running::detach(context, &store, run, again, self.format);
        }
        let naming = running::naming(&Settings::read(&repository)?);
        let open = run::resume(&repository, &store, run, naming, again)?;
        running::supervise(context, &store, open, self.format)
    }
}

/// Whether anything was pointed at that has ended, and ended badly unless it was named.
fn something_to_retry(selection: &Selection) -> Result<bool> {
    let state = &selection.run;
    if state.stopping.is_some() && state.phase == RunPhase::Running {
        return Err(Failure::busy(format!("{} is stopping", state.run))
            .next(format!("git parallel wait {}", state.run)));
    }
    match selection.task.and_then(|id| state.task(id)) {
        Some(task) if has_ended(task) => Ok(true),
        Some(task) => Err(not_yet(state, task.id, &standing(state, task))),
        None => Ok(state.tasks.iter().any(came_to_nothing)),
    }
}

fn has_ended(task: &TaskState) -> bool {
    matches!(task.phase, TaskPhase::Finished | TaskPhase::Blocked)
}

fn came_to_nothing(task: &TaskState) -> bool {
    use Outcome::{Done, NoChange, OutOfScope};
    has_ended(task) && !matches!(task.outcome, Some(Done | NoChange | OutOfScope))
}

fn not_yet(state: &RunState, task: TaskId, standing: &str) -> Failure {
    let whole = format!("{}/{task}", state.run);
    Failure::unable(format!(
        "{whole} has not ended ({standing}): only what has ended can be done again"
    ))
    .next(format!("git parallel status {whole}"))
    .next(format!("git parallel stop {whole}"))
}
