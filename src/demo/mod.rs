//! The demonstration: a small real project, tasks for it, and a scripted agent that does them.
//!
//! What is shown with them are the tool's own commands; this room only sets the stage.

mod agent;
mod project;

pub use agent::work;
pub use project::build;
