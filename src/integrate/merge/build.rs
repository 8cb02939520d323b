//! The history that a merge would make: every line of work onto the target, one after the other,
//! in the form that was asked for. No ref moves.
//!
//! Whatever the form, the content is that of true merges: beside the commits that will land grows
//! a stack of stand-ins that have all the history, so that git finds the right merge bases also for
//! what stands on work that is being squashed.

use crate::error::Result;
use crate::git::{Authored, MergePair, NewCommit, Occasion};
use crate::id::Oid;
use crate::integrate::landing::{Candidate, Stack};
use crate::store::{Landed, Strategy};

use super::behind::Why;
use super::builder::{Builder, Rising, Step};
use super::{rebase, words};

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Built {
    Ready(Stack),
    /// One of them does not go onto those before it.
    Stuck {
        at: usize,
        why: Why,
    },
}

impl Builder<'_> {
    /// Builds the history of the candidates at these positions, in this order.
    pub fn build(&self, candidates: &[Candidate], order: &[usize]) -> Result<Built> {
        let mut rising = Rising {
            tip: self.target.commit,
            tree: self.repository().tree_of(self.target.commit)?,
            history: self.seat,
        };
        let mut landed = Vec::new();
        for &at in order {
            let candidate = &candidates[at];
            rising = match self.add(rising, candidate)? {
                Ok(risen) => risen,
                Err(why) => return Ok(Built::Stuck { at, why }),
            };
            landed.push(Landed {
                name: candidate.asked.name.clone(),
                commit: candidate.asked.commit,
                merge: rising.tip,
                strategy: self.strategy,
                run: candidate.task.as_ref().map(|task| task.run),
                task: candidate.task.as_ref().map(|task| task.id),
            });
        }
        Ok(Built::Ready(Stack {
            target: self.target.clone(),
            tip: rising.tip,
            landed,
        }))
    }

    fn add(&self, below: Rising, candidate: &Candidate) -> Result<Step<Rising>> {
        let commit = candidate.asked.commit;
        let tree = match self.merged(MergePair::new(below.history, commit))? {
            Ok(tree) => tree,
            Err(paths) => return Ok(Err(Why::Conflict(paths))),
        };
        let tip = match self.strategy {
            Strategy::Merge => self.merge_commit(below, tree, candidate)?,
            Strategy::Squash => self.squash_commit(below, tree, candidate)?,
            Strategy::Rebase => rebase::replay(self, below, tree, commit)?,
        };
        let tip = match tip {
            Ok(tip) => tip,
            Err(why) => return Ok(Err(why)),
        };
        let history = if self.strategy == Strategy::Merge && below.history == below.tip {
            tip
        } else {
            self.merging.commit_tree(&NewCommit {
                tree,
                parents: &[tip, below.history, commit],
                message: "Stand-in with all that landed\n",
            })?
        };
        Ok(Ok(Rising { tip, tree, history }))
    }

    fn merge_commit(&self, below: Rising, tree: Oid, candidate: &Candidate) -> Result<Step<Oid>> {
        let message = words::merge(self.repository(), candidate, &self.target.name)?;
        let message = match self.ask(Occasion::Merge, tree, message.as_bytes())? {
            Ok(message) => message,
            Err(why) => return Ok(Err(why)),
        };
        let tip = self.commits.commit_tree(&NewCommit {
            tree,
            parents: &[below.tip, candidate.asked.commit],
            message: &String::from_utf8_lossy(&message),
        })?;
        Ok(Ok(tip))
    }

    /// One commit with all of it; none where it brings nothing that is not there.
    fn squash_commit(&self, below: Rising, tree: Oid, candidate: &Candidate) -> Result<Step<Oid>> {
        if tree == below.tree {
            return Ok(Ok(below.tip));
        }
        let squash = words::squash(self.repository(), below.history, candidate)?;
        let message = match self.ask(Occasion::Squash, tree, squash.message.as_bytes())? {
            Ok(message) => message,
            Err(why) => return Ok(Err(why)),
        };
        let tip = self.commits.commit_for(&Authored {
            tree,
            parent: below.tip,
            author: squash.author.as_ref(),
            encoding: None,
            message: &message,
        })?;
        Ok(Ok(tip))
    }
}
