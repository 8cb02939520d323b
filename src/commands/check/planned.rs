//! `check --plan`: whether the tasks of a plan are in each other's way, before any code exists.

use crate::commands::planning::{PlanningArgs, find_plan};
use crate::context::Context;
use crate::error::{Result, Verdict};
use crate::git::Repository;
use crate::plan::{PlanKind, Risk};
use crate::store::Store;
use crate::ui::check::planned as show;

/// Looks at what the tasks declare. Takes of one goal share all by design: that is no finding.
pub fn check(
    context: &Context,
    repository: &Repository,
    typed: &str,
    json: bool,
) -> Result<Verdict> {
    let store = Store::of(repository.common_dir());
    let planning = PlanningArgs::default();
    let plan = find_plan(context, repository, &store, Some(typed), &planning)?.plan;
    let screen = &context.screen;
    // A plan that was drawn from a file for this question has no id that anybody knows.
    let called = match typed {
        "-" => "the plan",
        typed => typed,
    };
    if json {
        screen.answer_json(&show::document(&plan, called));
    } else {
        screen.answer(&show::render(&plan, called, screen.look()));
    }
    let risky = plan.overlaps.iter().any(|o| o.risk == Risk::High);
    Ok(Verdict::finding_if(
        risky && plan.kind != PlanKind::Variants,
    ))
}
