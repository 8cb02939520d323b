//! `git parallel wait [--any] [RUN|TASK]…`: until runs or tasks have ended.

use std::thread;
use std::time::Duration;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::id::{RunId, TaskId};
use crate::store::{Outcome, RunPhase, RunState, Selection, Store, TaskPhase, TaskState};
use crate::ui::waited::{self, Waited};

use super::{FormatArgs, select};

/// How often the journal is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Wait until runs or tasks have ended
///
/// Exits as `run` does: with 0 when all that was waited for and is not optional is done, else with
/// 1; with 3 when a run was interrupted, so that nothing would ever end it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Runs (r1), tasks of the latest run (T001, or its name), or RUN/TASK; @, the default, is the
    /// latest run
    #[arg(value_name = "RUN|TASK")]
    selectors: Vec<String>,
    /// Only until the first task of them that has not ended yet ends; its outcome decides the exit
    /// code
    #[arg(long)]
    any: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let ended = self.wait(&store)?;
        if self.format.is_json() {
            context.screen.answer_json(&waited::json(&ended));
        } else {
            context.screen.answer(&waited::render(&ended));
        }
        let fine = |one: &Waited| one.optional || one.outcome == Some(Outcome::Done);
        Ok(Verdict::finding_if(!ended.iter().all(fine)))
    }

    fn wait(&self, store: &Store) -> Result<Vec<Waited>> {
        let mut targets = self.targets(store)?;
        if self.any {
            let open = |target: &Target| !has_ended(target);
            if targets.iter().any(open) {
                targets.retain(open);
            }
        }
        loop {
            let ended = targets.iter().filter(|target| has_ended(target));
            let ended: Vec<Waited> = ended.filter_map(Target::outcome).collect();
            let enough = if self.any { 1 } else { targets.len() };
            if ended.len() >= enough.min(targets.len()) {
                return Ok(ended);
            }
            if let Some(target) = targets.iter().find(|target| target.is_orphaned()) {
                return Err(interrupted(target.state.run));
            }
            thread::sleep(PAUSE);
            refresh(store, &mut targets)?;
        }
    }

    /// Every task that is waited for.
    fn targets(&self, store: &Store) -> Result<Vec<Target>> {
        let selected: Result<Vec<Selection>> = match &self.selectors[..] {
            [] => select::selection(store, None).map(|latest| vec![latest]),
            typed => typed
                .iter()
                .map(|typed| select::selection(store, Some(typed)))
                .collect(),
        };
        let mut targets: Vec<Target> = Vec::new();
        for selection in selected? {
            for task in selection.tasks() {
                let target = Target {
                    state: selection.run.clone(),
                    task: task.id,
                };
                let known = |t: &Target| t.state.run == target.state.run && t.task == target.task;
                if !targets.iter().any(known) {
                    targets.push(target);
                }
            }
        }
        Ok(targets)
    }
}

/// A task that is waited for, and its run as it was last seen.
struct Target {
    state: RunState,
    task: TaskId,
}

impl Target {
    fn task(&self) -> Option<&TaskState> {
        self.state.task(self.task)
    }

    /// Nobody will ever say that it has ended.
    fn is_orphaned(&self) -> bool {
        self.state.phase == RunPhase::Interrupted && !has_ended(self)
    }

    fn outcome(&self) -> Option<Waited> {
        self.task().map(|task| Waited::of(&self.state, task))
    }
}

/// Whether a task has ended, or its run has without it.
fn has_ended(target: &Target) -> bool {
    use RunPhase::{Interrupted, Running};
    let finished = |task: &TaskState| task.phase == TaskPhase::Finished;
    let over = !matches!(target.state.phase, Running | Interrupted);
    over || target.task().is_none_or(finished)
}

fn refresh(store: &Store, targets: &mut [Target]) -> Result<()> {
    let mut latest: Option<RunState> = None;
    for target in targets {
        let run = target.state.run;
        let state = match latest.take().filter(|state| state.run == run) {
            Some(state) => state,
            None => store.load_run(run)?,
        };
        target.state = state.clone();
        latest = Some(state);
    }
    Ok(())
}

/// Nobody would ever say that it has ended.
pub(super) fn interrupted(run: RunId) -> Failure {
    Failure::unable(format!("{run} was interrupted: nobody supervises it"))
        .kept("its branches and worktrees; its sessions go on")
        .next(format!("git parallel run --resume {run}"))
}
