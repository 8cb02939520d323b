//! A program that is started and left to itself: it outlives us.

use std::io;
use std::process::{Child, ExitStatus};

/// A program in the background. Dropping this neither ends it nor waits for it.
#[derive(Debug)]
pub struct Background {
    child: Child,
}

impl Background {
    pub(super) fn new(child: Child) -> Self {
        Self { child }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, once it has.
    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Whether it ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.try_wait(), Ok(None))
    }

    /// Waits until it ended; otherwise it would stay in the process table as long as we live.
    pub fn reap(mut self) {
        // It can only fail for want of a child, and then there is nothing to reap.
        let _ = self.child.wait();
    }
}
