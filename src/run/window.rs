//! The `tmux` launcher: a window a session, in a server of the run's own. The window starts the
//! same shim as the local launcher does, and shows what it prints; the shim leaves the window's
//! terminal, so that whatever becomes of tmux, the session goes on and is found by its lock.
//!
//! Nothing of a plan reaches tmux: a window is named by its task's id, and begins in the session's
//! folder, where the shim finds all that it has to know.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Failure, Result};
use crate::id::{RunId, TaskId};
use crate::process::{Program, Tmux};
use crate::store::{Lock, LogReader, SessionCommand, SessionEnd, Store};

use super::launch::{prepare, start};
use super::launcher::{Begun, Launcher};
use super::session::{SessionFolder, SessionResult, SessionSpec};

/// How long a session may take from its window to its beginning.
const BEGINNING: Duration = Duration::from_secs(20);

/// How often we look whether it began.
const PAUSE: Duration = Duration::from_millis(10);

/// How often a window looks for what was printed.
const GLANCE: Duration = Duration::from_millis(100);

/// The tmux of a run.
pub fn tmux_of(store: &Store, run: RunId) -> Result<Tmux> {
    Tmux::at(&store.run_dir(run).join("tmux"))
}

/// How somebody attaches to a run, or to the window of a task, by tmux itself.
pub fn attach_line(store: &Store, run: RunId, task: Option<TaskId>) -> Result<String> {
    let window = task.map(|task| task.to_string());
    Ok(tmux_of(store, run)?.attach_line(&run.to_string(), window.as_deref()))
}

/// Sessions run in windows of this tmux.
#[derive(Debug)]
pub(super) struct Windows {
    pub tmux: Tmux,
    pub program: PathBuf,
}

impl Launcher for Windows {
    fn start(&self, folder: &SessionFolder, spec: &SessionSpec) -> Result<Begun> {
        prepare(folder, spec)?;
        open(&self.tmux, &self.program, folder, spec)?;
        Ok(Begun::Elsewhere)
    }
}

/// Opens a window for a session, and waits until it has begun.
fn open(tmux: &Tmux, program: &Path, folder: &SessionFolder, spec: &SessionSpec) -> Result<()> {
    let words = [program.as_os_str(), "session".as_ref(), "window".as_ref()];
    let words = words.map(OsString::from);
    let (run, task) = (spec.run.to_string(), spec.task.to_string());
    tmux.open(&run, &task, folder.path(), &words)?;
    let since = Instant::now();
    while folder.started().is_none() && folder.result().is_none() {
        if since.elapsed() >= BEGINNING && !Lock::is_held(&folder.lock())? {
            return Err(Failure::unable(
                "tmux opened a window, and nothing began in it",
            ));
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// A session is not told of the window: it is not its terminal.
fn shim(program: &Path) -> Program {
    Program::new(program).without_env(["TMUX", "TMUX_PANE"])
}

/// Is the window of the session in `folder`: starts its shim, and shows what it prints until it
/// ends. Whoever closes the window ends the view and nothing else.
pub fn window(
    program: &Path,
    folder: &Path,
    show: &mut dyn FnMut(&SessionCommand, &[u8]),
) -> Result<()> {
    let folder = SessionFolder::new(folder.to_owned());
    let spec = folder.read_spec()?;
    let shim = match start(shim(program), &folder, &spec) {
        Ok(shim) => shim,
        // One that lives already answers for itself.
        Err(failure) if Lock::is_held(&folder.lock())? => return Err(failure),
        Err(failure) => {
            folder.write_result(&SessionResult {
                complaint: Some(failure.what.clone()),
                ..SessionResult::unseen(SessionEnd::NotStarted)
            })?;
            return Err(failure);
        }
    };
    let mut log = LogReader::new(&folder.log());
    loop {
        // Asked before the last look, or what is printed in between would be lost.
        let over = !Lock::is_held(&folder.lock())?;
        show(&spec.command, &log.new_lines()?);
        if over {
            break;
        }
        thread::sleep(GLANCE);
    }
    show(&spec.command, &log.rest());
    shim.reap();
    Ok(())
}
