//! Plan → finished branches: dispatcher, sessions and their shim, launchers, outcome, report.

mod progress;

pub use progress::Progress;
