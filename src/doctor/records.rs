//! What the program remembers: runs and their journals, the operations' journal, plans, and what
//! was begun to be written.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{OnPath, Result};
use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::integrate::{settle, settle_cleans};
use crate::plan::Plan;
use crate::run;
use crate::store::{Change, Event, OperationState, RunPhase, Store, TaskState};

use super::{Finding, Level, Mend};

/// What is the matter with a record that can be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// Lines of a run's journal hold no record.
    RunLines(RunId),
    /// Nothing can be made of a run's journal.
    RunLost(RunId),
    /// Lines of the operations' journal hold no record.
    OperationLines,
    /// A merge or an undo of one was interrupted.
    OpenMerges,
    /// A clean-up of this run was interrupted.
    OpenClean(RunId),
    /// The worktree of a task went by another hand, and its journal does not know.
    WorktreeGone(RunId, TaskId),
    /// A plan cannot be read.
    Plan(PathBuf),
    /// Something was begun to be written, and never put in its place.
    Draft(PathBuf),
}

pub(super) fn look(repository: &Repository, store: &Store) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let runs = store.run_ids()?;
    for run in &runs {
        found.extend(of_run(store, *run));
        found.extend(worktrees_gone(repository, store, *run));
    }
    found.extend(operations(store));
    for id in store.plan_ids()? {
        if let Err(failure) = store.load_plan::<Plan>(id) {
            let path = store.plan_path(id);
            let finding = Finding::new(Level::Finding, "plan", id.to_string(), failure.what);
            found.push(finding.mend(Mend::Record(Record::Plan(path))));
        }
    }
    for folder in [
        store.runs_dir(),
        store.root().join("plans"),
        store.root().to_owned(),
    ] {
        found.extend(drafts(&folder));
    }
    if found.is_empty() {
        let message = match runs.len() {
            0 => "no runs yet".to_owned(),
            1 => "1 run, readable to its last line".to_owned(),
            many => format!("{many} runs, readable to their last line"),
        };
        found.push(Finding::new(Level::Well, "records", "records", message));
    }
    Ok(found)
}

fn of_run(store: &Store, run: RunId) -> Vec<Finding> {
    let mut found = Vec::new();
    let finding =
        |code, message: String| Finding::new(Level::Finding, code, run.to_string(), message);
    let state = match store.load_run(run) {
        Ok(state) => state,
        Err(failure) => {
            let mend = Mend::Record(Record::RunLost(run));
            return vec![finding("run-lost", failure.what).mend(mend)];
        }
    };
    if let Ok(reading) = store.read_journal(run)
        && !reading.damaged.is_empty()
    {
        let message = damage(&reading.damaged);
        found.push(finding("journal", message).mend(Mend::Record(Record::RunLines(run))));
    }
    if state.phase == RunPhase::Interrupted {
        let living = state
            .tasks
            .iter()
            .filter(|task| run::lives(store, run, task))
            .count();
        let message = match living {
            0 => "its supervisor is gone without a word".to_owned(),
            1 => "its supervisor is gone; 1 session works on without it".to_owned(),
            many => format!("its supervisor is gone; {many} sessions work on without it"),
        };
        let next = format!("git parallel run --resume {run}");
        found.push(finding("interrupted", message).next(next));
    }
    found
}

/// The tasks of a run that nobody works at whose worktree is neither in its place nor known to git:
/// what is left is the branch.
fn worktrees_gone(repository: &Repository, store: &Store, run: RunId) -> Vec<Finding> {
    // Where git's registry is broken, that is told already.
    let (Ok(state), Ok(known)) = (store.load_run(run), repository.worktrees()) else {
        return Vec::new();
    };
    if matches!(state.phase, RunPhase::Running | RunPhase::Interrupted) {
        return Vec::new();
    }
    let finding = |task: &TaskState| {
        let path = task.worktree.as_ref().filter(|path| !path.exists())?;
        if known.iter().any(|worktree| worktree.path == *path) {
            return None;
        }
        let branch = match &task.branch {
            Some(branch) => format!("; its branch is {branch}"),
            None => String::new(),
        };
        let message = format!("its worktree {} was removed{branch}", path.display());
        let finding = Finding::new(
            Level::Finding,
            "worktree-gone",
            format!("{run}/{}", task.id),
            message,
        );
        Some(finding.mend(Mend::Record(Record::WorktreeGone(run, task.id))))
    };
    state.tasks.iter().filter_map(finding).collect()
}

