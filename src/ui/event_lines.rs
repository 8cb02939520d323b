//! A run in progress, line by line: what is told where nothing can be redrawn (a pipe, a log of
//! CI, a dumb terminal). One line an event, and from time to time the whole state.

use jiff::Timestamp;

use crate::id::TaskId;
use crate::run::{self, Progress};
use crate::store::{
    Drift, Event, Outcome, OverlapFound, RunState, SessionState, TaskFinished, TaskPhase, TaskState,
};

use super::paint::Paint;
use super::report;
use super::run_words::{
    brief, clock, count, drifted, ids, outcome, reason, seen, unfinished_dependencies,
};
use super::signs::Signs;
use super::text::{self, clean};

/// After so many lines, or so many seconds, the whole state is told again.
const LINES_BETWEEN_BOARDS: usize = 10;
const SECONDS_BETWEEN_BOARDS: f64 = 30.0;

/// The width of the rules of the board.
const RULE: usize = 59;

/// With more tasks than this the board counts those that are done or wait instead of listing them.
const MOST_LISTED: usize = 20;

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Bad,
    Warning,
}

/// What is told of one event: a sign and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub tone: Tone,
    sign: &'static str,
    text: String,
}

impl Told {
    fn new(tone: Tone, sign: &'static str, text: String) -> Self {
        Self { tone, sign, text }
    }

    /// The line, its sign in the colour of its tone.
    pub fn line(&self, paint: Paint) -> String {
        let sign = match self.tone {
            Tone::Plain => paint.cyan(self.sign),
            Tone::Good => paint.green(self.sign),
            Tone::Bad => paint.red(self.sign),
            Tone::Warning => paint.yellow(self.sign),
        };
        format!("{sign} {}", self.text)
    }
}

/// The teller; it remembers what it told last.
#[derive(Debug)]
pub struct EventLines {
    signs: Signs,
    paint: Paint,
    waves: Vec<Vec<TaskId>>,
    since_board: usize,
    board_at: Timestamp,
}

impl EventLines {
    /// `waves` are the plan's: the groups whose completion is told.
    pub fn new(signs: Signs, paint: Paint, waves: &[Vec<TaskId>], now: Timestamp) -> Self {
        Self {
            signs,
            paint,
            waves: waves.to_vec(),
            since_board: 0,
            board_at: now,
        }
    }

    /// The lines that this step is worth; none, as a rule, when only time went by.
    pub fn tell(&mut self, progress: &Progress<'_>) -> Vec<String> {
        let now = progress.at;
        let state = progress.state;
        let mut lines = Vec::new();
        if let Some(event) = progress.event {
            lines.extend(told(self.signs, state, event).map(|told| told.line(self.paint)));
            lines.extend(self.group(state, event));
        }
        self.since_board += lines.len();
        let due = self.since_board >= LINES_BETWEEN_BOARDS
            || between(self.board_at, now) >= SECONDS_BETWEEN_BOARDS;
        if state.ended.is_some() && progress.event.is_some() {
            let summary = report::summary(&run::report(state, None, &[], now), self.signs);
            lines.extend(summary.lines().map(ToOwned::to_owned));
        } else if due {
            lines.extend(board(self.signs, state, &self.waves, now));
            self.since_board = 0;
            self.board_at = now;
        }
        lines
    }

    /// `═══ Group G1 completed: 5 tasks in 12s ═══`, when this event completed one.
    fn group(&self, state: &RunState, event: &Event) -> Option<String> {
        let Event::TaskFinished(finished) = event else {
            return None;
        };
        let index = self.waves.iter().position(|w| w.contains(&finished.task))?;
        let tasks: Vec<&TaskState> = members(state, &self.waves[index]).collect();
        if tasks.iter().any(|t| t.phase != TaskPhase::Finished) {
            return None;
        }
        let from = tasks.iter().filter_map(|t| t.started).min();
        let to = tasks.iter().filter_map(|t| t.ended).max();
        let seconds = from.zip(to).map_or(0.0, |(from, to)| between(from, to));
        let bad = tasks
            .iter()
            .filter(|t| t.outcome != Some(Outcome::Done))
            .count();
        let bad = if bad > 0 {
            format!(", {bad} not done")
        } else {
            String::new()
        };
        let rule = self.signs.rule(3);
        Some(format!(
            "{rule} Group G{} completed: {} in {}{bad} {rule}",
            index + 1,
            text::count(tasks.len(), "task", "tasks"),
            brief(seconds),
        ))
    }
}

