//! What the tests of this room are made from.

use crate::id::TaskId;

use super::model::{Files, Priority, Task};

/// A P2 task that waits for others and declares no files.
pub fn task(number: u32, depends: &[u32]) -> Task {
    let id = TaskId(number);
    Task {
        id,
        name: id.to_string().to_lowercase(),
        title: format!("Task {number}"),
        prompt: format!("Do task {number}"),
        files: Files::default(),
        depends: depends.iter().copied().map(TaskId).collect(),
        priority: Priority::P2,
        optional: false,
        timeout_seconds: None,
        success: None,
        role: None,
        estimate_seconds: None,
    }
}
