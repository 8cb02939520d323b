//! What a worktree holds at this moment, committed or not, as a commit that nobody else sees.
//!
//! It is the commit that `git add --all && git commit` would make there: staged, unstaged and
//! untracked work, deletions, modes, links, commits of submodules; ignored files, nested
//! repositories and what is hidden from git (assume-unchanged, skip-worktree) stay out. The
//! worktree's own index is only copied, and objects go to a scratch space, so that neither index
//! nor files nor the repository are written to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::Oid;

use super::at_once::at_once;
use super::merge::MergeError;
use super::objects::{NewCommit, ObjectSpace};
use super::path::RepoPath;
use super::program::Git;
use super::worktree_list::Worktree;

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
        let desk = tempfile::tempdir().or_unable(|| "cannot make a temporary folder")?;
        let index = desk.path().join("index");
        let git_dir = worktree.git_dir()?;
        if !copy_index(&git_dir.join("index"), &index)? {
            return Ok(Snapshot::Clean);
        }
        let taking = Taking {
            space: self,
            worktree: &worktree.path,
            git_dir,
            index,
        };
        taking.take(head).or_else(|failure| {
            let message = failure.within(worktree.path.display()).what;
            Ok(Snapshot::Impossible(MergeError {
                code: "unreadable-worktree",
                message,
            }))
        })
    }
}

/// Copies an index with its time: git takes files that changed after it was written for doubtful,
/// and looks into them. Returns whether there was one.
fn copy_index(from: &Path, to: &Path) -> Result<bool> {
    let modified = match fs::metadata(from).and_then(|metadata| metadata.modified()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        modified => modified.on_path("read", from)?,
    };
    fs::copy(from, to).on_path("read", from)?;
    let copy = File::options().write(true).open(to);
    copy.and_then(|copy| copy.set_modified(modified))
        .on_path("write", to)?;
    Ok(true)
}

/// A snapshot being taken.
struct Taking<'a> {
    space: &'a ObjectSpace,
    worktree: &'a Path,
    git_dir: PathBuf,
    /// The copy.
    index: PathBuf,
}

impl Taking<'_> {
    fn take(&self, head: Oid) -> Result<Snapshot> {
        let status = self.status()?;
        if !status.unmerged.is_empty() {
            return Ok(Snapshot::Impossible(unfinished(
                self.worktree,
                &status.unmerged,
            )));
        }
        if !status.dirty {
            return Ok(Snapshot::Clean);
        }
        self.remove(&status.removed, head)?;
        self.add(&status.written)?;
        let written = self.git("write-tree")?.arg("--missing-ok").run()?;
        let tree = written.text().parse().map_err(Failure::unable)?;
        let commit = self.space.commit_tree(&NewCommit {
            tree,
            parents: &[head],
            message: "Uncommitted work\n",
        })?;
        Ok(Snapshot::Dirty { commit })
    }

    fn git(&self, subcommand: &str) -> Result<Git> {
        let git = Git::on_index(&self.git_dir, self.worktree, &self.index, subcommand);
        self.space.direct(git)
    }

    fn status(&self) -> Result<Status> {
        let output = self
            .git("status")?
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["--porcelain=v2", "-z", "--untracked-files=all"])
            .args(["--no-renames", "--ignore-submodules=dirty"])
            .run()?;
        Ok(Status::parse(&output.stdout))
    }

    /// Takes paths out of the copy. By name, since a path whose folder became a link cannot be
    /// looked at.
    fn remove(&self, paths: &[RepoPath], head: Oid) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        let mut input = Vec::new();
        for path in paths {
            input.extend(format!("0 {}\t", head.zero_like()).bytes());
            input.extend(path.as_bytes());
            input.push(0);
        }
        let update = self.git("update-index")?.args(["-z", "--index-info"]);
        update.input(input).run().map(drop)
    }

    fn add(&self, paths: &[RepoPath]) -> Result<()> {
        if paths.is_empty() {
            return Ok(());
        }
        let mut input = Vec::new();
        for path in paths {
            input.extend(path.as_bytes());
            input.push(0);
        }
        self.git("update-index")?
            // A file may go while we look.
            .args(["--add", "--remove", "--replace", "-z", "--stdin"])
            .input(input)
            .run()
            .map(drop)
    }
}

/// What `git status` has to say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    /// Whether anything is not committed.
    dirty: bool,
    unmerged: Vec<RepoPath>,
    /// Gone from the folder, but not from the index.
    removed: Vec<RepoPath>,
    /// In the folder otherwise than in the index, or only there.
    written: Vec<RepoPath>,
}

impl Status {
    /// Reads porcelain version 2 under `-z`, without renames and headers.
    fn parse(stdout: &[u8]) -> Self {
        let mut status = Self::default();
        for entry in stdout.split(|byte| *byte == 0) {
            match entry.first() {
                Some(b'1') => status.changed(entry),
                Some(b'u') => status.unmerged.extend(path(entry, 10)),
                // With a slash at its end it is a repository of its own.
                Some(b'?') if !entry.ends_with(b"/") => {
                    status.written.extend(path(entry, 1));
                    status.dirty = true;
                }
                _ => {}
            }
        }
        status
    }

    /// `1 XY sub mH mI mW hH hI path`: Y is what happened between index and folder.
    fn changed(&mut self, entry: &[u8]) {
        let list = match entry.get(3) {
            Some(b'.') => None,
            Some(b'D') => Some(&mut self.removed),
            _ => Some(&mut self.written),
        };
        if let Some(list) = list {
            list.extend(path(entry, 8));
        }
        self.dirty = true;
    }
}

/// The path behind so many words; it may hold blanks itself.
fn path(entry: &[u8], words: usize) -> Option<RepoPath> {
    let mut parts = entry.splitn(words + 1, |byte| *byte == b' ');
    parts.nth(words).map(RepoPath::new)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_is_read_whatever_the_paths_hold() {
        let hashes = format!("{} {}", "1".repeat(40), "2".repeat(40));
        let ours =
            |xy: &str, path: &str| format!("1 {xy} N... 100644 100644 100644 {hashes} {path}\0");
        let all = ours("M.", "staged")
            + &ours(".M", "a b\nc")
            + &ours("AD", "gone")
            + "? new one\0? nested/\0";
        let read = Status::parse(all.as_bytes());
        assert!(read.dirty && read.unmerged.is_empty());
        assert_eq!(read.removed, [RepoPath::from("gone")]);
        assert_eq!(read.written, ["a b\nc", "new one"].map(RepoPath::from));
        let third = "3".repeat(40);
        let unmerged = format!("u UU N... 100644 100644 100644 100644 {hashes} {third} x y\0");
        let read = Status::parse(unmerged.as_bytes());
        assert_eq!(read.unmerged, [RepoPath::from("x y")]);
        assert!(!Status::parse(b"? nested/\0").dirty);
    }
}
