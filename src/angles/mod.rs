//! Target and question in, findings out: a question is looked at from up to four perspectives, each
//! over all that it reads, in requests that fit the model; what is answered is checked against the
//! files, joined, and kept to be asked about and combined.
//!
//! Deciding is plain functions over plain data: `strategy` chooses perspectives, `scope` and
//! `chunk` what goes into which request, `evidence` whether a quote stands where it is said to,
//! `join` who agrees, `combine` what a combination may say. `execute` and `request` wait for
//! the server, and `converse` for one answer at a time.

mod budget;
mod chunk;
mod claim;
mod combine;
mod converse;
mod events;
mod evidence;
mod execute;
mod join;
mod model;
mod outline;
mod piece;
mod plan;
mod prompt;
mod report;
mod request;
mod scope;
pub mod strategy;
mod testing;

pub use claim::Severity;
pub use combine::{Combination, purpose};
pub use converse::{Session, ask, combine, complete, models};
pub use events::Event;
pub use evidence::Evidence;
pub use execute::{Execution, Progress, execute};
pub use join::{Contradiction, Finding};
pub use model::{Angle, AnglesPlan, LeftOut};
pub use plan::{Ingredients, pick_model, plan};
pub use report::{AngleReport, AngleState, ChunkState, Report, Standing};
pub use scope::{Scope, Target, insist, scope};
