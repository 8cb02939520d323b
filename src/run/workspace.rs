//! The place where a task is worked at: its worktree, and in it `.parallel/`, where supervisor and
//! agent exchange files. Nothing that an agent must write lies under `.git`: sandboxes forbid it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::json;

use crate::error::{Failure, Kind, OnPath, OrFail, Result};
use crate::git::{NewWorktree, Remains, Repository};
use crate::id::{Oid, PlanId, RunId, TaskId};
use crate::plan::{Files, Plan, Task};
use crate::store::{Lock, Store};

use super::base::Dependency;
use super::names::Place;

/// What was come of an attempt to make a worktree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// It is registered; it has to be filled.
    Registered,
    /// Somebody has this branch or this path by now: another place must be found.
    Taken,
}

/// A worktree to be made for a task.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub place: Place,
    /// Where the task's work begins.
    pub base: Oid,
    /// Where its branch stands: at the base, or further on when work is taken up again.
    pub tip: Oid,
    /// The words by which its registry entry is known as ours.
    pub reason: String,
    /// Something of it may be there: its branch, or what a killed supervisor left.
    pub resumed: bool,
}

/// How often git is asked again when something else holds a lock of its own.
const ATTEMPTS: u32 = 5;

impl Workspace {
    fn order(&self, adopts: bool) -> NewWorktree<'_> {
        NewWorktree {
            branch: &self.place.branch,
            path: &self.place.path,
            tip: self.tip,
            adopts,
            reason: &self.reason,
        }
    }

    /// Registers the worktree under the repository's lock, finishing what was begun. Those of one run
    /// take turns before they ask for it: whoever finds it taken sleeps, mostly longer than it is held.
    pub fn register(
        &self,
        repository: &Repository,
        store: &Store,
        turns: &Mutex<()>,
    ) -> Result<Making> {
        let _turn = turns.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = store.lock(&format!("make the worktree of {}", self.reason))?;
        repository.exclude("/.parallel/")?;
        let mut look_first = self.resumed;
        let mut failure = None;
        for attempt in 0..ATTEMPTS {
            let remains = if look_first {
                repository.clear_half_made(&self.order(false))?
            } else {
                Remains::Nothing
            };
            let adopts = match remains {
                Remains::Registered => return Ok(Making::Registered),
                Remains::InTheWay => return Ok(Making::Taken),
                Remains::Branch => true,
                Remains::Nothing => false,
            };
            match repository.register_worktree(&self.order(adopts), &lock.share()?) {
                Ok(()) => return Ok(Making::Registered),
                // It was waited for already.
                Err(error) if error.kind == Kind::Busy => return Err(error),
                Err(error) => failure = Some(error),
            }
            look_first = true;
            // Another git may hold packed-refs.lock or config.lock for a moment.
            std::thread::sleep(std::time::Duration::from_millis(20 << attempt));
        }
        Err(failure.unwrap_or_else(|| Failure::unable("git worktree add failed")))
    }

    /// Checks the branch out, outside the repository's lock. `lock` is the task's.
    pub fn fill(&self, repository: &Repository, hook: &Path, lock: &Lock) -> Result<()> {
        repository.fill_worktree(&self.order(true), hook, lock.share()?)
    }
}

/// What an agent is told besides its prompt.
#[derive(Debug)]
pub struct Briefing<'a> {
    pub run: RunId,
    pub plan: &'a Plan,
    pub task: &'a Task,
    pub worker: u32,
    pub branch: &'a str,
    pub worktree: &'a Path,
    pub base: Oid,
    pub depends: &'a [Dependency],
    /// The documents that these wrote.
    pub sources: Vec<PathBuf>,
    /// What is to be said besides, since it is not the first attempt.
    pub again: Option<String>,
}

/// The folder for the exchange with the agent, in the worktree.
pub const SESSION_DIR: &str = ".parallel";

/// Its path.
pub fn session_dir(worktree: &Path) -> PathBuf {
    worktree.join(SESSION_DIR)
}

/// The file with the prompt, for its owner's eyes only.
pub fn prompt_file(worktree: &Path) -> PathBuf {
    session_dir(worktree).join("prompt.md")
}

/// Writes what the agent finds: its prompt, its inbox, what the others do.
pub fn brief(briefing: &Briefing<'_>) -> Result<()> {
    let folder = session_dir(briefing.worktree);
    let messages = folder.join("messages");
    fs::create_dir_all(&messages).on_path("create", &messages)?;
    // An answer of an earlier attempt is none to this one.
    let outbox = folder.join("outbox.json");
    if outbox.symlink_metadata().is_ok() {
        fs::remove_file(&outbox).on_path("remove", &outbox)?;
    }
    let mut prompt = briefing.plan.assignment(briefing.task);
    for source in &briefing.sources {
        prompt.push_str(&format!("\nRead first: {}\n", source.display()));
    }
    if let Some(again) = &briefing.again {
        prompt.push_str(&format!("\n{again}"));
    }
    write_prompt(&prompt_file(briefing.worktree), &prompt)?;
    let inbox = json!({
        "worker_id": format!("worker-{}", briefing.worker),
        "session_folder": folder,
        "tasks": [briefing.task],
    });
    write(&folder.join("inbox.json"), &inbox)?;
    write(&folder.join("context.json"), &context(briefing))
}

/// `context.json`: what a session may know of its run. Of many tasks it is long, so it borrows.
#[derive(Serialize)]
struct Context<'a> {
    version: u64,
    run: RunId,
    plan: PlanId,
    goal: &'a str,
    target: &'a str,
    task: TaskId,
    branch: &'a str,
    base: Oid,
    depends: Vec<Below<'a>>,
    others: Vec<Other<'a>>,
}

/// What the task builds on.
#[derive(Serialize)]
struct Below<'a> {
    id: TaskId,
    name: &'a str,
    branch: Option<&'a str>,
    tip: Oid,
}

/// What somebody else does.
#[derive(Serialize)]
struct Other<'a> {
    id: TaskId,
    name: &'a str,
    title: &'a str,
    files: &'a Files,
}

fn context<'a>(briefing: &Briefing<'a>) -> Context<'a> {
    let (plan, task) = (briefing.plan, briefing.task);
    let depends = briefing.depends.iter().map(|on| Below {
        id: on.task,
        name: &on.name,
        branch: on.branch.as_deref(),
        tip: on.tip,
    });
    let others = plan.tasks.iter().filter(|other| other.id != task.id);
    let others = others.map(|other| Other {
        id: other.id,
        name: &other.name,
        title: &other.title,
        files: &other.files,
    });
    Context {
        version: 1,
        run: briefing.run,
        plan: plan.id,
        goal: &plan.goal,
        target: &plan.target,
        task: task.id,
        branch: briefing.branch,
        base: briefing.base,
        depends: depends.collect(),
        others: others.collect(),
    }
}

fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).or_unable(|| "cannot write JSON")?;
    text.push(b'\n');
    fs::write(path, text).on_path("write", path)
}

/// Writes what an agent is told, for its owner's eyes only.
pub fn write_prompt(path: &Path, prompt: &str) -> Result<()> {
    // A file that is there already may have other permissions.
    let _ = fs::remove_file(path);
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(prompt.as_bytes()))
        .on_path("write", path)
}
