//! Goal and survey in, plan out: task files, splitting, cost, overlaps, waves.
//!
//! Pure: no function of this room touches the world; what it needs of it is handed in.

mod answer;
mod assemble;
mod assignment;
mod base_files;
mod cost;
mod dependencies;
mod draft;
mod estimate;
mod files;
mod first;
mod foresee;
mod goal;
mod json_file;
mod judge;
mod learned;
mod link;
mod markdown;
mod model;
mod name;
mod options;
mod overlap;
mod priority;
mod roles;
mod schedule;
mod scoped;
mod spread;
mod structure;
mod task_file;
mod validate;

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod testing;

pub use answer::{Asking, absent, again, answer_schema, read_answer};
pub use assemble::assemble;
pub use assignment::DOCUMENT;
pub use cost::time;
pub use draft::{Draft, Mistake, TaskDraft};
pub use estimate::DEFAULT_TASK_SECONDS;
pub use files::covers;
pub use foresee::{cast, foresee_conflicts};
pub use goal::{Goal, Part, is_in_words, understand};
pub use json_file::parse_json;
pub use learned::{BuiltIn, Experience, Learned, Sample, learn};
pub use model::{
    CostRow, EstimateSource, Files, GoalScope, Measured, OverheadSource, Overheads, Overlap, Plan,
    PlanKind, Priority, Problem, Risk, Role, Splitter, Strategy, Task,
};
pub use options::PlanOptions;
pub use roles::{Casting, Suitable, Wanted};
pub use scoped::Scoped;
pub use structure::{Limits, Structured, by_coupling, by_parts};
pub use task_file::{NO_TASK, one_line, parse, print};
pub use validate::{ValidPlan, validate};
