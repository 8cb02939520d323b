//! From what people point at to a plan: a stored plan, a task file, a list of tasks.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::context::Context;
use crate::duration;
use crate::error::{Failure, OnPath, Result};
use crate::git::Repository;
use crate::id::{PlanId, TaskId};
use crate::plan::{
    self, Draft, Mistake, OverheadSource, Overheads, Plan, PlanKind, PlanOptions, Priority,
    Problem, TaskDraft, ValidPlan,
};
use crate::settings::Settings;
use crate::store::{PLAN_VERSION, Store};

use super::select;

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
}

/// What a plan is made for, as typed.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PlanningArgs {
    /// The commit that worktrees start from [default: the branch that results go to]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The branch that results go to [default: the current branch]
    #[arg(long, value_name = "BRANCH")]
    pub into: Option<String>,
    /// How much work it is: small, medium, large, xlarge or a time such as 45m
    #[arg(long, value_name = "SIZE", value_parser = scope)]
    pub scope: Option<f64>,
    /// How many tasks to work on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub splits: Option<u16>,
}

/// Seconds of work that a size stands for (seed 001).
fn scope(text: &str) -> Result<f64, String> {
    let minutes = |number: u32| Ok(f64::from(number) * 60.0);
    match text {
        "small" => minutes(5),
        "medium" => minutes(20),
        "large" => minutes(60),
        "xlarge" => minutes(180),
        _ => duration::parse(text)
            .map(|time| time.as_secs_f64())
            .map_err(|expected| format!("expected small, medium, large, xlarge or {expected}")),
    }
}

/// Where the tasks of a plan come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A Markdown or JSON file; `-` is standard input.
    File(PathBuf),
    /// Titles, and what to tell all of them.
    Titles(Vec<String>, Option<String>),
}

impl SourceArgs {
    /// What was pointed at, if anything.
    pub fn source(&self) -> Option<Source> {
        if let Some(path) = &self.from {
            return Some(Source::File(path.clone()));
        }
        (!self.tasks.is_empty()).then(|| Source::Titles(self.tasks.clone(), self.prompt.clone()))
    }
}

/// The plan that was typed: an id such as `p1`, or a `.json` or `.md` file, which is planned and
/// stored; or the newest stored plan that was not run yet.
pub fn load_plan(
    context: &Context,
    repository: &Repository,
    store: &Store,
    typed: Option<&str>,
) -> Result<ValidPlan> {
    let Some(typed) = typed else {
        return stored(store, newest_not_run(store)?);
    };
    if let Ok(id) = typed.parse::<PlanId>() {
        return stored(store, id);
    }
    let is_file = typed == "-" || typed.ends_with(".json") || typed.ends_with(".md");
    if is_file || context.folder.join(typed).is_file() {
        let source = Source::File(PathBuf::from(typed));
        return make_plan(
            context,
            repository,
            store,
            &source,
            &PlanningArgs::default(),
        );
    }
    Err(Failure::usage(format!(
        "'{typed}' is no plan: expected an id such as p1, or a .json or .md file"
    ))
    .next("git parallel split"))
}

fn stored(store: &Store, id: PlanId) -> Result<ValidPlan> {
    plan::validate(store.load_plan(id)?).map_err(|problems| {
        Failure::unable(told(&store.plan_path(id).display(), &problems)).kept("the plan as it is")
    })
}

fn newest_not_run(store: &Store) -> Result<PlanId> {
    let ids = store.plan_ids()?;
    let mut run = HashSet::new();
    for id in store.run_ids()? {
        run.insert(store.load_run(id)?.plan);
    }
    let open = ids.iter().rev().find(|id| !run.contains(id));
    open.copied().ok_or_else(|| match ids.last() {
        None => Failure::unable("there is no plan yet").next("git parallel split --from FILE"),
        Some(last) => Failure::unable(format!("all plans were run; {last} is the newest"))
            .next(format!("git parallel run {last}"))
            .next("git parallel split --from FILE"),
    })
}

/// Makes a plan and stores it, under the store's lock.
pub fn make_plan(
    context: &Context,
    repository: &Repository,
    store: &Store,
    source: &Source,
    args: &PlanningArgs,
) -> Result<ValidPlan> {
    let made = draw_plan(context, repository, store, source, args)?;
    let _lock = store.lock("split")?;
    keep(store, made)
}

