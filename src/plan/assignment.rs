//! What the agent of a task is told, in full.

use super::dependencies::Graph;
use super::files::covers;
use super::model::{Plan, PlanKind, Task};

/// The file in the session's folder that holds a task's document.
pub const DOCUMENT: &str = "document.md";

/// Other tasks that are named, and paths of each; the rest is counted.
const OTHERS_NAMED: usize = 20;
const PATHS_NAMED: usize = 6;

impl Task {
    /// Title, prompt, files and how success is checked: everything that was written about it.
    pub fn assignment(&self) -> String {
        told(self, Vec::new())
    }
}

impl Plan {
    /// What was written about the task, what it starts from, and what others are changing meanwhile.
    pub fn assignment(&self, task: &Task) -> String {
        told(
            task,
            self.before(task)
                .into_iter()
                .chain(self.leave_alone(task))
                .collect(),
        )
    }

    /// The tasks whose results are there already.
    fn before(&self, task: &Task) -> Option<String> {
        let on = self
            .tasks
            .iter()
            .filter(|other| task.depends.contains(&other.id));
        let on: Vec<String> = on.map(|on| format!("{} ({})", on.title, on.id)).collect();
        (!on.is_empty()).then(|| format!("Done before, and here already: {}", on.join("; ")))
    }

    /// What tasks that may run at the same time are changing.
    fn leave_alone(&self, task: &Task) -> Option<String> {
        if self.kind == PlanKind::Variants {
            return None;
        }
        let at = self.tasks.iter().position(|other| other.id == task.id)?;
        let apart = Graph::of(&self.tasks).apart_from(at);
        let own = |path: &&str| task.files.changed().any(|own| covers(own, path));
        let others = self.tasks.iter().zip(apart).filter(|(_, apart)| !apart);
        let lines: Vec<String> = others
            .filter_map(|(other, _)| {
                let paths: Vec<&str> = other.files.changed().filter(|path| !own(path)).collect();
                let named = paths[..paths.len().min(PATHS_NAMED)].join(", ");
                let more = match paths.len().saturating_sub(PATHS_NAMED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                (!paths.is_empty()).then(|| format!("- {named}{more} ({})", other.name))
            })
            .collect();
        let mut told = lines[..lines.len().min(OTHERS_NAMED)].join("\n");
        if lines.len() > OTHERS_NAMED {
            told = format!(
                "{told}\n- and what {} more tasks change",
                lines.len() - OTHERS_NAMED
            );
        }
        (!told.is_empty()).then(|| {
            format!("Leave these alone, others are changing them at the same time:\n{told}")
        })
    }
}

fn told(task: &Task, of_others: Vec<String>) -> String {
    let mut parts = Vec::new();
    if !task.prompt.contains(&task.title) {
        parts.push(task.title.clone());
    }
    parts.push(task.prompt.clone());
    if !task.files.is_empty() {
        parts.push(files(task));
    }
    parts.extend(of_others);
    parts.extend(
        task.success
            .as_ref()
            .map(|success| format!("Success: {success}")),
    );
    if task.document {
        parts.push(format!(
            "Write your result as one Markdown document to the file {DOCUMENT} in the folder \
             $GIT_PARALLEL_SESSION_DIR (.parallel in this worktree). It counts for itself, nothing has to be committed."
        ));
    }
    parts.join("\n\n") + "\n"
}

/// The files of a task: a promise, or a forecast.
fn files(task: &Task) -> String {
    let spelled = task.files.spell();
    if task.foreseen {
        format!(
            "Likely files: {spelled}\nThat is a forecast. Change what the task needs, and as little as possible besides."
        )
    } else {
        format!("Files: {spelled}")
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::{plan, task};

    #[test]
    fn an_agent_is_told_everything_once() {
        let mut first = task(1, &[]);
        first.title = "Add login".to_owned();
        first.prompt = "- [ ] a form".to_owned();
        first.files.create = vec!["login.html".to_owned()];
        first.success = Some("it opens".to_owned());
        let mut bare = task(2, &[]);
        bare.prompt = bare.title.clone();
        let plan = plan(vec![first, bare]);
        let all = "Add login\n\n- [ ] a form\n\nFiles: login.html (new)\n\nSuccess: it opens\n";
        assert_eq!(plan.assignment(&plan.tasks[0]), all);
        let bare = "Task 2\n\nLeave these alone, others are changing them at the same time:\n- login.html (t001)\n";
        assert_eq!(plan.assignment(&plan.tasks[1]), bare);
    }

    #[test]
    fn what_came_before_is_named_and_not_forbidden() {
        let mut tasks = vec![task(1, &[]), task(2, &[1]), task(3, &[])];
        tasks[0].files.modify = vec!["a.rs".to_owned()];
        tasks[1].files.modify = vec!["b.rs".to_owned()];
        tasks[1].foreseen = true;
        tasks[2].files.modify = (0..9).map(|n| format!("c{n}.rs")).collect();
        let plan = plan(tasks);
        let told = plan.assignment(&plan.tasks[1]);
        assert!(
            told.contains("Likely files: b.rs\nThat is a forecast."),
            "{told}"
        );
        assert!(
            told.contains("Done before, and here already: Task 1 (T001)"),
            "{told}"
        );
        assert!(
            told.contains("- c0.rs, c1.rs, c2.rs, c3.rs, c4.rs, c5.rs and 3 more (t003)"),
            "{told}"
        );
        assert!(!told.contains("a.rs"), "{told}");
    }
}
