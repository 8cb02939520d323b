//! Declared files held against what the base holds: who really creates what, and what is missing.

use std::collections::HashSet;

use super::files::{Use, around};
use super::model::{Problem, Task};

/// Takes files that tasks mean to create and that are `present` as modified, and says so.
pub fn settle_existing(tasks: &mut [Task], present: &HashSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in tasks {
        for path in std::mem::take(&mut task.files.create) {
            if present.contains(&path) {
                let what = format!("{path} is there already: it is modified, not created");
                problems.push(Problem::of(task.id, "exists-already", what));
                task.files.add(Use::Modify, path);
            } else {
                task.files.create.push(path);
            }
        }
    }
    problems
}

/// Decides who creates the files that tasks mean to modify and that are not `present`: the first
/// in `order`, a topological order, unless another reads them before.
pub fn settle_creators(tasks: &mut [Task], order: &[usize], present: &HashSet<String>) {
    let mut read_before: HashSet<String> = HashSet::new();
    let mut created = created(tasks);
    for &at in order {
        for path in std::mem::take(&mut tasks[at].files.modify) {
            let settled = present.contains(&path) || read_before.contains(&path);
            let creates = !settled && !is_created(&created, &path);
            if creates {
                created.insert(path.clone());
                tasks[at].files.add(Use::Create, path);
            } else {
                tasks[at].files.add(Use::Modify, path);
            }
        }
        read_before.extend(tasks[at].files.read.iter().cloned());
    }
}

/// Files that are read and will not be there.
pub fn missing(tasks: &[Task], present: &HashSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let created = created(tasks);
    for task in tasks {
        for path in &task.files.read {
            if !present.contains(path) && !is_created(&created, path) {
                let what = format!("it reads {path}, which is not there and which no task creates");
                problems.push(Problem::of(task.id, "missing-file", what));
            }
        }
    }
    problems
}

/// What tasks create.
fn created(tasks: &[Task]) -> HashSet<String> {
    let created = tasks.iter().flat_map(|task| &task.files.create);
    created.cloned().collect()
}

fn is_created(created: &HashSet<String>, path: &str) -> bool {
    around(path).any(|path| created.contains(path))
}
