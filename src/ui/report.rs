//! What came of a run, as text: how it was divided, where it worked, when, and what it led to.

use std::path::Path;

use jiff::Timestamp;

use crate::id::TaskId;
use crate::plan::EstimateSource;
use crate::run::{
    AgentReport, DocumentReport, Integration, IntegrationState, RunReport, SessionReport,
    TaskReport,
};
use crate::store::{Outcome, SessionEnd, TaskPhase};

use super::disputes::disputes;
use super::run_words::{drifted, goal, ids, outcome, predicate, seen, took_of};
use super::signs::Signs;
use super::status::View;
use super::table::align;
use super::text::{self, clean, count, duration, fit, pad, path_from, width};

/// The columns of the timeline, where the terminal does not say otherwise.
const COLUMNS: usize = 80;

/// The most columns that a task's name takes beside its bar.
const NAME_COLUMNS: usize = 20;

/// The width of the rules of the summary.
const RULE: usize = 58;

/// The whole report.
pub fn render(view: View<'_>, report: &RunReport) -> String {
    let columns = view.columns.unwrap_or(COLUMNS).min(COLUMNS);
    let sections = [
        ("Decomposition", decomposition(report)),
        ("Worktrees", worktrees(view, report, columns)),
        ("Timeline", timeline(report, view.signs, columns)),
        ("Workers", workers(report)),
        ("Agents", agents(report)),
        ("Messages", messages(report)),
        ("Documents", documents(view, report)),
        ("Integration", integration(report)),
        ("Conflicts", conflicts(report)),
        ("Your checkout", drifts(report)),
        ("Time", time(report)),
    ];
    let mut lines = vec![view.paint.bold(&sentence(report))];
    lines.push(goal(&report.goal, view.columns));
    for (title, section) in sections {
        if !section.is_empty() {
            lines.push(String::new());
            lines.push(view.paint.bold(title));
            lines.extend(section.into_iter().map(|line| format!("  {line}")));
        }
    }
    lines.join("\n")
}

/// `r1 is done: 5 of 6 tasks in 12 s, 28 s of work, 2.3 times as fast as one after another`
pub fn sentence(report: &RunReport) -> String {
    let done = done(report);
    let mut sentence = format!(
        "{} {}: {done} of {} done in {}",
        report.run,
        predicate(report.state),
        count(report.tasks.len(), "task", "tasks"),
        duration(report.actual_seconds),
    );
    if let Some(speedup) = report.speedup {
        let work = duration(report.busy_seconds);
        sentence.push_str(&match gain(speedup) {
            Some(gain) => format!(", {work} of work, speedup {gain}"),
            None => format!(", {work} of work, no speedup"),
        });
    }
    sentence
}

/// What was gained by running at once; `None` where the run took longer than all of its work, as it
/// does where sessions are over sooner than they are started.
fn gain(speedup: f64) -> Option<String> {
    (speedup >= 1.0).then(|| format!("{speedup:.1}"))
}

fn done(report: &RunReport) -> usize {
    let done = |task: &&TaskReport| task.outcome == Some(Outcome::Done);
    report.tasks.iter().filter(done).count()
}

/// The waves with their tasks; without a plan, all tasks.
fn decomposition(report: &RunReport) -> Vec<String> {
    let all: Vec<TaskId> = report.tasks.iter().map(|task| task.id).collect();
    let waves = if report.waves.is_empty() {
        std::slice::from_ref(&all)
    } else {
        &report.waves
    };
    let mut rows = Vec::new();
    for (number, wave) in (1..).zip(waves) {
        let members = wave.iter().filter_map(|id| task(report, *id));
        for (index, member) in members.enumerate() {
            let label = match (index, report.waves.is_empty()) {
                (0, false) => format!("wave {number}"),
                _ => String::new(),
            };
            rows.push(vec![
                label,
                member.id.to_string(),
                clean(&member.name).into_owned(),
                standing(member).to_owned(),
                after(member),
            ]);
        }
    }
    align(&rows, None)
}

fn task(report: &RunReport, id: TaskId) -> Option<&TaskReport> {
    report.tasks.iter().find(|task| task.id == id)
}

/// The outcome, or the state of what has none.
pub fn standing(task: &TaskReport) -> &'static str {
    match (task.outcome, task.state) {
        (Some(ended), _) => outcome(ended),
        (None, TaskPhase::Pending) => "pending",
        (None, TaskPhase::Blocked) => "blocked",
        (None, TaskPhase::Starting) => "starting",
        (None, TaskPhase::InQueue) => "in queue",
        (None, TaskPhase::Waiting) => "waiting",
        (None, TaskPhase::RateLimited) => "rate limited",
        (None, TaskPhase::Running | TaskPhase::Finished) => "running",
    }
}

