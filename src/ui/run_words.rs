//! How the state of a run and of its tasks is said: the words that progress, status and report
//! share.

use crate::id::{Oid, RunId, TaskId};
use crate::run::AgentReport;
use crate::store::{Drift, Evidence, Outcome, RunPhase, RunState, TaskPhase, TaskState};

use super::text::{clean, fit};

/// How a task ended, in a word or two.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::NoChange => "no change",
        Outcome::OutOfScope => "out of scope",
        Outcome::Failed => "failed",
        Outcome::TimedOut => "timed out",
        Outcome::Skipped => "skipped",
        Outcome::Cancelled => "cancelled",
        Outcome::Lost => "lost",
    }
}

/// Where a task stands, in a word or two: its outcome, once it has one.
pub fn standing(run: &RunState, task: &TaskState) -> String {
    let word = match task.phase {
        TaskPhase::Pending => return pending(run, task),
        TaskPhase::Blocked => "blocked",
        TaskPhase::Starting => "starting",
        TaskPhase::InQueue => "in Slurm's queue",
        TaskPhase::Running => "running",
        TaskPhase::Waiting => "waits for a person",
        TaskPhase::RateLimited => "rate limited",
        TaskPhase::Finished => task.outcome.map_or("finished", outcome),
    };
    word.to_owned()
}

fn pending(run: &RunState, task: &TaskState) -> String {
    if let Some(held) = run.held_by(task) {
        let path = clean(&held.path);
        return format!("waits for {}: both change {path}", held.from);
    }
    match &unfinished_dependencies(run, task)[..] {
        [] => "queued".to_owned(),
        missing => format!("waits for {}", ids(missing)),
    }
}

/// Why a task is not done: what was seen, in the order in which it was seen.
pub fn reason(task: &TaskState) -> String {
    seen(&task.evidence)
}

/// The same of evidence alone.
pub fn seen(evidence: &[Evidence]) -> String {
    let seen: Vec<String> = evidence.iter().map(one_seen).collect();
    seen.join(", ")
}

/// Numbers get their noun; the rest are words already.
fn one_seen(evidence: &Evidence) -> String {
    let value = clean(&evidence.value);
    match (evidence.kind.as_str(), &*value) {
        ("exit", code) => format!("exit code {code}"),
        ("signal", number) => format!("signal {number}"),
        ("commits", "0") => "no commits".to_owned(),
        ("commits", "1") => "1 commit".to_owned(),
        ("commits", number) => format!("{number} commits"),
        ("timeout", words) => format!("time limit: {words}"),
        ("silence", words) => format!("silent: {words}"),
        (_, words) => words.to_owned(),
    }
}

/// The state of a run in one word or two.
pub fn phase(phase: RunPhase) -> &'static str {
    match phase {
        RunPhase::Running => "running",
        RunPhase::Done => "done",
        RunPhase::Failed => "failed",
        RunPhase::Stopped => "stopped",
        RunPhase::Interrupted => "interrupted",
    }
}

/// The same as what is said of a run: `r1 is done`, `r1 was stopped`.
pub fn predicate(state: RunPhase) -> &'static str {
    match state {
        RunPhase::Running => "is running",
        RunPhase::Done => "is done",
        RunPhase::Failed => "failed",
        RunPhase::Stopped => "was stopped",
        RunPhase::Interrupted => "was interrupted",
    }
}

/// Where the tasks stand, in one sentence: `3 of 6 done, 2 running, 1 waits for T002`.
pub fn sentence(run: &RunState) -> String {
    let done = count(run, |t| t.outcome == Some(Outcome::Done));
    let mut parts = vec![format!("{done} of {} done", run.tasks.len())];
    let phases = [
        (TaskPhase::Running, "running", "running"),
        (TaskPhase::Starting, "starting", "starting"),
        (TaskPhase::InQueue, "in Slurm's queue", "in Slurm's queue"),
        (
            TaskPhase::Waiting,
            "waits for a person",
            "wait for a person",
        ),
        (TaskPhase::RateLimited, "rate limited", "rate limited"),
        (TaskPhase::Blocked, "blocked", "blocked"),
    ];
    for (phase, one, many) in phases {
        parts.extend(counted(count(run, |t| t.phase == phase), one, many));
    }
    parts.extend(waiting(run));
    for ended in NOT_DONE {
        let number = count(run, |t| t.outcome == Some(ended));
        parts.extend(counted(number, outcome(ended), outcome(ended)));
    }
    parts.join(", ")
}

/// The outcomes that leave something to look at.
const NOT_DONE: [Outcome; 7] = [
    Outcome::NoChange,
    Outcome::OutOfScope,
    Outcome::Failed,
    Outcome::TimedOut,
    Outcome::Skipped,
    Outcome::Cancelled,
    Outcome::Lost,
];

