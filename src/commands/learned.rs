//! What this repository's finished runs say about how long tasks take.

use jiff::Timestamp;

use crate::error::Result;
use crate::plan::Sample;
use crate::store::{Outcome, Store, TaskState};

/// Older runs than this many say little about today.
const REMEMBERED: usize = 30;

/// Every task of the latest runs that was done. A damaged run is its own command's trouble.
pub fn samples(store: &Store) -> Result<Vec<Sample>> {
    let runs = store.run_ids()?.into_iter().rev().take(REMEMBERED);
    let states = runs.filter_map(|run| store.load_run(run).ok());
    let mut found = Vec::new();
    for state in states {
        let run = state.run.0;
        found.extend(state.tasks.iter().filter_map(|task| sample(run, task)));
    }
    Ok(found)
}

fn sample(run: u32, task: &TaskState) -> Option<Sample> {
    if task.outcome != Some(Outcome::Done) {
        return None;
    }
    let began = task.sessions.first()?.started?;
    let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64().max(0.0);
    Some(Sample {
        run,
        start_seconds: seconds(task.started?, began),
        work_seconds: task.sessions.iter().map(|session| session.seconds).sum(),
    })
}
