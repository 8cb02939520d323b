//! A goal and its tasks as somebody wrote them down, before anything is worked out of them.

use crate::id::TaskId;

use super::model::{Files, Plan, Priority, Task};
use super::name::slug;

/// What a task file or a list of tasks says.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub goal: String,
    pub tasks: Vec<TaskDraft>,
}

/// One task as written. `None` means that nothing was said.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDraft {
    pub id: TaskId,
    pub name: Option<String>,
    pub title: String,
    /// What the agent is told; the title where nothing more was written.
    pub prompt: String,
    pub files: Files,
    /// Whether the files are a forecast, not a promise.
    pub foreseen: bool,
    pub depends: Vec<TaskId>,
    pub priority: Option<Priority>,
    pub optional: bool,
    /// Whether its product is a document rather than commits.
    pub document: bool,
    pub timeout_seconds: Option<u64>,
    pub success: Option<String>,
    pub estimate_seconds: Option<f64>,
    /// Where it begins in its file, counted from 1.
    pub line: usize,
}

impl TaskDraft {
    /// What it is called, or its title.
    pub fn called(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.title)
    }

    /// A task of which only the title is known.
    pub fn titled(id: TaskId, title: &str, line: usize) -> Self {
        Self {
            id,
            name: None,
            title: title.to_owned(),
            prompt: title.to_owned(),
            files: Files::default(),
            foreseen: false,
            depends: Vec::new(),
            priority: None,
            optional: false,
            document: false,
            timeout_seconds: None,
            success: None,
            estimate_seconds: None,
            line,
        }
    }
}

impl Plan {
    /// The plan as it could have been written down: what follows from the files is left to them.
    pub fn draft(&self) -> Draft {
        let written = |task: &Task| {
            let implied = |on: &TaskId| {
                let mut implied = self.implied.iter();
                implied.any(|implied| (implied.task, implied.on) == (task.id, *on))
            };
            task.depends
                .iter()
                .copied()
                .filter(|on| !implied(on))
                .collect()
        };
        let tasks = self.tasks.iter().map(|task| TaskDraft {
            name: Some(task.name.clone()).filter(|name| Some(name) != slug(&task.title).as_ref()),
            prompt: task.prompt.clone(),
            files: task.files.clone(),
            foreseen: task.foreseen,
            depends: written(task),
            priority: Some(task.priority),
            optional: task.optional,
            document: task.document,
            timeout_seconds: task.timeout_seconds,
            success: task.success.clone(),
            estimate_seconds: task.estimate_seconds,
            ..TaskDraft::titled(task.id, &task.title, 0)
        });
        Draft {
            goal: self.goal.clone(),
            tasks: tasks.collect(),
        }
    }
}

/// Something in a task file that cannot be meant, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
}

impl Mistake {
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}
