//! A run on one screen while it goes on: a line a task, those that need somebody first.

use jiff::Timestamp;

use crate::run::{Glimpse, RunReport, TaskReport};
use crate::store::{Outcome, RunPhase, RunState, TaskPhase, TaskState};

use super::event_lines::between;
use super::run_words::{brief, clock, goal, ids, outcome, reason, sentence, standing};
use super::status::{View, sign, took};
use super::table::align;
use super::text::{clean, fit, pad, width};

/// Columns of the sign and the blank behind it.
const SIGN: usize = 3;

/// Above the tasks: the sentence, the run, the goal, a blank, the heads of the columns.
const ABOVE: usize = 5;

/// Below them: a blank, and what to type.
const BELOW: usize = 2;

/// The fewest columns for the state and what speaks for it, before names are cut.
const STATE: usize = 30;

/// What is known of a task.
#[derive(Clone, Copy)]
struct Row<'a> {
    task: &'a TaskState,
    numbers: &'a TaskReport,
    glimpse: Glimpse,
}

/// The lines for a terminal of so many rows; none is wider than the view. `glimpses` are in the
/// run's order.
pub fn frame(
    view: View<'_>,
    state: &RunState,
    report: &RunReport,
    glimpses: &[Glimpse],
    now: Timestamp,
    rows: usize,
) -> Vec<String> {
    let columns = view.columns.unwrap_or(80);
    let dot = view.signs.dot;
    let mut lines = vec![
        view.paint.bold(&fit(&sentence(state), columns)),
        fit(
            &format!(
                "{} {} {dot} plan {} {dot} onto {}",
                state.run,
                took(report),
                state.plan,
                clean(&state.target)
            ),
            columns,
        )
        .into_owned(),
        goal(&state.goal, Some(columns)),
        String::new(),
    ];
    let pairs = state.tasks.iter().zip(&report.tasks).zip(glimpses);
    let mut known: Vec<Row<'_>> = pairs
        .map(|((task, numbers), glimpse)| Row {
            task,
            numbers,
            glimpse: *glimpse,
        })
        .collect();
    known.sort_by_key(|row| urgency(row.task));
    let room = rows.saturating_sub(ABOVE + BELOW).max(1);
    let shown = match known.len() {
        all if all <= room => all,
        _ => room - 1,
    };
    lines.extend(table(view, state, &known[..shown], now));
    if shown < known.len() {
        let rest = rest(state, &known[shown..]);
        let line = format!("{} and {rest}", view.signs.ellipsis);
        lines.push(view.paint.dim(&fit(&line, columns)));
    }
    lines.push(String::new());
    lines.push(view.paint.dim(&fit(&foot(state, report), columns)));
    lines.truncate(rows);
    lines
}

/// Who needs somebody comes first, then what went wrong, what works, what will, and what is done.
fn urgency(task: &TaskState) -> u8 {
    match (task.phase, task.outcome) {
        (TaskPhase::Waiting | TaskPhase::Blocked, _) => 0,
        (TaskPhase::Finished, Some(Outcome::Done)) => 6,
        (TaskPhase::Finished, Some(Outcome::Skipped | Outcome::Cancelled)) => 5,
        (TaskPhase::Finished, _) => 1,
        (TaskPhase::Running, _) => 2,
        (TaskPhase::Starting | TaskPhase::InQueue | TaskPhase::RateLimited, _) => 3,
        (TaskPhase::Pending, _) => 4,
    }
}

/// `12 more: 3 queued, 9 done`.
fn rest(state: &RunState, rows: &[Row<'_>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        let word = match row.task.phase {
            TaskPhase::Finished => row.task.outcome.map_or("finished", outcome),
            TaskPhase::Pending => "queued",
            _ => "at work",
        };
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => counts.push((word, 1)),
        }
    }
    let all = rows.len();
    let counts: Vec<String> = counts.iter().map(|(w, n)| format!("{n} {w}")).collect();
    match &counts[..] {
        // All of one kind: said in one breath.
        [_] => format!(
            "{all} more {}",
            counts[0].trim_start_matches(char::is_numeric).trim()
        ),
        _ => format!(
            "{all} more: {} (git parallel status {})",
            counts.join(", "),
            state.run
        ),
    }
}

