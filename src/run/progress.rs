//! What the one who started a run is shown while it goes on.

use jiff::Timestamp;

use crate::store::{Event, RunState};

/// One step of a run: handed to the sink that the command gave, a renderer as a rule.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Where the run stands now, the event included.
    pub state: &'a RunState,
    /// What just happened; `None` when only time went by (about once a second).
    pub event: Option<&'a Event>,
    /// What time it is, by the clock of the run's journal.
    pub at: Timestamp,
}
