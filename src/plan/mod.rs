//! Goal and survey in, plan out: task files, splitting, cost, overlaps, waves.
//!
//! Pure: no function of this room touches the world; what it needs of it is handed in.

mod assemble;
mod assignment;
mod base_files;
mod cost;
mod dependencies;
mod draft;
mod files;
mod json_file;
mod link;
mod markdown;
mod model;
mod name;
mod overlap;
mod priority;
mod task_file;
mod validate;

#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod testing;

pub use assemble::{PlanOptions, assemble};
pub use cost::minutes;
pub use draft::{Draft, Mistake, TaskDraft};
pub use files::covers;
pub use json_file::parse_json;
pub use model::{
    CostRow, EstimateSource, OverheadSource, Overheads, Overlap, Plan, PlanKind, Priority, Problem,
    Risk, Task,
};
pub use task_file::{parse, print};
pub use validate::{ValidPlan, validate};
