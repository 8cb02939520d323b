//! Where a run stands, on one screen.

use std::path::Path;

use crate::id::{RunId, TaskId};
use crate::run::{IntegrationState, RunReport, TaskReport};
use crate::store::{LauncherKind, Outcome, RunPhase, RunState, TaskPhase, TaskState};

use super::paint::Paint;
use super::run_words::{count, drifted, goal, outcome, phase, reason, sentence, standing};
use super::signs::Signs;
use super::table::align;
use super::text::{self, clean, duration, fit, path_from, width};

/// Columns of the sign and the blank behind it.
const SIGN: usize = 3;

/// The most columns of a task's name on a terminal.
const NAME: usize = 30;

/// With more tasks than this, a narrow terminal is not told where each lies.
const MOST_WITH_PLACES: usize = 8;

/// The states of the older runs, newest first.
pub type Older = [(RunId, RunPhase)];

/// How the screen looks.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub signs: Signs,
    pub paint: Paint,
    /// Lines are cut to this width; `None` where nobody minds long lines.
    pub columns: Option<usize>,
    /// Paths are shown from here.
    pub folder: &'a Path,
}

/// A run: the sentence first, then its tasks, then what to type.
pub fn run(view: View<'_>, state: &RunState, report: &RunReport, older: &Older) -> String {
    let dot = view.signs.dot;
    let mut lines = vec![
        view.paint.bold(&sentence(state)),
        format!(
            "{} {} {dot} plan {} {dot} onto {}",
            state.run,
            took(report),
            state.plan,
            clean(&state.target),
        ),
        goal(&state.goal, view.columns),
    ];
    if let Some(reason) = &state.stopping {
        let word = match state.phase {
            RunPhase::Running => "stopping",
            _ => "stopped by",
        };
        lines.push(format!("{word}: {}", clean(reason)));
    }
    if state.phase == RunPhase::Interrupted {
        lines.push(view.paint.yellow(&unsupervised(report)));
    }
    lines.push(String::new());
    lines.extend(tasks(view, state, report));
    lines.extend(overlaps(view, state));
    lines.extend(stale(view, report));
    lines.extend(resolutions(view, state));
    lines.extend(drifts(view, state, report));
    lines.push(String::new());
    lines.extend(commands(view, &next_of_run(state, report)));
    if !older.is_empty() {
        lines.push(older_runs(older));
    }
    lines.join("\n")
}

/// What there is to know of a run whose supervisor is gone.
fn unsupervised(report: &RunReport) -> String {
    let tasks = report.tasks.iter();
    match tasks
        .filter(|task| task.session_lives == Some(true))
        .count()
    {
        0 => "Its supervisor is gone without a word; nothing that it did is lost.".to_owned(),
        1 => "Its supervisor is gone without a word; one session goes on without it.".to_owned(),
        many => format!("Its supervisor is gone without a word; {many} sessions go on without it."),
    }
}

pub(super) fn took(report: &RunReport) -> String {
    let time = duration(report.actual_seconds);
    match report.state {
        RunPhase::Running => format!("running for {time}"),
        RunPhase::Interrupted => format!("interrupted after {time}"),
        ended => format!("{} in {time}", phase(ended)),
    }
}

/// A line a task. Where the work lies stands at its end where the terminal is wide enough, else
/// on a line below, unless there are too many for that.
fn tasks(view: View<'_>, state: &RunState, report: &RunReport) -> Vec<String> {
    let rows = |with_places: bool| -> Vec<Vec<String>> {
        let pairs = state.tasks.iter().zip(&report.tasks);
        pairs
            .map(|(task, numbers)| {
                let mut row = task_row(view, state, task, numbers);
                if with_places {
                    row.extend(places(view, task));
                }
                row
            })
            .collect()
    };
    let room = view.columns.map(|columns| columns.saturating_sub(SIGN));
    let mut lined_up = align(&rows(true), None);
    let fits = lined_up
        .iter()
        .all(|row| room.is_none_or(|room| width(row) <= room));
    if !fits {
        lined_up = align(&rows(false), room);
    }
    let below = !fits && state.tasks.len() <= MOST_WITH_PLACES;
    let mut lines = Vec::new();
    let tasks = state.tasks.iter().zip(&report.tasks);
    for ((task, numbers), row) in tasks.zip(lined_up) {
        lines.push(format!("{} {row}", sign(view, task)));
        let mut more = Vec::new();
        if below {
            more.push(places(view, task).join("  "));
        }
        if is_trouble(task) {
            more.push(reason(task));
        }
        if task.phase.is_active() {
            let progress = numbers.progress.iter();
            more.extend(progress.map(|line| clean(line).into_owned()));
        }
        let more = more.iter().filter(|line| !line.trim().is_empty());
        lines.extend(more.map(|line| {
            let line = format!("     {line}");
            let line = view
                .columns
                .map_or(line.clone(), |c| fit(&line, c).into_owned());
            view.paint.dim(&line)
        }));
    }
    lines
}

