//! Data in, text out: the only room that prints.
//!
//! A renderer is a function from plain data to a `String`; [`Screen`] puts it on the terminal or
//! down the pipe. Names that come from outside (branches, paths, titles, what agents say) pass
//! [`text::clean`] first, since a terminal obeys control characters.

pub mod agents;
pub mod analyze;
pub mod angles;
pub mod approve;
pub mod check;
pub mod clean;
pub mod completions;
mod disputes;
pub mod doctor;
pub mod each;
pub mod evaluation;
mod event_lines;
mod failure;
mod full_screen;
mod json;
mod live;
pub mod logs;
mod look;
pub mod manual;
pub mod merge;
mod paint;
pub mod plan;
pub mod preview;
mod progress;
pub mod pull_request;
pub mod report;
pub mod report_markdown;
pub mod resolve;
pub mod run_words;
pub mod scope;
mod screen;
pub mod session;
mod signs;
pub mod specialists;
pub mod status;
mod table;
pub mod task;
pub mod text;
pub mod trash;
pub mod undo;
pub mod waited;
pub mod watch;

pub use full_screen::{FullScreen, Key};
pub use progress::RunProgress;
pub use screen::{Screen, Terminal, Verbosity};