/// What is told of an event; `None` for those that only the journal needs.
pub fn told(signs: Signs, state: &RunState, event: &Event) -> Option<Told> {
    match event {
        Event::RunResumed { .. } => Some(Told::new(
            Tone::Plain,
            signs.started,
            format!("{} resumed", state.run),
        )),
        Event::RunStopping { reason } => Some(Told::new(
            Tone::Warning,
            signs.warning,
            format!("{} is stopping: {}", state.run, clean(reason)),
        )),
        Event::SessionQueued { task, evidence, .. } => Some(Told::new(
            Tone::Plain,
            signs.waiting,
            format!("{task} is in Slurm's queue: {}", seen(evidence)),
        )),
        Event::CheckoutsMoved { checkouts } => Some(checkouts_moved(signs, state, checkouts)),
        Event::SessionStarted { task, attempt, .. } => {
            let task = state.task(*task)?;
            let session = task.sessions.iter().find(|s| s.attempt == *attempt)?;
            Some(session_started(signs, task, session))
        }
        Event::SetupDone { task, notes } if !notes.is_empty() => Some(Told::new(
            Tone::Warning,
            signs.warning,
            format!("{task} {}", clean(&notes.join("; "))),
        )),
        Event::AttemptFailed {
            task,
            attempt,
            outcome: ended,
            ..
        } => Some(Told::new(
            Tone::Warning,
            signs.warning,
            format!(
                "{task} {} at attempt {attempt}{}",
                outcome(*ended),
                state.task(*task).map_or_else(String::new, because)
            ),
        )),
        Event::TaskFinished(finished) => task_finished(signs, state, finished),
        Event::OverlapFound(overlap) => Some(overlap_found(signs, overlap)),
        _ => None,
    }
}

fn session_started(signs: Signs, task: &TaskState, session: &SessionState) -> Told {
    let (id, worker) = (task.id, session.worker);
    if session.attempt > 1 {
        let text = format!("Worker-{worker} replaced, resuming {id}");
        return Told::new(Tone::Warning, signs.warning, text);
    }
    let text = format!("{id} started by worker-{worker}: {}", clean(&task.name));
    Told::new(Tone::Plain, signs.started, text)
}

fn task_finished(signs: Signs, state: &RunState, finished: &TaskFinished) -> Option<Told> {
    let task = state.task(finished.task)?;
    let (id, name) = (task.id, clean(&task.name));
    let told = match finished.outcome {
        Outcome::Done => {
            let by = task
                .sessions
                .last()
                .map_or_else(String::new, |s| format!(" by worker-{}", s.worker));
            let text = format!("{id} completed{by}: {name}, {}{}", made(task), took(task));
            Told::new(Tone::Good, signs.done, text)
        }
        Outcome::Failed => Told::new(
            Tone::Bad,
            signs.failed,
            format!("{id} failed{}", because(task)),
        ),
        Outcome::Skipped | Outcome::Cancelled => Told::new(
            Tone::Warning,
            signs.failed,
            format!("{id} {}{}", outcome(finished.outcome), because(task)),
        ),
        other => Told::new(
            Tone::Bad,
            signs.failed,
            format!("{id} failed: {}{}", outcome(other), because(task)),
        ),
    };
    Some(told)
}

/// One line, however many there are: nearly always it is the one that the user works in.
fn checkouts_moved(signs: Signs, state: &RunState, checkouts: &[Drift]) -> Told {
    let told: Vec<String> = checkouts
        .iter()
        .map(|one| drifted(one, state.run))
        .collect();
    let text = match told.is_empty() {
        true => "your checkout is again as it was".to_owned(),
        false => told.join("; "),
    };
    Told::new(Tone::Warning, signs.warning, text)
}

/// What there is to show for it.
fn made(task: &TaskState) -> String {
    let wrote = task.evidence.iter().any(|seen| seen.kind == "document");
    if wrote && task.commits == 0 {
        return "a document".to_owned();
    }
    text::count(task.commits, "commit", "commits")
}

fn took(task: &TaskState) -> String {
    task.started
        .zip(task.ended)
        .map_or_else(String::new, |(from, to)| {
            format!(" in {}", brief(between(from, to)))
        })
}

fn because(task: &TaskState) -> String {
    match reason(task) {
        reason if reason.is_empty() => String::new(),
        reason => format!(": {reason}"),
    }
}

fn overlap_found(signs: Signs, found: &OverlapFound) -> Told {
    let (a, b) = (found.a, found.b);
    if found.overlaps.is_empty() {
        let text = format!("{a} and {b} no longer change the same paths");
        return Told::new(Tone::Plain, signs.dot, text);
    }
    if found.conflicts.is_empty() {
        let text = format!(
            "{a} and {b} both changed {} (git can merge them)",
            paths(&found.overlaps)
        );
        return Told::new(Tone::Plain, signs.dot, text);
    }
    let text = format!("{a} and {b} conflict in {}", paths(&found.conflicts));
    Told::new(Tone::Warning, signs.warning, text)
}