/// Makes a plan with the id that it would get, and stores nothing.
pub fn draw_plan(
    context: &Context,
    repository: &Repository,
    store: &Store,
    source: &Source,
    args: &PlanningArgs,
) -> Result<ValidPlan> {
    let settings = Settings::read(repository)?;
    let splits = allowed(args.splits, &settings)?;
    let (name, tasks) = read(context, source)?;
    let id = store.next_plan_id()?;
    let mistaken = |mistakes: Vec<Mistake>| in_file(&name, &mistakes);
    match tasks {
        Tasks::Stored(plan) => adopt(repository, *plan, id, args, &name),
        Tasks::Draft(draft) => {
            let target = select::target(repository, args.into.as_deref(), None)?;
            let base = args
                .base
                .clone()
                .unwrap_or_else(|| format!("refs/heads/{target}"));
            let options = PlanOptions {
                id,
                kind: PlanKind::Tasks,
                base: repository.commit(&base)?,
                target,
                created: Timestamp::now(),
                scope_seconds: args.scope,
                splits,
                overheads: overheads(&settings),
                sessions: settings.sessions,
            };
            plan::assemble(draft, options).map_err(mistaken)
        }
    }
}

/// Gives the plan the next free id for good; the caller holds the store's lock.
fn keep(store: &Store, made: ValidPlan) -> Result<ValidPlan> {
    let made = made.with_id(store.next_plan_id()?);
    store.save_plan(made.id, made.plan())?;
    Ok(made)
}

/// Takes over a plan that was written to a file.
fn adopt(
    repository: &Repository,
    mut plan: Plan,
    id: PlanId,
    args: &PlanningArgs,
    name: &str,
) -> Result<ValidPlan> {
    plan.id = id;
    plan.target = select::target(repository, args.into.as_deref(), Some(&plan.target))?;
    let base = args.base.clone().unwrap_or_else(|| plan.base.to_string());
    plan.base = repository.commit(&base)?;
    plan::validate(plan).map_err(|problems| Failure::usage(told(&name, &problems)))
}

fn allowed(splits: Option<u16>, settings: &Settings) -> Result<Option<usize>> {
    let splits = splits.map(usize::from);
    match splits.filter(|splits| *splits > settings.sessions) {
        None => Ok(splits),
        Some(splits) => Err(Failure::usage(format!(
            "--splits {splits} is more than the {} sessions that may run at once",
            settings.sessions
        ))
        .next(format!("git config parallel.sessions {splits}"))),
    }
}

fn overheads(settings: &Settings) -> Overheads {
    let own = settings.overheads;
    let source = if own == Settings::default().overheads {
        OverheadSource::Default
    } else {
        OverheadSource::Configured
    };
    Overheads {
        worktree_seconds: own.worktree,
        startup_seconds: own.startup,
        context_seconds: own.context,
        merge_seconds: own.merge,
        source,
    }
}

/// What a source holds.
enum Tasks {
    Draft(Draft),
    Stored(Box<Plan>),
}

/// Reads a source; with its name as it is shown in front of a line number.
fn read(context: &Context, source: &Source) -> Result<(String, Tasks)> {
    match source {
        Source::Titles(titles, prompt) => {
            let draft = titled(titles, prompt.as_deref())?;
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
    if !text.trim_start().starts_with('{') {
        return drafted(name, plan::parse(&text, &goal));
    }
    match stored_form(name, &text)? {
        Some(plan) => Ok(Tasks::Stored(Box::new(plan))),
        None => drafted(name, plan::parse_json(&text, &goal)),
    }
}

fn drafted(name: &str, draft: Result<Draft, Vec<Mistake>>) -> Result<Tasks> {
    draft
        .map(Tasks::Draft)
        .map_err(|mistakes| in_file(name, &mistakes))
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

/// Mistakes as "file:line: what", one a line.
fn in_file(name: &str, mistakes: &[Mistake]) -> Failure {
    let told = |mistake: &Mistake| format!("{name}:{}: {}", mistake.line, mistake.what);
    let lines: Vec<String> = mistakes.iter().map(told).collect();
    Failure::usage(lines.join("\n"))
}

/// Problems as "file: T001: what", one a line.
fn told(name: &dyn std::fmt::Display, problems: &[Problem]) -> String {
    let told = |problem: &Problem| format!("{name}: {problem}");
    let lines: Vec<String> = problems.iter().map(told).collect();
    lines.join("\n")
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

/// The newest task file in the usual places, as seen from the current folder.
pub fn newest_task_file(context: &Context, repository: &Repository) -> Result<PathBuf> {
    let root = repository.work_dir().unwrap_or(&context.folder);
    let found = PLACES.iter().flat_map(|place| expand(root, place));
    let newest = found.max_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok());
    let newest = newest.ok_or_else(|| {
        Failure::usage(format!(
            "there is no task file in the usual places: {}",
            PLACES.join(", ")
        ))
        .next("git parallel split --from FILE")
        .next("git parallel split --tasks a,b,c --prompt TEXT")
    })?;
    Ok(newest
        .strip_prefix(&context.folder)
        .map_or(newest.clone(), Path::to_owned))
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
