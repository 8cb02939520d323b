//! What `git parallel wait` has waited for, and how to follow what goes on in the background.

use serde::Serialize;
use serde_json::{Value, json};

use crate::id::{RunId, TaskId};
use crate::store::{Outcome, RunState, TaskPhase, TaskState};

use super::paint::Paint;
use super::run_words::standing;
use super::table::align;
use super::text::clean;

/// A task that has ended, or whose run has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waited {
    pub run: RunId,
    pub id: TaskId,
    pub name: String,
    pub state: TaskPhase,
    /// There once the state is `finished`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    pub optional: bool,
    #[serde(skip)]
    standing: String,
}

impl Waited {
    /// Of a task as it stands.
    pub fn of(run: &RunState, task: &TaskState) -> Self {
        Self {
            run: run.run,
            id: task.id,
            name: task.name.clone(),
            state: task.phase,
            outcome: task.outcome,
            optional: task.optional,
            standing: standing(run, task),
        }
    }
}

/// The document of `wait --json`.
pub fn json(ended: &[Waited]) -> Value {
    json!({"version": 1, "ended": ended})
}

/// A line a task.
pub fn render(ended: &[Waited]) -> String {
    let row = |one: &Waited| {
        let id = format!("{}/{}", one.run, one.id);
        vec![id, clean(&one.name).into_owned(), one.standing.clone()]
    };
    let rows: Vec<Vec<String>> = ended.iter().map(row).collect();
    align(&rows, None).join("\n")
}

/// A run that goes on in the background, and what to type about it.
pub fn detached(run: RunId, paint: Paint) -> String {
    let commands = ["status", "logs --follow", "wait", "stop"];
    let line = |command: &str| paint.cyan(&format!("git parallel {command} {run}"));
    let lines: Vec<String> = commands.iter().map(|command| line(command)).collect();
    format!(
        "{run} goes on in the background\nnext: {}",
        lines.join("\n      ")
    )
}
