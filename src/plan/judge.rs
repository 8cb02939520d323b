//! Whether to divide a goal, and how many of a plan's tasks to do at once: by the cost rule, by the
//! tasks' own schedule, and by what speaks against it.

use super::cost::{Advice, Bounds, advise, advise_takes, by_schedule};
use super::first::first;
use super::model::{Estimate, Overheads, PlanKind, Problem, Scheduled};
use super::options::PlanOptions;

/// A goal that dividing speeds up by less than this, in percent, is not divided.
const LEAST_SAVINGS: f64 = 15.0;

/// Dividing into so few is usually not worth it.
const FEW: usize = 2;

/// How many at once, and why; of a goal, also whether dividing it pays off. Where it does not, one
/// session does it as well, unless the user insists.
pub fn judge(
    options: &PlanOptions,
    estimate: &Estimate,
    rule: (&Overheads, Bounds),
    tasks: usize,
    scheduled: &Scheduled,
) -> Advice {
    let advice = how_many(options, estimate, rule, tasks, scheduled);
    if options.kind != PlanKind::Split {
        return advice;
    }
    let weak = || not_worth(&advice, tasks);
    let Some(reason) = options.objection.clone().or_else(weak) else {
        return advice;
    };
    Advice {
        recommended: match options.forced {
            true => advice.recommended,
            false => 1,
        },
        by_schedule: advice.by_schedule && options.forced,
        worth: false,
        reason,
        ..advice
    }
}

/// How many at once: by the cost rule, or by the tasks' own schedule where that knows better.
fn how_many(
    options: &PlanOptions,
    estimate: &Estimate,
    (overheads, bounds): (&Overheads, Bounds),
    tasks: usize,
    scheduled: &Scheduled,
) -> Advice {
    let whole = estimate.sequential_seconds;
    if options.kind == PlanKind::Variants {
        return advise_takes(whole, overheads, bounds);
    }
    let by_rule = advise(whole, overheads, bounds);
    by_schedule(&by_rule, scheduled, tasks, bounds).unwrap_or(by_rule)
}

/// What to consider before a goal is divided.
pub fn advice_on(goal: &str, tasks: usize, worth: bool) -> Vec<Problem> {
    let note = |code: &str, message: &str| Problem {
        code: code.to_owned(),
        message: message.to_owned(),
        task: None,
    };
    let few = "two tasks: fewer than three substantial ones are usually not worth it";
    let few = (worth && tasks == FEW).then(|| note("few-tasks", few));
    let first = first(goal).map(|advice| note("first", advice));
    few.into_iter().chain(first).collect()
}

/// Why dividing a goal into these tasks does not pay off, as published with the cost rule.
fn not_worth(advice: &Advice, tasks: usize) -> Option<String> {
    let row = advice.cost.get(advice.recommended.saturating_sub(1))?;
    if tasks < 2 || advice.recommended < 2 {
        return Some(advice.reason.clone());
    }
    (row.savings_percent < LEAST_SAVINGS).then(|| {
        format!(
            "{} at once would save only {:.0} %, and less than {LEAST_SAVINGS:.0} % is not worth the trouble",
            row.splits, row.savings_percent
        )
    })
}
