//! What `check --plan` answers: which tasks declare the same paths.

use serde::Serialize;

use crate::id::{PlanId, TaskId};
use crate::plan::{Overlap, Plan, PlanKind, Risk, Task};
use crate::ui::look::Look;
use crate::ui::plan::riskiest;
use crate::ui::text::{clean, count};

/// For people, of a plan that is called by its id or its file.
pub fn render(plan: &Plan, called: &str, look: Look) -> String {
    let mut lines = vec![look.paint.bold(&sentence(plan, &clean(called)))];
    let (shown, more) = riskiest(plan);
    for overlap in shown {
        let both = format!("{} and {}", title(plan, overlap.a), title(plan, overlap.b));
        let heading = match overlap.risk {
            Risk::High => look.paint.red(&format!("high risk: {both}")),
            Risk::Medium => look.paint.yellow(&format!("medium risk: {both}")),
            Risk::Low => look.paint.dim(&format!("low risk: {both}")),
        };
        lines.extend([
            String::new(),
            heading,
            format!("  {}", clean(&overlap.reason)),
        ]);
        let others = overlap
            .paths
            .iter()
            .filter(|path| !overlap.reason.contains(*path));
        lines.extend(others.map(|path| format!("  {}", clean(path))));
    }
    if more > 0 {
        let text = format!(
            "and {} at no higher risk: --json has all",
            count(more, "pair", "pairs")
        );
        lines.extend([String::new(), look.paint.dim(&text)]);
    }
    let silent = silent(plan);
    if !silent.is_empty() {
        let names: Vec<String> = silent.iter().map(|task| title(plan, task.id)).collect();
        lines.push(String::new());
        lines.push(format!(
            "nothing declared, so nothing known: {}",
            names.join(", ")
        ));
    }
    lines.join("\n")
}

/// "T002 session-api and T004 tests are likely to conflict (both change src/api.rs)".
fn sentence(plan: &Plan, called: &str) -> String {
    let tasks = format!(
        "the {} of {called}",
        count(plan.tasks.len(), "task", "tasks")
    );
    let high: Vec<&Overlap> = of(plan, Risk::High).collect();
    let medium = of(plan, Risk::Medium).count();
    if plan.kind == PlanKind::Variants {
        return format!("{tasks} are takes of one goal: one will be picked");
    }
    let together = match plan.waves.len() {
        0 | 1 => "side by side".to_owned(),
        waves => format!("in {waves} waves"),
    };
    match (high.as_slice(), medium) {
        ([], 0) if silent(plan).len() == plan.tasks.len() => {
            format!("{tasks} declare no files: nothing can be told")
        }
        ([], 0) => format!("{tasks} can work {together}"),
        ([], _) => format!(
            "{tasks} can work {together}; {} worth a look",
            count(medium, "pair is", "pairs are")
        ),
        ([one], _) => format!(
            "{} and {} are likely to conflict ({})",
            title(plan, one.a),
            title(plan, one.b),
            clean(&one.reason)
        ),
        (all, _) => format!("{} pairs of {tasks} are likely to conflict", all.len()),
    }
}

fn of(plan: &Plan, risk: Risk) -> impl Iterator<Item = &Overlap> {
    plan.overlaps
        .iter()
        .filter(move |overlap| overlap.risk == risk)
}

/// Tasks that declare no path: about these nothing is known.
fn silent(plan: &Plan) -> Vec<&Task> {
    let is_silent = |task: &&Task| task.files.all().next().is_none();
    plan.tasks.iter().filter(is_silent).collect()
}

fn title(plan: &Plan, id: TaskId) -> String {
    format!("{id} {}", clean(name(plan, id)))
}

fn name(plan: &Plan, id: TaskId) -> &str {
    let task = plan.tasks.iter().find(|task| task.id == id);
    task.map_or("", |task| task.name.as_str())
}

/// For programs.
pub fn document(plan: &Plan, called: &str) -> impl Serialize {
    let names = |tasks: &[&Task]| tasks.iter().map(|task| task.name.clone()).collect();
    let pair = |overlap: &Overlap| PairDocument {
        a: name(plan, overlap.a).to_owned(),
        b: name(plan, overlap.b).to_owned(),
        risk: overlap.risk,
        overlaps: overlap.paths.clone(),
        reason: overlap.reason.clone(),
        forecast: overlap.forecast,
    };
    Document {
        version: 1,
        sentence: sentence(plan, called),
        plan: plan.id,
        tasks: plan.tasks.iter().map(|task| task.name.clone()).collect(),
        undeclared: names(&silent(plan)),
        pairs: plan.overlaps.iter().map(pair).collect(),
        risk: plan
            .overlaps
            .iter()
            .map(|overlap| overlap.risk)
            .max()
            .unwrap_or(Risk::Low),
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    plan: PlanId,
    tasks: Vec<String>,
    /// Tasks that declare no path.
    undeclared: Vec<String>,
    /// Those that declare something in common.
    pairs: Vec<PairDocument>,
    /// The highest of all.
    risk: Risk,
}

#[derive(Debug, Serialize)]
struct PairDocument {
    a: String,
    b: String,
    risk: Risk,
    overlaps: Vec<String>,
    reason: String,
    forecast: Option<f64>,
}
