//! Tells a command of the user's what happens in a run, an event at a time. It never holds the run
//! up: it is called from a thread of its own, each call has its limit, and what would have to wait
//! too long is left out and counted.

use std::io::{Seek, Write};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::error::{OrFail, Result};
use crate::id::RunId;
use crate::process::{self, Interrupt, Program};
use crate::store::{Event, RunState};

/// A call that takes longer is ended.
const LIMIT: Duration = Duration::from_secs(10);

/// So many events wait for a slow command; more are left out.
const MOST_WAITING: usize = 200;

/// How long the end of a run waits for the last calls.
const LAST_CALLS: Duration = Duration::from_secs(15);

/// One event, as the command gets it.
#[derive(Clone, Debug, PartialEq)]
struct News {
    event: String,
    run: RunId,
    task: Option<String>,
    json: Value,
}

/// Who tells.
#[derive(Debug)]
pub struct Herald {
    line: SyncSender<News>,
    /// What went wrong, once all is told.
    told: Receiver<Trouble>,
    left_out: usize,
}

/// Calls that failed, and why the first of them did.
#[derive(Debug, Default)]
struct Trouble {
    calls: usize,
    failed: usize,
    first: Option<String>,
}

impl Herald {
    /// Calls `command` with `sh -c` in this folder.
    pub fn new(command: &str, folder: &Path) -> Self {
        let (line, news) = mpsc::sync_channel::<News>(MOST_WAITING);
        let (done, told) = mpsc::channel();
        let (command, folder) = (command.to_owned(), folder.to_owned());
        thread::spawn(move || {
            // Nobody listens where the end did not wait so long.
            let _ = done.send(tell_all(&command, &folder, &news));
        });
        Self {
            line,
            told,
            left_out: 0,
        }
    }

    /// Tells of an event, if it is one that people want to know of.
    pub fn tell(&mut self, state: &RunState, at: Timestamp, event: &Event) {
        if let Some(news) = news(state, at, event)
            && self.line.try_send(news).is_err()
        {
            self.left_out += 1;
        }
    }

    /// Waits for what is still to be told, and returns what went wrong, in a sentence.
    pub fn finish(self) -> Option<String> {
        drop(self.line);
        let Ok(trouble) = self.told.recv_timeout(LAST_CALLS) else {
            return Some(
                "the command of --on-event was still at work when the run had ended".to_owned(),
            );
        };
        let mut parts = Vec::new();
        if trouble.failed > 0 {
            let first = trouble.first.unwrap_or_default();
            let (failed, calls) = (trouble.failed, trouble.calls);
            parts.push(format!(
                "{failed} of {calls} calls failed, the first: {first}"
            ));
        }
        if self.left_out > 0 {
            parts.push(format!("{} events came too fast for it", self.left_out));
        }
        (!parts.is_empty()).then(|| format!("the command of --on-event: {}", parts.join("; ")))
    }
}

/// What the command gets of an event; `None` for steps that only the journal needs.
fn news(state: &RunState, at: Timestamp, event: &Event) -> Option<News> {
    let matters = matches!(
        event,
        Event::RunResumed { .. }
            | Event::RunStopping { .. }
            | Event::RunEnded { .. }
            | Event::SessionStarted { .. }
            | Event::RateLimited { .. }
            | Event::TaskWaits { .. }
            | Event::TaskBlocked { .. }
            | Event::AttemptFailed { .. }
            | Event::TaskFinished(_)
            | Event::OverlapFound(_)
            | Event::CheckoutsMoved { .. }
    );
    let Ok(Value::Object(keys)) = serde_json::to_value(event) else {
        return None;
    };
    let name = keys.get("event")?.as_str()?.to_owned();
    let task = event.task();
    let mut json = Map::new();
    json.insert("version".to_owned(), json!(1));
    json.insert("run".to_owned(), json!(state.run));
    json.insert("at".to_owned(), json!(at));
    if let Some(task) = task.and_then(|id| state.task(id)) {
        json.insert("name".to_owned(), json!(task.name));
    }
    json.extend(keys);
    matters.then(|| News {
        event: name,
        run: state.run,
        task: task.map(|task| task.to_string()),
        json: Value::Object(json),
    })
}

