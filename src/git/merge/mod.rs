//! Merging in memory: what `git merge` would make of two commits, for many pairs at once.
//!
//! Most pairs of branches have nothing to do with each other, and that can be proven in this
//! process in a fraction of the time that git takes to merge them: the `prover` does. All others
//! go to git, in one batch (`git merge-tree --write-tree --stdin`, git ≥ 2.39). Answers are facts
//! about content; files in somebody's worktree play no part.

mod attributes;
mod bases;
mod batch;
mod circumstances;
mod compare;
mod engine;
mod fork;
pub(super) mod known;
mod pile;
mod prover;
mod recall;
mod replay;
mod sides;
mod text;
mod trees;

pub use fork::foretell_bases;
pub use pile::pile_is_clean;

use gix::ObjectId;

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;

use super::changes::{Changes, Span};
use super::objects::ObjectSpace;
use super::path::RepoPath;
use super::repository::gix_id;
use prover::Prover;
use recall::Recall;

/// Two commits to merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MergePair {
    pub ours: Oid,
    pub theirs: Oid,
    /// The commit to take as merge base; `None` = what their history says.
    pub base: Option<Oid>,
}

impl MergePair {
    /// A pair with the merge base that its history has.
    pub fn new(ours: Oid, theirs: Oid) -> Self {
        Self {
            ours,
            theirs,
            base: None,
        }
    }
}

/// What came of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// They merge by themselves.
    Clean {
        /// The tree they merge to; `None` where only the verdict was wanted.
        tree: Option<Oid>,
        /// Neither touches what the other does: they merge in whatever company.
        apart: bool,
    },
    /// They do not. The paths are those that `git merge-tree --name-only` lists; git's
    /// `path~COMMIT` for a file moved aside carries the commit's full id. The list can be empty:
    /// a directory renamed in two ways is a conflict of no path.
    Conflict { conflicts: Vec<Conflict> },
    /// No answer.
    Error(MergeError),
}

impl Merged {
    /// The paths that do not merge.
    pub fn conflicts(&self) -> &[Conflict] {
        match self {
            Self::Conflict { conflicts } => conflicts,
            Self::Clean { .. } | Self::Error(_) => &[],
        }
    }

    /// The tree that they merge to, where it was wanted.
    pub fn tree(&self) -> Option<Oid> {
        match self {
            Self::Clean { tree, .. } => *tree,
            Self::Conflict { .. } | Self::Error(_) => None,
        }
    }

    /// Names a side in the paths of files that git moved aside: `path~COMMIT` becomes `path~NAME`,
    /// with `_` for `/` as git has it.
    pub fn rename_side(&mut self, commit: Oid, name: &str) {
        if let Self::Conflict { conflicts } = self {
            let mut aside = conflicts
                .iter_mut()
                .filter(|c| c.path.has_mark())
                .peekable();
            if aside.peek().is_none() {
                return;
            }
            let commit = commit.to_string();
            for conflict in aside {
                conflict.path.rename_side(&commit, name);
            }
        }
    }
}

/// Why a pair has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeError {
    /// `unrelated-histories`; `cut-off` where a shallow clone ends before they meet;
    /// `missing-object` where a partial clone cannot fetch what it lacks; or `merge-failed`.
    pub code: &'static str,
    /// As a rule in git's words.
    pub message: String,
}

impl MergeError {
    /// What to type about it, of a merge of these two.
    pub fn remedy(&self, one: &str, other: &str) -> String {
        match self.code {
            "cut-off" => "git fetch --unshallow".to_owned(),
            "missing-object" => "git fetch".to_owned(),
            _ => format!("git merge-base {} {}", shell_word(one), shell_word(other)),
        }
    }
}

/// A path that git could not merge by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Conflict {
    pub path: RepoPath,
    pub kind: ConflictKind,
    pub versions: Versions,
}

/// What stands at a conflicted path on each side, as git sees it after renames; `None` = nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Versions {
    pub base: Option<Version>,
    pub ours: Option<Version>,
    pub theirs: Option<Version>,
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// As git has it: 0o100644, 0o120000, …
    pub mode: u32,
    pub id: Oid,
}

impl Version {
    /// Whether it is a regular file: not a link, not a submodule.
    pub fn is_file(self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }
}

/// What both sides did to a path. The later in this list, the more it says about a path that
/// several messages of git name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConflictKind {
    Content,
    AddAdd,
    Binary,
    ModifyDelete,
    Mode,
    Submodule,
    Type,
    Rename,
    DirectoryRename,
}

impl ConflictKind {
    /// As the formats have it: `content`, `add-add`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::AddAdd => "add-add",
            Self::Binary => "binary",
            Self::ModifyDelete => "modify-delete",
            Self::Mode => "mode",
            Self::Submodule => "submodule",
            Self::Type => "type",
            Self::Rename => "rename",
            Self::DirectoryRename => "directory-rename",
        }
    }
}

/// What of the answers is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Verdicts and conflicts.
    Verdicts,
    /// The ids of the trees of clean merges, too. The objects may not exist.
    TreeIds,
    /// The trees of clean merges, too: written to the space.
    Trees,
}

/// Merges every pair, in order. New trees and blobs go into `space`.
pub fn merge_all(space: &ObjectSpace, pairs: &[MergePair], want: Want) -> Result<Vec<Merged>> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    engine::merge_all(space, pairs, want, batch::merge_all)
}

/// What every span changed, in order; it is kept for the merges of the same commits.
pub fn changes(space: &ObjectSpace, spans: &[Span]) -> Result<Vec<Changes>> {
    let repository = space.repository();
    let local = repository.local();
    let mut known = space.known();
    let mut prover = Prover {
        local: &local,
        known: &mut known,
        recall: Recall::of(repository.memory()),
    };
    let sides = spans
        .iter()
        .map(|span| Some((gix_id(span.base?)?, gix_id(span.tip)?)));
    let sides: Vec<Option<(ObjectId, ObjectId)>> = sides.collect();
    prover.read_sides(repository, sides.iter().flatten().copied());
    let read = sides.iter().zip(spans).map(|(side, span)| {
        let side = side.and_then(|(base, tip)| prover.side(base, tip));
        match side {
            Some(side) => Ok(Changes {
                paths: side
                    .changes
                    .keys()
                    .map(|path| RepoPath::new(path.as_slice()))
                    .collect(),
            }),
            None => Ok(repository.changes(&[*span])?.pop().unwrap_or_default()),
        }
    });
    let changes = read.collect();
    prover.recall.keep();
    changes
}

/// Merges one pair, tree and all.
pub fn merge(space: &ObjectSpace, pair: MergePair) -> Result<Merged> {
    let mut merged = batch::merge_all(space, &[pair])?;
    merged.pop().ok_or_else(|| {
        Failure::unable(format!(
            "git merge-tree gave no answer for {} and {}",
            pair.ours, pair.theirs
        ))
    })
}
