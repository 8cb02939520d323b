//! Somebody set at a conflict: one session outside of a run's plan, owned by a shim like any other.
//!
//! No supervisor lives then: whoever calls this writes the run's journal, each time under the run's
//! lock. The caller has the task's lock.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::error::{OnPath, OrFail, Result};
use crate::id::{RunId, TaskId};
use crate::plan::Task;
use crate::process::{Background, Interrupt, StopSignal};
use crate::store::{Event, Lock, SessionCommand, SessionEnd, Store, TaskState};

use super::launch::{self, Found};
use super::ports;
use super::session::{SessionFolder, SessionResult, SessionSpec, VERSION};
use super::workspace::{session_dir, write_prompt};

/// How often a session is looked at.
const PAUSE: Duration = Duration::from_millis(50);

/// What is to be done about a conflict.
#[derive(Clone, Copy, Debug)]
pub struct Resolver<'a> {
    pub store: &'a Store,
    /// This very program.
    pub program: &'a Path,
    pub run: RunId,
    pub task: &'a TaskState,
    /// The task as it was planned, where the plan is still there.
    pub planned: Option<&'a Task>,
    pub worktree: &'a Path,
    pub command: &'a SessionCommand,
    /// What it is told.
    pub prompt: &'a str,
    pub timeout_seconds: u64,
    pub silence_seconds: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    pub end: SessionEnd,
    pub seconds: f64,
    pub log: PathBuf,
    /// Why it could not be started, when it could not.
    pub complaint: Option<String>,
    /// Set when we were asked to stop, and stopped it.
    pub stopped_by: Option<StopSignal>,
}

/// A resolver that is at work, or was when somebody last looked.
#[derive(Clone, Debug)]
pub struct Unfinished {
    number: u32,
    folder: SessionFolder,
}

/// What is told while it works.
#[derive(Clone, Copy, Debug)]
pub struct Working<'a> {
    pub log: &'a Path,
    pub elapsed: Duration,
}

/// The resolver of a task that nobody has seen end.
pub fn unfinished(store: &Store, run: RunId, task: &TaskState) -> Option<Unfinished> {
    let resolver = task.open_resolver()?;
    Some(Unfinished {
        number: resolver.number,
        folder: folder(store, run, task.id, resolver.number),
    })
}

fn folder(store: &Store, run: RunId, task: TaskId, number: u32) -> SessionFolder {
    let task_dir = store.task_dir(run, task);
    SessionFolder::new(task_dir.join(format!("resolve-{number}")))
}

impl Unfinished {
    /// Whether it is at work still.
    pub fn is_at_work(&self) -> Result<bool> {
        Lock::is_held(&self.folder.lock())
    }

    /// Writes down how it ended, as far as that can be known.
    pub fn ended(&self, store: &Store, run: RunId, task: TaskId) -> Result<Resolved> {
        let result = self.settle(store, run, task)?;
        Ok(resolved(&self.folder, &result, None))
    }

