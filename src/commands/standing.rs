//! Where a run stands, as an answer of whoever looks at it or has just moved it.

use jiff::Timestamp;

use crate::context::Context;
use crate::error::Result;
use crate::id::{RunId, TaskId};
use crate::plan::Plan;
use crate::run::{RunReport, find_documents, integration, report};
use crate::store::{RunPhase, RunState, Selection, Store};
use crate::ui::status::{self, View};
use crate::ui::task;

/// Answers with where a run, or one task of it, stands, to the one who has just moved it.
pub fn answer(
    context: &Context,
    store: &Store,
    run: RunId,
    task: Option<TaskId>,
    json: bool,
) -> Result<()> {
    let repository = context.repository()?;
    let state = store.load_run(run)?;
    let integration = integration(&repository, &state)?;
    let plan = plan_of(store, &state);
    let mut report = report(&state, plan.as_ref(), &integration, Timestamp::now());
    find_documents(store, plan.as_ref(), &mut report);
    if json {
        context.screen.answer_json(&report);
        return Ok(());
    }
    let selection = Selection { run: state, task };
    show(context, store, &selection, &report, false)
}

/// The plan that a run was made from, if it can still be read: numbers are worth less than a
/// report at all.
pub fn plan_of(store: &Store, state: &RunState) -> Option<Plan> {
    store.load_plan(state.plan).ok()
}

/// How this terminal, or no terminal, wants a run to look.
pub fn view(context: &Context) -> View<'_> {
    let screen = &context.screen;
    View {
        signs: screen.signs(),
        paint: screen.paint(),
        columns: screen.answers_to_terminal().then(|| screen.columns()),
        folder: &context.folder,
    }
}

/// Shows a report of a run, or what it says of one task; `name_older` names the runs before it, too.
pub fn show(
    context: &Context,
    store: &Store,
    selection: &Selection,
    report: &RunReport,
    name_older: bool,
) -> Result<()> {
    let view = view(context);
    let state = &selection.run;
    let task = selection.task.and_then(|id| {
        let numbers = report.tasks.iter().find(|task| task.id == id);
        state.task(id).zip(numbers)
    });
    let text = match task {
        Some((task, numbers)) => task::render(view, state, task, numbers),
        None if name_older => status::run(view, state, report, &older_than(store, state.run)?),
        None => status::run(view, state, report, &[]),
    };
    context.screen.answer(&text);
    Ok(())
}

/// The runs before this one, newest first, as far as they can be read.
fn older_than(store: &Store, run: RunId) -> Result<Vec<(RunId, RunPhase)>> {
    let ids = store.run_ids()?.into_iter().rev().filter(|id| *id < run);
    Ok(ids
        .filter_map(|id| store.load_run(id).ok())
        .map(|state| (state.run, state.phase))
        .collect())
}
