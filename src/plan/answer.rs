//! A goal divided by somebody who answers in JSON: what is asked, in which form it must be answered,
//! and what of an answer is wrong. Only text goes in and comes out; who is asked is not known here.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::survey::Survey;

use super::draft::{Draft, Mistake};
use super::files::covers;
use super::json_file::parse_json;
use super::model::Priority;
use super::scoped::Scoped;
use super::structure::tests_of;

/// Tasks that an answer may have at most.
const MOST_TASKS: usize = 15;
/// So many modules are named, the largest first.
const MODULES_TOLD: usize = 20;

/// What somebody who divides a goal has to know.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    pub goal: &'a str,
    pub survey: &'a Survey,
    /// The files that the goal is probably about.
    pub scope: &'a Scoped,
    /// How many tasks the user wants.
    pub wanted: Option<usize>,
    /// Bytes of paths that may be listed; none for who can look around.
    pub room: Option<usize>,
}

impl Asking<'_> {
    /// The question in words.
    pub fn question(&self) -> String {
        let look = match self.room {
            None => "Change nothing yourself; read whatever you need.",
            Some(_) => "You see no more of the repository than what is told here.",
        };
        let sure = if self.scope.guess {
            "a guess"
        } else {
            "fairly sure"
        };
        let parts = [
            format!(
                "Divide this goal into tasks for coding agents that work at the same time, each in a worktree of its own. {look}"
            ),
            format!("Goal:\n{}", self.goal.trim()),
            format!("Rules:\n{}", self.rules()),
            format!("Modules:\n{}", self.modules()),
            format!(
                "Files that the words of the goal speak of, by a forecast without a model ({sure}):\n{}",
                self.likely()
            ),
            self.listing(),
        ];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n") + "\n"
    }

    fn rules(&self) -> String {
        let number = match self.wanted {
            Some(number) => format!("{number} tasks"),
            None => format!(
                "As many tasks as the work really has, {MOST_TASKS} at most; one, where nothing can be done at the same time"
            ),
        };
        let best = self.scope.files.first();
        let tests = match best.and_then(|file| tests_of(self.survey, &file.path)) {
            Some(command) => format!(", best as a command (here probably `{command}`)"),
            None => ", best as a command".to_owned(),
        };
        let rules = [
            format!("{number}. Each can be tested by itself."),
            "No two tasks change the same file, unless one depends on the other. Cut the work elsewhere, or join the tasks.".to_owned(),
            "\"files\": what each task changes (\"modify\": only what is there already), what it makes (\"create\"), and what it only reads (\"read\"); paths relative to the root of the repository.".to_owned(),
            "\"id\": T001, T002 and so on.".to_owned(),
            "\"depends\": ids of tasks whose results a task needs; no cycles.".to_owned(),
            "\"prompt\": all that the agent of the task has to know; it does not see the goal or the other tasks.".to_owned(),
            format!("\"success\": how the result is checked{tests}."),
        ];
        rules.map(|rule| format!("- {rule}")).join("\n")
    }

    fn modules(&self) -> String {
        let modules = self.survey.modules.iter().take(MODULES_TOLD);
        let told = modules.map(|module| {
            let folder = match module.folder.as_str() {
                "" => "the root",
                folder => folder,
            };
            format!(
                "- {folder} ({} files, {} lines)",
                module.files.len(),
                module.lines
            )
        });
        told.collect::<Vec<_>>().join("\n")
    }

    fn likely(&self) -> String {
        let told = self.scope.files.iter().map(|file| {
            let sign = if file.likely { "likely" } else { "perhaps" };
            format!("- {} ({sign}, {} lines)", file.path, file.lines)
        });
        told.collect::<Vec<_>>().join("\n")
    }

    /// Paths for who cannot look: first those of the modules that the likely files are in.
    fn listing(&self) -> String {
        let Some(mut room) = self.room else {
            return String::new();
        };
        let near: HashSet<usize> = self.scope.likely().filter_map(|file| file.module).collect();
        let modules = self.survey.modules.iter().enumerate();
        let (mut first, mut then) = (Vec::new(), Vec::new());
        for (at, module) in modules {
            let list = if near.contains(&at) {
                &mut first
            } else {
                &mut then
            };
            list.extend(module.files.iter().map(|&file| file as usize));
        }
        let all = first.len() + then.len();
        let paths = first.into_iter().chain(then);
        let paths = paths.map(|file| self.survey.files[file].path.as_str());
        let listed: Vec<&str> = paths
            .take_while(|path| {
                let fits = path.len() < room;
                room = room.saturating_sub(path.len() + 1);
                fits
            })
            .collect();
        format!(
            "Files of the program ({} of {all}):\n{}",
            listed.len(),
            listed.join("\n")
        )
    }
}

