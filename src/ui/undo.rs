//! What `undo` answers: what is as it was before, or what there is to take back; or either as JSON.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::{Oid, RunId, TaskId};
use crate::integrate::{Effect, Listed, Moved, Restored, UndoOutcome};
use crate::store::{Change, Landed, OperationState, RunState, Swept};

use super::look::Look;
use super::paint::Paint;
use super::text::{clean, count, duration, fit, pad, width, wrap};

/// All there is to say of an undo.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// `None` where there was nothing to take back.
    pub outcome: Option<&'a UndoOutcome>,
}

/// All there is to say of what could be undone.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Newest first.
    pub operations: &'a [Listed],
    /// Oldest first.
    pub runs: &'a [RunState],
}

/// For people.
pub fn render(report: &Report<'_>, paint: Paint) -> String {
    let mut lines = vec![paint.bold(&sentence(report))];
    let Some(outcome) = report.outcome else {
        return lines.join("\n");
    };
    lines.push(String::new());
    match &outcome.effect {
        Effect::Moved(moved) => {
            let names = moved.landed.iter();
            lines.extend(names.map(|name| format!("  {}", clean(name))));
        }
        Effect::Restored(restored) => {
            let names = restored.iter().map(|one| width(&clean(&one.name)));
            let widest = names.max().unwrap_or(0);
            lines.extend(restored.iter().map(|one| row(one, widest)));
        }
    }
    lines.join("\n").trim_end().to_owned()
}

fn row(restored: &Restored, widest: usize) -> String {
    let name = pad(&clean(&restored.name), widest);
    let worktree = restored.worktree.as_ref();
    let worktree = worktree.map(|path| clean(&path.to_string_lossy()).into_owned());
    let branch = restored.branch.as_ref();
    let branch = branch.map(|name| clean(name).into_owned());
    let what: Vec<String> = [branch, worktree].into_iter().flatten().collect();
    format!("  {}  {name}  {}", restored.task, what.join("  "))
}

/// "the merge of 2 branches is taken back: main is at 3bd1809889 again".
fn sentence(report: &Report<'_>) -> String {
    let Some(outcome) = report.outcome else {
        return "nothing to take back".to_owned();
    };
    let acted = outcome.operation.is_some();
    match &outcome.effect {
        Effect::Moved(moved) => {
            let branches = count(moved.landed.len(), "branch", "branches");
            let what = match (moved.again, acted) {
                (false, true) => "is taken back",
                (false, false) => "would be taken back",
                (true, true) => "is done again",
                (true, false) => "would be done again",
            };
            format!(
                "the merge of {branches} onto {} {what}",
                clean(&moved.branch)
            )
        }
        Effect::Restored(restored) if restored.is_empty() => {
            "the clean-up is taken back: all of it was there".to_owned()
        }
        Effect::Restored(restored) => {
            let worktrees = restored.iter().filter(|one| one.worktree.is_some()).count();
            let branches = restored.iter().filter(|one| one.branch.is_some()).count();
            let what = numbers(worktrees, branches);
            let verb = if acted { "back" } else { "would come back" };
            format!("{what} {verb}")
        }
    }
}

/// "2 worktrees and 1 branch".
fn numbers(worktrees: usize, branches: usize) -> String {
    let parts = [
        (worktrees, "worktree", "worktrees"),
        (branches, "branch", "branches"),
    ];
    let parts = parts.into_iter().filter(|(number, ..)| *number > 0);
    let parts: Vec<String> = parts.map(|(n, one, many)| count(n, one, many)).collect();
    parts.join(" and ")
}

/// What there is to know and to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let Some(outcome) = report.outcome else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if outcome.settled > 0 {
        lines.push("something was interrupted earlier; it is settled now".to_owned());
    }
    if let Effect::Moved(moved) = &outcome.effect {
        let folder = moved.worktree.as_ref().map(|folder| {
            let folder = folder.to_string_lossy();
            format!(", checked out in {}", clean(&folder))
        });
        lines.push(format!(
            "{}: {} -> {}{}",
            clean(&moved.branch),
            moved.from.short(),
            moved.to.short(),
            folder.unwrap_or_default()
        ));
    }
    lines.push(format!("next: {}", paint.cyan(&command(outcome))));
    lines
}

/// After it was done, how to go back once more; else how to do it.
fn command(outcome: &UndoOutcome) -> String {
    match (outcome.operation, &outcome.effect) {
        (None, _) => format!("git parallel undo {}", outcome.undone.number),
        (Some(operation), Effect::Moved(_)) => {
            format!("git parallel undo {operation}     # takes this back")
        }
        (Some(_), Effect::Restored(_)) => match outcome.undone.change {
            Change::Clean { run, .. } => format!("git parallel status {run}"),
            _ => "git parallel status".to_owned(),
        },
    }
}

