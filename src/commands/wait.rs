//! `git parallel wait [--any] [RUN|TASK]…`: until runs or tasks have ended.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::id::{RunId, TaskId};
use crate::store::{Followed, Outcome, RunPhase, RunState, Store, TaskPhase, TaskState};
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
        let mut runs: BTreeMap<RunId, Followed> = BTreeMap::new();
        for (run, _) in &targets {
            if !runs.contains_key(run) {
                runs.insert(*run, store.follow(*run)?);
            }
        }
        let mut states = look(store, &mut runs)?;
        if self.any {
            let open = |(run, task): &Target| !has_ended(&states[run], *task);
            if targets.iter().any(open) {
                targets.retain(open);
            }
        }
        loop {
            let (ended, open): (Vec<&Target>, Vec<&Target>) = targets
                .iter()
                .partition(|(run, task)| has_ended(&states[run], *task));
            let enough = if self.any { 1 } else { targets.len() };
            if ended.len() >= enough.min(targets.len()) {
                return Ok(ended
                    .into_iter()
                    .filter_map(|one| outcome(&states, one))
                    .collect());
            }
            // Nobody will ever say that these have ended.
            let orphaned = |(run, _): &&&Target| states[run].phase == RunPhase::Interrupted;
            if let Some((run, _)) = open.iter().find(orphaned) {
                return Err(interrupted(*run));
            }
            thread::sleep(PAUSE);
            states = look(store, &mut runs)?;
        }
    }

    /// Every task that is waited for.
    fn targets(&self, store: &Store) -> Result<Vec<Target>> {
        let mut targets: Vec<Target> = Vec::new();
        for selection in select::selections(store, &self.selectors)? {
            for task in selection.tasks() {
                let target = (selection.run.run, task.id);
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        Ok(targets)
    }
}

/// A task that is waited for, and its run.
type Target = (RunId, TaskId);

/// Where the runs stand now.
fn look(store: &Store, runs: &mut BTreeMap<RunId, Followed>) -> Result<BTreeMap<RunId, RunState>> {
    let runs = runs.iter_mut();
    runs.map(|(run, followed)| Ok((*run, followed.state(store)?)))
        .collect()
}

/// Whether a task has ended, or its run has without it.
fn has_ended(run: &RunState, task: TaskId) -> bool {
    use RunPhase::{Interrupted, Running};
    let finished = |task: &TaskState| task.phase == TaskPhase::Finished;
    let over = !matches!(run.phase, Running | Interrupted);
    over || run.task(task).is_none_or(finished)
}

fn outcome(states: &BTreeMap<RunId, RunState>, (run, task): &Target) -> Option<Waited> {
    let state = states.get(run)?;
    state.task(*task).map(|task| Waited::of(state, task))
}

/// Nobody would ever say that it has ended.
pub(super) fn interrupted(run: RunId) -> Failure {
    Failure::unable(format!("{run} was interrupted: nobody supervises it"))
        .kept("its branches and worktrees; its sessions go on")
        .next(format!("git parallel run --resume {run}"))
}
