//! `git parallel stop [RUN|TASK]`: end the sessions of a run or of one task, and keep their work.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::id::{RunId, TaskId};
use crate::run::{self, Again};
use crate::store::{Demand, RunPhase, RunState, Store, TaskPhase, Wish};
use crate::ui::run_words::predicate;

use super::{FormatArgs, run as running, select, standing};

/// End the sessions of a run or of one task, and keep what they did
///
/// Sessions are asked to end, and killed if they do not within ten seconds. What they left is
/// committed on their branches. What depends on a stopped task is skipped; a stopped run starts
/// nothing new, and `run --resume` goes on with it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run (r1), a task of the latest run (T001, or its name), or RUN/TASK; @, the default, is
    /// the latest run
    #[arg(value_name = "RUN|TASK")]
    selector: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let selection = select::selection(&store, self.selector.as_deref())?;
        let (run, task) = (selection.run.run, selection.task);
        if is_over(&selection.run, task) {
            context
                .screen
                .narrate(&nothing_to_stop(&selection.run, task));
        } else if run::ask(&store, run, Wish::Stop, task)? {
            run::wait_until(&store, run, |state| is_over(state, task))?;
        } else if store.load_run(run)?.phase == RunPhase::Interrupted {
            self.end_without_supervisor(context, &store, run, task)?;
        }
        standing::answer(context, &store, run, task, self.format.is_json())?;
        Ok(Verdict::Done)
    }

    /// The supervisor is gone and sessions may live: whoever wants them to end has to see to it.
    fn end_without_supervisor(
        &self,
        context: &Context,
        store: &Store,
        run: RunId,
        task: Option<TaskId>,
    ) -> Result<()> {
        if let Some(task) = task {
            return Err(Failure::unable(format!(
                "{run} was interrupted: nobody supervises it, so {task} alone cannot be stopped"
            ))
            .next(format!("git parallel stop {run}"))
            .next(format!("git parallel run --resume {run}")));
        }
        let repository = context.repository()?;
        let naming = running::naming(&crate::settings::Settings::read(&repository)?);
        let open = run::resume(&repository, store, run, naming, Again::Nothing)?;
        let _asked = store.ask(run, &Demand::new(Wish::Stop, None))?;
        running::watch_over(context, store, open).map(drop)
    }
}

fn is_over(state: &RunState, task: Option<TaskId>) -> bool {
    let task = task.and_then(|id| state.task(id));
    match task {
        Some(task) => task.phase == TaskPhase::Finished,
        None => !matches!(state.phase, RunPhase::Running | RunPhase::Interrupted),
    }
}

fn nothing_to_stop(state: &RunState, task: Option<TaskId>) -> String {
    match task {
        Some(task) => format!("{}/{task} has ended: there is nothing to stop", state.run),
        None => format!(
            "{} {}: there is nothing to stop",
            state.run,
            predicate(state.phase)
        ),
    }
}