/// "lines 3 and 9 hold no record".
fn damage(lines: &[usize]) -> String {
    match lines {
        [one] => format!("line {one} of its journal holds no record"),
        many => {
            let numbers: Vec<String> = many.iter().take(5).map(ToString::to_string).collect();
            let count = many.len();
            format!(
                "{count} lines of its journal hold no record: {}",
                numbers.join(", ")
            )
        }
    }
}

fn operations(store: &Store) -> Vec<Finding> {
    let subject = "operations.jsonl";
    let finding = |code, message: String| Finding::new(Level::Finding, code, subject, message);
    let operations = match store.operations() {
        Ok(operations) => operations,
        Err(failure) => return vec![finding("operations", failure.what)],
    };
    let mut found = Vec::new();
    let damaged = store.damaged_operations().unwrap_or_default();
    if !damaged.is_empty() {
        let mend = Mend::Record(Record::OperationLines);
        found.push(finding("operations", damage(&damaged)).mend(mend));
    }
    for open in operations
        .iter()
        .filter(|o| o.state == OperationState::Planned)
    {
        let (what, mend) = match &open.change {
            Change::Clean { run, .. } => ("a clean-up", Record::OpenClean(*run)),
            Change::Merge(_) => ("a merge", Record::OpenMerges),
            Change::Undo(_) => ("an undo", Record::OpenMerges),
        };
        let message = format!("operation {}, {what}, was not ended", open.number);
        found.push(finding("open-operation", message).mend(Mend::Record(mend)));
    }
    found
}

/// Files and folders that were never put in their place.
fn drafts(folder: &Path) -> Vec<Finding> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let begun = entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b".new-"));
    let finding = |path: PathBuf| {
        let message = "was begun to be written, and never put in its place";
        let subject = path.display().to_string();
        Finding::new(Level::Finding, "draft", subject, message)
            .mend(Mend::Record(Record::Draft(path)))
    };
    begun.map(|entry| finding(entry.path())).collect()
}

pub(super) fn mend(repository: &Repository, store: &Store, record: &Record) -> Result<String> {
    const PURPOSE: &str = "doctor --fix";
    match record {
        Record::RunLines(run) => {
            let _lock = store.lock_run(*run, PURPOSE)?;
            let aside = store.drop_damaged_lines(*run)?;
            Ok(format!(
                "the damaged lines are out; the journal as it was: {}",
                aside.display()
            ))
        }
        Record::RunLost(run) => {
            let _lock = store.lock(PURPOSE)?;
            move_aside(store, &store.run_dir(*run))
        }
        Record::OperationLines => {
            let aside = store.drop_damaged_operations()?;
            Ok(format!(
                "the damaged lines are out; the journal as it was: {}",
                aside.display()
            ))
        }
        Record::OpenMerges => {
            let lock = store.lock_merge(PURPOSE)?;
            let settled = settle(repository, store, &lock)?;
            Ok(match settled {
                0 => "the next undo brings it to an end".to_owned(),
                _ => "settled by where its branch is".to_owned(),
            })
        }
        Record::OpenClean(run) => {
            let _lock = store.lock_run(*run, PURPOSE)?;
            settle_cleans(store, *run)?;
            Ok(format!(
                "ended; git parallel clean {run} takes up what it left"
            ))
        }
        Record::WorktreeGone(run, task) => {
            let _lock = store.lock_run(*run, PURPOSE)?;
            let (mut journal, _) = store.open_journal(*run)?;
            journal.append(Timestamp::now(), &Event::WorktreeReleased { task: *task })?;
            Ok("the run knows; the branch is as it was".to_owned())
        }
        Record::Plan(path) | Record::Draft(path) => {
            let _lock = store.lock(PURPOSE)?;
            move_aside(store, path)
        }
    }
}

fn move_aside(store: &Store, path: &Path) -> Result<String> {
    if !path.exists() {
        return Ok("it is gone by now".to_owned());
    }
    let aside = store.aside(path)?;
    fs::rename(path, &aside).on_path("move", path)?;
    Ok(format!("moved aside to {}", aside.display()))
}
