//! The index of a worktree in the middle of a merge, and a draft of it: what would be committed if
//! what is resolved were staged, found out without touching the index itself.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::{OnPath, OrFail, Result};
use crate::id::Oid;
use crate::process::ScratchFolder;

use super::markers::MARKER_SIZE;
use super::merge::{Version, Versions};
use super::path::RepoPath;
use super::program::Git;
use super::repository::Repository;

/// A conflicted path in the index: what stands at it in the base and on each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmerged {
    pub path: RepoPath,
    pub versions: Versions,
}

impl Repository {
    /// Conflicted paths that nobody has staged yet.
    pub fn unmerged(&self, worktree: &Path) -> Result<Vec<Unmerged>> {
        let output = self
            .git_in(worktree, "ls-files")
            .args(["--unmerged", "--full-name", "-z", "--", ":/"])
            .run()?;
        Ok(parse(&output.stdout))
    }

    /// The files that are staged at these paths; those with a conflict, or with anything else, are
    /// left out.
    pub fn staged_files(
        &self,
        worktree: &Path,
        paths: &[RepoPath],
    ) -> Result<Vec<(RepoPath, Oid)>> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let mut git = self
            .git_in(worktree, "ls-files")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .args(["--stage", "--full-name", "-z", "--"]);
        for path in paths {
            git = git.arg(path.as_path());
        }
        let read = git.run()?.stdout;
        let entries = read.split(|byte| *byte == 0).filter_map(entry);
        Ok(entries
            .filter(|entry| entry.stage == 0 && entry.version.is_file())
            .map(|entry| (entry.path, entry.version.id))
            .collect())
    }

    /// How long conflict markers are in each of these files.
    pub fn marker_sizes(&self, worktree: &Path, paths: &[RepoPath]) -> Result<Vec<usize>> {
        let mut input = Vec::new();
        for path in paths {
            input.extend(path.as_bytes());
            input.push(0);
        }
        let output = self
            .git_in(worktree, "check-attr")
            .args(["--stdin", "-z", "conflict-marker-size"])
            .input(input)
            .run()?;
        let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
        let size = |value: Option<&&[u8]>| {
            let text = std::str::from_utf8(value?).ok()?;
            text.parse().ok().filter(|size| *size > 0)
        };
        let value = |at: usize| size(fields.get(at * 3 + 2)).unwrap_or(MARKER_SIZE);
        Ok((0..paths.len()).map(value).collect())
    }

    /// Stages these paths as they are in the worktree; `everything` that git does not ignore, too.
    pub fn stage(
        &self,
        worktree: &Path,
        paths: &[RepoPath],
        everything: bool,
        lock: File,
    ) -> Result<()> {
        self.await_locks(worktree)?;
        take_over(self.git_in(worktree, "update-index").own_group(), paths)?;
        if everything {
            self.git_in(worktree, "add")
                .args(["--all", "--", ":/"])
                .own_group()
                .holding(lock)
                .run()?;
        }
        Ok(())
    }

    /// The tree of what is staged in a worktree.
    pub fn staged_tree(&self, worktree: &Path) -> Result<Oid> {
        tree(self.git_in(worktree, "write-tree"))
    }
}

/// A copy of a worktree's index, to try things on.
#[derive(Debug)]
pub struct DraftIndex<'a> {
    worktree: &'a Path,
    git_dir: PathBuf,
    folder: ScratchFolder,
}

impl<'a> DraftIndex<'a> {
    /// Of this worktree's.
    pub fn of(repository: &Repository, worktree: &'a Path) -> Result<Self> {
        let git_dir = repository.git_dir_of(worktree)?;
        let folder = ScratchFolder::new("index")?;
        let index = git_dir.join("index");
        fs::copy(&index, folder.path().join("index")).on_path("read", &index)?;
        Ok(Self {
            worktree,
            git_dir,
            folder,
        })
    }

    /// As [`Repository::stage`], in the draft.
    pub fn stage(&self, paths: &[RepoPath], everything: bool) -> Result<()> {
        take_over(self.git("update-index"), paths)?;
        if everything {
            self.git("add").args(["--all", "--", ":/"]).run()?;
        }
        Ok(())
    }

    /// Its tree, with nothing conflicted left in it.
    pub fn tree(&self) -> Result<Oid> {
        tree(self.git("write-tree"))
    }

    fn git(&self, subcommand: &str) -> Git {
        let index = self.folder.path().join("index");
        Git::on_index(&self.git_dir, self.worktree, &index, subcommand)
    }
}

fn tree(git: Git) -> Result<Oid> {
    git.run()?.text().parse().or_unable(|| "git write-tree")
}

/// Takes paths from the worktree into the index: their content, or that they are gone.
fn take_over(update_index: Git, paths: &[RepoPath]) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let mut input = Vec::new();
    for path in paths {
        input.extend(path.as_bytes());
        input.push(0);
    }
    update_index
        .args(["--add", "--remove", "-z", "--stdin"])
        .input(input)
        .run()
        .map(drop)
}

struct Entry {
    path: RepoPath,
    stage: u8,
    version: Version,
}

/// Reads `mode SP oid SP stage TAB path`.
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = line.iter().position(|byte| *byte == b'\t')?;
    let head = String::from_utf8_lossy(&line[..tab]);
    let mut words = head.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = words.next()?.parse().ok()?;
    Some(Entry {
        path: RepoPath::new(&line[tab + 1..]),
        stage: words.next()?.parse().ok()?,
        version: Version { mode, id },
    })
}

/// The conflicted ones, each once; git lists them by path.
fn parse(stdout: &[u8]) -> Vec<Unmerged> {
    let mut all: Vec<Unmerged> = Vec::new();
    for entry in stdout.split(|byte| *byte == 0).filter_map(entry) {
        if all.last().is_none_or(|last| last.path != entry.path) {
            all.push(Unmerged {
                path: entry.path,
                versions: Versions::default(),
            });
        }
        if let Some(last) = all.last_mut() {
            let versions = &mut last.versions;
            match entry.stage {
                1 => versions.base = Some(entry.version),
                2 => versions.ours = Some(entry.version),
                _ => versions.theirs = Some(entry.version),
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn the_sides_of_a_conflict_are_told_apart() {
        let a = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let listed = format!(
            "100644 {a} 1\tf\0100644 {a} 2\tf\0100644 {a} 3\tf\0100644 {a} 1\tgone\0100644 {a} 3\tgone\0\
             120000 {a} 2\tlink\0100644 {a} 3\tlink\0"
        );
        let read = parse(listed.as_bytes());
        let modes = |version: Option<Version>| version.map(|version| version.mode);
        let seen: Vec<_> = read
            .iter()
            .map(|one| {
                let versions = one.versions.clone();
                let sides = [versions.base, versions.ours, versions.theirs];
                (one.path.to_string(), sides.map(modes))
            })
            .collect();
        let file = Some(0o100_644);
        let expected = [
            ("f", [file, file, file]),
            ("gone", [file, None, file]),
            ("link", [None, Some(0o120_000), file]),
        ];
        let expected = expected.map(|(path, sides)| (path.to_owned(), sides));
        assert_eq!(seen, expected);
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
