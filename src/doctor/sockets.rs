//! Sockets of tmux whose server was killed. tmux makes them anew when it needs them: they are in
//! nobody's way, and tell that sessions may go on without a window.

use std::fs;
use std::path::Path;

use crate::error::{OnPath, Result};
use crate::id::RunId;
use crate::run::tmux_of;
use crate::store::Store;

use super::{Finding, Level, Mend};

pub(super) fn look(store: &Store) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for run in store.run_ids()? {
        if let Some(socket) = tmux_of(store, run)?.orphan() {
            let message = format!("the socket of {run}'s tmux, which was killed");
            let subject = socket.display().to_string();
            let finding = Finding::new(Level::Finding, "tmux-socket", subject, message);
            found.push(finding.mend(Mend::Socket(run)));
        }
    }
    Ok(found)
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
