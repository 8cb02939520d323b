//! Pull requests: branches go to a remote, and one request a branch to whoever serves it, instead
//! of a merge here. What goes where is decided (`plan`, `body`) before anything is pushed; nothing
//! of it is remembered here, since the remote and the forge know, and people change both.

mod address;
mod body;
mod carry_out;
mod case;
mod github;
mod gitlab;
mod open;
mod place;
mod plan;
mod study;

use std::time::Duration;

use crate::git::{PushWay, RepoPath};
use crate::id::{Oid, TaskId};

use super::revisions::{Asked, Target};

pub use address::Forge;
pub use body::TaskStory;
pub use open::open;
use place::Place;

/// A branch that may become a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    pub asked: Asked,
    /// Short name of its branch.
    pub branch: String,
    /// It was asked for; others are there since something depends on them.
    pub wanted: bool,
    /// The task whose work it is, where it is one's.
    pub task: Option<TaskStory>,
}

/// How to go about it.
#[derive(Clone, Debug)]
pub struct RequestOptions<'a> {
    /// Short name of the branch that results go to.
    pub target: &'a str,
    /// What the user says about who serves the remote.
    pub forge: Option<Forge>,
    /// How long the forge may take for one answer.
    pub limit: Duration,
    pub draft: bool,
    /// Whether the hook pre-push is asked.
    pub hooks: bool,
    /// Look, and change nothing.
    pub dry_run: bool,
}

/// What is being done, for those who wait.
#[derive(Clone, Copy, Debug)]
pub enum Doing<'a> {
    Asking(&'a Place),
    Pushing { branches: usize, remote: &'a str },
    Opening(&'a str),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requests {
    pub place: Place,
    pub target: Target,
    pub dry_run: bool,
    /// In the order in which they were opened.
    pub requests: Vec<Request>,
    /// Those that the target held already, by name.
    pub already: Vec<String>,
    /// Commits of the target that its branch on the remote does not have.
    pub target_ahead: usize,
}

impl Requests {
    /// Those that should be there and are not, or are not as they should be.
    pub fn unfinished(&self) -> impl Iterator<Item = &Request> {
        let numbered = self.place.forge == Forge::Github && !self.dry_run;
        self.requests
            .iter()
            .filter(move |one| one.action == Action::Failed || numbered && one.number.is_none())
    }
}

/// What came of one branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub name: String,
    pub task: Option<TaskId>,
    pub branch: String,
    pub head: Oid,
    /// The branch that it goes to.
    pub base: String,
    pub title: String,
    pub draft: bool,
    /// The names of those that must be merged before.
    pub after: Vec<String>,
    /// Those of them whose commits it brings along, since they are not on the remote.
    pub carries: Vec<String>,
    /// Where it conflicts with the target.
    pub conflicts: Vec<RepoPath>,
    /// What was pushed, or would be.
    pub push: Option<PushWay>,
    pub action: Action,
    pub number: Option<u64>,
    /// Its page, or the one on which a person opens it.
    pub url: Option<String>,
    /// Why it is not as it should be.
    pub problem: Option<String>,
}

/// What became of a pull request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Opened,
    /// There was one: new commits, another base, or our part of its description.
    Updated,
    Unchanged,
    /// The branch is on the remote; a pull request is not known.
    Pushed,
    /// It was merged as it is.
    Merged,
    /// Somebody closed it.
    Closed,
    Failed,
    WouldOpen,
    WouldUpdate,
    WouldPush,
}