fn foot(state: &RunState, report: &RunReport) -> String {
    match (state.phase, &state.stopping) {
        (RunPhase::Interrupted, _) => {
            let alive = report
                .tasks
                .iter()
                .filter(|t| t.session_lives == Some(true));
            format!(
                "nobody supervises {}; sessions that go on: {}",
                state.run,
                alive.count()
            )
        }
        (_, Some(reason)) => format!("stopping: {}; q leaves", clean(reason)),
        _ => "q leaves; the run goes on".to_owned(),
    }
}

/// Heads and rows; columns that say nothing take no room.
fn table(view: View<'_>, state: &RunState, rows: &[Row<'_>], now: Timestamp) -> Vec<String> {
    let columns = view.columns.unwrap_or(80);
    let heads = ["", "task", "for", "commits", "files", "conflicts", "cost"];
    let widest = rows.iter().map(|row| width(&clean(&row.task.name))).max();
    let mut name = widest.unwrap_or(0).min(30);
    let mut lined_up = line_up(state, rows, name, &heads);
    let used =
        |lines: &[String]| SIGN + lines.iter().map(|line| width(line)).max().unwrap_or(0) + 2;
    let missing = (used(&lined_up) + STATE).saturating_sub(columns);
    if missing > 0 {
        name = name.saturating_sub(missing).max(8);
        lined_up = line_up(state, rows, name, &heads);
    }
    let used = used(&lined_up);
    let head = format!(
        "   {}state, and what it shows by",
        pad(&lined_up[0], used - SIGN)
    );
    let mut lines = vec![view.paint.dim(&fit(&head, columns))];
    for (row, line) in rows.iter().zip(&lined_up[1..]) {
        let told = told(state, *row, now, columns.saturating_sub(used));
        let line = format!("{}{told}", pad(line, used - SIGN));
        let line = fit(&line, columns.saturating_sub(SIGN)).into_owned();
        lines.push(format!("{} {line}", sign(view, row.task)));
    }
    lines
}

