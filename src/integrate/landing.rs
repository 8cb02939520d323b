//! Branches onto the target, all or none: merged in memory, every one of them, before anything
//! moves; then one step of one ref.

use jiff::Timestamp;

use crate::error::{Failure, Result};
use crate::git::{Advance, MergeHooks, MergePair, NewCommit, ObjectSpace, Repository, Want, merge};
use crate::id::{Oid, RunId, TaskId};
use crate::store::{Landed, OperationEvent, OperationState, Store};

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
        let scratch = ObjectSpace::scratch(space.repository())?;
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
/// end after. The caller holds the merge lock. Returns the worktree that came forward, if any.
pub fn land(
    repository: &Repository,
    store: &Store,
    stack: &Stack,
    reason: &str,
) -> Result<Option<std::path::PathBuf>> {
    let (mut journal, known) = store.open_operations()?;
    let operation = known.last().map_or(1, |last| last.number + 1);
    let planned = OperationEvent::MergePlanned {
        operation,
        name: format!("refs/heads/{}", stack.target.name),
        before: stack.target.commit,
        after: stack.tip,
        landed: stack.landed.clone(),
    };
    journal.append(Timestamp::now(), &planned)?;
    let advanced = repository.advance(&Advance {
        branch: &stack.target.name,
        before: stack.target.commit,
        after: stack.tip,
        reason,
    });
    let end = match &advanced {
        Ok(_) => OperationEvent::Done { operation },
        Err(_) => OperationEvent::Abandoned { operation },
    };
    // Without this line the next merge settles it by looking at the ref.
    let _ = journal.append(Timestamp::now(), &end);
    advanced
}

/// Settles what an interrupted merge left open: either its ref moved or it did not. The caller
/// holds the merge lock. Returns how many there were.
pub fn settle(repository: &Repository, store: &Store) -> Result<usize> {
    let (mut journal, operations) = store.open_operations()?;
    let open = operations
        .iter()
        .filter(|operation| operation.state == OperationState::Planned);
    let mut settled = 0;
    for operation in open {
        let happened = match repository.find_ref(&operation.name) {
            Some(now) if now == operation.before => false,
            Some(now) => {
                repository
                    .find_commit(operation.after.to_string())
                    .is_some()
                    && repository.is_ancestor(operation.after, now)?
            }
            None => false,
        };
        let number = operation.number;
        let end = if happened {
            OperationEvent::Done { operation: number }
        } else {
            OperationEvent::Abandoned { operation: number }
        };
        journal.append(Timestamp::now(), &end)?;
        settled += 1;
    }
    Ok(settled)
}