/// id, name, standing, seconds, commits.
fn task_row(
    view: View<'_>,
    state: &RunState,
    task: &TaskState,
    numbers: &TaskReport,
) -> Vec<String> {
    let mut standing = standing(state, task);
    standing.push_str(match numbers.session_lives {
        Some(true) => ", unsupervised",
        Some(false) => " when its supervisor died",
        None => "",
    });
    if task.phase == TaskPhase::InQueue {
        standing.push_str(&format!(" for {}", duration(numbers.queued_seconds)));
    }
    if task.attempts > 1 {
        standing.push_str(&format!(" ({} attempts)", task.attempts));
    }
    let found = numbers.integration.as_ref();
    let landed = found.filter(|found| found.state == IntegrationState::Landed);
    let commits = match (task.commits, landed) {
        (0, _) => String::new(),
        (_, Some(found)) if found.is_by_hand() => "landed, merged by hand".to_owned(),
        (_, Some(_)) => "landed".to_owned(),
        (number, None) => text::count(number, "commit", "commits"),
    };
    let name = clean(&task.name);
    let name = view.columns.map_or(name.clone(), |_| fit(&name, NAME));
    vec![
        task.id.to_string(),
        name.into_owned(),
        standing,
        numbers.seconds.map(duration).unwrap_or_default(),
        commits,
    ]
}

/// Branch and worktree.
fn places(view: View<'_>, task: &TaskState) -> Vec<String> {
    let branch = task.branch.as_deref().map(clean).unwrap_or_default();
    let worktree = task.worktree.as_deref();
    let worktree = worktree.map(|worktree| path_from(view.folder, worktree));
    vec![branch.into_owned(), worktree.unwrap_or_default()]
}

/// A sign two columns wide.
pub(super) fn sign(view: View<'_>, task: &TaskState) -> String {
    let sign = match (task.phase, task.outcome) {
        (TaskPhase::Finished, Some(Outcome::Done)) => view.signs.done,
        (TaskPhase::Finished, _) => view.signs.failed,
        (TaskPhase::Running | TaskPhase::Starting, _) => view.signs.started,
        (TaskPhase::Blocked | TaskPhase::Waiting, _) => view.signs.attention,
        (TaskPhase::Pending | TaskPhase::InQueue | TaskPhase::RateLimited, _) => view.signs.waiting,
    };
    let sign = text::pad(sign, 2);
    match (task.phase, task.outcome) {
        (TaskPhase::Finished, Some(Outcome::Done)) => view.paint.green(&sign),
        (TaskPhase::Finished, _) => view.paint.red(&sign),
        (TaskPhase::Blocked | TaskPhase::Waiting, _) => view.paint.yellow(&sign),
        _ => sign,
    }
}

/// Whether the task's evidence has to be seen at a glance.
fn is_trouble(task: &TaskState) -> bool {
    let ended_badly = task.outcome.is_some_and(|outcome| outcome != Outcome::Done);
    let held_up = matches!(
        task.phase,
        TaskPhase::Blocked | TaskPhase::Waiting | TaskPhase::InQueue
    );
    ended_badly || held_up
}

fn overlaps(view: View<'_>, state: &RunState) -> Vec<String> {
    let conflicts = state.overlaps.iter().filter(|o| !o.conflicts.is_empty());
    conflicts
        .map(|o| {
            let paths: Vec<_> = o.conflicts.iter().map(|path| clean(path)).collect();
            let named = |id| {
                let task = state.task(id);
                let name = task.map(|task| format!(" ({})", clean(&task.name)));
                format!("{id}{}", name.unwrap_or_default())
            };
            let at_work = |id| state.task(id).is_some_and(|task| task.outcome.is_none());
            let as_of = match at_work(o.a) || at_work(o.b) {
                true => ", as they stand now",
                false => "",
            };
            let line = format!(
                "{} and {} conflict in {}{as_of}",
                named(o.a),
                named(o.b),
                paths.join(", ")
            );
            view.paint.yellow(&line)
        })
        .collect()
}

/// Tasks that stand on what is no longer so.
fn stale(view: View<'_>, report: &RunReport) -> Vec<String> {
    let stale = report.tasks.iter();
    let stale = stale.filter_map(|task| Some((task.id, task.stale?)));
    stale
        .map(|(task, below)| {
            let line = format!("{task} started from {below} as it was before it was done again");
            view.paint
                .yellow(&format!("{line}{}", bring_in(view, report, task, below)))
        })
        .collect()
}

/// How to get the new result into a worktree that has work on the old one.
fn bring_in(view: View<'_>, report: &RunReport, task: TaskId, below: TaskId) -> String {
    let of = |id| report.tasks.iter().find(|task| task.id == id);
    let worktree = of(task).and_then(|task| task.worktree.as_deref());
    let branch = of(below).and_then(|task| task.branch.as_deref());
    worktree
        .zip(branch)
        .map_or_else(String::new, |(worktree, branch)| {
            let worktree = path_from(view.folder, Path::new(worktree));
            format!(": git -C {worktree} merge {}", clean(branch))
        })
}

