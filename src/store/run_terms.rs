//! The words that a run's events and its state are made of.

use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agents::{Events, Invocation};
use crate::id::{Oid, TaskId};

/// How the run was asked for, resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunOptions {
    /// What runs in each worktree.
    pub command: SessionCommand,
    /// Sessions at once.
    pub workers: usize,
    /// Worktrees at once.
    pub worktrees: usize,
    /// Attempts after the first.
    pub retries: u32,
    /// Limit of a session, unless its task has its own.
    pub timeout_seconds: u64,
    /// A session that prints nothing for so long is ended; 0 for never.
    pub silence_seconds: u64,
    /// Whether what a session leaves uncommitted is committed for it.
    pub commit: bool,
    /// After so many failed tasks nothing new is started; absent for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_fail: Option<usize>,
    /// A line for `sh -c` that must succeed in a task's worktree before the task is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<String>,
    /// The first pause when an agent's service asks for patience; each further one is twice as
    /// long.
    #[serde(default = "half_a_minute")]
    pub patience_seconds: u64,
    /// Where sessions run.
    #[serde(default)]
    pub launcher: LauncherKind,
    /// A line for `sh -c` that is told what happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_event: Option<String>,
    /// Whether the terminal's bell calls when somebody is needed.
    #[serde(default)]
    pub bell: bool,
    /// How each new worktree is made ready; absent where nothing is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup: Option<SetupOptions>,
}

/// Where sessions run. Each launcher starts the same shim, and what becomes of a session is told by
/// the same files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LauncherKind {
    /// As processes beside the supervisor.
    #[default]
    Local,
    /// In windows of tmux.
    Tmux,
    /// On the nodes of a cluster, as jobs of Slurm.
    Slurm,
}

impl FromStr for LauncherKind {
    /// What was expected.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "local" => Ok(Self::Local),
            "tmux" => Ok(Self::Tmux),
            "slurm" => Ok(Self::Slurm),
            _ => Err("local, tmux or slurm"),
        }
    }
}

fn half_a_minute() -> u64 {
    30
}

/// How a new worktree is made ready to work in, before its first session. Resolved and approved
/// when the run began: whoever takes the run up needs no configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupOptions {
    /// Pathspecs of ignored files to copy.
    pub copy: Vec<String>,
    /// The worktree that they are copied from.
    pub from: Option<PathBuf>,
    /// How many ports each worktree gets; 0 for none.
    pub ports: u16,
    /// Lines for `sh -c`, one after the other.
    pub run: Vec<String>,
}

/// How far a worktree has been made ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readiness {
    /// Nothing was begun, or it failed.
    #[default]
    Bare,
    /// It is being made ready, or whoever did it is gone without a word.
    Begun,
    Ready,
}

/// What runs in a worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionCommand {
    /// A line for `sh -c`.
    Exec(String),
    /// A program and its arguments, read by no shell.
    Program(Vec<String>),
    /// An agent that was named, and how it is called.
    Agent(Box<Invocation>),
    /// Nothing: worktrees only.
    None,
}

impl SessionCommand {
    /// In which way it tells what it does.
    pub fn events(&self) -> Events {
        match self {
            Self::Agent(agent) => agent.events,
            _ => Events::None,
        }
    }
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionEnd {
    /// With this exit code.
    Exited(i32),
    /// Ended by this signal.
    Signalled(i32),
    /// It outlived its time limit and was ended.
    TimedOut,
    /// It printed nothing for longer than allowed and was ended.
    Silent,
    /// The user stopped it.
    Cancelled,
    /// The program could not be started.
    NotStarted,
    /// Nobody knows: it left no result.
    Lost,
}

/// A task that another one is kept apart from: in no order, but never at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    pub from: TaskId,
    /// What both declare to change.
    pub path: String,
}

/// How two tasks stand to each other; they no longer touch the same paths when there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlapFound {
    pub a: TaskId,
    pub b: TaskId,
    /// Paths that both changed.
    pub overlaps: Vec<String>,
    /// Paths that git cannot merge by itself.
    pub conflicts: Vec<String>,
}

impl OverlapFound {
    /// Whether both are about the same two tasks.
    pub fn is_between(&self, other: &Self) -> bool {
        (self.a, self.b) == (other.a, other.b) || (self.a, self.b) == (other.b, other.a)
    }
}

/// What moved in a checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub worktree: PathBuf,
    /// There when another commit is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Moved<Option<Oid>>>,
    /// There when another branch is; null for a detached HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Moved<Option<String>>>,
    /// Paths that differ from HEAD in another way than before.
    pub paths: Vec<String>,
}

/// From what to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved<T> {
    pub from: T,
    pub to: T,
}

/// The state of a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunPhase {
    /// A supervisor lives.
    Running,
    /// Every task that is not optional is done.
    Done,
    /// Every task has an outcome, and some are not done.
    Failed,
    /// The user stopped it.
    Stopped,
    /// Its supervisor is gone without a word: `run --resume` goes on.
    Interrupted,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskPhase {
    /// Waits for its dependencies, its priority or a free slot.
    Pending,
    /// Cannot start until somebody acts.
    Blocked,
    /// Its worktree is being made, its session launched.
    Starting,
    /// Its session waits in Slurm's queue.
    InQueue,
    /// Its session lives.
    Running,
    /// Its agent waits for a person.
    Waiting,
    /// Its agent's service asked for patience.
    RateLimited,
    /// It has an outcome.
    Finished,
}

impl TaskPhase {
    /// Whether the task has a session, or is about to.
    pub fn is_active(self) -> bool {
        matches!(
            self,
            Self::Starting | Self::InQueue | Self::Running | Self::Waiting | Self::RateLimited
        )
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// The session ended well and changed nothing.
    NoChange,
    /// It changed files outside what it declared.
    OutOfScope,
    Failed,
    TimedOut,
    /// It never ran: what it depends on failed, or it failed too often.
    Skipped,
    /// The user stopped it.
    Cancelled,
    /// Its session vanished without a result.
    Lost,
}

/// One thing that was seen and speaks for an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was looked at: `exit`, `commits`, `timeout`, `dependency`, …
    pub kind: String,
    /// What was seen.
    pub value: String,
    pub at: Timestamp,
}
