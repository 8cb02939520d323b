//! What the tests of this room are made from.

#![cfg(test)]

use std::collections::HashSet;

use jiff::Timestamp;

use crate::id::{PlanId, TaskId};

use super::assemble::assemble;
use super::draft::{Draft, TaskDraft};
use super::model::{Files, OverheadSource, Overheads, Plan, PlanKind, Priority, Strategy, Task};
use super::options::PlanOptions;

/// A P2 task that waits for others and declares no files.
pub fn task(number: u32, depends: &[u32]) -> Task {
    let id = TaskId(number);
    Task {
        id,
        name: id.to_string().to_lowercase(),
        title: format!("Task {number}"),
        prompt: format!("Do task {number}"),
        files: Files::default(),
        foreseen: false,
        depends: depends.iter().copied().map(TaskId).collect(),
        priority: Priority::P2,
        optional: false,
        document: false,
        timeout_seconds: None,
        success: None,
        role: None,
        estimate_seconds: None,
    }
}

/// What a test plan is made for: the published overheads, at most 8 sessions.
pub fn options() -> PlanOptions {
    PlanOptions {
        id: PlanId(1),
        kind: PlanKind::Tasks,
        base: "1".repeat(40).parse().unwrap(),
        target: "main".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        present: HashSet::new(),
        total: None,
        scope: None,
        objection: None,
        forced: false,
        notes: Vec::new(),
        learned: None,
        strategy: Strategy::Merge,
        splits: None,
        overheads: Overheads {
            worktree_seconds: 8.0,
            startup_seconds: 5.0,
            context_seconds: 20.0,
            merge_seconds: 10.0,
            source: OverheadSource::Default,
            spread: None,
            measured: None,
        },
        sessions: 8,
    }
}

/// A plan of one task with its tasks replaced, sound or not.
pub fn plan(tasks: Vec<Task>) -> Plan {
    let draft = Draft {
        goal: "A goal".to_owned(),
        tasks: vec![TaskDraft::titled(TaskId(1), "A task", 1)],
    };
    let mut plan = assemble(draft, options()).unwrap().plan().clone();
    plan.tasks = tasks;
    plan
}
