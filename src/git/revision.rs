//! What names mean: HEAD, branches, revisions, and the trees and blobs behind them.
//!
//! gix reads them in this process. What it does not know (a reftable, a rare spelling, an object
//! that is only promised) git may: its word is final.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use gix::ObjectId;
use gix::objs::Kind;

use crate::error::{Failure, Result};
use crate::id::Oid;

use super::refs;
use super::repository::{Repository, gix_id, oid};

/// What `HEAD` of the current worktree says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// On a branch (short name) with commits.
    Branch { name: String, commit: Oid },
    /// On a commit, on no branch.
    Detached { commit: Oid },
    /// On a branch that has no commit yet.
    Unborn { name: String },
}

impl Repository {
    /// Where `HEAD` stands in this worktree.
    pub fn head(&self) -> Result<Head> {
        match read_head(&self.local()) {
            Some(head) => Ok(head),
            None => self.ask_head(),
        }
    }

    /// The commit that a revision names (tags are peeled), or `None`.
    pub fn find_commit(&self, revision: impl AsRef<OsStr>) -> Option<Oid> {
        let revision = revision.as_ref();
        read_commit(&self.local(), revision).or_else(|| self.ask_git(revision, "commit"))
    }

    /// The commit that a revision names, or the failure to show to who typed it.
    pub fn commit(&self, revision: &str) -> Result<Oid> {
        self.find_commit(revision).ok_or_else(|| {
            Failure::unable(format!("'{revision}' names no commit in this repository"))
                .next("git branch --all")
        })
    }

    /// The tree of a commit, tag or tree that was resolved before.
    pub fn tree_of(&self, object: Oid) -> Result<Oid> {
        gix_id(object)
            .and_then(|id| tree_behind(&self.local(), id))
            .as_deref()
            .and_then(oid)
            .or_else(|| self.ask_git(object.to_string().as_ref(), "tree"))
            .ok_or_else(|| Failure::unable(format!("{object} has no tree in this repository")))
    }

    /// The content of a blob.
    pub fn blob(&self, id: Oid) -> Result<Vec<u8>> {
        let local = self.local();
        let found = gix_id(id).and_then(|id| local.find_object(id).ok());
        if let Some(object) = found {
            return Ok(object.detach().data);
        }
        // In a partial clone git fetches it.
        let output = self.git("cat-file").args(["blob", &id.to_string()]).run()?;
        Ok(output.stdout)
    }

    /// What a ref of this full name points to, peeled to a commit, or `None`.
    pub fn find_ref(&self, full_name: &str) -> Option<Oid> {
        let local = self.local();
        let found = match local.try_find_reference(full_name) {
            Ok(None) if refs::are_files(&local) => return None,
            found => found.ok().flatten(),
        };
        found
            .and_then(|mut reference| reference.peel_to_id().ok().and_then(|id| oid(&id)))
            .or_else(|| self.ask_git(full_name.as_ref(), "commit"))
    }

    fn ask_head(&self) -> Result<Head> {
        let name = self
            .git("symbolic-ref")
            .args(["--quiet", "HEAD"])
            .ask()?
            .text();
        let commit = self.ask_git("HEAD".as_ref(), "commit");
        match (name.strip_prefix("refs/heads/"), commit) {
            (Some(name), Some(commit)) => Ok(Head::Branch {
                name: name.to_owned(),
                commit,
            }),
            (Some(name), None) => Ok(Head::Unborn {
                name: name.to_owned(),
            }),
            (None, Some(commit)) => Ok(Head::Detached { commit }),
            (None, None) => Err(Failure::unable("HEAD points to nothing that exists")
                .next("git fsck --no-dangling")),
        }
    }

    fn ask_git(&self, revision: &OsStr, kind: &str) -> Option<Oid> {
        let output = self
            .git("rev-parse")
            .args(["--verify", "--quiet", "--end-of-options"])
            .arg(peeled(revision, kind))
            .ask()
            .ok()?;
        output.text().parse().ok()
    }
}

/// HEAD where it is plain: on a branch that is no other name of another and has commits, or on a
/// commit.
fn read_head(local: &gix::Repository) -> Option<Head> {
    let (name, target) = match local.head().ok()?.kind {
        gix::head::Kind::Symbolic(branch) => {
            let name = branch.name.as_bstr().strip_prefix(b"refs/heads/")?;
            let name = std::str::from_utf8(name).ok()?.to_owned();
            (Some(name), branch.target.try_into_id().ok()?)
        }
        gix::head::Kind::Detached { target, .. } => (None, target),
        gix::head::Kind::Unborn(_) => return None,
    };
    let commit = oid(&commit_behind(local, target)?)?;
    Some(match name {
        Some(name) => Head::Branch { name, commit },
        None => Head::Detached { commit },
    })
}

fn read_commit(local: &gix::Repository, revision: &OsStr) -> Option<Oid> {
    // An id in full needs no search for what else begins like it.
    let typed = revision.to_str().and_then(|text| text.parse().ok());
    let found = match typed.and_then(gix_id) {
        Some(id) if id.kind() == local.object_hash() => commit_behind(local, id)?,
        _ => {
            let spec = peeled(revision, "commit");
            local.rev_parse_single(spec.as_bytes()).ok()?.detach()
        }
    };
    oid(&found)
}

/// The commit that an object is, or that a tag stands for.
fn commit_behind(local: &gix::Repository, id: ObjectId) -> Option<ObjectId> {
    let object = local.find_object(id).ok()?;
    Some(object.peel_to_kind(Kind::Commit).ok()?.id)
}

fn tree_behind(local: &gix::Repository, id: ObjectId) -> Option<ObjectId> {
    let object = local.find_object(id).ok()?;
    if object.kind == Kind::Tree {
        return Some(id);
    }
    let commit = object.peel_to_kind(Kind::Commit).ok()?.into_commit();
    Some(commit.tree_id().ok()?.detach())
}

/// `REVISION^{KIND}`: what it names, followed to an object of that kind.
fn peeled(revision: &OsStr, kind: &str) -> OsString {
    let mut spec = revision.to_owned();
    // `:/TEXT` takes all that follows for its text, and is a commit anyway.
    if !revision.as_bytes().starts_with(b":/") {
        spec.push(format!("^{{{kind}}}"));
    }
    spec
}
