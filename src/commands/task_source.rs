//! Where tasks come from: a task file in Markdown or JSON, standard input, a list of titles.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::context::Context;
use crate::error::{Failure, OnPath, Result, shell_word};
use crate::git::Repository;
use crate::id::TaskId;
use crate::plan::{self, Draft, Mistake, Plan, Priority, TaskDraft};
use crate::store::PLAN_VERSION;

/// Where tasks come from, as typed.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SourceArgs {
    /// Take the tasks from a Markdown or JSON file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "tasks")]
    pub from: Option<PathBuf>,
    /// Take these tasks, by their titles
    #[arg(long, value_name = "TASK,…", value_delimiter = ',')]
    pub tasks: Vec<String>,
    /// What to tell the agent of every task of --tasks
    #[arg(long, value_name = "TEXT", requires = "tasks")]
    pub prompt: Option<String>,
    /// What every task of --tasks makes is a document, not a change
    #[arg(long, requires = "tasks")]
    pub documents: bool,
}

/// Where the tasks of a plan come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A Markdown or JSON file; `-` is standard input.
    File(PathBuf),
    /// Titles, and what to tell all of them.
    Titles {
        titles: Vec<String>,
        prompt: Option<String>,
        /// Whether each of them writes a document.
        documents: bool,
    },
    /// What to reach, in words.
    Goal(String),
    /// One goal, and how many are to try it.
    Takes(String, u32),
}

impl SourceArgs {
    /// What was pointed at, if anything.
    pub fn source(&self) -> Option<Source> {
        if let Some(path) = &self.from {
            return Some(Source::File(path.clone()));
        }
        (!self.tasks.is_empty()).then(|| Source::Titles {
            titles: self.tasks.clone(),
            prompt: self.prompt.clone(),
            documents: self.documents,
        })
    }
}

/// What a source holds.
pub enum Tasks {
    Draft(Draft),
    Stored(Box<Plan>),
    /// What to reach, in words; still to be divided.
    Goal(String),
    /// One goal, several takes on it.
    Takes(Draft),
}

/// Reads a source; with its name as it is shown in front of a line number.
pub fn read(context: &Context, source: &Source) -> Result<(String, Tasks)> {
    match source {
        Source::Goal(text) => Ok(("the goal".to_owned(), Tasks::Goal(text.clone()))),
        Source::Takes(goal, takes) => Ok(("the goal".to_owned(), Tasks::Takes(many(goal, *takes)))),
        Source::Titles {
            titles,
            prompt,
            documents,
        } => {
            let mut draft = titled(titles, prompt.as_deref())?;
            for task in &mut draft.tasks {
                task.document = *documents;
            }
            Ok(("--tasks".to_owned(), Tasks::Draft(draft)))
        }
        Source::File(path) => {
            let name = if path == Path::new("-") {
                "standard input".to_owned()
            } else {
                path.display().to_string()
            };
            let bytes = bytes(context, path)?;
            let tasks = file(&name, path, bytes)?;
            Ok((name, tasks))
        }
    }
}

fn bytes(context: &Context, path: &Path) -> Result<Vec<u8>> {
    if path != Path::new("-") {
        return fs::read(context.folder.join(path)).on_path("read", path);
    }
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.on_path("read", Path::new("standard input"))?;
    Ok(bytes)
}

fn file(name: &str, path: &Path, bytes: Vec<u8>) -> Result<Tasks> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Failure::usage(format!("{name}:{line}: expected text in UTF-8"))
    })?;
    if text.trim().is_empty() {
        return Err(in_file(
            name,
            &[Mistake::new(1, "expected tasks, and the file is empty")],
        ));
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let goal = if stem == "-" {
        "Tasks".to_owned()
    } else {
        stem.into_owned()
    };
    let json = text.trim_start().starts_with('{') || path.extension().is_some_and(|e| e == "json");
    if !json {
        return plan::parse(&text, &goal)
            .map(Tasks::Draft)
            .map_err(|mistakes| {
                let failure = in_file(name, &mistakes);
                match mistakes.iter().all(|mistake| mistake.what == plan::NO_TASK) {
                    true => failure.next(goal_in_file(path)),
                    false => failure,
                }
            });
    }
    match stored_form(name, &text)? {
        Some(plan) => Ok(Tasks::Stored(Box::new(plan))),
        None => plan::parse_json(&text, &goal)
            .map(Tasks::Draft)
            .map_err(|mistakes| in_file(name, &mistakes)),
    }
}

/// How a goal is given that lies in a file.
fn goal_in_file(path: &Path) -> String {
    let file = match path == Path::new("-") {
        true => "FILE".to_owned(),
        false => shell_word(&path.to_string_lossy()),
    };
    format!("git parallel split \"$(cat {file})\"")
}