/// What is said to an answer that cannot be used.
pub fn again(problems: &[String]) -> String {
    let problems: Vec<String> = problems
        .iter()
        .map(|problem| format!("- {problem}"))
        .collect();
    format!(
        "Your last answer could not be used:\n{}\nAnswer again, in full, with all of that put right.\n",
        problems.join("\n")
    )
}

/// The JSON schema of an answer. Every key is required, as strict servers want it.
pub fn answer_schema() -> Value {
    let strings = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["tasks"],
        "properties": {"tasks": {"type": "array", "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["id", "title", "prompt", "files", "depends", "success"],
            "properties": {
                "id": {"type": "string", "description": "T001, T002, …"},
                "title": {"type": "string"},
                "prompt": {"type": "string"},
                "files": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["modify", "create", "read"],
                    "properties": {"modify": strings, "create": strings, "read": strings},
                },
                "depends": {"type": "array", "items": {"type": "string"}},
                "success": {"type": "string"},
            },
        }}},
    })
}

/// The tasks of an answer; or what is wrong with it, in words that whoever gave it can act on.
pub fn read_answer(answer: &Value, goal: &str) -> Result<Draft, Vec<String>> {
    let mut draft = parse_json(&answer.to_string(), goal).map_err(|mistakes| {
        // The lines mean nothing to whoever has answered.
        let told = mistakes.into_iter().map(|Mistake { what, .. }| what);
        told.collect::<Vec<_>>()
    })?;
    if draft.tasks.len() > MOST_TASKS {
        return Err(vec![format!(
            "it has {} tasks, and {MOST_TASKS} is the most",
            draft.tasks.len()
        )]);
    }
    draft.goal = goal.to_owned();
    for task in &mut draft.tasks {
        task.foreseen = true;
        // What runs at once by intention is not held up by a word in a title.
        task.priority = task.priority.or(Some(Priority::P2));
    }
    Ok(draft)
}

/// Files that tasks mean to change and that neither are `present` nor made by any of them.
pub fn absent(draft: &Draft, present: &HashSet<String>) -> Vec<String> {
    let created = |path: &str| {
        let mut made = draft.tasks.iter().flat_map(|task| &task.files.create);
        made.any(|new| covers(new, path))
    };
    let absent = draft.tasks.iter().flat_map(|task| {
        let gone = task.files.modify.iter();
        let gone = gone.filter(|path| !present.contains(*path) && !created(path));
        gone.map(move |path| {
            format!(
                "{} modifies {path}, which is not there: name the right file, or create it",
                task.id
            )
        })
    });
    absent.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(files: &Value, depends: &Value) -> Value {
        json!({"tasks": [{"id": "T001", "title": "Fix the urgent crash", "prompt": "do",
            "files": files, "depends": depends, "success": "x"}]})
    }

    #[test]
    fn an_answer_becomes_tasks_whose_files_are_a_forecast() {
        let files = json!({"modify": ["a"], "create": [], "read": ["b"]});
        let draft = read_answer(&answer(&files, &json!([])), "goal").unwrap();
        let task = &draft.tasks[0];
        assert_eq!((draft.goal.as_str(), task.foreseen), ("goal", true));
        assert_eq!(
            (&task.files.modify[0], &task.files.read[0]),
            (&"a".to_owned(), &"b".to_owned())
        );
        assert_eq!(task.priority, Some(Priority::P2), "not P0 by its title");
    }

    #[test]
    fn what_is_wrong_is_said_so_that_it_can_be_put_right() {
        let many = vec![json!({"title": "A"}); 16];
        let cases = [
            (answer(&json!([]), &json!(["T009"])), "'T009' is no task"),
            (answer(&json!(["../x"]), &json!([])), "outside"),
            (json!({"tasks": []}), "found none"),
            (json!(["a"]), "expected an object"),
            (json!({"tasks": many}), "16 tasks, and 15 is the most"),
        ];
        for (answer, what) in cases {
            let problems = read_answer(&answer, "goal").unwrap_err();
            assert!(problems[0].contains(what), "{problems:?}");
        }
        let said = again(&["two tasks change a".to_owned()]);
        assert!(said.contains("\n- two tasks change a\n"), "{said}");
    }

    #[test]
    fn a_file_that_is_nowhere_cannot_be_modified() {
        let files = json!({"modify": ["here", "gone", "new/a"], "create": ["new"], "read": []});
        let draft = read_answer(&answer(&files, &json!([])), "goal").unwrap();
        let told = absent(&draft, &HashSet::from(["here".to_owned()]));
        let expected = "T001 modifies gone, which is not there: name the right file, or create it";
        assert_eq!(told, [expected]);
    }
}
