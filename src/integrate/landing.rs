//! A finished history onto the target: one step of one ref, with its intent on record.

use std::path::PathBuf;
use std::time::Instant;

use crate::error::Result;
use crate::git::{Repository, Step};
use crate::id::{Oid, RunId, TaskId};
use crate::store::{Landed, Lock, OperationEvent, Store};

use super::revisions::{Asked, Target};

/// A line of work that is to land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub asked: Asked,
    /// The task whose work it is, where it is one's.
    pub task: Option<TaskOf>,
}

/// A task of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskOf {
    pub run: RunId,
    pub id: TaskId,
    /// As the plan has it.
    pub title: String,
}

impl TaskOf {
    /// Its title's first line.
    pub fn title(&self) -> &str {
        self.title.lines().next().unwrap_or_default()
    }
}

/// A finished history that no branch points to yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    pub target: Target,
    /// Its tip; the target's commit where there is nothing to land.
    pub tip: Oid,
    /// In the order in which they land.
    pub landed: Vec<Landed>,
}

/// Moves the target to the stack's tip, with the intent in the operations' journal before and the
/// end after, under the merge lock. `began` is when the merge did. Returns the number of the operation and the worktree that came
/// forward, if any.
pub fn land(
    repository: &Repository,
    store: &Store,
    stack: &Stack,
    reason: &str,
    lock: &Lock,
    began: Instant,
) -> Result<(u64, Option<PathBuf>)> {
    let held = lock.share()?;
    let step = Step {
        branch: &stack.target.name,
        before: stack.target.commit,
        after: stack.tip,
        reason,
        lock: Some(&held),
    };
    let way = repository.way(&step)?;
    let operation = store.plan_operation(|operation| OperationEvent::MergePlanned {
        operation,
        name: format!("refs/heads/{}", stack.target.name),
        before: stack.target.commit,
        after: stack.tip,
        landed: stack.landed.clone(),
        took_ms: u64::try_from(began.elapsed().as_millis()).ok(),
    })?;
    let advanced = repository.advance(&step, &way);
    let end = match &advanced {
        Ok(()) => OperationEvent::Done { operation },
        Err(_) => OperationEvent::Abandoned { operation },
    };
    // Without this line the next command settles it by looking at the ref.
    let _ = store.note_operation(&end);
    advanced.map(|()| (operation, way.worktree))
}
