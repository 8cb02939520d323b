//! A conflict is no dead end: the merge that git could not make, made inside the worktree of the
//! branch by whoever understands it.

mod conclude;
mod desk;
mod home;
mod opponent;
mod picture;
mod progress;
mod standing;

pub use conclude::{Committed, Conclusion, ConclusionOptions, Left};
pub use desk::{Begun, Desk};
pub use opponent::{Opponent, Reason, opponent};
pub use picture::{Contested, Picture};
pub use progress::Progress;
pub use standing::{Note, Standing};

use std::path::PathBuf;

use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::store::Store;

/// A branch that is to be reconciled with another.
#[derive(Clone, Debug)]
pub struct Site<'a> {
    pub repository: &'a Repository,
    pub store: &'a Store,
    /// Its short name.
    pub branch: &'a str,
    /// As the user knows it: the task's name, or the branch.
    pub name: &'a str,
    /// The task whose branch it is, if it is one's.
    pub task: Option<(RunId, TaskId)>,
    /// Where its worktree was, should it have none now.
    pub former: Option<PathBuf>,
}
