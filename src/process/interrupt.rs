//! Ctrl-C, SIGTERM and a terminal that goes away, noticed instead of obeyed: for a command that has
//! something to put away first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::sys::signal::{SigSet, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Failure, OrFail, Result};

/// What ends a command from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Remembers the signal that came. Children in the foreground get Ctrl-C themselves. The default
/// is deaf.
#[derive(Debug, Default)]
pub struct Interrupt {
    /// Its number; 0 while none came.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on SIGINT, SIGTERM and SIGHUP end nothing by themselves.
    pub fn watch() -> Result<Self> {
        let signal = Arc::new(AtomicUsize::new(0));
        for number in [SIGINT, SIGTERM, SIGHUP] {
            flag::register_usize(number, Arc::clone(&signal), number.unsigned_abs() as usize)
                .or_unable(|| "cannot watch for Ctrl-C")?;
        }
        Ok(Self { signal })
    }

    /// Whether a signal came.
    pub fn came(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// The signal that came since the last call.
    pub fn take(&self) -> Option<StopSignal> {
        match self.signal.swap(0, Ordering::Relaxed) as i32 {
            0 => None,
            SIGTERM => Some(StopSignal::Terminate),
            _ => Some(StopSignal::Interrupt),
        }
    }

    /// Exit code 130 or 143 when a signal came: "`doing` was interrupted".
    pub fn check(&self, doing: &str) -> Result<()> {
        match self.signal.load(Ordering::Relaxed) as i32 {
            0 => Ok(()),
            SIGTERM | SIGHUP => Err(Failure::terminated(format!("{doing}, was terminated"))),
            _ => Err(Failure::interrupted(format!("{doing}, was interrupted"))),
        }
    }
}

/// From now on a write beyond the limit that files have (`ulimit -f`) fails, which can be told,
/// instead of killing us. The same goes for the programs that we start, since a git that is killed
/// by it leaves its locks behind. Call it before there are threads.
pub fn outlive_limits_of_files() {
    let mut blocked = SigSet::empty();
    blocked.add(Signal::SIGXFSZ);
    // Without it we die of such a write, as ever.
    let _ = blocked.thread_block();
}
