//! Task files in JSON: `{"goal": …, "tasks": [{"title": …}]}` with as few keys as one likes. The
//! keys are those of the stored plan; `depends` takes ids and names, `files` also a plain list.

use std::collections::HashSet;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::id::TaskId;

use super::draft::{Draft, Mistake, TaskDraft};
use super::files::Use;
use super::link::{Link, resolve};
use super::markdown::bare_title;
use super::model::{Files, Priority};

/// The document. Tasks stay raw at first, so that a mistake in one can be told with its line.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with \"goal\" and \"tasks\""
)]
struct Document<'a> {
    goal: Option<String>,
    #[serde(borrow)]
    tasks: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a task such as {\"title\": \"…\"}")]
struct TaskEntry {
    title: String,
    id: Option<TaskId>,
    name: Option<String>,
    prompt: Option<String>,
    #[serde(default)]
    files: Declared,
    #[serde(default)]
    foreseen: bool,
    #[serde(default)]
    depends: Vec<String>,
    priority: Option<Priority>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    document: bool,
    timeout_seconds: Option<u64>,
    success: Option<String>,
    estimate_seconds: Option<f64>,
}

/// Reads a task file in JSON; `fallback` is the goal where it names none.
pub fn parse_json(text: &str, fallback: &str) -> Result<Draft, Vec<Mistake>> {
    let document: Document = serde_json::from_str(text).map_err(|error| vec![told(&error, 1)])?;
    let mut mistakes = Vec::new();
    let mut entries = Vec::new();
    for raw in &document.tasks {
        let line = line_of(text, raw.get());
        match serde_json::from_str::<TaskEntry>(raw.get()) {
            Ok(entry) => entries.push((line, entry)),
            Err(error) => mistakes.push(told(&error, line)),
        }
    }
    if document.tasks.is_empty() {
        mistakes.push(Mistake::new(
            1,
            "expected a task in \"tasks\", and found none",
        ));
    }
    let mut tasks = drafts(&entries, &mut mistakes);
    if mistakes.is_empty() {
        let links = entries
            .iter()
            .zip(&tasks)
            .flat_map(|((line, entry), task)| {
                let links = entry.depends.iter();
                links
                    .flat_map(|on| Link::from_field(*line, task.id, on))
                    .collect::<Vec<_>>()
            });
        let links: Vec<Link> = links.collect();
        mistakes = resolve(&links, &mut tasks);
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Draft {
        goal: document.goal.unwrap_or_else(|| fallback.to_owned()),
        tasks,
    })
}

/// The tasks without their dependencies; those without an id get the next free one.
fn drafts(entries: &[(usize, TaskEntry)], mistakes: &mut Vec<Mistake>) -> Vec<TaskDraft> {
    let mut taken = HashSet::new();
    for (line, entry) in entries {
        if let Some(id) = entry.id.filter(|id| !taken.insert(*id)) {
            mistakes.push(Mistake::new(
                *line,
                format!("{id} is another task's already"),
            ));
        }
    }
    let mut free = (1..).map(TaskId).filter(|id| !taken.contains(id));
    entries
        .iter()
        .filter_map(|(line, entry)| {
            let id = entry.id.or_else(|| free.next())?;
            let drafted = entry.draft(id, *line);
            drafted
                .map_err(|what| mistakes.push(Mistake::new(*line, what)))
                .ok()
        })
        .collect()
}

impl TaskEntry {
    fn draft(&self, id: TaskId, line: usize) -> Result<TaskDraft, String> {
        // As it would read in Markdown, which a plan is edited in.
        let title = bare_title(self.title.trim());
        if title.is_empty() {
            return Err(format!("expected a title for {id}"));
        }
        if self.estimate_seconds.is_some_and(|seconds| seconds <= 0.0) {
            return Err(format!("expected more than 0 estimate_seconds for {id}"));
        }
        let prompt = self
            .prompt
            .as_deref()
            .map(|prompt| prompt.trim_matches('\n'));
        Ok(TaskDraft {
            name: self.name.clone(),
            prompt: prompt
                .filter(|prompt| !prompt.is_empty())
                .unwrap_or(title)
                .to_owned(),
            files: self.files.checked()?,
            foreseen: self.foreseen,
            priority: self.priority,
            optional: self.optional,
            document: self.document,
            timeout_seconds: self.timeout_seconds,
            success: self.success.clone(),
            estimate_seconds: self.estimate_seconds,
            ..TaskDraft::titled(id, title, line)
        })
    }
}

