//! What a plan gains from outside of its tasks: the conflicts that the past foretells, the
//! specialists that are installed.

use std::collections::BTreeSet;

use crate::agents::Installed;
use crate::id::TaskId;
use crate::survey::{Collisions, Danger};

use super::model::{Plan, Risk, Task};
use super::overlap::highest;
use super::roles::{Casting, Wanted};
use super::validate::ValidPlan;

impl Plan {
    /// The files of tasks that change some of the same at once, about which the past is worth asking.
    pub fn contested_files(&self) -> BTreeSet<&str> {
        let risky = self.overlaps.iter().filter(|one| one.risk != Risk::Low);
        let tasks: BTreeSet<TaskId> = risky.flat_map(|one| [one.a, one.b]).collect();
        tasks.into_iter().flat_map(|id| self.changed(id)).collect()
    }

    fn changed(&self, id: TaskId) -> Vec<&str> {
        let task = self.tasks.iter().find(|task| task.id == id);
        task.map_or_else(Vec::new, |task| task.files.changed().collect())
    }
}

/// Rates the tasks that change the same files at once by what became of such changes before; the past
/// was asked about all contested files.
#[must_use]
pub fn foresee_conflicts(plan: ValidPlan, past: &Collisions) -> ValidPlan {
    plan.mapped(|plan| {
        let told: Vec<_> = plan
            .overlaps
            .iter()
            .map(|overlap| {
                let asked = overlap.risk != Risk::Low;
                asked.then(|| past.forecast(&plan.changed(overlap.a), &plan.changed(overlap.b)))
            })
            .collect();
        for (overlap, told) in plan.overlaps.iter_mut().zip(told) {
            let Some(told) = told.filter(|told| !told.files.is_empty()) else {
                continue;
            };
            overlap.forecast = Some((told.probability * 1000.0).round() / 1000.0);
            overlap.reason = told.reason;
            overlap.risk = match told.danger {
                Danger::Low => Risk::Low,
                Danger::Medium => Risk::Medium,
                Danger::High => Risk::High,
            };
        }
        plan.risk = highest(&plan.overlaps);
    })
}

/// Gives every task the specialist that suits it.
#[must_use]
pub fn cast(plan: ValidPlan, installed: &Installed) -> ValidPlan {
    let casting = Casting::of(installed);
    plan.mapped(|plan| {
        let alone = |task: &&mut Task| task.role.is_none();
        for task in plan.tasks.iter_mut().filter(alone) {
            task.role = casting.role(&Wanted::of(task));
        }
    })
}