fn after(task: &TaskReport) -> String {
    if task.depends.is_empty() {
        String::new()
    } else {
        format!("after {}", ids(&task.depends))
    }
}

fn worktrees(view: View<'_>, report: &RunReport, columns: usize) -> Vec<String> {
    let tasks = || report.tasks.iter().filter(|task| task.started.is_some());
    let branch = |task: &TaskReport| {
        let branch = task.branch.as_deref().unwrap_or("(branch removed)");
        let commits = count(task.commits, "commit", "commits");
        vec![task.id.to_string(), clean(branch).into_owned(), commits]
    };
    let folder = |task: &TaskReport| {
        let path = task.worktree.as_deref();
        let shown = path.map(|path| path_from(view.folder, Path::new(path)));
        shown.unwrap_or_else(|| "(worktree removed)".to_owned())
    };
    let whole: Vec<Vec<String>> = tasks()
        .map(|task| [branch(task), vec![folder(task)]].concat())
        .collect();
    let whole = align(&whole, None);
    if whole.iter().all(|line| width(line) + 2 <= columns) {
        return whole;
    }
    // Too wide: the folder goes below its branch.
    let branches: Vec<Vec<String>> = tasks().map(branch).collect();
    let folders = tasks().map(|task| format!("      {}", folder(task)));
    let lines = align(&branches, None).into_iter().zip(folders);
    lines
        .flat_map(|(branch, folder)| [branch, folder])
        .collect()
}

/// A bar for each session, on one scale.
fn timeline(report: &RunReport, signs: Signs, columns: usize) -> Vec<String> {
    let tasks = || report.tasks.iter().filter(|task| !task.sessions.is_empty());
    let names = tasks().map(|task| width(&clean(&task.name))).max();
    let names = names.unwrap_or(0).min(NAME_COLUMNS);
    // Indent, id, two gaps of two, and the seconds at the end.
    let room = columns.saturating_sub(2 + 4 + 2 + names + 2 + 12).max(10);
    let mut lines: Vec<String> = tasks()
        .map(|task| {
            let name = pad(&fit(&clean(&task.name), names), names);
            let bar = bar(report, task, signs, room);
            format!("{} {name} {bar}  {}", task.id, duration(task.busy_seconds))
        })
        .collect();
    if !lines.is_empty() {
        let end = duration(report.actual_seconds);
        let ruler = format!("0{end:>width$}", width = room - 1);
        lines.push(format!("{}{ruler}", " ".repeat(4 + 1 + names + 1)));
    }
    lines
}

fn bar(report: &RunReport, task: &TaskReport, signs: Signs, room: usize) -> String {
    let mut cells = vec![" "; room];
    for session in &task.sessions {
        let Some(started) = session.started else {
            continue;
        };
        let sign = if went_wrong(session) {
            signs.faint_bar
        } else {
            signs.bar
        };
        let first = cell(report, since(report, started), room).min(room - 1);
        let last = cell(report, since(report, started) + session.seconds, room);
        cells[first..last.clamp(first + 1, room)].fill(sign);
    }
    cells.concat()
}

/// Seconds from the run's start.
pub fn since(report: &RunReport, at: Timestamp) -> f64 {
    at.duration_since(report.started).as_secs_f64().max(0.0)
}

fn cell(report: &RunReport, seconds: f64, room: usize) -> usize {
    if report.actual_seconds <= 0.0 {
        return 0;
    }
    (seconds / report.actual_seconds * room as f64).round() as usize
}

/// Whether a session ended in another way than with exit code 0.
pub fn went_wrong(session: &SessionReport) -> bool {
    session.end.is_some_and(|end| end != SessionEnd::Exited(0))
}

fn workers(report: &RunReport) -> Vec<String> {
    let rows: Vec<Vec<String>> = report
        .workers
        .iter()
        .map(|worker| {
            vec![
                worker.worker.clone(),
                count(worker.sessions, "session", "sessions"),
                format!("{} busy", duration(worker.busy_seconds)),
                worker.utilisation.map_or_else(String::new, percent),
            ]
        })
        .collect();
    align(&rows, None)
}

/// What the agents of each task took.
fn agents(report: &RunReport) -> Vec<String> {
    let told = report.tasks.iter();
    let told = told.filter_map(|task| Some((task, task.agent.as_ref()?)));
    let rows: Vec<Vec<String>> = told
        .map(|(task, agent)| {
            let name = clean(&task.name).into_owned();
            vec![task.id.to_string(), name, took_of(agent)]
        })
        .collect();
    align(&rows, None)
}

