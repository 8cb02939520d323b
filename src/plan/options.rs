//! What a plan needs besides its tasks.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::id::{Oid, PlanId};

use super::learned::Learned;
use super::model::{EstimateSource, GoalScope, Overheads, PlanKind, Problem, Strategy};

/// What a plan needs besides its tasks.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    pub id: PlanId,
    pub kind: PlanKind,
    pub base: Oid,
    pub target: String,
    pub created: Timestamp,
    /// Which of the declared paths the base holds.
    pub present: HashSet<String>,
    /// How long all of it takes in seconds, and who says so; else the tasks do.
    pub total: Option<(f64, EstimateSource)>,
    /// What the goal is probably about, where that was asked.
    pub scope: Option<GoalScope>,
    /// Why dividing does not pay off, whatever the cost.
    pub objection: Option<String>,
    /// Whether the user wants it divided although that does not pay off.
    pub forced: bool,
    /// What was noticed on the way.
    pub notes: Vec<Problem>,
    /// How many at once, when the user says so.
    pub splits: Option<usize>,
    pub overheads: Overheads,
    /// What finished runs of this repository tell, where there are enough.
    pub learned: Option<Learned>,
    pub strategy: Strategy,
    /// Sessions that may run at once.
    pub sessions: usize,
}