/// `1 waits for T002`, `2 queued`: the tasks that have not started.
fn waiting(run: &RunState) -> Vec<String> {
    let pending = || run.tasks.iter().filter(|t| t.phase == TaskPhase::Pending);
    let mut missing: Vec<TaskId> = pending()
        .flat_map(|task| unfinished_dependencies(run, task))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    let held = pending().filter(|task| !unfinished_dependencies(run, task).is_empty());
    let held = held.count();
    let queued = pending().count() - held;
    let mut parts = Vec::new();
    parts.extend(counted(queued, "queued", "queued"));
    let for_whom = ids(&missing);
    parts.extend(counted(
        held,
        &format!("waits for {for_whom}"),
        &format!("wait for {for_whom}"),
    ));
    parts
}

fn counted(number: usize, one: &str, many: &str) -> Option<String> {
    (number > 0).then(|| super::text::count(number, one, many))
}

/// `goal: …`, its first line, cut where that is wanted.
pub fn goal(goal: &str, columns: Option<usize>) -> String {
    let line = format!("goal: {}", clean(goal.lines().next().unwrap_or_default()));
    columns.map_or_else(|| line.clone(), |columns| fit(&line, columns).into_owned())
}

/// How many tasks are so.
pub fn count(run: &RunState, is: impl Fn(&TaskState) -> bool) -> usize {
    run.tasks.iter().filter(|task| is(task)).count()
}

/// The dependencies of a task that have no outcome yet.
pub fn unfinished_dependencies(run: &RunState, task: &TaskState) -> Vec<TaskId> {
    let open = |id: &&TaskId| {
        run.task(**id)
            .is_some_and(|task| task.phase != TaskPhase::Finished)
    };
    task.depends.iter().filter(open).copied().collect()
}

/// `T001`, `T001 and T002`, `T001, T002 and 3 more`.
pub fn ids(ids: &[TaskId]) -> String {
    match ids {
        [] => String::new(),
        [one] => one.to_string(),
        [a, b] => format!("{a} and {b}"),
        [a, b, c] => format!("{a}, {b} and {c}"),
        [a, b, rest @ ..] => format!("{a}, {b} and {} more", rest.len()),
    }
}

/// Seconds as a log line has them: `0.4s`, `12s`, `3m05s`, `1h02m`.
pub fn brief(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{:.1}s", seconds.max(0.0));
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole % 3600 / 60, whole % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s:02}s"),
        (h, m, _) => format!("{h}h{m:02}m"),
    }
}

/// Seconds as a clock shows them: `00:42`, `1:02:03`.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    match (whole / 3600, whole % 3600 / 60, whole % 60) {
        (0, m, s) => format!("{m:02}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}
/// `/src/shop moved while r1 ran: branch main to other`
pub fn drifted(drift: &Drift, run: RunId) -> String {
    let folder = drift.worktree.to_string_lossy();
    format!("{} moved while {run} ran: {}", clean(&folder), moved(drift))
}

/// `branch main to other, commit 1c0ffee to 2badcafe, a.txt and 3 more`.
fn moved(drift: &Drift) -> String {
    let mut parts = Vec::new();
    if let Some(branch) = &drift.branch {
        let name = |name: &Option<String>| clean(name.as_deref().unwrap_or("none")).into_owned();
        parts.push(format!(
            "branch {} to {}",
            name(&branch.from),
            name(&branch.to)
        ));
    }
    if let Some(commit) = &drift.commit {
        let id = |id: &Option<Oid>| id.map_or_else(|| "none".to_owned(), |id| id.short());
        parts.push(format!("commit {} to {}", id(&commit.from), id(&commit.to)));
    }
    match &drift.paths[..] {
        [] => {}
        [one] => parts.push(clean(one).into_owned()),
        [one, rest @ ..] => parts.push(format!("{} and {} more", clean(one), rest.len())),
    }
    parts.join(", ")
}

/// Tokens, and the cost where it is known: `1.2k tokens in, 340 out, $0.05`.
pub fn took_of(agent: &AgentReport) -> String {
    let figure = |tokens: u64| match tokens {
        0..10_000 => tokens.to_string(),
        _ => format!("{}k", tokens / 1000),
    };
    let tokens = agent.tokens;
    let cost = agent.cost_usd.filter(|cost| *cost > 0.0);
    let cost = cost.map_or(String::new(), |cost| format!(", ${cost:.2}"));
    format!(
        "{} tokens in, {} out{cost}",
        figure(tokens.input),
        figure(tokens.output)
    )
}