/// The text as a stored plan, when it says that it is one: by its version.
fn stored_form(name: &str, text: &str) -> Result<Option<Plan>> {
    let value = serde_json::from_str::<serde_json::Value>(text).ok();
    let version = value.and_then(|value| value.get("version")?.as_u64());
    match version {
        None => Ok(None),
        Some(version) if version > PLAN_VERSION => Err(Failure::unable(format!(
            "{name} was written by a newer git-parallel (version {version} of its format; this one knows {PLAN_VERSION})"
        ))
        .kept("the file is untouched")
        .next("cargo install git-parallel")),
        Some(_) => serde_json::from_str(text)
            .map(Some)
            .map_err(|error| Failure::usage(format!("{name}:{}: {error}", error.line()))),
    }
}

/// One task a title. They are meant to run at once, so no word in a title makes one of them P0.
fn titled(titles: &[String], prompt: Option<&str>) -> Result<Draft> {
    let titles: Vec<&str> = titles.iter().map(|title| title.trim()).collect();
    if titles.contains(&"") {
        return Err(Failure::usage(
            "--tasks has an empty title; expected --tasks a,b,c",
        ));
    }
    let tasks = (1..).zip(&titles).map(|(number, title)| {
        let mut task = TaskDraft::titled(TaskId(number), title, 1);
        task.priority = Some(Priority::P2);
        if let Some(prompt) = prompt {
            task.prompt = format!("{prompt}\n\nYour part: {title}");
        }
        task
    });
    let goal = prompt.and_then(|prompt| prompt.lines().next());
    Ok(Draft {
        goal: goal.map_or_else(|| titles.join(", "), ToOwned::to_owned),
        tasks: tasks.collect(),
    })
}

/// One goal for several who do not know of each other.
fn many(goal: &str, takes: u32) -> Draft {
    let line = goal.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or_default().trim();
    let tasks = (1..=takes).map(|number| {
        let mut task = TaskDraft::titled(TaskId(number), &format!("Take {number}: {line}"), 1);
        task.name = Some(format!("take-{number}"));
        task.priority = Some(Priority::P2);
        task.prompt = format!(
            "{goal}\n\n{takes} are at this, each for itself; the best take is kept. This is take {number}: choose your own way."
        );
        task
    });
    Draft {
        goal: line.to_owned(),
        tasks: tasks.collect(),
    }
}

/// Mistakes as "file:line: what", one a line.
pub fn in_file(name: &str, mistakes: &[Mistake]) -> Failure {
    let told = |mistake: &Mistake| format!("{name}:{}: {}", mistake.line, mistake.what);
    let lines: Vec<String> = mistakes.iter().map(told).collect();
    Failure::usage(lines.join("\n"))
}

/// Where task files usually lie, relative to the worktree; `*` stands for any folder or file.
const PLACES: &[&str] = &[
    "tasks.md",
    "TASKS.md",
    "docs/tasks.md",
    ".claude/tasks.md",
    ".claude/tasks/*.md",
    ".tmp/*/tasks.md",
    "specs/*/tasks.md",
];

/// The newest task file in the usual places, as seen from the current folder, and when it was
/// written.
pub fn newest_task_file(
    context: &Context,
    repository: &Repository,
) -> Option<(PathBuf, SystemTime)> {
    let root = repository.work_dir().unwrap_or(&context.folder);
    let found = PLACES.iter().flat_map(|place| expand(root, place));
    let dated = found.filter_map(|path| {
        let written = fs::metadata(&path).and_then(|meta| meta.modified()).ok()?;
        Some((path, written))
    });
    let (newest, written) = dated.max_by_key(|(_, written)| *written)?;
    let seen = newest.strip_prefix(&context.folder);
    Some((seen.map_or(newest.clone(), Path::to_owned), written))
}

/// What to say where there is none.
pub fn no_task_file() -> Failure {
    Failure::usage(format!(
        "there is no task file in the usual places: {}",
        PLACES.join(", ")
    ))
    .next("git parallel split 'WHAT TO REACH'")
    .next("git parallel split --from FILE")
    .next("git parallel split --tasks a,b,c --prompt TEXT")
}

/// The files that a place stands for.
fn expand(root: &Path, place: &str) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    for part in place.split('/') {
        found = found
            .iter()
            .flat_map(|folder| children(folder, part))
            .collect();
    }
    found.retain(|path| path.is_file());
    found
}

fn children(folder: &Path, part: &str) -> Vec<PathBuf> {
    let Some(ending) = part.strip_prefix('*') else {
        return vec![folder.join(part)];
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect()
}

/// What is typed where a goal is expected: words, or the name of a file, which has to be there.
pub fn goal_or_file(context: &Context, typed: &str) -> Result<Source> {
    let is_task_file = typed.ends_with(".md") || typed.ends_with(".json");
    if context.folder.join(typed).is_file() || (is_task_file && !plan::is_in_words(typed)) {
        return Ok(Source::File(PathBuf::from(typed)));
    }
    if typed.contains('/') && !typed.contains("://") && !plan::is_in_words(typed) {
        let goal = shell_word(&format!("WHAT TO REACH in {typed}"));
        return Err(Failure::usage(format!(
            "{typed} is no task file here, and no goal in words"
        ))
        .next(format!("git parallel split {goal}")));
    }
    Ok(Source::Goal(typed.to_owned()))
}
