//! Tasks whose product is a document: what a session wrote in `.parallel/document.md` is kept with
//! the run, and in the end all of them are joined in the plan's order. Deciding what a document is
//! and how it is joined is pure; a few lines at the end touch the disk.

use std::path::Path;

use crate::error::Result;
use crate::id::TaskId;
use crate::plan::{DOCUMENT, Plan, one_line};
use crate::store::{Outcome, RunState, Store, TaskState, put_document};

use super::from_agent::beginning;
use super::report::{DocumentReport, RunReport};

/// A document is for people to read; no one reads more.
const MOST_BYTES: u64 = 4 << 20;

/// What a task that was to write a document has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Product {
    Document(String),
    /// Why that is none.
    Nothing(String),
}

impl Product {
    /// As evidence.
    pub fn words(&self) -> String {
        match self {
            Self::Document(text) => format!("{} bytes", text.len()),
            Self::Nothing(why) => why.clone(),
        }
    }
}

/// A text as a document: with a word in it, and without what could drive a terminal.
pub fn document(text: &str) -> Option<String> {
    let plain = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(plain).collect();
    let text = text.trim();
    text.contains(char::is_alphanumeric)
        .then(|| format!("{text}\n"))
}

/// Reads what a session wrote.
pub fn read(session_dir: &Path) -> Product {
    let path = session_dir.join(DOCUMENT);
    let nothing = |why: &str| Product::Nothing(format!("{why} .parallel/{DOCUMENT}"));
    let Some(bytes) = beginning(&path, MOST_BYTES + 1) else {
        return nothing("there is no");
    };
    if bytes.len() as u64 > MOST_BYTES {
        return nothing("more than 4 MiB are in");
    }
    match String::from_utf8(bytes).map(|text| document(&text)) {
        Ok(Some(text)) => Product::Document(text),
        Ok(None) => nothing("nothing is written in"),
        Err(_) => nothing("not UTF-8:"),
    }
}

/// A task of a run that was to write a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub task: TaskId,
    pub title: String,
    /// What it wrote, or why there is nothing.
    pub text: Result<String, String>,
}

/// Those tasks in the plan's order, with what is kept of each.
pub fn parts(store: &Store, plan: &Plan, state: &RunState) -> Vec<Part> {
    let planned = plan.tasks.iter().filter(|task| task.document);
    let tasks = planned.filter_map(|task| state.task(task.id));
    let part = |task: &TaskState| {
        let path = store.task_document(state.run, task.id);
        Part {
            task: task.id,
            title: task.title.clone(),
            text: std::fs::read_to_string(path).map_err(|_| why_missing(task)),
        }
    };
    tasks.map(part).collect()
}

fn why_missing(task: &TaskState) -> String {
    let how = match task.outcome {
        None => "it has not ended",
        Some(Outcome::Skipped) => "it was skipped",
        Some(Outcome::Cancelled) => "it was cancelled",
        Some(Outcome::TimedOut) => "it timed out",
        Some(Outcome::Lost) => "its session was lost",
        Some(_) => "it failed",
    };
    let telling = ["document", "failure", "failures", "dependency", "agent"];
    let mut evidence = task.evidence.iter();
    let seen = evidence.find(|seen| telling.contains(&seen.kind.as_str()));
    seen.map_or_else(
        || how.to_owned(),
        |seen| format!("{how}: {}", seen.value.lines().next().unwrap_or_default()),
    )
}

/// All documents one after the other under the goal, each as it was written; then what is missing.
pub fn joined(goal: &str, parts: &[Part]) -> String {
    let there = parts.iter().filter_map(|part| {
        let text = part.text.as_ref().ok()?;
        let (task, title) = (part.task, one_line(&part.title));
        Some(format!("\n---\n\n*{task}: {title}*\n\n{text}"))
    });
    let head = format!("# {}\n", one_line(goal));
    let there: String = std::iter::once(head).chain(there).collect();
    format!("{there}{}", missing(parts))
}

/// What is missing, as the end of a document; empty where nothing is.
pub fn missing(parts: &[Part]) -> String {
    let lines: Vec<String> = parts
        .iter()
        .filter_map(|part| {
            let why = part.text.as_ref().err()?;
            let (task, title) = (part.task, one_line(&part.title));
            Some(format!("- {task}: {title} ({why})\n"))
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("\n---\n\n## Missing\n\n{}", lines.concat())
}

/// Joins what a run has, if a task of it was to write a document and any did.
pub fn join(store: &Store, plan: &Plan, state: &RunState) -> Result<()> {
    let parts = parts(store, plan, state);
    if parts.iter().all(|part| part.text.is_err()) {
        return Ok(());
    }
    put_document(
        &store.result_document(state.run),
        &joined(&state.goal, &parts),
    )
}

/// Adds to a report where the documents are.
pub fn find_documents(store: &Store, plan: Option<&Plan>, report: &mut RunReport) {
    let there = |path: &Path| path.is_file().then(|| path.to_string_lossy().into_owned());
    let planned = plan.iter().flat_map(|plan| &plan.tasks);
    for task in planned.filter(|task| task.document) {
        if let Some(found) = report.tasks.iter_mut().find(|found| found.id == task.id) {
            let path = there(&store.task_document(report.run, task.id));
            found.document = Some(DocumentReport { path });
        }
    }
    if report.tasks.iter().any(|task| task.document.is_some()) {
        let path = there(&store.result_document(report.run));
        report.result = Some(DocumentReport { path });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn part(task: u32, text: Result<&str, &str>) -> Part {
        Part {
            task: TaskId(task),
            title: format!("Task {task}"),
            text: text.map(str::to_owned).map_err(str::to_owned),
        }
    }

    #[test]
    fn documents_are_joined_in_order_and_what_is_missing_is_named() {
        let parts = [
            part(1, Ok("# One\n")),
            part(2, Err("it failed: exit 1")),
            part(3, Ok("three\n")),
        ];
        assert_eq!(
            joined("Know\nit all", &parts),
            "# Know it all\n\n---\n\n*T001: Task 1*\n\n# One\n\n---\n\n*T003: Task 3*\n\nthree\n\
             \n---\n\n## Missing\n\n- T002: Task 2 (it failed: exit 1)\n"
        );
        assert_eq!(missing(&parts[2..]), "");
    }

    #[test]
    fn only_words_are_a_document_and_nothing_of_it_drives_a_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DOCUMENT);
        let why = |product: Product| match product {
            Product::Nothing(why) => why,
            Product::Document(text) => panic!("{text}"),
        };
        assert_eq!(
            why(read(folder.path())),
            "there is no .parallel/document.md"
        );
        for (bytes, told) in [
            (&b" \n\x1b[ \n"[..], "nothing is written in"),
            (b"\xff\xfe", "not UTF-8:"),
        ] {
            fs::write(&path, bytes).unwrap();
            assert!(why(read(folder.path())).starts_with(told));
        }
        fs::write(&path, vec![b'a'; MOST_BYTES as usize + 1]).unwrap();
        assert!(why(read(folder.path())).starts_with("more than 4 MiB"));
        fs::write(&path, "# A\x1b]0;x\x07\r\n\tb\n\n").unwrap();
        let text = "# A]0;x\n\tb\n".to_owned();
        assert_eq!(read(folder.path()), Product::Document(text));
    }
}
