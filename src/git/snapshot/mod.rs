//! What a worktree holds at this moment, committed or not, as a commit that nobody else sees.
//!
//! It is the commit that `git add --all && git commit` would make there: staged, unstaged and
//! untracked work, deletions, modes, links, commits of submodules; ignored files, nested
//! repositories and what is hidden from git (assume-unchanged, skip-worktree) stay out. Objects go
//! to a scratch space, so that neither index nor files nor the repository are written to. Files
//! that git would take as they are, nearly all, are read here; for others git does it, in a copy of
//! the worktree's index.

mod plain;
mod status;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, Result};
use crate::id::Oid;
use crate::process::ScratchFolder;

use super::at_once::at_once;
use super::merge::MergeError;
use super::objects::{NewCommit, ObjectSpace};
use super::path::RepoPath;
use super::program::Git;
use super::worktree_list::Worktree;
use plain::plain_tree;
use status::{Folder, Status};

/// The state of a worktree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// All is committed, or nothing is checked out yet.
    Clean,
    /// What is not is in this commit, on top of the worktree's own.
    Dirty { commit: Oid },
    /// No commit could be made of it.
    Impossible(MergeError),
}

/// Paths that are named of an unfinished merge.
const PATHS_NAMED: usize = 3;

impl ObjectSpace {
    /// Looks at worktrees side by side, each with its commit; what it has beyond that goes into
    /// this space. Returns the snapshots in order, or the first failure in that order.
    pub fn snapshots(&self, worktrees: &[(&Worktree, Oid)]) -> Result<Vec<Snapshot>> {
        let snapshots = at_once(worktrees, |(worktree, head)| self.snapshot(worktree, *head));
        snapshots.into_iter().collect()
    }

    fn snapshot(&self, worktree: &Worktree, head: Oid) -> Result<Snapshot> {
        let git_dir = worktree.git_dir()?;
        if !git_dir.join("index").exists() {
            return Ok(Snapshot::Clean);
        }
        let taking = Taking {
            space: self,
            worktree: &worktree.path,
            git_dir,
            head,
        };
        taking.take().or_else(|failure| {
            let message = failure.within(worktree.path.display()).what;
            Ok(Snapshot::Impossible(MergeError {
                code: "unreadable-worktree",
                message,
            }))
        })
    }
}

/// A snapshot being taken.
struct Taking<'a> {
    space: &'a ObjectSpace,
    worktree: &'a Path,
    git_dir: PathBuf,
    head: Oid,
}

impl Taking<'_> {
    fn take(&self) -> Result<Snapshot> {
        let status = self.status()?;
        if !status.unmerged.is_empty() {
            return Ok(Snapshot::Impossible(unfinished(
                self.worktree,
                &status.unmerged,
            )));
        }
        if status.changes.is_empty() {
            return Ok(Snapshot::Clean);
        }
        let put_together = plain_tree(self.space, self.worktree, self.head, &status)?;
        let tree = match put_together {
            Some(tree) => tree,
            None => self.tree_by_git(&status)?,
        };
        let commit = self.space.commit_tree(&NewCommit {
            tree,
            parents: &[self.head],
            message: "Uncommitted work\n",
        })?;
        Ok(Snapshot::Dirty { commit })
    }

    fn status(&self) -> Result<Status> {
        let output = Git::on_worktree(&self.git_dir, self.worktree, "status")
            // Or it would write what it found out about files into the index.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["--porcelain=v2", "-z", "--untracked-files=all"])
            .args(["--no-renames", "--ignore-submodules=dirty"])
            .run()?;
        Ok(Status::parse(&output.stdout))
    }

    /// The tree that git makes of it all, in a copy of the index.
    fn tree_by_git(&self, status: &Status) -> Result<Oid> {
        let desk = ScratchFolder::new("index")?;
        let index = desk.path().join("index");
        copy_index(&self.git_dir.join("index"), &index)?;
        let copy = Copy {
            taking: self,
            index: &index,
        };
        copy.remove(status.paths(Folder::Gone))?;
        copy.add(status.paths(Folder::Other))?;
        let written = copy.git("write-tree")?.arg("--missing-ok").run()?;
        written.text().parse().map_err(Failure::unable)
    }
}

/// Copies an index with its time: git takes files that changed after it was written for doubtful,
/// and looks into them.
fn copy_index(from: &Path, to: &Path) -> Result<()> {
    let modified = fs::metadata(from).and_then(|metadata| metadata.modified());
    let modified = modified.on_path("read", from)?;
    fs::copy(from, to).on_path("read", from)?;
    let copy = File::options().write(true).open(to);
    copy.and_then(|copy| copy.set_modified(modified))
        .on_path("write", to)
}

/// A copy of a worktree's index.
struct Copy<'a> {
    taking: &'a Taking<'a>,
    index: &'a Path,
}

impl Copy<'_> {
    fn git(&self, subcommand: &str) -> Result<Git> {
        let Taking {
            space,
            worktree,
            git_dir,
            ..
        } = self.taking;
        space.direct(Git::on_index(git_dir, worktree, self.index, subcommand))
    }

    /// Takes paths out of the copy. By name, since a path whose folder became a link cannot be
    /// looked at.
    fn remove<'a>(&self, paths: impl Iterator<Item = &'a RepoPath>) -> Result<()> {
        let mut input = Vec::new();
        for path in paths {
            input.extend(format!("0 {}\t", self.taking.head.zero_like()).bytes());
            input.extend(path.as_bytes());
            input.push(0);
        }
        if input.is_empty() {
            return Ok(());
        }
        let update = self.git("update-index")?.args(["-z", "--index-info"]);
        update.input(input).run().map(drop)
    }

    fn add<'a>(&self, paths: impl Iterator<Item = &'a RepoPath>) -> Result<()> {
        let mut input = Vec::new();
        for path in paths {
            input.extend(path.as_bytes());
            input.push(0);
        }
        if input.is_empty() {
            return Ok(());
        }
        self.git("update-index")?
            // A file may go while we look.
            .args(["--add", "--remove", "--replace", "-z", "--stdin"])
            .input(input)
            .run()
            .map(drop)
    }
}

fn unfinished(worktree: &Path, paths: &[RepoPath]) -> MergeError {
    let named = paths.iter().take(PATHS_NAMED).map(ToString::to_string);
    let mut named: Vec<String> = named.collect();
    if paths.len() > PATHS_NAMED {
        named.push(format!("{} more", paths.len() - PATHS_NAMED));
    }
    MergeError {
        code: "unmerged-index",
        message: format!(
            "{} is in the middle of a merge: {} not resolved yet",
            worktree.display(),
            named.join(", ")
        ),
    }
}
