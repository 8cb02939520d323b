//! The worktrees that git knows of.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{OnPath, Result};
use crate::id::Oid;

use super::program::Git;
use super::repository::Repository;

/// An entry of `git worktree list`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worktree {
    /// Its folder; the repository itself where it is bare, and where nobody knows of the main
    /// worktree's folder.
    pub path: PathBuf,
    /// What is checked out; `None` in a bare repository and on an unborn branch.
    pub commit: Option<Oid>,
    /// The short name of the branch; `None` for a detached HEAD. What is not UTF-8 is replaced.
    pub branch: Option<String>,
    pub bare: bool,
    /// It is locked, for this reason (often none).
    pub locked: Option<String>,
    /// git would drop the entry: as a rule because its folder is gone.
    pub prunable: bool,
}

impl Repository {
    /// All worktrees, the main one (or the bare repository) first.
    pub fn worktrees(&self) -> Result<Vec<Worktree>> {
        let output = self
            .git("worktree")
            .args(["list", "--porcelain", "-z"])
            .run()?;
        let mut all = parse(&output.stdout);
        if let Some(main) = all.first_mut()
            && !main.bare
            && main.path == self.common_dir()
            && let Some(path) = self.far_work_dir()?
        {
            main.path = path;
        }
        Ok(all)
    }

    /// Where the main worktree's files are when its git directory lies elsewhere (`git init
    /// --separate-git-dir`, submodules): git lists that directory instead. `None` where only who
    /// stands among the files can tell.
    fn far_work_dir(&self) -> Result<Option<PathBuf>> {
        if self.git_dir() == self.common_dir() {
            return Ok(self.work_dir().map(Path::to_owned));
        }
        let output = Git::on_dir(self.common_dir(), "config")
            .args(["--type=path", "--get", "core.worktree"])
            .ask()?;
        let named = output.stdout.strip_suffix(b"\n").unwrap_or_default();
        let path = self.common_dir().join(OsStr::from_bytes(named));
        Ok(path.canonicalize().ok().filter(|_| !named.is_empty()))
    }

    /// The worktree that has this branch checked out.
    pub fn worktree_of(&self, branch: &str) -> Result<Option<Worktree>> {
        let mut all = self.worktrees()?.into_iter();
        Ok(all.find(|worktree| worktree.branch.as_deref() == Some(branch)))
    }
}

fn parse(stdout: &[u8]) -> Vec<Worktree> {
    let mut all: Vec<Worktree> = Vec::new();
    for line in stdout.split(|byte| *byte == 0) {
        let end = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
        let (key, value) = (&line[..end], line.get(end + 1..).unwrap_or_default());
        if key == b"worktree" {
            all.push(Worktree {
                path: PathBuf::from(OsStr::from_bytes(value)),
                ..Worktree::default()
            });
        } else if let Some(worktree) = all.last_mut() {
            worktree.set(key, &String::from_utf8_lossy(value));
        }
    }
    all
}

impl Worktree {
    /// Its git directory: `.git`, or `.git/worktrees/NAME`. Absolute.
    pub fn git_dir(&self) -> Result<PathBuf> {
        let link = self.path.join(".git");
        if link.is_dir() {
            return Ok(link);
        }
        let text = fs::read(&link).on_path("read", &link)?;
        let target = text.strip_prefix(b"gitdir: ").unwrap_or(&text);
        let target = target.strip_suffix(b"\n").unwrap_or(target);
        let target = self.path.join(OsStr::from_bytes(target));
        target.canonicalize().on_path("find", &target)
    }

    fn set(&mut self, key: &[u8], value: &str) {
        match key {
            // An unborn branch is shown with an id of zeroes.
            b"HEAD" => self.commit = value.parse().ok().filter(|id: &Oid| *id != id.zero_like()),
            b"branch" => {
                let short = value.strip_prefix("refs/heads/").unwrap_or(value);
                self.branch = Some(short.to_owned());
            }
            b"bare" => self.bare = true,
            b"locked" => self.locked = Some(value.to_owned()),
            b"prunable" => self.prunable = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn every_kind_of_entry_is_read() {
        let a = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let zero = "0".repeat(40);
        let listed = format!(
            "worktree /r\0bare\0\0worktree /a b\n\0HEAD {a}\0branch refs/heads/x/y\0locked because\0\0\
             worktree /c\0HEAD {zero}\0branch refs/heads/new\0\0worktree /d\0HEAD {a}\0detached\0prunable gone\0\0"
        );
        let read = parse(listed.as_bytes());
        assert_eq!(read.len(), 4);
        assert!(read[0].bare && read[0].commit.is_none());
        assert_eq!(read[1].path, PathBuf::from("/a b\n"));
        assert_eq!(read[1].branch.as_deref(), Some("x/y"));
        assert_eq!(read[1].locked.as_deref(), Some("because"));
        assert_eq!(
            (read[2].commit, read[2].branch.as_deref()),
            (None, Some("new"))
        );
        assert!(read[3].prunable && read[3].branch.is_none() && read[3].commit.is_some());
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