fn paths(paths: &[String]) -> String {
    match paths {
        [] => "the same paths".to_owned(),
        [one] => clean(one).into_owned(),
        [one, rest @ ..] => format!("{} and {} more", clean(one), rest.len()),
    }
}

/// The whole state, between rules.
fn board(signs: Signs, state: &RunState, waves: &[Vec<TaskId>], now: Timestamp) -> Vec<String> {
    let rule = signs.rule(RULE);
    let current = waves
        .iter()
        .position(|wave| members(state, wave).any(|t| t.phase != TaskPhase::Finished));
    let mut lines = vec![
        rule.clone(),
        "ORCHESTRATION STATUS".to_owned(),
        rule.clone(),
    ];
    lines.extend(board_tasks(
        signs,
        state,
        current.map_or(&[], |i| &waves[i]),
    ));
    lines.push(rule.clone());
    if let Some(index) = current {
        lines.push(board_group(index + 1, state, &waves[index]));
    }
    let active = count(state, |task| task.phase.is_active());
    lines.push(format!(
        "Workers: {active} active | {} available",
        state.options.workers.saturating_sub(active)
    ));
    lines.push(format!(
        "Time elapsed: {}",
        clock(between(state.started, now))
    ));
    lines.push(rule);
    lines
}

fn board_tasks(signs: Signs, state: &RunState, wave: &[TaskId]) -> Vec<String> {
    let long = state.tasks.len() > MOST_LISTED;
    let mut lines: Vec<String> = Vec::new();
    for task in &state.tasks {
        let counted = task.outcome == Some(Outcome::Done) || task.phase == TaskPhase::Pending;
        if !(long && counted) {
            lines.push(board_task(signs, state, task, wave));
        }
    }
    if long {
        let done = count(state, |t| t.outcome == Some(Outcome::Done));
        let pending = count(state, |t| t.phase == TaskPhase::Pending);
        lines.insert(
            0,
            format!(
                "{} {}: Done",
                signs.done,
                text::count(done, "task", "tasks")
            ),
        );
        lines.push(format!(
            "{} {}: Pending",
            signs.waiting,
            text::count(pending, "task", "tasks")
        ));
    }
    lines
}

fn board_task(signs: Signs, state: &RunState, task: &TaskState, wave: &[TaskId]) -> String {
    let worker = task.sessions.last().map_or(0, |session| session.worker);
    let (sign, words) = match task.phase {
        TaskPhase::Finished if task.outcome == Some(Outcome::Done) => {
            (signs.done, clean(&task.title).into_owned())
        }
        TaskPhase::Finished => {
            let ended = task.outcome.map_or("Finished", outcome);
            (signs.failed, capital(ended) + &because(task))
        }
        TaskPhase::Starting => (signs.started, "Starting".to_owned()),
        TaskPhase::InQueue => (signs.waiting, format!("In Slurm's queue{}", because(task))),
        TaskPhase::Running => (signs.started, format!("Running on worker-{worker}")),
        TaskPhase::Waiting => (signs.warning, "Waits for a person".to_owned()),
        TaskPhase::RateLimited => (signs.waiting, "Rate limited".to_owned()),
        TaskPhase::Blocked => (signs.warning, format!("Blocked{}", because(task))),
        TaskPhase::Pending => {
            let words = match &unfinished_dependencies(state, task)[..] {
                [] if wave.contains(&task.id) => "Queued".to_owned(),
                [] => "Queued for next group".to_owned(),
                missing => format!("Pending (depends on {})", ids(missing)),
            };
            (signs.waiting, words)
        }
    };
    format!("{sign} {}: {words}", task.id)
}

fn board_group(number: usize, state: &RunState, wave: &[TaskId]) -> String {
    let of = |is: fn(&TaskState) -> bool| members(state, wave).filter(|task| is(task)).count();
    let done = of(|t| t.outcome == Some(Outcome::Done));
    let finished = of(|t| t.phase == TaskPhase::Finished);
    let running = of(|t| t.phase.is_active());
    let pending = wave.len().saturating_sub(finished + running);
    let mut line =
        format!("Group G{number}: {done} completed | {running} running | {pending} pending");
    if finished > done {
        line.push_str(&format!(" | {} not done", finished - done));
    }
    line
}

fn members<'a>(state: &'a RunState, wave: &'a [TaskId]) -> impl Iterator<Item = &'a TaskState> {
    wave.iter().filter_map(|id| state.task(*id))
}