fn tell_all(command: &str, folder: &Path, news: &Receiver<News>) -> Trouble {
    let mut trouble = Trouble::default();
    for one in news {
        trouble.calls += 1;
        if let Err(why) = call(command, folder, &one) {
            trouble.failed += 1;
            trouble.first.get_or_insert(why);
        }
    }
    trouble
}

fn call(command: &str, folder: &Path, news: &News) -> std::result::Result<(), String> {
    let program = program(command, folder, news).map_err(|failure| failure.what)?;
    let heard = process::listen(program, LIMIT, &Interrupt::default());
    let heard = heard.map_err(|failure| failure.what)?;
    match heard.status {
        Some(status) if status.success() => Ok(()),
        Some(status) if heard.complaint.is_empty() => Err(status.to_string()),
        Some(_) => Err(heard
            .complaint
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()),
        None => Err(format!("no end within {} s", LIMIT.as_secs())),
    }
}

fn program(command: &str, folder: &Path, news: &News) -> Result<Program> {
    let mut input = tempfile::tempfile().or_unable(|| "cannot make a temporary file")?;
    writeln!(input, "{}", news.json)
        .and_then(|()| input.rewind())
        .or_unable(|| "cannot write a temporary file")?;
    let task = news.task.as_deref().map(|task| ("GIT_PARALLEL_TASK", task));
    Ok(Program::shell(command)
        .dir(folder)
        .without_env(["GIT_PARALLEL_TASK"])
        .env("GIT_PARALLEL_EVENT", &news.event)
        .env("GIT_PARALLEL_RUN", news.run.to_string())
        .envs(task)
        .reading(input))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::{Tale, at};
    use crate::store::{Outcome, RunPhase};

    fn tell(command: &str, folder: &Path) -> Option<String> {
        let tale = Tale::of(&[&[]])
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::Done, "exit 0")
            .over(3.0, RunPhase::Done);
        let mut herald = Herald::new(command, folder);
        for (state, event, now) in tale.steps() {
            herald.tell(&state, now, event);
        }
        herald.finish()
    }

    #[test]
    fn a_command_is_told_what_happens_in_order_and_nothing_that_only_the_journal_needs() {
        let folder = tempfile::tempdir().unwrap();
        let line = "printf '%s %s %s ' $GIT_PARALLEL_EVENT $GIT_PARALLEL_RUN $GIT_PARALLEL_TASK >>told; cat >>told";
        assert_eq!(tell(line, folder.path()), None);
        let told = std::fs::read_to_string(folder.path().join("told")).unwrap();
        let heads: Vec<&str> = told
            .lines()
            .filter_map(|line| line.split(" {").next())
            .collect();
        assert_eq!(
            heads,
            [
                "session-started r1 T001",
                "task-finished r1 T001",
                "run-ended r1 "
            ]
        );
        let last: Value = told
            .lines()
            .last()
            .and_then(|l| serde_json::from_str(&l[l.find('{')?..]).ok())
            .unwrap();
        assert_eq!(
            last,
            json!({"version": 1, "run": "r1", "at": at(3.0), "event": "run-ended", "state": "done"})
        );
    }

    #[test]
    fn a_command_that_fails_is_told_of_once() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            tell("echo no >&2; exit 3", folder.path()).unwrap(),
            "the command of --on-event: 3 of 3 calls failed, the first: no"
        );
    }

    #[test]
    fn events_that_come_too_fast_are_left_out_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let state = Tale::of(&[&[]]).state();
        let mut herald = Herald::new("sleep 0.3; exit 0", folder.path());
        let ended = Event::RunEnded {
            state: RunPhase::Done,
        };
        for _ in 0..MOST_WAITING + 50 {
            herald.tell(&state, at(0.0), &ended);
        }
        assert!(herald.left_out >= 40, "{}", herald.left_out);
    }
}
