//! What lies in a session's folder, `runs/<run>/<task>/<attempt>/`: how the supervisor and the
//! shim that owns the session talk to each other, across the death of either.
//!
//! `session.lock` is locked as long as the shim lives, from before it is started; `session.json`
//! is what it is to do; `started.json` says that it began; `result.json` how it ended.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::agents::Account;
use crate::error::{OnPath, OrFail, Result};
use crate::id::{JobId, RunId, TaskId};
use crate::process::Identity;
use crate::store::{SessionCommand, SessionEnd, Store, read_json, write_json};

use super::ports::Ports;

/// The newest version of these files.
pub const VERSION: u64 = 1;

/// The folder of one session.
#[derive(Clone, Debug)]
pub struct SessionFolder(PathBuf);

/// What a shim is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionSpec {
    pub version: u64,
    pub run: RunId,
    pub task: TaskId,
    pub name: String,
    pub command: SessionCommand,
    /// The conversation that the agent is to take up.
    #[serde(default)]
    pub conversation: Option<String>,
    pub worktree: PathBuf,
    pub prompt_file: PathBuf,
    /// `.parallel` in the worktree.
    pub session_dir: PathBuf,
    /// The ports that are the worktree's own.
    #[serde(default)]
    pub ports: Option<Ports>,
    pub timeout_seconds: u64,
    /// 0 for never.
    pub silence_seconds: u64,
}

/// That a shim began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    pub version: u64,
    pub shim: Identity,
    /// The process that the shim started; it leads a process group.
    pub program: u32,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionResult {
    pub version: u64,
    pub end: SessionEnd,
    pub seconds: f64,
    /// How much it printed.
    pub bytes: u64,
    /// Why it could not be started, when it could not; what was seen of its end from outside.
    pub complaint: Option<String>,
    /// What its agent told of it, where it tells.
    #[serde(default)]
    pub agent: Option<Box<Account>>,
}

impl SessionResult {
    /// A session that nobody can say anything about.
    pub fn lost() -> Self {
        Self::unseen(SessionEnd::Lost)
    }

    /// A session that could not be started, and why.
    pub fn unstarted(complaint: String) -> Self {
        Self {
            complaint: Some(complaint),
            ..Self::unseen(SessionEnd::NotStarted)
        }
    }

    /// A session that ended before anybody looked.
    pub fn unseen(end: SessionEnd) -> Self {
        Self {
            version: VERSION,
            end,
            seconds: 0.0,
            bytes: 0,
            complaint: None,
            agent: None,
        }
    }
}

impl SessionFolder {
    /// This folder, which may not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Of an attempt at a task.
    pub fn of(store: &Store, run: RunId, task: TaskId, attempt: u32) -> Self {
        let task_dir = store.task_dir(run, task);
        Self(task_dir.join(attempt.to_string()))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Locked as long as the shim lives.
    pub fn lock(&self) -> PathBuf {
        self.0.join("session.lock")
    }

    /// What the session prints.
    pub fn log(&self) -> PathBuf {
        self.0.join("output.log")
    }

    /// What the shim itself has to complain about.
    pub fn complaints(&self) -> PathBuf {
        self.0.join("shim.log")
    }

    fn spec_path(&self) -> PathBuf {
        self.0.join("session.json")
    }

    fn started_path(&self) -> PathBuf {
        self.0.join("started.json")
    }

    fn result_path(&self) -> PathBuf {
        self.0.join("result.json")
    }

    fn account_path(&self) -> PathBuf {
        self.0.join("account.json")
    }

    fn asked_path(&self) -> PathBuf {
        self.0.join("asked-to-end")
    }

    fn given_up_path(&self) -> PathBuf {
        self.0.join("given-up")
    }

    fn jobs_path(&self) -> PathBuf {
        self.0.join("jobs")
    }

    /// Asks whoever looks after the session, wherever it runs, to end it; a second time, to kill it.
    pub fn ask_to_end(&self) -> Result<()> {
        append(&self.asked_path(), "please")
    }

    /// How often that was asked.
    pub fn times_asked(&self) -> u32 {
        lines_of(&self.asked_path()) as u32
    }

    /// The session is wanted again.
    pub fn forget_asking(&self) -> Result<()> {
        let path = self.asked_path();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).on_path("remove", &path)
            }
            _ => Ok(()),
        }
    }

    /// Tells a session that lives on, and is counted as lost, to end.
    pub fn give_up(&self) -> Result<()> {
        append(&self.given_up_path(), "lost")
    }

    /// Whether that was told.
    pub fn is_given_up(&self) -> bool {
        self.given_up_path().exists()
    }

    /// Notes a job of Slurm's that is to be the session's shim.
    pub fn note_job(&self, job: JobId) -> Result<()> {
        append(&self.jobs_path(), &job.to_string())
    }

    /// How many were asked for.
    pub fn jobs(&self) -> usize {
        lines_of(&self.jobs_path())
    }

    /// Says what the agent has told by now.
    pub fn write_account(&self, account: &Account) -> Result<()> {
        write_quickly(&self.account_path(), account)
    }

    /// What the agent has told by now; a file that cannot be read tells nothing.
    pub fn account(&self) -> Option<Account> {
        let text = fs::read(self.account_path()).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Says what the shim is to do.
    pub fn write_spec(&self, spec: &SessionSpec) -> Result<()> {
        write_quickly(&self.spec_path(), spec)
    }

    /// What the shim is to do.
    pub fn read_spec(&self) -> Result<SessionSpec> {
        read_json(&self.spec_path(), VERSION)
    }

    /// Says that the shim began.
    pub fn write_started(&self, started: &Started) -> Result<()> {
        write_quickly(&self.started_path(), started)
    }

    /// Whether the shim began, and as what; a file that cannot be read is none.
    pub fn started(&self) -> Option<Started> {
        read_json(&self.started_path(), VERSION).ok()
    }

    /// Says how the session ended, durably.
    pub fn write_result(&self, result: &SessionResult) -> Result<()> {
        write_json(&self.result_path(), result)
    }

    /// How the session ended, if it left word.
    pub fn result(&self) -> Option<SessionResult> {
        read_json(&self.result_path(), VERSION).ok()
    }
}

fn append(path: &Path, line: &str) -> Result<()> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| writeln!(file, "{line}"));
    written.on_path("write", path)
}

/// How many lines a file has; none where there is no such file.
fn lines_of(path: &Path) -> usize {
    fs::read_to_string(path).map_or(0, |text| text.lines().count())
}

/// Whole or not at all, but not durable: a reboot ends the session anyway.
fn write_quickly<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let draft = path.with_extension("new");
    let text = serde_json::to_vec_pretty(value).or_unable(|| "cannot write JSON")?;
    fs::write(&draft, text).on_path("write", &draft)?;
    fs::rename(&draft, path).on_path("write", path)
}