/// What sessions wrote for people, a line of each.
fn messages(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    for task in &report.tasks {
        let progress = task
            .progress
            .iter()
            .map(|line| ("progress.txt", line.as_str()));
        let messages = task.messages.iter();
        let messages = messages.map(|one| {
            let first = one.text.lines().next().unwrap_or_default();
            (one.name.as_str(), first)
        });
        for (name, line) in progress.chain(messages) {
            lines.push(format!("{} {}: {}", task.id, clean(name), clean(line)));
        }
    }
    lines
}

/// Where the documents are that its tasks wrote, and the one that was made of them.
fn documents(view: View<'_>, report: &RunReport) -> Vec<String> {
    let row = |label: String, document: &DocumentReport| {
        let path = document.path.as_deref();
        let shown = path.map(|path| path_from(view.folder, Path::new(path)));
        vec![label, shown.unwrap_or_else(|| "none".to_owned())]
    };
    let tasks = report.tasks.iter();
    let parts = tasks.filter_map(|task| Some(row(task.id.to_string(), task.document.as_ref()?)));
    let result = report.result.iter().map(|all| row("all".to_owned(), all));
    align(&parts.chain(result).collect::<Vec<_>>(), None)
}

/// A share as people read it.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// What has become of the branches, in groups.
fn integration(report: &RunReport) -> Vec<String> {
    let target = clean(&report.target);
    let groups = [
        (IntegrationState::Landed, format!("landed on {target}")),
        (
            IntegrationState::Clean,
            format!("not on {target} yet, merges cleanly"),
        ),
        (
            IntegrationState::Conflict,
            format!("conflicts with {target}"),
        ),
        (
            IntegrationState::Unknown,
            format!("cannot be compared with {target}"),
        ),
    ];
    let by_hand = |task: &&TaskReport| {
        let found = task.integration.as_ref();
        found.is_some_and(Integration::is_by_hand)
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut row = |words: &str, members: Vec<&TaskReport>| {
        if !members.is_empty() {
            let shown: Vec<String> = members.into_iter().map(with_conflicts).collect();
            rows.push(vec![words.to_owned(), shown.join(", ")]);
        }
    };
    for (state, words) in groups {
        let (others, ours) = report.in_state(state).partition(by_hand);
        row(&words, ours);
        row(&format!("{words} by hand"), others);
    }
    let nothing = report.tasks.iter();
    let nothing = nothing.filter(|task| task.commits == 0 && task.document.is_none());
    let nothing: Vec<String> = nothing.map(|task| task.id.to_string()).collect();
    if !nothing.is_empty() {
        rows.push(vec!["left no commits".to_owned(), nothing.join(", ")]);
    }
    align(&rows, None)
}

fn with_conflicts(task: &TaskReport) -> String {
    let paths = task.integration.as_ref().map_or(&[][..], |i| &i.conflicts);
    if paths.is_empty() {
        return task.id.to_string();
    }
    let paths: Vec<_> = paths.iter().map(|path| clean(path)).collect();
    format!("{} ({})", task.id, paths.join(", "))
}

/// What git could not merge by itself, and how that ended.
fn conflicts(report: &RunReport) -> Vec<String> {
    let found = disputes(report).into_iter();
    found
        .map(|one| clean(&format!("{} in {}: {}", one.who, one.paths, one.end)).into_owned())
        .collect()
}

/// What moved where nothing of the run should move.
pub fn drifts(report: &RunReport) -> Vec<String> {
    let drifts = report.drift.iter();
    drifts.map(|one| drifted(one, report.run)).collect()
}

fn time(report: &RunReport) -> Vec<String> {
    let rows: Vec<Vec<String>> = times(report)
        .into_iter()
        .map(|(name, value, meaning)| vec![name.to_owned(), value, meaning])
        .collect();
    align(&rows, None)
}

/// The numbers that a run is measured by: name, value, what it means.
pub fn times(report: &RunReport) -> Vec<(&'static str, String, String)> {
    let source = match report.estimate_source {
        None => "",
        Some(EstimateSource::Default) => ", a fixed time per task",
        Some(EstimateSource::Scope) => ", from --scope",
        Some(EstimateSource::Tasks) => ", from the tasks",
        Some(EstimateSource::Learned) => ", learned from earlier runs",
    };
    let mut rows = Vec::new();
    if let Some(seconds) = report.sequential_seconds {
        let meaning = format!("one after another{source}");
        rows.push(("estimate", duration(seconds), meaning));
    }
    if let Some(seconds) = report.estimate_seconds {
        rows.push(("estimate", duration(seconds), "split like this".to_owned()));
    }
    if let Some(all) = AgentReport::of_all(report) {
        rows.push(("agents", took_of(&all), "all of them together".to_owned()));
    }
    let actual = "from the start of the run to its end";
    let busy = "what the sessions ran, added up";
    rows.push(("actual", duration(report.actual_seconds), actual.to_owned()));
    rows.push(("busy", duration(report.busy_seconds), busy.to_owned()));
    let queued: f64 = report.tasks.iter().map(|task| task.queued_seconds).sum();
    if queued > 0.0 {
        let meaning = "what the sessions waited in Slurm's queue, added up";
        rows.push(("queue", duration(queued), meaning.to_owned()));
    }
    if let Some(speedup) = report.speedup {
        let (value, meaning) = match gain(speedup) {
            Some(gain) => (gain, "busy / actual"),
            None => ("none".to_owned(), "the run took longer than its work"),
        };
        rows.push(("speedup", value, meaning.to_owned()));
    }
    if let Some(share) = report.utilisation {
        let meaning = "busy / (actual x workers allowed)".to_owned();
        rows.push(("utilisation", percent(share), meaning));
    }
    rows
}

/// How a run ended, between rules: what `run` says last where its events were told line by line.
pub fn summary(report: &RunReport, signs: Signs) -> String {
    let rule = signs.rule(RULE);
    let mut lines = vec![rule.clone(), "EXECUTION SUMMARY".to_owned(), rule.clone()];
    let tasks = count(report.tasks.len(), "task", "tasks");
    lines.push(format!("Completed: {} of {tasks}", done(report)));
    let not_done = |task: &&TaskReport| task.outcome.is_some_and(|o| o != Outcome::Done);
    let failed: Vec<String> = report
        .tasks
        .iter()
        .filter(not_done)
        .map(|task| match seen(&task.evidence) {
            nothing if nothing.is_empty() => format!("{}: {}", task.id, standing(task)),
            seen => format!("{}: {}, {seen}", task.id, standing(task)),
        })
        .collect();
    if !failed.is_empty() {
        let tasks = count(failed.len(), "task", "tasks");
        lines.push(format!("Not completed: {tasks} ({})", failed.join("; ")));
    }
    lines.push(format!("Duration: {}", duration(report.actual_seconds)));
    lines.push(format!("Workers used: {}", report.workers.len()));
    if let Some(speedup) = report.speedup {
        lines.push(match gain(speedup) {
            Some(gain) => format!("Parallelism achieved: {gain}x speedup"),
            None => "Parallelism achieved: none, the run took longer than its work".to_owned(),
        });
    }
    lines.push(rule);
    text::clean_lines(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::report;
    use crate::store::RunPhase;
    use crate::store::sample::{Tale, at};

    fn sample() -> RunReport {
        let tale = Tale::of(&[&[], &[], &[1]])
            .starts(0.0, 1, 1)
            .starts(0.0, 2, 2)
            .ends(10.0, 1, 1, 0, 10.0)
            .finishes(10.0, 1, Outcome::Done, "")
            .ends(5.0, 2, 1, 3, 5.0)
            .tries(10.0, 2, 2, 2)
            .ends(20.0, 2, 2, 3, 10.0)
            .finishes(20.0, 2, Outcome::Failed, "exit 3")
            .finishes(20.0, 3, Outcome::Skipped, "dependency T002 failed")
            .over(20.0, RunPhase::Failed);
        report(&tale.state(), None, &[], at(99.0))
    }

    #[test]
    fn the_timeline_draws_every_session_on_one_scale_and_fits_eighty_columns() {
        let lines = timeline(&sample(), Signs::new(false), 80);
        let room = 80 - 2 - 4 - 2 - 6 - 2 - 12;
        let half = room / 2;
        let first = format!("T001 task-1 {}{}  10 s", "#".repeat(half), " ".repeat(half));
        assert_eq!(lines[0], first);
        let (quarter, half) = ("-".repeat(room / 4), "-".repeat(half));
        let second = format!("T002 task-1 {quarter}{}{half}  15 s", " ".repeat(room / 4));
        assert_eq!(lines[1], second.replace("task-1", "task-2"));
        assert!(lines.iter().all(|line| width(line) + 2 <= 80), "{lines:?}");
    }

    #[test]
    fn the_summary_names_every_task_that_is_not_done() {
        let summary = summary(&sample(), Signs::new(false));
        let lines: Vec<&str> = summary.lines().collect();
        let expected = [
            "Completed: 1 of 3 tasks",
            "Not completed: 2 tasks (T002: failed, exit code 3; T003: skipped, T002 failed)",
            "Duration: 20 s",
            "Workers used: 2",
            "Parallelism achieved: 1.2x speedup",
        ];
        assert_eq!(lines[3..8], expected);
    }
}
