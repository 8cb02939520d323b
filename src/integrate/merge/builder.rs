//! What every form of landing needs: where merges happen, where commits go, and whose word is asked.

use crate::error::{Failure, Result};
use crate::git::{
    MergeHooks, MergePair, Merged, ObjectSpace, Occasion, RepoPath, Repository, Word, merge,
};
use crate::id::Oid;
use crate::integrate::revisions::Target;
use crate::store::Strategy;

use super::behind::Why;

/// What it takes to build a history.
#[derive(Debug)]
pub struct Builder<'a> {
    /// Where merges happen and stand-ins lie.
    pub merging: &'a ObjectSpace,
    /// Where the commits go that are to land.
    pub commits: &'a ObjectSpace,
    pub strategy: Strategy,
    pub hooks: Option<&'a MergeHooks>,
    pub target: &'a Target,
    /// The target with all that it holds.
    pub seat: Oid,
}

/// How far the history has grown.
#[derive(Clone, Copy, Debug)]
pub struct Rising {
    /// The commit that would land.
    pub tip: Oid,
    pub tree: Oid,
    /// The same content, with everything that landed in its history.
    pub history: Oid,
}

/// A step, or why it cannot be made.
pub type Step<T> = std::result::Result<T, Why>;

impl Builder<'_> {
    pub fn repository(&self) -> &Repository {
        self.merging.repository()
    }

    /// The tree of a merge, or the paths that conflict.
    pub fn merged(&self, pair: MergePair) -> Result<std::result::Result<Oid, Vec<RepoPath>>> {
        match merge(self.merging, pair)? {
            Merged::Clean {
                tree: Some(tree), ..
            } => Ok(Ok(tree)),
            Merged::Conflict { conflicts } => {
                Ok(Err(conflicts.into_iter().map(|one| one.path).collect()))
            }
            Merged::Error(error) => Err(Failure::unable(format!(
                "git cannot merge {} and {}: {}",
                pair.ours.short(),
                pair.theirs.short(),
                error.message
            ))
            .kept("nothing was moved")),
            Merged::Clean { tree: None, .. } => Err(Failure::unable("a merge gave no tree")),
        }
    }

    /// The message as the hooks leave it.
    pub fn ask(&self, occasion: Occasion, tree: Oid, message: &[u8]) -> Result<Step<Vec<u8>>> {
        let Some(hooks) = self.hooks else {
            return Ok(Ok(message.to_owned()));
        };
        Ok(match hooks.ask(occasion, tree, message)? {
            Word::Message(message) => Ok(message),
            Word::Refused(said) => Err(Why::Refused(said)),
        })
    }
}
