//! A plan as it is stored, shown and handed on: the document of `split --json`, version 1.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{Oid, PlanId, TaskId};

/// A goal as tasks. Not yet proven sound: see `ValidPlan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// 1.
    pub version: u64,
    pub id: PlanId,
    pub kind: PlanKind,
    /// What the person wants, in their words.
    pub goal: String,
    /// The commit that worktrees start from.
    pub base: Oid,
    /// The branch that results go to.
    pub target: String,
    pub created: Timestamp,
    pub estimate: Estimate,
    pub overheads: Overheads,
    /// What these very tasks take on so many slots; absent in older plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Scheduled>,
    /// What the tasks take at least, however many work at once, since some wait for others.
    #[serde(default)]
    pub longest_chain_seconds: f64,
    /// Splits 1 to at least the sessions limit.
    pub cost: Vec<CostRow>,
    /// How many splits the cost rule advises for this estimate; or more, where the schedule of
    /// these very tasks decides. 1 where dividing a goal does not pay off and nobody insists.
    pub recommended: usize,
    /// How many splits have the least total time.
    pub fastest: usize,
    /// The least number of splits that beats doing it in one; null where none does.
    pub break_even: Option<usize>,
    /// Whether splitting pays off.
    pub worth: bool,
    /// Why, in a sentence.
    pub reason: String,
    /// The plan's overall risk: the highest of its overlaps.
    pub risk: Risk,
    pub strategy: Strategy,
    pub tasks: Vec<Task>,
    /// The dependencies that nobody wrote down, with the reason for each.
    #[serde(default)]
    pub implied: Vec<Implied>,
    pub overlaps: Vec<Overlap>,
    /// Ids of tasks that can run at once, in the order of the waves.
    pub waves: Vec<Vec<TaskId>>,
    pub problems: Vec<Problem>,
    /// Which files the goal is probably about; absent where nobody looked, since tasks said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<GoalScope>,
}

/// What a goal is probably about, and who divided it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoalScope {
    pub splitter: Splitter,
    /// Which agent or model was asked; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The share of what is meant that is expected among the first five: 0 to 1.
    pub confidence: f64,
    /// Whether so little is expected of them that it is no more than a guess.
    pub guess: bool,
    /// The likeliest first, 20 at most.
    pub files: Vec<ScopeFile>,
}

/// A file that a goal may be about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScopeFile {
    pub path: String,
    /// How likely it is the one that is meant, weighed by what the file is for.
    pub score: f64,
    pub likely: bool,
}

/// Who divides a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Splitter {
    /// The words of the goal, the forecast of its files, and what changes together.
    Structure,
    /// A headless agent.
    Agent,
    /// A model that Ollama serves.
    Ollama,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// A goal divided into parts.
    Split,
    /// Tasks that the user named.
    Tasks,
    /// One goal, several takes on it.
    Variants,
}

/// How long the goal would take one agent, one task after another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub sequential_seconds: f64,
    pub source: EstimateSource,
    /// How many finished runs it was learned from; 0 unless learned.
    pub runs: usize,
    /// What agents will read and write, where those of finished runs told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

/// Where an estimate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EstimateSource {
    /// A fixed time per task.
    Default,
    /// The user said how large the goal is (`--scope`).
    Scope,
    /// The tasks say so themselves.
    Tasks,
    /// Measured in this repository's finished runs.
    Learned,
}

/// Seconds that every split adds to the work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overheads {
    pub worktree_seconds: f64,
    pub startup_seconds: f64,
    pub context_seconds: f64,
    pub merge_seconds: f64,
    pub source: OverheadSource,
    /// How differently long tasks take: the standard deviation of the logarithms of their times.
    /// Nothing where none was measured, and the published rule holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    /// What was measured, where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// How much finished work overheads were learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub runs: usize,
    pub tasks: usize,
    /// Tasks whose agents told when they began to edit; with none, what reading takes is the built-in
    /// figure, or part of the tasks' measured time.
    #[serde(default)]
    pub contexts: usize,
    /// Branches that were merged; with none, what a merge takes is the built-in figure.
    pub merges: usize,
}

/// Where overheads come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverheadSource {
    /// 8, 5, 20 and 10 seconds.
    Default,
    /// git's configuration says otherwise.
    Configured,
    /// Measured in this repository's finished runs, and drawn towards the built-in figures.
    Learned,
}

/// What these very tasks take: with what waits for what, starts and merges counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scheduled {
    /// Seconds on one slot, on two, and so on.
    pub totals: Vec<f64>,
    /// What no number of slots gets below.
    pub lower_bound_seconds: f64,
    /// Whether this, and not the cost rule, says how many at once are recommended.
    #[serde(default)]
    pub decides: bool,
}

/// What a number of splits would cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostRow {
    pub splits: usize,
    pub total_seconds: f64,
    pub overhead_seconds: f64,
    /// Of the sequential time.
    pub savings_percent: f64,
    /// What this split adds to the savings of one split fewer, in points of the sequential time.
    pub marginal_percent: f64,
}

/// How likely two tasks or branches are to conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    Low,
    Medium,
    High,
}

/// How results reach the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    Merge,
    Squash,
    Rebase,
    Pr,
}

/// One unit of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    /// Unique in the plan, made from the title; fit for a branch and a folder.
    pub name: String,
    pub title: String,
    /// What the agent is told.
    pub prompt: String,
    pub files: Files,
    /// Whether the files are a forecast, not a promise: other files may have to change too.
    #[serde(default)]
    pub foreseen: bool,
    /// Tasks whose results this one starts from.
    pub depends: Vec<TaskId>,
    pub priority: Priority,
    /// An optional task's failure does not fail the run.
    #[serde(default)]
    pub optional: bool,
    /// Its product is a document rather than commits.
    #[serde(default)]
    pub document: bool,
    /// Null: the run's limit.
    #[serde(default)]
    pub timeout_seconds: Option<u64>,
    /// How success is checked, in the task file's words.
    #[serde(default)]
    pub success: Option<String>,
    #[serde(default)]
    pub role: Option<Role>,
    #[serde(default)]
    pub estimate_seconds: Option<f64>,
}

/// Paths that a task declares, relative to the repository's root, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    #[serde(default)]
    pub modify: Vec<String>,
    #[serde(default)]
    pub create: Vec<String>,
    #[serde(default)]
    pub read: Vec<String>,
}

/// P0 blocks all others; P3 is nice to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Priority {
    P0,
    P1,
    P2,
    P3,
}

/// A specialist definition that suits a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    pub skill: Option<String>,
    /// 0 to 1.
    pub score: f64,
    /// The terms of the task that speak for it.
    pub matched: Vec<String>,
    pub installed: bool,
}

/// A dependency that follows from the files that two tasks declare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Implied {
    /// The task that waits.
    pub task: TaskId,
    /// The task that it waits for.
    pub on: TaskId,
    pub reason: String,
}

/// Two tasks that declare the same paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    pub a: TaskId,
    pub b: TaskId,
    pub paths: Vec<String>,
    pub risk: Risk,
    #[serde(default)]
    pub reason: String,
    /// Probability of a conflict, 0 to 1; null where the history was not asked.
    pub forecast: Option<f64>,
}

/// Something about a plan that its reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Stable, lower-case with hyphens.
    pub code: String,
    pub message: String,
    pub task: Option<TaskId>,
}

impl Problem {
    /// A problem of one task.
    pub fn of(task: TaskId, code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            task: Some(task),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            Some(task) => write!(f, "{task}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
