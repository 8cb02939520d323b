//! A shim is started, found again, waited for, asked to end.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use crate::error::{OnPath, Result};
use crate::process::{self, Background, Program};
use crate::store::Lock;

use super::queued::Queued;
use super::session::{SessionFolder, SessionResult, SessionSpec};

/// What has become of a session that was planned.
#[derive(Debug)]
pub enum Found {
    /// Its shim lives.
    Living,
    /// It left its result.
    Ended(SessionResult),
    /// It began, and its shim is gone without a word.
    Vanished,
    /// It waits for a place to run in.
    Queued(Queued),
    /// It never began.
    NotBegun,
}

/// Starts the shim of a session as a child of ours.
pub fn launch(program: &Path, folder: &SessionFolder, spec: &SessionSpec) -> Result<Background> {
    prepare(folder, spec)?;
    start(Program::new(program), folder, spec)
}

/// Writes down what the session is to do, where its shim finds it.
pub(super) fn prepare(folder: &SessionFolder, spec: &SessionSpec) -> Result<()> {
    fs::create_dir_all(folder.path()).on_path("create", folder.path())?;
    folder.write_spec(spec)
}

/// The same of a session whose folder says already what it is to do.
pub(super) fn start(
    program: Program,
    folder: &SessionFolder,
    spec: &SessionSpec,
) -> Result<Background> {
    let complaints = folder.complaints();
    let complaints = File::create(&complaints).on_path("create", &complaints)?;
    // The shim inherits the lock (as its standard output, to which it writes nothing), so that it
    // is held from before the shim exists until the shim is gone, whatever becomes of us.
    let purpose = format!("session of {}/{}", spec.run, spec.task);
    let lock = Lock::acquire(&folder.lock(), &purpose, Duration::ZERO)?;
    program
        .args(["session", "shim"])
        .arg(folder.path())
        .dir(Path::new("/"))
        .start(lock.share()?, complaints)
}

/// Looks what has become of a session.
pub fn find(folder: &SessionFolder) -> Result<Found> {
    if Lock::is_held(&folder.lock())? {
        return Ok(Found::Living);
    }
    Ok(match (folder.result(), folder.started()) {
        (Some(result), _) => Found::Ended(result),
        (None, Some(_)) => Found::Vanished,
        (None, None) => Found::NotBegun,
    })
}

/// Waits until the session's shim is gone, and returns what it left.
pub fn wait(folder: &SessionFolder, shim: Option<Background>) -> Result<Found> {
    Lock::wait_until_free(&folder.lock())?;
    if let Some(shim) = shim {
        shim.reap();
    }
    find(folder)
}

/// Asks the session to end; asked a second time, it is killed.
pub fn cancel(folder: &SessionFolder, pid: Option<u32>) {
    match (folder.started(), pid) {
        (Some(started), _) => started.shim.terminate(),
        // Ours, and not yet so far as to say who it is.
        (None, Some(pid)) => process::interrupt(pid),
        (None, None) => {}
    }
}

/// Ends what a vanished shim left running.
pub fn clear_away(folder: &SessionFolder) {
    if let Some(started) = folder.started() {
        process::end_session(started.shim.pid, started.program);
    }
}
