//! Branches onto the target, all or none: merged in memory, every one of them, before anything
//! moves; then one step of one ref.

use std::path::PathBuf;

use crate::error::{Failure, Result};
use crate::git::{MergeHooks, MergePair, NewCommit, ObjectSpace, Repository, Step, Want, merge};
use crate::id::{Oid, RunId, TaskId};
use crate::store::{Landed, Lock, OperationEvent, Store};

use super::check::{Report, check};
use super::revisions::{Asked, Target};

/// A line of work that is to land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub asked: Asked,
    /// Its merge commit's message.
    pub message: String,
    /// The task whose work it is, where it is one's.
    pub task: Option<(RunId, TaskId)>,
}

/// What merging them would come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Landing {
    /// They do not all go together.
    Blocked(Report),
    /// They do: this is the history they make.
    Ready(Stack),
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

/// Merges all candidates in the best order, each with a commit of its own in `space`; no ref
/// moves. Hooks are asked where they are given.
pub fn prepare(
    space: &ObjectSpace,
    target: Target,
    candidates: &[Candidate],
    hooks: Option<&MergeHooks>,
) -> Result<Landing> {
    let asked: Vec<Asked> = candidates.iter().map(|one| one.asked.clone()).collect();
    let report = {
        let scratch = ObjectSpace::scratch(space.repository());
        check(&scratch, target, &asked, Want::Verdicts)?
    };
    if !report.order.waits().is_empty() {
        return Ok(Landing::Blocked(report));
    }
    let mut stack = Stack {
        tip: report.target.commit,
        target: report.target,
        landed: Vec::new(),
    };
    for &at in &report.order.order {
        stack.add(space, &candidates[at], hooks)?;
    }
    Ok(Landing::Ready(stack))
}

impl Stack {
    fn add(
        &mut self,
        space: &ObjectSpace,
        candidate: &Candidate,
        hooks: Option<&MergeHooks>,
    ) -> Result<()> {
        let commit = candidate.asked.commit;
        let merged = merge(space, MergePair::new(self.tip, commit))?;
        let Some(tree) = merged.tree() else {
            return Err(Failure::unable(format!(
                "'{}' merged a moment ago and does not any more",
                candidate.asked.name
            ))
            .kept("nothing was moved")
            .next("git parallel check"));
        };
        let message = match hooks {
            Some(hooks) => hooks
                .ask(tree, &candidate.message)
                .map_err(|failure| refused(failure, candidate))?,
            None => candidate.message.clone(),
        };
        self.tip = space.commit_tree(&NewCommit {
            tree,
            parents: &[self.tip, commit],
            message: &message,
        })?;
        self.landed.push(Landed {
            name: candidate.asked.name.clone(),
            commit,
            merge: self.tip,
            run: candidate.task.map(|(run, _)| run),
            task: candidate.task.map(|(_, task)| task),
        });
        Ok(())
    }
}

fn refused(failure: Failure, candidate: &Candidate) -> Failure {
    failure
        .within(&candidate.asked.name)
        .kept("nothing was moved")
        .next("git parallel merge --no-verify")
}

/// Moves the target to the stack's tip, with the intent in the operations' journal before and the
/// end after, under the merge lock. Returns the number of the operation and the worktree that came
/// forward, if any.
pub fn land(
    repository: &Repository,
    store: &Store,
    stack: &Stack,
    reason: &str,
    lock: &Lock,
) -> Result<(u64, Option<PathBuf>)> {
    let operation = store.plan_operation(|operation| OperationEvent::MergePlanned {
        operation,
        name: format!("refs/heads/{}", stack.target.name),
        before: stack.target.commit,
        after: stack.tip,
        landed: stack.landed.clone(),
    })?;
    let advanced = repository.advance(&Step {
        branch: &stack.target.name,
        before: stack.target.commit,
        after: stack.tip,
        reason,
        lock: Some(&lock.share()?),
    });
    let end = match &advanced {
        Ok(_) => OperationEvent::Done { operation },
        Err(_) => OperationEvent::Abandoned { operation },
    };
    // Without this line the next command settles it by looking at the ref.
    let _ = store.note_operation(&end);
    Ok((operation, advanced?))
}
