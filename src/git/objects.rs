//! Where new objects go: into the repository, or into a scratch folder that only looks like a part
//! of it.

use std::path::Path;

use gix::objs::Write;

use crate::error::{Failure, OrFail, Result};
use crate::id::Oid;

use super::program::Git;
use super::repository::{Repository, oid};

/// A place for new objects. What is written to a scratch space goes when the space is dropped.
#[derive(Debug)]
pub struct ObjectSpace {
    repository: Repository,
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
        }
    }

    /// New objects go to a temporary folder; the repository is only read.
    pub fn scratch(repository: &Repository) -> Self {
        Self {
            repository: repository.with_scratch(),
        }
    }

    /// The repository as it is seen from here: with the objects of this space.
    pub fn repository(&self) -> &Repository {
        &self.repository
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
        if let Some(folder) = self.repository.scratch()? {
            return self.write_stand_in(folder, commit);
        }
        let mut git = self.git("commit-tree")?;
        if self.repository.config_bool("commit.gpgSign")? {
            git = git.arg("-S");
        }
        for parent in commit.parents {
            git = git.args(["-p", &parent.to_string()]);
        }
        let made = git
            .args(["-F", "-"])
            .arg(commit.tree.to_string())
            .input(commit.message)
            .run()?;
        made.text().parse().or_unable(|| "git commit-tree")
    }

    /// Written here rather than by git: a question can need hundreds, and no user ever sees one.
    fn write_stand_in(&self, folder: &Path, commit: &NewCommit<'_>) -> Result<Oid> {
        let hash = self.repository.local().object_hash();
        let written = gix::odb::loose::Store::at(folder, hash)
            .write_buf(gix::objs::Kind::Commit, stand_in(commit).as_bytes())
            .or_unable(|| format!("cannot write an object in {}", folder.display()))?;
        oid(&written).ok_or_else(|| Failure::unable("the hash of this repository is not known"))
    }
}

/// A commit of nobody, in the year 2100: equal trees and parents give equal ids, and searches for
/// merge bases, which go from new to old, meet it before what it stands on.
fn stand_in(commit: &NewCommit<'_>) -> String {
    const NOBODY: &str = "git-parallel <git-parallel@localhost> 4102444800 +0000";
    let parents: String = commit
        .parents
        .iter()
        .map(|parent| format!("parent {parent}\n"))
        .collect();
    format!(
        "tree {}\n{parents}author {NOBODY}\ncommitter {NOBODY}\n\n{}",
        commit.tree, commit.message
    )
}
