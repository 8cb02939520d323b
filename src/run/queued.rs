//! That a session waits in a queue.

use crate::id::JobId;

/// That a session waits for a place to run in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    /// Absent as long as nobody has taken it.
    pub job: Option<JobId>,
    /// What it waits for.
    pub reason: String,
}
