//! A supervisor in the background: a process of its own that outlives the terminal it was asked
//! for on. What it has to say is in `runs/<run>/supervisor.log`.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::RunId;
use crate::process::Program;
use crate::store::{RunPhase, Store};

use super::begin::Again;

/// How often we look whether it has taken the run over.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts a supervisor for the run, and returns its log once it has taken the run over.
pub fn detach(store: &Store, run: RunId, again: Again) -> Result<PathBuf> {
    if store.load_run(run)?.phase == RunPhase::Running {
        return Err(Failure::busy(format!("{run} is supervised already"))
            .next(format!("git parallel status {run}")));
    }
    let before = store.read_journal(run)?.records.len();
    let log = store.run_dir(run).join("supervisor.log");
    let mut options = OpenOptions::new();
    let file = options.create(true).append(true).open(&log);
    let file = file.on_path("open", &log)?;
    let start = file.metadata().on_path("read", &log)?.len();
    let second = file.try_clone().on_path("open", &log)?;
    let program = std::env::current_exe().or_unable(|| "cannot tell where this program lies")?;
    let mut supervisor = Program::new(program)
        .args(["session", "supervise", &run.to_string()])
        .args(words(again))
        .start(file, second)?;
    while store.read_journal(run)?.records.len() == before {
        if supervisor.has_ended() {
            return Err(not_taken_over(run, &log, start));
        }
        thread::sleep(PAUSE);
    }
    Ok(log)
}

fn words(again: Again) -> Vec<String> {
    match again {
        Again::Unfinished => vec!["--unfinished".to_owned()],
        Again::Task(task) => vec!["--task".to_owned(), task.to_string()],
        Again::Nothing => Vec::new(),
    }
}

fn not_taken_over(run: RunId, log: &Path, start: u64) -> Failure {
    let said = fs::read(log).unwrap_or_default();
    let said = said.get(start as usize..).unwrap_or_default();
    let said = String::from_utf8_lossy(said);
    let said = said.trim().trim_start_matches("error: ");
    Failure::unable(format!("{run} could not be taken over: {said}"))
        .kept("the run as it is")
        .next(format!("git parallel run --resume {run}"))
}