/// The conflicts that somebody has begun to resolve.
fn resolutions(view: View<'_>, state: &RunState) -> Vec<String> {
    let open = state.tasks.iter();
    let open = open.filter_map(|task| Some((task, task.open_resolution()?)));
    open.map(|(task, open)| {
        let with = clean(&open.with);
        let by = match task.open_resolver() {
            Some(_) => " by an agent",
            None => "",
        };
        let line = format!("{} is being reconciled with {with}{by}", task.id);
        view.paint.yellow(&line)
    })
    .collect()
}

/// What moved where nothing of this run should move.
fn drifts(view: View<'_>, state: &RunState, report: &RunReport) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for drift in &report.drift {
        lines.push(view.paint.yellow(&drifted(drift, state.run)));
    }
    if !lines.is_empty() {
        lines.push("If that was not you, a session has left its worktree.".to_owned());
    }
    lines
}

fn older_runs(older: &Older) -> String {
    const MOST: usize = 5;
    let mut named: Vec<String> = older
        .iter()
        .take(MOST)
        .map(|(run, state)| format!("{run} ({})", phase(*state)))
        .collect();
    if older.len() > MOST {
        named.push(format!("and {} more", older.len() - MOST));
    }
    format!("older runs: {}", named.join(", "))
}

pub(super) fn commands(view: View<'_>, commands: &[String]) -> Vec<String> {
    let label = |index| if index == 0 { "next: " } else { "      " };
    commands
        .iter()
        .enumerate()
        .map(|(index, command)| format!("{}{}", label(index), view.paint.cyan(command)))
        .collect()
}

/// The commands that bring a run further, most useful first.
fn next_of_run(state: &RunState, report: &RunReport) -> Vec<String> {
    let run = state.run;
    let mut next = Vec::new();
    match state.phase {
        RunPhase::Running => {
            let running = state.tasks.iter().find(|t| t.phase == TaskPhase::Running);
            next.extend(running.map(|t| format!("git parallel logs --follow {run}/{}", t.id)));
            if state.options.launcher == LauncherKind::Tmux {
                next.push(format!("git parallel attach {run}"));
            }
            next.push(format!("git parallel check {run}"));
        }
        RunPhase::Interrupted | RunPhase::Stopped => {
            next.push(format!("git parallel run --resume {run}"));
        }
        RunPhase::Done | RunPhase::Failed => {
            let open = |task: &&TaskState| task.open_resolution().is_some();
            let open = state.tasks.iter().filter(open);
            next.extend(open.map(|task| format!("git parallel resolve {run}/{}", task.id)));
            next.extend(look_at_first_failure(state));
            next.extend(integrate(state, report));
            let report = report
                .result
                .as_ref()
                .map(|_| format!("git parallel report {run}"));
            next.extend(report.filter(|line| !next.contains(line)));
        }
    }
    next
}

fn look_at_first_failure(state: &RunState) -> Option<String> {
    let failed = |task: &&TaskState| is_trouble(task) && !task.sessions.is_empty();
    let task = state.tasks.iter().find(failed)?;
    Some(format!("git parallel logs {}/{}", state.run, task.id))
}

/// Merge what is ready, or clean up behind what has landed.
fn integrate(state: &RunState, report: &RunReport) -> Vec<String> {
    let run = state.run;
    let found = |wanted: IntegrationState| {
        let states = report.tasks.iter().filter_map(|t| t.integration.as_ref());
        states.filter(|i| i.state == wanted).count()
    };
    let open = found(IntegrationState::Clean) + found(IntegrationState::Conflict);
    let left = |task: &TaskState| task.worktree.is_some() || task.branch.is_some();
    if open > 0 {
        let mut next = vec![format!("git parallel check {run}")];
        let done = |task: &TaskState| task.outcome == Some(Outcome::Done);
        // A merge of the run takes what is done; anything else has to be named.
        next.extend(if count(state, done) > 0 {
            Some(format!("git parallel merge {run}"))
        } else {
            let worked = state.tasks.iter().find(|task| task.commits > 0);
            worked.map(|task| format!("git parallel merge {run}/{}", task.id))
        });
        next
    } else if count(state, left) > 0 {
        vec![format!("git parallel clean {run}")]
    } else {
        vec![format!("git parallel report {run}")]
    }
}

/// `6 tasks: 3 done, 2 running, 1 queued`: the counts alone.
pub fn counts(state: &RunState) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for task in &state.tasks {
        let word = match task.phase {
            TaskPhase::Finished => task.outcome.map_or("finished", outcome),
            TaskPhase::Pending => "pending",
            TaskPhase::Blocked => "blocked",
            TaskPhase::Starting => "starting",
            TaskPhase::InQueue => "in queue",
            TaskPhase::Running => "running",
            TaskPhase::Waiting => "waiting",
            TaskPhase::RateLimited => "rate limited",
        };
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => counts.push((word, 1)),
        }
    }
    let parts: Vec<String> = counts.iter().map(|(w, n)| format!("{n} {w}")).collect();
    let tasks = text::count(state.tasks.len(), "task", "tasks");
    format!("{tasks}: {}", parts.join(", "))
}
