//! The signals that stop a run: caught, so that its sessions are ended in order.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{OrFail, Result};
use crate::process::StopSignal;

/// The signals that stop a run.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on they do not end this process.
    pub fn listen() -> Result<Self> {
        let catch = |kind| signal(kind).or_unable(|| "cannot watch for Ctrl-C");
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
        })
    }

    /// The next one that comes.
    pub async fn next(&mut self) -> StopSignal {
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
        }
    }
}
