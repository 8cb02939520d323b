//! Who starts sessions, and where. Each launcher starts the same shim, which tells the same story.

use std::path::Path;

use crate::error::Result;
use crate::process::Background;
use crate::store::{Launcher, Store};

use super::launch;
use super::session::{SessionFolder, SessionSpec};
use super::window;

/// Starts the shim of a session, `program` being this very program. Where it is a child of ours, it
/// is returned.
pub fn launch_by(
    launcher: Launcher,
    store: &Store,
    program: &Path,
    folder: &SessionFolder,
    spec: &SessionSpec,
) -> Result<Option<Background>> {
    match launcher {
        Launcher::Local => launch::launch(program, folder, spec).map(Some),
        Launcher::Tmux => {
            let tmux = window::tmux_of(store, spec.run)?;
            launch::prepare(folder, spec)?;
            window::open(&tmux, program, folder, spec)?;
            Ok(None)
        }
    }
}