/// Everything that was changed, for people.
pub fn list(report: &List<'_>, look: Look) -> String {
    let rows = rows(report);
    if rows.is_empty() {
        return look
            .paint
            .bold("nothing was run, merged or cleaned up here yet");
    }
    let now = Timestamp::now();
    let ages: Vec<String> = rows.iter().map(|row| ago(row.at, now)).collect();
    let first = rows.iter().map(|row| width(&row.name)).max().unwrap_or(0);
    let second = ages.iter().map(|age| width(age)).max().unwrap_or(0);
    let indent = first + second + 4;
    let room = look.columns.saturating_sub(indent).max(20);
    let mut lines = Vec::new();
    for (row, age) in rows.iter().zip(&ages) {
        let name = look.paint.bold(&left(&row.name, first));
        let age = look.paint.dim(&left(age, second));
        lines.push(format!("{name}  {age}  {}", fit(&row.what, room)));
        let notes = wrap(&row.note, room);
        let notes = notes.iter().map(|note| look.paint.dim(note));
        lines.extend(notes.map(|note| format!("{}{note}", " ".repeat(indent))));
    }
    lines.join("\n")
}

/// One line of the list.
struct Row {
    name: String,
    at: Timestamp,
    what: String,
    note: String,
}

/// Operations and runs, newest first.
fn rows(report: &List<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = report
        .runs
        .iter()
        .map(|run| ran(run, report.operations))
        .collect();
    rows.extend(report.operations.iter().map(|one| Row {
        name: one.operation.number.to_string(),
        at: one.operation.at,
        what: what(one),
        note: note(one),
    }));
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    rows
}

/// A run changes no branch that was there before; what it made goes by a clean-up, and once its work
/// is merged by no other.
fn ran(run: &RunState, operations: &[Listed]) -> Row {
    let names: Vec<_> = run.tasks.iter().map(|task| clean(&task.name)).collect();
    let worktrees = run.tasks.iter().filter(|task| task.worktree.is_some());
    let branches = run.tasks.iter().filter(|task| task.branch.is_some());
    let left = numbers(worktrees.count(), branches.count());
    let merged = operations
        .iter()
        .any(|one| one.operation.holds_work_of(run.run));
    let command = match merged {
        true => format!("git parallel clean {} removes them", run.run),
        false => format!("git parallel undo {} takes them back", run.run),
    };
    Row {
        name: run.run.to_string(),
        at: run.started,
        what: format!("ran {}: {}", tasks(run), names.join(", ")),
        note: match left.is_empty() {
            true => String::new(),
            false => format!("left {left}; {command}"),
        },
    }
}

fn tasks(run: &RunState) -> String {
    count(run.tasks.len(), "task", "tasks")
}

fn left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs_f64().max(0.0);
    match seconds {
        s if s < 60.0 => format!("{} ago", duration(s.floor().max(1.0)).replace(".0", "")),
        s if s < 3600.0 => format!("{} min ago", (s / 60.0) as u64),
        s if s < 86_400.0 => format!("{} h ago", (s / 3600.0) as u64),
        s => count((s / 86_400.0) as usize, "day ago", "days ago"),
    }
}

/// "merged a, b onto main".
fn what(listed: &Listed) -> String {
    let branch = listed.branch.as_deref().unwrap_or_default();
    match &listed.operation.change {
        Change::Merge(merge) => {
            let names: Vec<_> = merge.landed.iter().map(|one| clean(&one.name)).collect();
            format!("merged onto {}: {}", clean(branch), names.join(", "))
        }
        Change::Clean { run, swept, .. } => {
            format!("cleaned up {run}: {}", swept_words(swept))
        }
        Change::Undo(_) => match listed.about {
            (number, false) => format!("took back {number}"),
            (number, true) => format!("did {number} again"),
        },
    }
}

fn swept_words(swept: &[Swept]) -> String {
    let worktrees = swept.iter().filter(|one| one.worktree.is_some()).count();
    let branches = swept.iter().filter(|one| one.branch.is_some()).count();
    numbers(worktrees, branches)
}

/// What there is to add: that it is taken back already, or why it cannot be.
fn note(listed: &Listed) -> String {
    let is_undo = matches!(listed.operation.change, Change::Undo(_));
    match (listed.operation.state, &listed.against) {
        (OperationState::Undone, _) if is_undo => String::new(),
        (OperationState::Undone, _) => "taken back".to_owned(),
        (_, Some(_)) if is_undo => String::new(),
        (_, Some(failure)) => format!("not to be taken back now: {}", clean(&failure.what)),
        (OperationState::Planned, None) => "was interrupted".to_owned(),
        (_, None) => String::new(),
    }
}

/// What to type after the list.
pub fn list_next(report: &List<'_>, paint: Paint) -> Vec<String> {
    let possible =
        |one: &&Listed| one.against.is_none() && !matches!(one.operation.change, Change::Undo(_));
    let first = report.operations.iter().find(possible);
    let line = |one: &Listed| {
        let command = format!("git parallel undo {}", one.operation.number);
        format!("next: {}", paint.cyan(&command))
    };
    first.map(line).into_iter().collect()
}

