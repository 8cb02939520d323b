//! Asking whoever supervises a run for something, and waiting for what comes of it.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Failure, Result};
use crate::id::{RunId, TaskId};
use crate::store::{Demand, RunPhase, RunState, Store, Wish};

/// How often we look.
const PAUSE: Duration = Duration::from_millis(50);

/// A supervisor that lives looks for requests several times a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks, and waits until the supervisor has heeded it: `false` when there is none, or none any
/// more. Exit code 5 when it lives and does not answer.
pub fn ask(store: &Store, run: RunId, wish: Wish, task: Option<TaskId>) -> Result<bool> {
    if store.load_run(run)?.phase != RunPhase::Running {
        return Ok(false);
    }
    let start = Instant::now();
    let asked = store.ask(run, &Demand::new(wish, task))?;
    while !asked.is_heeded() {
        if store.load_run(run)?.phase != RunPhase::Running {
            return Ok(false);
        }
        if start.elapsed() > PATIENCE {
            return Err(Failure::busy(format!(
                "the supervisor of {run} lives and does not answer"
            ))
            .kept("the request was taken back")
            .next(format!("git parallel status {run}")));
        }
        thread::sleep(PAUSE);
    }
    Ok(true)
}

/// Waits until `is` holds of the run, or nobody supervises it any more; returns where it stands
/// then.
pub fn wait_until(store: &Store, run: RunId, is: impl Fn(&RunState) -> bool) -> Result<RunState> {
    loop {
        let state = store.load_run(run)?;
        if state.phase != RunPhase::Running || is(&state) {
            return Ok(state);
        }
        thread::sleep(PAUSE);
    }
}
