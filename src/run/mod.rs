//! Plan → finished branches: dispatcher, sessions and their shim, launchers, outcome, report.

mod landed;
mod progress;
mod report;

pub use landed::integration;
pub use progress::Progress;
pub use report::{Integration, IntegrationState, RunReport, SessionReport, TaskReport, report};