/// An undo, for programs.
pub fn document(report: &Report<'_>) -> impl Serialize {
    let state = match report.outcome.map(|outcome| outcome.operation) {
        None => "nothing",
        Some(None) => "would-undo",
        Some(Some(_)) => "undone",
    };
    let effect = report.outcome.map(|outcome| &outcome.effect);
    Document {
        version: 1,
        sentence: sentence(report),
        state,
        operation: report.outcome.and_then(|outcome| outcome.operation),
        undoes: report.outcome.map(|outcome| outcome.undone.number),
        moved: match effect {
            Some(Effect::Moved(moved)) => Some(MovedDocument::new(moved)),
            _ => None,
        },
        restored: match effect {
            Some(Effect::Restored(all)) => all.iter().map(RestoredDocument::new).collect(),
            _ => Vec::new(),
        },
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    /// `undone`, `would-undo` or `nothing`.
    state: &'static str,
    /// The undo's own number; null where none was made.
    operation: Option<u64>,
    /// The number of what it takes back.
    undoes: Option<u64>,
    /// The branch that moved, where a merge was taken back or done again.
    moved: Option<MovedDocument>,
    /// What is there again, where a clean-up was taken back.
    restored: Vec<RestoredDocument>,
}

#[derive(Debug, Serialize)]
struct MovedDocument {
    name: String,
    before: Oid,
    after: Oid,
    again: bool,
    worktree: Option<String>,
    landed: Vec<String>,
}

impl MovedDocument {
    fn new(moved: &Moved) -> Self {
        let worktree = moved.worktree.as_ref();
        Self {
            name: moved.branch.clone(),
            before: moved.from,
            after: moved.to,
            again: moved.again,
            worktree: worktree.map(|path| path.to_string_lossy().into_owned()),
            landed: moved.landed.clone(),
        }
    }
}

#[derive(Debug, Serialize)]
struct RestoredDocument {
    run: RunId,
    task: TaskId,
    name: String,
    worktree: Option<String>,
    branch: Option<String>,
}

impl RestoredDocument {
    fn new(restored: &Restored) -> Self {
        let worktree = restored.worktree.as_ref();
        Self {
            run: restored.run,
            task: restored.task,
            name: restored.name.clone(),
            worktree: worktree.map(|path| path.to_string_lossy().into_owned()),
            branch: restored.branch.clone(),
        }
    }
}

/// The list, for programs.
pub fn list_document(report: &List<'_>) -> impl Serialize {
    ListDocument {
        version: 1,
        operations: report.operations.iter().map(ListedDocument::new).collect(),
        runs: report.runs.iter().map(RunDocument::new).collect(),
    }
}

#[derive(Debug, Serialize)]
struct ListDocument {
    version: u32,
    /// Newest first.
    operations: Vec<ListedDocument>,
    /// Oldest first.
    runs: Vec<RunDocument>,
}

#[derive(Debug, Serialize)]
struct RunDocument {
    run: RunId,
    at: String,
    tasks: usize,
    /// What is left of it: `clean` removes these.
    worktrees: usize,
    branches: usize,
}

impl RunDocument {
    fn new(run: &RunState) -> Self {
        let tasks = || run.tasks.iter();
        Self {
            run: run.run,
            at: run.started.to_string(),
            tasks: run.tasks.len(),
            worktrees: tasks().filter(|task| task.worktree.is_some()).count(),
            branches: tasks().filter(|task| task.branch.is_some()).count(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ListedDocument {
    operation: u64,
    at: String,
    /// `merge`, `clean` or `undo`.
    kind: &'static str,
    sentence: String,
    /// `done`, `undone` or `interrupted`.
    state: &'static str,
    undoable: bool,
    /// Why it cannot be taken back now, and what to type about it.
    against: Option<AgainstDocument>,
    /// The branch that moved; null for a clean-up.
    target: Option<String>,
    /// What a merge landed.
    landed: Vec<Landed>,
    /// The run that was cleaned up.
    run: Option<RunId>,
    /// What an undo took back.
    undoes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct AgainstDocument {
    message: String,
    next: Vec<String>,
}

impl ListedDocument {
    fn new(listed: &Listed) -> Self {
        let operation = &listed.operation;
        let (kind, run, undoes) = match &operation.change {
            Change::Merge(_) => ("merge", None, None),
            Change::Clean { run, .. } => ("clean", Some(*run), None),
            Change::Undo(of) => ("undo", None, Some(*of)),
        };
        let against = listed.against.as_ref();
        Self {
            operation: operation.number,
            at: operation.at.to_string(),
            kind,
            sentence: what(listed),
            state: match operation.state {
                OperationState::Done => "done",
                OperationState::Undone => "undone",
                OperationState::Planned | OperationState::Abandoned => "interrupted",
            },
            undoable: against.is_none(),
            against: against.map(|failure| AgainstDocument {
                message: failure.what.clone(),
                next: failure.next.clone(),
            }),
            target: listed.branch.clone(),
            landed: operation.landed().to_vec(),
            run,
            undoes,
        }
    }
}
