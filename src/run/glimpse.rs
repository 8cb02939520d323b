//! What there is to see of sessions while they work: when they last printed, what their branches
//! have by now. The journal knows neither; both are looked at anew and cost little.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;

use crate::git::{Repository, Span};
use crate::id::Oid;
use crate::store::{RunState, TaskState};

/// What was seen of one task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// Commits on its branch since its base.
    pub commits: usize,
    /// Paths that these commits changed.
    pub files: usize,
    /// When its latest session last printed something.
    pub heard: Option<Timestamp>,
}

/// Looks again and again, and counts a branch anew only when it has moved.
#[derive(Debug, Default)]
pub struct Lookout {
    counted: HashMap<(Oid, Oid), (usize, usize)>,
}

impl Lookout {
    /// A glimpse of each task, in the run's order.
    pub fn look(&mut self, repository: &Repository, state: &RunState) -> Vec<Glimpse> {
        let tasks = state.tasks.iter();
        tasks.map(|task| self.look_at(repository, task)).collect()
    }

    fn look_at(&mut self, repository: &Repository, task: &TaskState) -> Glimpse {
        if !task.phase.is_active() {
            return Glimpse {
                commits: task.commits,
                files: task.changed.len(),
                heard: None,
            };
        }
        let branch = task.branch.as_ref();
        let tip = branch.and_then(|branch| repository.find_ref(&format!("refs/heads/{branch}")));
        let (commits, files) = match (task.base, tip) {
            (Some(base), Some(tip)) if base != tip => *self
                .counted
                .entry((base, tip))
                .or_insert_with(|| count(repository, base, tip)),
            _ => (0, 0),
        };
        Glimpse {
            commits,
            files,
            heard: task.log.as_deref().and_then(last_written),
        }
    }
}

/// Commits and paths between two commits; nothing where that cannot be told.
fn count(repository: &Repository, base: Oid, tip: Oid) -> (usize, usize) {
    let span = Span {
        base: Some(base),
        tip,
    };
    let changes = repository.changes(&[span]).unwrap_or_default();
    let files = changes.iter().map(|changes| changes.paths.len()).sum();
    (repository.count_commits(base, tip).unwrap_or(0), files)
}

/// When something was last added to a log; nothing of one that is empty.
fn last_written(log: &Path) -> Option<Timestamp> {
    let seen = log.metadata().ok().filter(|seen| seen.len() > 0)?;
    Timestamp::try_from(seen.modified().ok()?).ok()
}
