//! The proof that a plan is sound: whoever holds a [`ValidPlan`] need not ask again.

use std::collections::HashSet;
use std::ops::Deref;

use crate::id::{PlanId, TaskId};

use super::dependencies::{self, Graph, arrows};
use super::files::inside;
use super::model::{Plan, Problem, Task};
use super::name::is_fit;

/// A plan that can be run: it has tasks; ids and names are unique; names are fit for branches and
/// folders; every dependency is a task of the plan; there is no cycle; P0 waits for P0 only; all
/// declared files lie inside the repository. [`validate`] alone makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidPlan(Plan);

impl ValidPlan {
    /// The plan as it is stored.
    pub fn plan(&self) -> &Plan {
        &self.0
    }

    /// The same plan with more known about it. What makes it sound must not be touched: tasks, their
    /// files and their dependencies.
    #[must_use]
    pub(super) fn mapped(mut self, add: impl FnOnce(&mut Plan)) -> Self {
        add(&mut self.0);
        self
    }

    /// The same plan under another id, which says nothing about its soundness.
    #[must_use]
    pub fn with_id(mut self, id: PlanId) -> Self {
        self.0.id = id;
        self
    }
}

impl Deref for ValidPlan {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.0
    }
}

/// Proves a plan sound, or says everything that is wrong with it. The waves are worked out anew:
/// in a plan that was edited by hand the tasks are what counts.
pub fn validate(mut plan: Plan) -> Result<ValidPlan, Vec<Problem>> {
    let mut problems = Vec::new();
    if plan.tasks.is_empty() {
        problems.push(Problem {
            code: "no-tasks".to_owned(),
            message: "the plan has no task".to_owned(),
            task: None,
        });
    }
    let mut known = Known::default();
    let ids: HashSet<TaskId> = plan.tasks.iter().map(|task| task.id).collect();
    for task in &plan.tasks {
        known.check(task, &mut problems);
        check_dependencies(task, &ids, &mut problems);
        check_files(task, &mut problems);
    }
    check_p0(&plan.tasks, &mut problems);
    match Graph::of(&plan.tasks).order() {
        Ok(order) if problems.is_empty() => {
            plan.waves = dependencies::waves(&plan.tasks, &order);
            Ok(ValidPlan(plan))
        }
        Ok(_) => Err(problems),
        Err(cycle) => {
            let what = format!(
                "the tasks wait for each other: {}",
                arrows(&plan.tasks, &cycle)
            );
            problems.push(Problem::of(plan.tasks[cycle[0]].id, "cycle", what));
            Err(problems)
        }
    }
}

/// The ids and names that came up before.
#[derive(Default)]
struct Known<'a> {
    ids: HashSet<TaskId>,
    names: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn check(&mut self, task: &'a Task, problems: &mut Vec<Problem>) {
        let id = task.id;
        if !self.ids.insert(task.id) {
            problems.push(Problem::of(id, "duplicate-id", "two tasks have this id"));
        }
        if !is_fit(&task.name) {
            let what = format!(
                "the name '{}' is not fit for a branch and a folder",
                task.name
            );
            problems.push(Problem::of(id, "unfit-name", what));
        }
        if !self.names.insert(&task.name) {
            let what = format!("the name '{}' is another task's already", task.name);
            problems.push(Problem::of(id, "duplicate-name", what));
        }
    }
}

fn check_dependencies(task: &Task, ids: &HashSet<TaskId>, problems: &mut Vec<Problem>) {
    for on in &task.depends {
        if *on == task.id {
            problems.push(Problem::of(
                task.id,
                "self-dependency",
                "it depends on itself",
            ));
        } else if !ids.contains(on) {
            let what = format!("it depends on {on}, which is no task of the plan");
            problems.push(Problem::of(task.id, "unknown-dependency", what));
        }
    }
}

fn check_files(task: &Task, problems: &mut Vec<Problem>) {
    for path in task.files.all() {
        if let Err(what) = inside(path) {
            problems.push(Problem::of(task.id, "outside", what));
        }
    }
}

fn check_p0(tasks: &[Task], problems: &mut Vec<Problem>) {
    if let Some((at, by)) = dependencies::held_up_by_p0(tasks) {
        let what = format!(
            "it is {}, yet {by}, which is P0 and goes before everything else, depends on it",
            tasks[at].priority.label()
        );
        problems.push(Problem::of(tasks[at].id, "p0-waits", what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::model::Priority;
    use crate::plan::testing::{plan, task};

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Plan), code: &str, message: &str) {
        let mut plan = plan(vec![task(1, &[]), task(2, &[1])]);
        change(&mut plan);
        let problems = validate(plan).unwrap_err();
        assert_eq!(problems[0].code, code, "{problems:?}");
        assert!(problems[0].message.contains(message), "{problems:?}");
    }

    #[test]
    fn a_sound_plan_gets_the_waves_that_its_tasks_ask_for() {
        let mut plan = plan(vec![task(1, &[]), task(2, &[1])]);
        plan.waves = vec![vec![TaskId(2), TaskId(1)]];
        let valid = validate(plan).unwrap();
        assert_eq!(valid.plan().waves, [[TaskId(1)], [TaskId(2)]]);
    }

    #[test]
    fn what_could_not_be_run_is_refused_with_its_reason() {
        refused(|plan| plan.tasks.clear(), "no-tasks", "no task");
        refused(
            |plan| plan.tasks[1].id = TaskId(1),
            "duplicate-id",
            "this id",
        );
        refused(
            |plan| plan.tasks[1].name = "t001".to_owned(),
            "duplicate-name",
            "'t001'",
        );
        refused(
            |plan| plan.tasks[0].name = "../x".to_owned(),
            "unfit-name",
            "'../x'",
        );
        refused(
            |plan| plan.tasks[0].depends = vec![TaskId(9)],
            "unknown-dependency",
            "T009",
        );
        refused(
            |plan| plan.tasks[0].depends = vec![TaskId(1)],
            "self-dependency",
            "itself",
        );
        refused(
            |plan| plan.tasks[0].depends = vec![TaskId(2)],
            "cycle",
            "T001 → T002 → T001",
        );
        refused(
            |plan| plan.tasks[1].priority = Priority::P0,
            "p0-waits",
            "T002, which is P0",
        );
        let outside = |plan: &mut Plan| plan.tasks[0].files.read = vec!["../x".to_owned()];
        refused(outside, "outside", "'../x'");
    }
}