/// Files as written: `{"modify": […], "create": […], "read": […]}`, or a list with marks.
#[derive(Default)]
struct Declared(Vec<(Use, String)>);

impl Declared {
    fn checked(&self) -> Result<Files, String> {
        let mut files = Files::default();
        for (usage, item) in &self.0 {
            files.add_item(*usage, item)?;
        }
        Ok(files)
    }
}

impl<'de> Deserialize<'de> for Declared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DeclaredVisitor)
    }
}

struct DeclaredVisitor;

impl<'de> Visitor<'de> for DeclaredVisitor {
    type Value = Declared;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of paths, or an object with the lists modify, create and read")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Declared, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push((Use::Modify, item));
        }
        Ok(Declared(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Declared, A::Error> {
        let files = Files::deserialize(MapAccessDeserializer::new(map))?;
        let of = |usage, paths: Vec<String>| paths.into_iter().map(move |path| (usage, path));
        let items = of(Use::Modify, files.modify)
            .chain(of(Use::Create, files.create))
            .chain(of(Use::Read, files.read));
        Ok(Declared(items.collect()))
    }
}

/// The line on which `part`, a piece of `text` itself, begins.
fn line_of(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    1 + text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
}

/// What serde says of a piece that begins at a line, without its own idea of the position.
fn told(error: &serde_json::Error, first: usize) -> Mistake {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    Mistake::new(first + error.line().max(1) - 1, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_alone_make_tasks() {
        let draft = parse_json(r#"{"tasks": [{"title": "A"}, {"title": "B"}]}"#, "both").unwrap();
        assert_eq!(draft.goal, "both");
        let ids: Vec<u32> = draft.tasks.iter().map(|task| task.id.0).collect();
        assert_eq!(ids, [1, 2]);
        assert_eq!(draft.tasks[1].prompt, "B");
    }

    #[test]
    fn ids_names_and_both_forms_of_files_are_understood() {
        let text = r#"{"goal": "g", "tasks": [
            {"title": "Add login", "id": "T002", "files": ["src/a.rs:3", "src/b.rs (new)"]},
            {"title": "Next", "depends": ["Add login"], "files": {"create": ["c.rs"]}},
            {"title": "Last", "depends": ["T002", "next"]}]}"#;
        let draft = parse_json(text, "").unwrap();
        assert_eq!(draft.tasks[0].files.modify, ["src/a.rs"]);
        assert_eq!(draft.tasks[0].files.create, ["src/b.rs"]);
        assert_eq!(draft.tasks[1].files.create, ["c.rs"]);
        assert_eq!(draft.tasks[1].id, TaskId(1));
        assert_eq!(draft.tasks[2].depends, [TaskId(2), TaskId(1)]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let cases = [
            (
                "{\"tasks\": [\n{\"title\": \"A\"},\n{\"titel\": \"B\"}]}",
                3,
                "unknown field `titel`",
            ),
            (
                "{\"tasks\": [\n{\"title\": \"A\",\n\"depends\": [\"T9\"]}]}",
                2,
                "'T009' is no task",
            ),
            (
                "{\"tasks\": [{\"title\": \"A\", \"files\":\n[\"../x\"]}]}",
                1,
                "outside",
            ),
            (
                "{\"tasks\": [{\"title\": \"A\",\n\"files\": 3}]}",
                2,
                "a list of paths",
            ),
            ("[]", 1, "expected an object with \"goal\" and \"tasks\""),
            ("{\"tasks\": [\n3]}", 2, "expected a task such as"),
            ("{\"tasks\": []}", 1, "found none"),
            ("{\"goal\": 3,", 1, "expected a string"),
            ("{\n\"tasks\": [", 2, "EOF"),
        ];
        for (text, line, what) in cases {
            let mistakes = parse_json(text, "").unwrap_err();
            assert_eq!(mistakes[0].line, line, "{text}: {mistakes:?}");
            assert!(mistakes[0].what.contains(what), "{text}: {mistakes:?}");
        }
    }
}
