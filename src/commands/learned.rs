//! What this repository's finished runs and their merges say about how long tasks take.

use jiff::Timestamp;

use crate::error::Result;
use crate::plan::{Experience, Sample};
use crate::store::{Change, Outcome, Store, TaskState};

/// Older runs than this many say little about today.
const REMEMBERED: usize = 30;

/// Older merges than this, too.
const REMEMBERED_MERGES: usize = 100;

/// Every task of the latest runs that was done, and every branch of the latest merges. A damaged
/// run is its own command's trouble.
pub fn experience(store: &Store) -> Result<Experience> {
    Ok(Experience {
        tasks: samples(store)?,
        merges: merges(store)?,
    })
}

/// Seconds that each branch took, by the merges that told how long they took.
fn merges(store: &Store) -> Result<Vec<f64>> {
    let operations = store.operations()?.into_iter().rev();
    let merges = operations.filter_map(|operation| match operation.change {
        Change::Merge(merge) => Some((merge.took_ms?, merge.landed.len())),
        _ => None,
    });
    let each = merges.flat_map(|(took, landed)| {
        let seconds = took as f64 / 1000.0 / landed.max(1) as f64;
        std::iter::repeat_n(seconds, landed)
    });
    Ok(each.take(REMEMBERED_MERGES).collect())
}

fn samples(store: &Store) -> Result<Vec<Sample>> {
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
    let first = task.sessions.first()?;
    let began = first.started?;
    let mut accounts = task
        .sessions
        .iter()
        .filter_map(|session| session.agent.as_ref());
    let seconds = |from: Timestamp, to: Timestamp| to.duration_since(from).as_secs_f64().max(0.0);
    Some(Sample {
        run,
        // A queue tells nothing of what it takes to start a session.
        start_seconds: (seconds(task.started?, began) - first.waited(began)).max(0.0),
        read_seconds: accounts.find_map(|account| account.read_seconds),
        work_seconds: task.sessions.iter().map(|session| session.seconds).sum(),
        tokens: tokens(task),
    })
}

/// What its agents read and wrote; `None` where none of them told.
fn tokens(task: &TaskState) -> Option<u64> {
    let told = task
        .sessions
        .iter()
        .filter_map(|session| session.agent.as_ref());
    let total: u64 = told
        .map(|agent| agent.tokens.input + agent.tokens.output)
        .sum();
    (total > 0).then_some(total)
}