fn line_up(state: &RunState, rows: &[Row<'_>], name: usize, heads: &[&str; 7]) -> Vec<String> {
    let mut cells: Vec<Vec<String>> = vec![heads.map(ToOwned::to_owned).to_vec()];
    cells.extend(rows.iter().map(|row| row_cells(state, *row, name)));
    for column in 0..heads.len() {
        if cells[1..].iter().all(|row| row[column].is_empty()) {
            cells[0][column].clear();
        }
    }
    align(&cells, None)
}

fn row_cells(state: &RunState, row: Row<'_>, name: usize) -> Vec<String> {
    let count = |number: usize| match number {
        0 => String::new(),
        number => number.to_string(),
    };
    let seconds = row.numbers.seconds.filter(|_| row.task.started.is_some());
    let cost = row.numbers.agent.as_ref().and_then(|agent| agent.cost_usd);
    let cost = cost.filter(|cost| *cost > 0.0);
    vec![
        row.task.id.to_string(),
        fit(&clean(&row.task.name), name).into_owned(),
        seconds.map(clock).unwrap_or_default(),
        count(row.glimpse.commits),
        count(row.glimpse.files),
        conflicts(state, row.task),
        cost.map_or(String::new(), |cost| format!("${cost:.2}")),
    ]
}

/// The tasks that it conflicts with.
fn conflicts(state: &RunState, task: &TaskState) -> String {
    let found = state.overlaps.iter().filter(|o| !o.conflicts.is_empty());
    let mut with: Vec<_> = found
        .filter_map(|o| match task.id {
            id if id == o.a => Some(o.b),
            id if id == o.b => Some(o.a),
            _ => None,
        })
        .collect();
    with.sort_unstable();
    ids(&with)
}

/// The state, what it shows by, and how long ago that was seen. What is too long is cut in the
/// middle part: the age is worth more than its end.
fn told(state: &RunState, row: Row<'_>, now: Timestamp, columns: usize) -> String {
    let mut standing = standing(state, row.task);
    standing.push_str(match row.numbers.session_lives {
        Some(true) => ", unsupervised",
        Some(false) => ", gone",
        None => "",
    });
    let (shown, at) = shown_by(row);
    let age = at.map(|at| format!(" ({} ago)", brief_age(between(at, now))));
    let age = age.unwrap_or_default();
    let standing = fit(&standing, columns.saturating_sub(width(&age)));
    let room = columns.saturating_sub(width(&standing) + width(&age) + 2);
    match &*fit(&shown, room) {
        "" | "…" => format!("{standing}{age}"),
        shown => format!("{standing}, {shown}{age}"),
    }
}

fn shown_by(row: Row<'_>) -> (String, Option<Timestamp>) {
    let task = row.task;
    let evidence_at = task.evidence.last().map(|evidence| evidence.at);
    match task.phase {
        TaskPhase::Running => {
            let activity = row.numbers.agent.as_ref();
            let activity = activity.and_then(|agent| agent.activity.as_deref());
            let shown = match (activity, row.glimpse.heard) {
                (Some(activity), _) => clean(activity).into_owned(),
                (None, Some(_)) => "last output".to_owned(),
                (None, None) => "silent so far".to_owned(),
            };
            (shown, row.glimpse.heard)
        }
        TaskPhase::Finished => (reason(task), task.ended.or(evidence_at)),
        TaskPhase::Starting => (String::new(), None),
        _ if evidence_at.is_some() => (reason(task), evidence_at),
        _ => (String::new(), None),
    }
}

/// Whole seconds: it is drawn anew each of them.
fn brief_age(seconds: f64) -> String {
    let whole = seconds.max(0.0).floor();
    if whole < 10.0 {
        return format!("{whole}s");
    }
    brief(whole)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::run::report;
    use crate::store::sample::{Tale, at};
    use crate::store::{Event, Evidence};
    use crate::ui::Screen;
    use crate::ui::Verbosity;

    fn lines(tale: &Tale, glimpses: &[Glimpse], columns: usize, rows: usize) -> Vec<String> {
        let screen = Screen::new(Verbosity::Normal, false, false);
        let view = View {
            signs: screen.signs(),
            paint: screen.paint(),
            columns: Some(columns),
            folder: Path::new("/w/shop"),
        };
        let state = tale.state();
        let mut seen = glimpses.to_vec();
        seen.resize(state.tasks.len(), Glimpse::default());
        let report = report(&state, None, &[], at(100.0));
        frame(view, &state, &report, &seen, at(100.0), rows)
    }

    fn waits(task: u32, seconds: f64) -> Event {
        Event::TaskWaits {
            task: crate::id::TaskId(task),
            evidence: vec![Evidence {
                kind: "denied".to_owned(),
                value: "Bash was denied".to_owned(),
                at: at(seconds),
            }],
        }
    }

    #[test]
    fn each_task_has_its_state_with_evidence_and_age() {
        let tale = Tale::of(&[&[], &[], &[], &[1]])
            .starts(0.0, 1, 1)
            .starts(40.0, 2, 2)
            .starts(41.0, 3, 3)
            .finishes(70.0, 3, Outcome::Failed, "exit 3")
            .then(90.0, waits(2, 90.0));
        let working = Glimpse {
            commits: 2,
            files: 4,
            heard: Some(at(97.0)),
        };
        let drawn = lines(&tale, &[working], 80, 24);
        let tasks: Vec<&str> = drawn[4..9].iter().map(String::as_str).collect();
        assert_eq!(
            tasks,
            [
                "         task    for    commits  files  state, and what it shows by",
                "!  T002  task-2  01:00                  waits for a person, Bash was … (10s ago)",
                "x  T003  task-3  00:29                  failed, exit code 3 (30s ago)",
                ">  T001  task-1  01:40  2        4      running, last output (3s ago)",
                ".  T004  task-4                         waits for T001",
            ]
        );
    }

    #[test]
    fn fifty_tasks_fit_a_small_terminal_and_what_is_done_is_counted() {
        let none: &[u32] = &[];
        let mut tale = Tale::of(&[none; 50]);
        for task in 1..=48 {
            tale = tale.starts(f64::from(task), task, 1);
            if task <= 40 {
                tale = tale.finishes(60.0, task, Outcome::Done, "");
            }
        }
        let drawn = lines(&tale, &[], 80, 24);
        assert_eq!(drawn.len(), 24);
        assert!(drawn.iter().all(|line| width(line) <= 80), "{drawn:#?}");
        assert!(drawn[5].contains("T041"), "{drawn:#?}");
        assert_eq!(drawn[21], "~ and 34 more done");
    }

    #[test]
    fn a_narrow_terminal_loses_names_and_evidence_before_ages() {
        let tale = Tale::of(&[&[]])
            .starts(0.0, 1, 1)
            .then(90.0, waits(1, 90.0));
        let drawn = lines(&tale, &[], 50, 24);
        assert!(drawn.iter().all(|line| width(line) <= 50), "{drawn:#?}");
        assert!(drawn[5].ends_with("(10s ago)"), "{drawn:#?}");
    }
}
