//! What a plan gains from outside of its tasks: the conflicts that the past foretells, the
//! specialists that are installed.

use crate::agents::Installed;
use crate::survey::{Collisions, Danger};

use super::model::{Plan, Risk, Task};
use super::overlap::highest;
use super::roles::{Casting, Wanted};
use super::validate::ValidPlan;

impl Plan {
    /// Whether the past is worth asking: some tasks at once change the same files.
    pub fn has_shared_files(&self) -> bool {
        let risky = |risk: Risk| risk != Risk::Low;
        self.overlaps.iter().any(|overlap| risky(overlap.risk))
    }

    fn changed(&self, id: crate::id::TaskId) -> Vec<&str> {
        let task = self.tasks.iter().find(|task| task.id == id);
        task.map_or_else(Vec::new, |task| task.files.changed().collect())
    }
}

/// Rates the tasks that change the same files at once by what became of such changes before.
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