    fn settle(&self, store: &Store, run: RunId, task: TaskId) -> Result<SessionResult> {
        let result = match launch::find(&self.folder)? {
            Found::Ended(result) => result,
            Found::NotBegun => SessionResult::unseen(SessionEnd::NotStarted),
            Found::Living | Found::Queued(_) | Found::Vanished => {
                launch::clear_away(&self.folder);
                SessionResult::lost()
            }
        };
        ended(store, run, task, self.number, &result)?;
        Ok(result)
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(&self) -> Result<()> {
        launch::cancel(&self.folder, None);
        launch::wait(&self.folder, None).map(drop)
    }

    /// Stays with one that is at work until it ends, or until we are asked to stop.
    pub fn attend(
        &self,
        store: &Store,
        run: RunId,
        task: TaskId,
        interrupt: &Interrupt,
        sink: &mut dyn FnMut(Working<'_>),
    ) -> Result<Resolved> {
        let stopped_by = wait(&self.folder, None, interrupt, sink)?;
        let result = self.settle(store, run, task)?;
        Ok(resolved(&self.folder, &result, stopped_by))
    }
}

/// Sets it at the conflict, and stays with it until it ends, or until we are asked to stop.
pub fn resolve(
    resolver: &Resolver<'_>,
    interrupt: &Interrupt,
    sink: &mut dyn FnMut(Working<'_>),
) -> Result<Resolved> {
    let (store, run, task) = (resolver.store, resolver.run, resolver.task.id);
    let number = resolver.task.resolvers() as u32 + 1;
    let folder = folder(store, run, task, number);
    let planned = Event::ResolverPlanned {
        task,
        number,
        command: resolver.command.clone(),
        log: folder.log(),
    };
    let purpose = format!("resolve {run}/{task}");
    store.record(run, &purpose, &[planned])?;
    let session_dir = session_dir(resolver.worktree);
    let prompt_file = session_dir.join("resolve.md");
    brief(resolver, &session_dir, &prompt_file)?;
    let spec = SessionSpec {
        version: VERSION,
        run,
        task,
        name: resolver.task.name.clone(),
        command: resolver.command.clone(),
        conversation: None,
        worktree: resolver.worktree.to_owned(),
        ports: ports::of(resolver.worktree),
        prompt_file,
        session_dir,
        timeout_seconds: resolver.timeout_seconds,
        silence_seconds: resolver.silence_seconds,
    };
    let shim = launch::launch(resolver.program, &folder, &spec)?;
    let pid = shim.pid();
    let started = Event::ResolverStarted { task, number, pid };
    // From here on it works: that somebody supervises the run again must not end it.
    let _ = store.record(run, &purpose, &[started]);
    let stopped_by = wait(&folder, Some(shim), interrupt, sink)?;
    let unfinished = Unfinished { number, folder };
    let result = unfinished.settle(store, run, task)?;
    Ok(resolved(&unfinished.folder, &result, stopped_by))
}

fn resolved(
    folder: &SessionFolder,
    result: &SessionResult,
    stopped_by: Option<StopSignal>,
) -> Resolved {
    Resolved {
        end: result.end,
        seconds: result.seconds,
        log: folder.log(),
        complaint: result.complaint.clone(),
        stopped_by,
    }
}

fn ended(
    store: &Store,
    run: RunId,
    task: TaskId,
    number: u32,
    result: &SessionResult,
) -> Result<()> {
    let ended = Event::ResolverEnded {
        task,
        number,
        end: result.end,
        seconds: result.seconds,
        bytes: result.bytes,
    };
    let purpose = format!("resolve {run}/{task}");
    store.record(run, &purpose, &[ended]).map(drop)
}

/// Waits until the shim is gone. A first signal asks the session to end, a second one kills it.
fn wait(
    folder: &SessionFolder,
    shim: Option<Background>,
    interrupt: &Interrupt,
    sink: &mut dyn FnMut(Working<'_>),
) -> Result<Option<StopSignal>> {
    let pid = shim.as_ref().map(Background::pid);
    let log = folder.log();
    let start = Instant::now();
    let mut stopped_by = None;
    while Lock::is_held(&folder.lock())? {
        if let Some(signal) = interrupt.take() {
            stopped_by.get_or_insert(signal);
            launch::cancel(folder, pid);
        }
        sink(Working {
            log: &log,
            elapsed: start.elapsed(),
        });
        thread::sleep(PAUSE);
    }
    if let Some(shim) = shim {
        shim.reap();
    }
    Ok(stopped_by)
}

/// Writes what it finds in `.parallel/`: the prompt, and an inbox with that for its one task.
fn brief(resolver: &Resolver<'_>, session_dir: &Path, prompt_file: &Path) -> Result<()> {
    let messages = session_dir.join("messages");
    fs::create_dir_all(&messages).on_path("create", &messages)?;
    write_prompt(prompt_file, resolver.prompt)?;
    let files = resolver.planned.map(|task| &task.files);
    let inbox = json!({
        "worker_id": "resolver",
        "session_folder": session_dir,
        "tasks": [{
            "id": resolver.task.id,
            "name": resolver.task.name,
            "title": format!("Resolve the conflicts of: {}", resolver.task.title),
            "prompt": resolver.prompt,
            "files": files,
        }],
    });
    let path = session_dir.join("inbox.json");
    let text = serde_json::to_vec_pretty(&inbox).or_unable(|| "cannot write JSON")?;
    fs::write(&path, text).on_path("write", &path)
}
