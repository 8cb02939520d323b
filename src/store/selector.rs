//! How people point at runs and tasks: `RUN`, `RUN/TASK`, `TASK` (of the latest run, by id or by
//! name), `@` for the latest run. One grammar wherever a run or a task is meant.

use std::fmt;
use std::str::FromStr;

use crate::error::{Failure, Result};
use crate::id::{RunId, TaskId};

use super::Store;
use super::run_state::{RunState, TaskState};

/// What was typed, taken apart; whether it exists is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    run: RunName,
    task: Option<TaskName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunName {
    Latest,
    Id(RunId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TaskName {
    Id(TaskId),
    Name(String),
}

impl Selector {
    /// The latest run, whole.
    pub const LATEST: Self = Self {
        run: RunName::Latest,
        task: None,
    };

    /// Whether it is a word that could as well be meant for a branch: a task's name.
    pub fn is_any_word(&self) -> bool {
        matches!(self.task, Some(TaskName::Name(_)))
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(run) = run_name(text) {
            return Ok(Self { run, task: None });
        }
        let (run, task) = match text.split_once('/') {
            Some((run, task)) => (
                run_name(run).ok_or_else(|| format!("'{run}' is not a run such as r1 or @"))?,
                task,
            ),
            None => (RunName::Latest, text),
        };
        if task.is_empty() || task.contains('/') {
            return Err(format!("'{text}' is not RUN, RUN/TASK, TASK or @"));
        }
        let task = task
            .parse()
            .map_or_else(|_| TaskName::Name(task.to_owned()), TaskName::Id);
        Ok(Self {
            run,
            task: Some(task),
        })
    }
}

fn run_name(text: &str) -> Option<RunName> {
    if text == "@" {
        return Some(RunName::Latest);
    }
    text.parse().ok().map(RunName::Id)
}

impl TaskName {
    fn is(&self, task: &TaskState) -> bool {
        match self {
            Self::Id(id) => task.id == *id,
            Self::Name(name) => task.name == *name,
        }
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// A run, or one task of it, that exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    pub run: RunState,
    /// The one task that was pointed at; `None` for the run as a whole.
    pub task: Option<TaskId>,
}

impl Selection {
    /// The tasks that were pointed at: one, or all of the run in the plan's order.
    pub fn tasks(&self) -> impl Iterator<Item = &TaskState> {
        self.run
            .tasks
            .iter()
            .filter(|task| self.task.is_none_or(|id| task.id == id))
    }
}

impl Store {
    /// The latest run, if there is one.
    pub fn latest_run(&self) -> Result<Option<RunId>> {
        Ok(self.run_ids()?.last().copied())
    }

    /// What a selector points at.
    pub fn select(&self, selector: &Selector) -> Result<Selection> {
        let run = match selector.run {
            RunName::Id(id) => id,
            RunName::Latest => self.latest_run()?.ok_or_else(no_run)?,
        };
        let run = self.load_run(run)?;
        let task = match &selector.task {
            None => None,
            Some(name) => Some(task_of(&run, name)?),
        };
        Ok(Selection { run, task })
    }
}

fn task_of(run: &RunState, name: &TaskName) -> Result<TaskId> {
    let found = run.tasks.iter().find(|task| name.is(task));
    found.map(|task| task.id).ok_or_else(|| {
        Failure::unable(format!("{} has no task '{name}'", run.run))
            .next(format!("git parallel status {}", run.run))
    })
}

fn no_run() -> Failure {
    Failure::unable("nothing was run in this repository yet").next("git parallel run")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn selector(run: RunName, task: Option<TaskName>) -> Selector {
        Selector { run, task }
    }

    #[test]
    fn the_grammar_has_five_forms() {
        let name = |name: &str| Some(TaskName::Name(name.to_owned()));
        let task = Some(TaskName::Id(TaskId(2)));
        let cases = [
            ("@", selector(RunName::Latest, None)),
            ("r3", selector(RunName::Id(RunId(3)), None)),
            ("r3/T002", selector(RunName::Id(RunId(3)), task.clone())),
            ("T002", selector(RunName::Latest, task)),
            (
                "auth-backend",
                selector(RunName::Latest, name("auth-backend")),
            ),
            ("@/auth", selector(RunName::Latest, name("auth"))),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_none_of_them_is_refused() {
        for text in ["", "/", "r3/", "x/T001", "r3/a/b", "origin/main"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }

    #[test]
    fn whatever_is_typed_is_taken_apart_or_refused() {
        let typed = ["@", "r3", "r3/T002", "T002", "auth-backend", "@/auth"];
        let typed = typed.map(|text| text.as_bytes().to_vec());
        fuzz::each_text(&typed, |text| drop(text.parse::<Selector>()));
    }
}
