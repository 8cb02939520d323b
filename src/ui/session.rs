//! What sessions are answered: may a file be edited, who has a lease.

use std::path::Path;

use serde_json::{Value, json};

use crate::id::RunId;
use crate::run::Objection;
use crate::store::Lease;

use super::table::align;
use super::text::clean;

/// Why a file must be left alone, and what to do instead.
pub fn objection(file: &Path, objection: &Objection) -> String {
    let file = file.to_string_lossy();
    let file = clean(&file);
    match objection {
        Objection::Outside { worktree } => format!(
            "{file} is outside of this task's worktree: edit only what lies in {}",
            clean(&worktree.to_string_lossy())
        ),
        Objection::Gits => format!("{file} is git's own: leave it to git"),
        Objection::Declared { task, name } => others(&file, &format!("{task} ({})", clean(name))),
        Objection::Leased { task, name } => others(
            &file,
            &format!("{task} ({}), which has a lease on it,", clean(name)),
        ),
    }
}

fn others(file: &str, owner: &str) -> String {
    format!(
        "{file} belongs to {owner} as long as that works: go on without changing it, and ask \
         again later with 'git parallel session guard'; what must change there for this task, \
         say at the end"
    )
}

/// The leases of a run, a line each.
pub fn leases(run: RunId, leases: &[Lease]) -> String {
    if leases.is_empty() {
        return format!("no session of {run} holds a lease");
    }
    let rows: Vec<Vec<String>> = leases
        .iter()
        .map(|lease| {
            vec![
                clean(&lease.path).into_owned(),
                format!("{} {}", lease.task, clean(&lease.name)),
                format!("since {:.0}", lease.taken),
            ]
        })
        .collect();
    align(&rows, None).join("\n")
}

/// The same for programs.
pub fn document(run: RunId, leases: &[Lease]) -> Value {
    let leases = leases.iter().map(|lease| {
        json!({
            "path": lease.path,
            "task": lease.task,
            "name": lease.name,
            "attempt": lease.attempt,
            "taken": lease.taken,
        })
    });
    json!({"version": 1, "run": run, "leases": leases.collect::<Vec<_>>()})
}
