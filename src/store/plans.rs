//! The stored plans: one immutable JSON document each, numbered in the order they were made.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Failure, Result};
use crate::id::PlanId;

use super::numbered::ids_in;
use super::{Store, read_json, write_json};

/// The newest version of the plan format that this program reads and the one that it writes.
pub const PLAN_VERSION: u64 = 1;

impl Store {
    /// Where the plan of this id lies.
    pub fn plan_path(&self, id: PlanId) -> PathBuf {
        self.root().join("plans").join(format!("{id}.json"))
    }

    /// The ids of all stored plans, oldest first.
    pub fn plan_ids(&self) -> Result<Vec<PlanId>> {
        ids_in(&self.root().join("plans"), ".json")
    }

    /// The id that the next plan will get. Call it, and save, under the repository's lock.
    pub fn next_plan_id(&self) -> Result<PlanId> {
        let last = self.plan_ids()?.last().map_or(0, |id| id.0);
        Ok(PlanId(last + 1))
    }

    /// Keeps a plan.
    pub fn save_plan<P: Serialize>(&self, id: PlanId, plan: &P) -> Result<()> {
        write_json(&self.plan_path(id), plan)
    }

    /// Reads a stored plan.
    pub fn load_plan<P: DeserializeOwned>(&self, id: PlanId) -> Result<P> {
        let path = self.plan_path(id);
        if !path.exists() {
            return Err(
                Failure::unable(format!("there is no plan {id}")).next("git parallel split")
            );
        }
        read_json(&path, PLAN_VERSION)
    }
}