/// Seconds from one time to another; none where the clock was set back in between.
pub fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::{Tale, at};
    use crate::store::{Evidence, RunPhase};

    fn lines(signs: Signs, tale: &Tale, waves: &[&[u32]]) -> Vec<String> {
        let waves: Vec<Vec<TaskId>> = waves
            .iter()
            .map(|wave| wave.iter().copied().map(TaskId).collect())
            .collect();
        let mut teller = EventLines::new(signs, Paint::new(false), &waves, at(0.0));
        let mut lines = Vec::new();
        for (state, event, at) in tale.steps() {
            let event = Some(event);
            let state = &state;
            lines.extend(teller.tell(&Progress { state, event, at }));
        }
        lines
    }

    fn attempt_failed(task: u32, attempt: u32, code: &str) -> Event {
        Event::AttemptFailed {
            task: TaskId(task),
            attempt,
            outcome: Outcome::Failed,
            evidence: vec![Evidence {
                kind: "exit".to_owned(),
                value: code.to_owned(),
                at: at(0.0),
            }],
        }
    }

    #[test]
    fn a_run_is_told_event_by_event() {
        let tale = Tale::of(&[&[], &[], &[1]])
            .starts(0.0, 1, 1)
            .starts(0.0, 2, 2)
            .finishes(4.0, 1, Outcome::Done, "")
            .then(5.0, attempt_failed(2, 1, "3"))
            .tries(5.0, 2, 2, 2)
            .finishes(12.0, 2, Outcome::Failed, "exit 3")
            .finishes(12.0, 3, Outcome::Skipped, "dependency T002 failed")
            .over(12.0, RunPhase::Failed);
        let expected = [
            "⚡ T001 started by worker-1: task-1",
            "⚡ T002 started by worker-2: task-2",
            "✓ T001 completed by worker-1: task-1, 1 commit in 4.0s",
            "⚠️ T002 failed at attempt 1: exit code 3",
            "⚠️ Worker-2 replaced, resuming T002",
            "✗ T002 failed: exit code 3",
            "═══ Group G1 completed: 2 tasks in 12s, 1 not done ═══",
            "✗ T003 skipped: T002 failed",
            "═══ Group G2 completed: 1 task in 0.0s, 1 not done ═══",
        ];
        let lines = lines(Signs::new(true), &tale, &[&[1, 2], &[3]]);
        assert_eq!(lines[..9], expected);
        assert_eq!(lines[10], "EXECUTION SUMMARY");
        assert_eq!(lines[12], "Completed: 1 of 3 tasks");
    }

    #[test]
    fn without_unicode_every_line_is_ascii() {
        let tale = Tale::of(&[&[], &[1]])
            .starts(0.0, 1, 1)
            .finishes(40.0, 1, Outcome::Done, "")
            .starts(80.0, 2, 1);
        let lines = lines(Signs::new(false), &tale, &[&[1], &[2]]);
        assert!(lines.len() > 10, "{lines:?}");
        assert!(lines.iter().all(|line| line.is_ascii()), "{lines:?}");
    }

    #[test]
    fn the_whole_state_is_told_after_thirty_seconds_even_when_nothing_happens() {
        let tale = Tale::of(&[&[], &[], &[1], &[]])
            .starts(0.0, 1, 1)
            .starts(1.0, 2, 2)
            .finishes(2.0, 2, Outcome::Done, "");
        let state = tale.state();
        let waves = [vec![TaskId(1), TaskId(2)], vec![TaskId(3), TaskId(4)]];
        let mut teller = EventLines::new(Signs::new(true), Paint::new(false), &waves, at(0.0));
        let mut tick = |second| {
            teller.tell(&Progress {
                state: &state,
                event: None,
                at: at(second),
            })
        };
        assert_eq!(tick(29.0), Vec::<String>::new());
        let rule = "═".repeat(59);
        let expected = [
            &rule,
            "ORCHESTRATION STATUS",
            &rule,
            "⚡ T001: Running on worker-1",
            "✓ T002: Task 2",
            "⏳ T003: Pending (depends on T001)",
            "⏳ T004: Queued for next group",
            &rule,
            "Group G1: 1 completed | 1 running | 0 pending",
            "Workers: 1 active | 4 available",
            "Time elapsed: 00:30",
            &rule,
        ];
        assert_eq!(tick(30.0), expected);
        assert_eq!(tick(31.0), Vec::<String>::new());
    }

    #[test]
    fn the_whole_state_is_told_after_ten_lines() {
        let mut tale = Tale::of(&[&[] as &[u32]; 12]);
        for task in 1..=10 {
            tale = tale.starts(0.0, task, task);
        }
        let lines = lines(Signs::new(true), &tale, &[&[1]]);
        assert_eq!(lines[9], "⚡ T010 started by worker-10: task-10");
        assert_eq!(lines[11], "ORCHESTRATION STATUS");
    }

    #[test]
    fn what_an_agent_left_in_the_evidence_cannot_drive_the_terminal() {
        let tale = Tale::of(&[&[]]).finishes(0.0, 1, Outcome::Failed, "start \x1b[2J");
        let lines = lines(Signs::new(true), &tale, &[]);
        assert_eq!(lines, ["✗ T001 failed: \\u{1b}[2J"]);
    }
}
