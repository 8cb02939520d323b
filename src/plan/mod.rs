//! Goal and survey in, plan out: task files, splitting, cost, overlaps, waves.
//!
//! Pure: no function of this room touches the world; what it needs of it is handed in.

mod model;

pub use model::{
    CostRow, Estimate, EstimateSource, Files, Overlap, Plan, PlanKind, Priority, Problem, Risk,
    Role, Strategy, Task,
};
