//! What a run would make: the answer of `run --dry-run`.

use serde_json::{Value, json};

use crate::plan::Plan;
use crate::run::Place;
use crate::store::{RunOptions, SessionCommand, SetupOptions};

use super::paint::Paint;
use super::text::{clean, count, pad, width};

/// A line a task: its branch, its worktree, what it starts from.
pub fn render(plan: &Plan, options: &RunOptions, places: &[Place], paint: Paint) -> String {
    let branches = places.iter().map(|place| width(&clean(&place.branch)));
    let columns = branches.max().unwrap_or(0);
    let mut lines = vec![format!(
        "{} would run, {} at once, {}.",
        count(plan.tasks.len(), "task", "tasks"),
        options.workers.min(plan.tasks.len()),
        what_runs(&options.command)
    )];
    lines.extend(options.setup.iter().flat_map(setup));
    for (task, place) in plan.tasks.iter().zip(places) {
        let depends: Vec<String> = task.depends.iter().map(ToString::to_string).collect();
        let from = if depends.is_empty() {
            plan.base.short()
        } else {
            depends.join(" + ")
        };
        lines.push(format!(
            "  {}  {}  from {}  in {}",
            paint.bold(&task.id.to_string()),
            pad(&clean(&place.branch), columns),
            from,
            clean(&place.path.to_string_lossy())
        ));
    }
    lines.push("Nothing was made.".to_owned());
    lines.join("\n")
}

/// How each worktree would be made ready.
fn setup(setup: &SetupOptions) -> Vec<String> {
    let list = |values: &[String]| clean(&values.join(", ")).into_owned();
    let mut lines = Vec::new();
    if !setup.copy.is_empty() {
        lines.push(format!(
            "Each worktree gets copies of {}.",
            list(&setup.copy)
        ));
    }
    if setup.ports > 0 {
        let ports = count(setup.ports.into(), "port", "ports");
        lines.push(format!("Each worktree gets {ports}."));
    }
    let ran = setup.run.iter();
    lines.extend(ran.map(|line| format!("Each worktree is set up with: {}", clean(line))));
    lines
}

fn what_runs(command: &SessionCommand) -> String {
    match command {
        SessionCommand::Exec(line) => format!("each with sh -c '{}'", clean(line)),
        SessionCommand::Program(words) => format!("each with {}", clean(&words.join(" "))),
        SessionCommand::Agent(agent) => format!("each with {}", clean(&agent.begin.join(" "))),
        SessionCommand::None => "nothing started in their worktrees".to_owned(),
    }
}

/// The same for programs.
pub fn json(plan: &Plan, options: &RunOptions, places: &[Place]) -> Value {
    let tasks = plan.tasks.iter().zip(places).map(|(task, place)| {
        json!({
            "id": task.id,
            "name": task.name,
            "branch": place.branch,
            "worktree": place.path.to_string_lossy(),
            "depends": task.depends,
        })
    });
    json!({
        "version": 1,
        "dry_run": true,
        "plan": plan.id,
        "base": plan.base,
        "options": options,
        "tasks": tasks.collect::<Vec<_>>(),
    })
}
