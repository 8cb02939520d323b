//! Sockets of tmux whose server is gone. It leaves its socket behind when it ends, and makes it anew
//! when it is needed: one is in nobody's way. Of a run that goes on, it tells that the server was
//! killed and that sessions may go on without a window.

use std::fs;
use std::path::Path;

use crate::error::{OnPath, Result};
use crate::id::RunId;
use crate::run::tmux_of;
use crate::store::{RunPhase, Store};

use super::{Finding, Level, Mend};

pub(super) fn look(store: &Store) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for run in store.run_ids()? {
        if let Some(socket) = tmux_of(store, run)?.orphan() {
            let (level, fate) = match goes_on(store, run) {
                true => (Level::Finding, "was killed"),
                false => (Level::Note, "has ended"),
            };
            let message = format!("the socket of {run}'s tmux, which {fate}");
            let subject = socket.display().to_string();
            let finding = Finding::new(level, "tmux-socket", subject, message);
            found.push(finding.mend(Mend::Socket(run)));
        }
    }
    Ok(found)
}

fn goes_on(store: &Store, run: RunId) -> bool {
    let state = store.load_run(run);
    state.is_ok_and(|state| matches!(state.phase, RunPhase::Running | RunPhase::Interrupted))
}

pub(super) fn mend(store: &Store, run: RunId) -> Result<String> {
    // Looked at again: somebody may have opened a window meanwhile.
    if let Some(socket) = tmux_of(store, run)?.orphan() {
        remove(socket)?;
    }
    Ok("removed".to_owned())
}

fn remove(socket: &Path) -> Result<()> {
    fs::remove_file(socket).on_path("remove", socket)
}
