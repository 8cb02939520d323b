//! What a launcher is: where sessions run, and how they are found again, waited for and ended there.

use std::fmt;

use crate::error::Result;
use crate::process::Background;

use super::launch::{self, Found};
use super::queued::Queued;
use super::session::{SessionFolder, SessionSpec};

/// How far a session has come by being started.
#[derive(Debug)]
pub enum Begun {
    /// Its shim is a child of ours.
    Child(Background),
    /// Its shim is somebody else's.
    Elsewhere,
    /// It waits for a place to run in.
    InQueue(Queued),
}

/// Where sessions run. Each starts the same shim, and what becomes of a session is told by the same
/// files. Where the shim shares our kernel, it is found by the lock that it holds.
pub trait Launcher: fmt::Debug + Send + Sync {
    /// Starts a session that never began.
    fn start(&self, folder: &SessionFolder, spec: &SessionSpec) -> Result<Begun>;

    /// Looks what has become of a session.
    fn find(&self, folder: &SessionFolder) -> Result<Found> {
        launch::find(folder)
    }

    /// Waits until a session that lives is over, or, where it is in a queue, until it stands
    /// otherwise than `known`.
    fn wait(
        &self,
        folder: &SessionFolder,
        child: Option<Background>,
        _known: Option<&Queued>,
    ) -> Result<Found> {
        launch::wait(folder, child)
    }

    /// Asks the session to end; asked a second time, it is killed.
    fn cancel(&self, folder: &SessionFolder, child: Option<u32>) {
        launch::cancel(folder, child);
    }

    /// Ends what a session without a shim left running.
    fn clear_away(&self, folder: &SessionFolder) {
        launch::clear_away(folder);
    }
}
