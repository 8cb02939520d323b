//! Files that a git which was killed, or ran out of disk, left between two commits: index and
//! branch are as they were before, some files are not.
//!
//! Before a step begins, nothing uncommitted lies where it changes files. So what lies there
//! afterwards and is what the step was about to write, or the beginning of it, is git's and goes;
//! anything else came later and stays.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::error::{OnPath, Result};
use crate::id::Oid;

use super::landing::Step;
use super::path::RepoPath;
use super::repository::Repository;

/// A file that a step changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Touched {
    path: RepoPath,
    /// What it becomes; `None` where the step removes it.
    becomes: Option<Oid>,
    /// The step makes it: before, there is no such file.
    is_new: bool,
}

impl Repository {
    /// Brings the files of a step that came to nothing back to what the index says.
    pub(super) fn mend_files(&self, worktree: &Path, step: &Step<'_>) -> Result<()> {
        let deviating = self.deviating(worktree)?;
        let touched = self.touched_files(step)?.into_iter();
        let mut restored = Vec::new();
        for file in touched.filter(|file| deviating.contains(&file.path)) {
            if !self.is_gits(worktree, &file)? {
                continue;
            }
            if file.is_new {
                remove(worktree, &file.path)?;
            } else {
                restored.extend(file.path.as_bytes());
                restored.push(0);
            }
        }
        if restored.is_empty() {
            return Ok(());
        }
        self.git_in(worktree, "checkout-index")
            .args(["--force", "--quiet", "-z", "--stdin"])
            .input(restored)
            .run()
            .map(drop)
    }

    /// Paths at which a worktree is not what its index says, untracked and ignored ones too.
    fn deviating(&self, worktree: &Path) -> Result<Vec<RepoPath>> {
        let listed = self
            .git_in(worktree, "ls-files")
            .args(["--modified", "--others", "-z", "--full-name"])
            .run()?;
        let mut paths: Vec<RepoPath> = listed
            .stdout
            .split(|byte| *byte == 0)
            .map(RepoPath::new)
            .collect();
        paths.dedup();
        Ok(paths)
    }

    fn touched_files(&self, step: &Step<'_>) -> Result<Vec<Touched>> {
        let output = self
            .git("diff-tree")
            .args(["-r", "-z", "--no-renames", "--ignore-submodules=all"])
            .args([step.before.to_string(), step.after.to_string()])
            .run()?;
        Ok(parse(&output.stdout))
    }

    /// Whether what lies there is what git was about to write, as far as it came.
    fn is_gits(&self, worktree: &Path, file: &Touched) -> Result<bool> {
        let place = worktree.join(file.path.as_path());
        let Ok(kind) = place.symlink_metadata() else {
            return Ok(true);
        };
        if kind.is_dir() {
            return Ok(false);
        }
        let lies = match kind.is_symlink() {
            true => fs::read_link(&place).map(|to| to.into_os_string().as_bytes().to_vec()),
            false => fs::read(&place),
        };
        let lies = lies.on_path("read", &place)?;
        let Some(becomes) = file.becomes else {
            return Ok(false);
        };
        // As a checkout writes it: with line ends and filters of its own.
        let mut path = OsStr::new("--path=").to_owned();
        path.push(file.path.as_path());
        let written = self
            .git_in(worktree, "cat-file")
            .arg("--filters")
            .arg(path)
            .arg(becomes.to_string())
            .run()?;
        Ok(written.stdout.starts_with(&lies))
    }
}

/// Removes a file, and the folders that were made for it.
fn remove(worktree: &Path, path: &RepoPath) -> Result<()> {
    let place = worktree.join(path.as_path());
    fs::remove_file(&place).on_path("remove", &place)?;
    let folders = place.ancestors().skip(1);
    for folder in folders.take_while(|folder| *folder != worktree) {
        // Fails, rightly, at the first that holds something else.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Reads `:mode SP mode SP oid SP oid SP status NUL path NUL`, again and again.
fn parse(stdout: &[u8]) -> Vec<Touched> {
    let mut fields = stdout.split(|byte| *byte == 0);
    let mut touched = Vec::new();
    while let (Some(head), Some(path)) = (fields.next(), fields.next()) {
        let head = String::from_utf8_lossy(head);
        let words: Vec<&str> = head.split(' ').collect();
        let [_, _, _, oid, status] = words[..] else {
            continue;
        };
        touched.push(Touched {
            path: RepoPath::new(path),
            becomes: oid.parse().ok().filter(|_| status != "D"),
            is_new: status == "A",
        });
    }
    touched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn what_becomes_of_every_file_is_read() {
        let (zero, one, two) = ("0".repeat(40), "1".repeat(40), "2".repeat(40));
        let listed = format!(
            ":100644 100755 {one} {two} M\0a b\0:000000 100644 {zero} {two} A\0new\0\
             :100644 000000 {one} {zero} D\0old\n\0"
        );
        let read: Vec<_> = parse(listed.as_bytes())
            .into_iter()
            .map(|file| {
                let becomes = file.becomes.map(|oid| oid.to_string());
                (file.path.to_string(), becomes, file.is_new)
            })
            .collect();
        let expected = [
            ("a b".to_owned(), Some(two.clone()), false),
            ("new".to_owned(), Some(two), true),
            ("old\n".to_owned(), None, false),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
