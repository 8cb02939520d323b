//! What a command printed in each of several worktrees.

use serde::Serialize;
use serde_json::{Value, json};

use crate::id::{RunId, TaskId};
use crate::run::Visit;

use super::paint::Paint;
use super::run_words::brief;
use super::signs::Signs;
use super::text::{clean, clean_lines, count};

/// A task in which nothing was run, since it has no worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub run: RunId,
    pub id: TaskId,
    pub name: String,
}

/// Says so.
pub fn left_out(one: &LeftOut) -> String {
    let name = clean(&one.name);
    format!("{}/{} ({name}) has no worktree: left out", one.run, one.id)
}

/// How it went in one worktree, then what was printed there. `named`: with the name of the run.
pub fn visit(visit: &Visit, named: bool, signs: Signs, paint: Paint) -> String {
    let site = &visit.site;
    let run = if named {
        format!("{}/", site.run)
    } else {
        String::new()
    };
    let (sign, paint_of): (_, fn(Paint, &str) -> String) = match visit.code {
        Some(0) => (signs.done, |paint, text| paint.green(text)),
        _ => (signs.failed, |paint, text| paint.red(text)),
    };
    let head = format!(
        "{sign} {run}{} {}: {}, {}",
        site.task,
        clean(&site.name),
        clean(&visit.ended),
        brief(visit.seconds)
    );
    let output = clean_lines(&visit.output);
    if output.is_empty() {
        return paint_of(paint, &head);
    }
    format!("{}\n{output}\n", paint_of(paint, &head))
}

/// How it went in all of them.
pub fn sentence(visits: &[Visit]) -> String {
    let failed: Vec<String> = visits
        .iter()
        .filter(|visit| visit.code != Some(0))
        .map(|visit| format!("{} ({})", visit.site.task, clean(&visit.site.name)))
        .collect();
    let all = count(visits.len(), "worktree", "worktrees");
    match failed.len() {
        0 => format!("It succeeded in {all}"),
        number => format!("It failed in {number} of {all}: {}", failed.join(", ")),
    }
}

/// The document of `each --json`.
pub fn document(command: &[String], visits: &[Visit], left_out: &[LeftOut]) -> Value {
    let visits = visits.iter().map(|visit| {
        json!({
            "run": visit.site.run,
            "id": visit.site.task,
            "name": visit.site.name,
            "worktree": visit.site.worktree.to_string_lossy(),
            "exit_code": visit.code,
            "ended": visit.ended,
            "seconds": visit.seconds,
            "output": visit.output,
        })
    });
    json!({
        "version": 1,
        "command": command,
        "tasks": visits.collect::<Vec<_>>(),
        "left_out": left_out,
    })
}
