//! Where new objects go: into the repository, or into a scratch folder that only looks like a part
//! of it.

use std::sync::{Mutex, MutexGuard};

use gix::objs::Write;

use crate::error::{Failure, OrFail, Result};
use crate::id::Oid;

use super::merge::known::Known;
use super::program::Git;
use super::repository::{Repository, oid};

/// A place for new objects. What is written to a scratch space goes when the space is dropped.
#[derive(Debug)]
pub struct ObjectSpace {
    repository: Repository,
    /// Whether commits bear the user's signature, if one is configured.
    signs: bool,
    /// What merging found out so far.
    known: Mutex<Known>,
}

/// A commit to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewCommit<'a> {
    pub tree: Oid,
    /// In order: the first is the branch that is added to.
    pub parents: &'a [Oid],
    /// The whole message, as it is stored.
    pub message: &'a str,
}

impl ObjectSpace {
    /// New objects go where the repository keeps its own.
    pub fn kept(repository: &Repository) -> Self {
        Self {
            repository: repository.clone(),
            signs: true,
            known: Mutex::default(),
        }
    }

    /// The same, for commits that will be looked at and not be kept: nobody is asked to sign them.
    pub fn kept_unsigned(repository: &Repository) -> Self {
        Self {
            signs: false,
            ..Self::kept(repository)
        }
    }

    /// New objects go to a temporary folder; the repository is only read.
    pub fn scratch(repository: &Repository) -> Self {
        Self {
            repository: repository.with_scratch(),
            signs: false,
            known: Mutex::default(),
        }
    }

    /// New trees and blobs go where the repository keeps its own, to be used there; commits, which
    /// only help to merge, go to a temporary folder.
    pub fn kept_but_commits(repository: &Repository) -> Self {
        Self {
            repository: repository.with_scratch_commits(),
            signs: false,
            known: Mutex::default(),
        }
    }

    /// The repository as it is seen from here: with the objects of this space.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// What merging found out so far.
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(|poisoned| {
            let mut known = poisoned.into_inner();
            *known = Known::default();
            known
        })
    }

    /// A call of git that reads the repository's objects and writes new ones into this space. It
    /// stands in the current worktree, as the user does, so that attributes are looked up alike.
    pub fn git(&self, subcommand: &str) -> Result<Git> {
        self.repository.scratch()?;
        Ok(self.repository.git_here(subcommand))
    }

    /// Directs a call of git to this space.
    pub fn direct(&self, git: Git) -> Result<Git> {
        self.repository.scratch()?;
        Ok(self.repository.direct(git))
    }

    /// Makes a commit object; no ref moves and no hook runs. In the repository it bears the user's
    /// name and, with `commit.gpgSign`, signature; a scratch commit is nobody's.
    pub fn commit_tree(&self, commit: &NewCommit<'_>) -> Result<Oid> {
        self.commit_with(
            commit.tree,
            commit.parents,
            commit.message.as_bytes(),
            "UTF-8",
            |git| git,
        )
    }

    /// The same, with whatever else git is to be told of it. The message is taken as it is,
    /// whatever encoding the user has configured for his own.
    pub(super) fn commit_with(
        &self,
        tree: Oid,
        parents: &[Oid],
        message: &[u8],
        encoding: &str,
        tell: impl FnOnce(Git) -> Git,
    ) -> Result<Oid> {
        if let Some(writer) = self.repository.writer() {
            return write_stand_in(&writer, tree, parents, message);
        }
        let mut git = self.repository.git_encoding(encoding, "commit-tree");
        if self.signs && self.repository.config_bool("commit.gpgSign")? {
            git = git.arg("-S");
        }
        for parent in parents {
            git = git.args(["-p", &parent.to_string()]);
        }
        let made = tell(git)
            .args(["-F", "-"])
            .arg(tree.to_string())
            .input(message)
            .run()?;
        made.text().parse().or_unable(|| "git commit-tree")
    }

    /// The tree that holds nothing; git knows it without being told.
    pub fn empty_tree(&self) -> Result<Oid> {
        let hash = self.repository.local().object_hash();
        oid(&gix::ObjectId::empty_tree(hash)).ok_or_else(unknown_hash)
    }
}

/// Written here rather than by git: a question can need hundreds, and no user ever sees one.
fn write_stand_in(
    writer: &gix::Repository,
    tree: Oid,
    parents: &[Oid],
    message: &[u8],
) -> Result<Oid> {
    let written = writer
        .objects
        .write_buf(gix::objs::Kind::Commit, &stand_in(tree, parents, message))
        .or_unable(|| "cannot make a commit")?;
    oid(&written).ok_or_else(unknown_hash)
}

/// A commit of nobody, in the year 2100: equal trees and parents give equal ids, and searches for
/// merge bases, which go from new to old, meet it before what it stands on.
pub(super) fn stand_in(tree: Oid, parents: &[Oid], message: &[u8]) -> Vec<u8> {
    const NOBODY: &str = "git-parallel <git-parallel@localhost> 4102444800 +0000";
    let parents: String = parents
        .iter()
        .map(|parent| format!("parent {parent}\n"))
        .collect();
    let head = format!("tree {tree}\n{parents}author {NOBODY}\ncommitter {NOBODY}\n\n");
    [head.as_bytes(), message].concat()
}

fn unknown_hash() -> Failure {
    Failure::unable("the hash of this repository is not known")
}
