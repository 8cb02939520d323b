//! A merge inside a worktree, for a person to finish: begun, looked at, concluded, taken back.

use std::fs;
use std::path::Path;

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;

use super::path::RepoPath;
use super::program::complaint;
use super::repository::Repository;

/// How a merge in a worktree began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeStart {
    /// It was clean and is committed; or there was nothing to merge.
    Concluded,
    /// It waits for somebody to resolve its conflicts.
    Conflicts,
}

impl Repository {
    /// Merges `what` in a worktree, as its user would.
    pub fn start_merge(&self, worktree: &Path, what: &str) -> Result<MergeStart> {
        let output = self
            .git_in(worktree, "merge")
            .args([
                "--ff",
                "--no-edit",
                "--no-stat",
                "--no-autostash",
                "--quiet",
            ])
            .arg(what)
            .ask()?;
        if output.status.success() {
            Ok(MergeStart::Concluded)
        } else if self.merge_head(worktree)?.is_some() {
            Ok(MergeStart::Conflicts)
        } else {
            let said = output.complaint();
            let said = if said.is_empty() { output.text() } else { said };
            Err(
                Failure::refused(format!("git does not merge {what}: {said}"))
                    .kept("nothing was changed")
                    .next(format!("git -C {} status", word(worktree))),
            )
        }
    }

    /// The commit that is being merged in a worktree, if any is.
    pub fn merge_head(&self, worktree: &Path) -> Result<Option<Oid>> {
        let output = self
            .git_in(worktree, "rev-parse")
            .args(["--verify", "--quiet", "MERGE_HEAD"])
            .ask()?;
        Ok(output.text().parse().ok())
    }

    /// Whether tracked files of a worktree differ from its HEAD, staged or not.
    pub fn has_edits(&self, worktree: &Path) -> Result<bool> {
        let output = self
            .git_in(worktree, "status")
            .args(["--porcelain", "-z", "--untracked-files=no"])
            .run()?;
        Ok(!output.stdout.is_empty())
    }

    /// Conflicted paths that nobody resolved yet.
    pub fn unresolved(&self, worktree: &Path) -> Result<Vec<RepoPath>> {
        let unmerged = self.unmerged(worktree)?;
        Ok(unmerged.into_iter().map(|entry| entry.path).collect())
    }

    /// Concludes a merge. A text file whose markers are gone counts as resolved; whatever leaves
    /// room for doubt (no markers to begin with, a deletion, a binary file) has to be added by
    /// who decided it. Returns the paths that are still open; with none, the merge is committed.
    pub fn continue_merge(&self, worktree: &Path) -> Result<Vec<RepoPath>> {
        let mut open = Vec::new();
        for entry in self.unmerged(worktree)? {
            if self.is_resolved(worktree, &entry)? {
                self.git_in(worktree, "add")
                    .arg("--")
                    .arg(worktree.join(entry.path.as_path()))
                    .run()?;
            } else {
                open.push(entry.path);
            }
        }
        if open.is_empty() {
            open = self.leftover_markers(worktree)?;
        }
        if open.is_empty() {
            let commit = self
                .git_in(worktree, "commit")
                .args(["--no-edit", "--quiet"]);
            commit.run()?;
        }
        Ok(open)
    }

    /// Takes a merge in a worktree back.
    pub fn abort_merge(&self, worktree: &Path) -> Result<()> {
        self.git_in(worktree, "merge")
            .arg("--abort")
            .run()
            .map(drop)
    }

    fn unmerged(&self, worktree: &Path) -> Result<Vec<Unmerged>> {
        let output = self
            .git_in(worktree, "ls-files")
            .args(["--unmerged", "--full-name", "-z", "--", ":/"])
            .run()?;
        Ok(parse(&output.stdout))
    }

    fn is_resolved(&self, worktree: &Path, entry: &Unmerged) -> Result<bool> {
        let path = worktree.join(entry.path.as_path());
        let (Some(ours), true) = (entry.ours, entry.theirs) else {
            return Ok(false);
        };
        let is_file = path.symlink_metadata().is_ok_and(|meta| meta.is_file());
        let Some(content) = is_file.then(|| fs::read(&path).ok()).flatten() else {
            return Ok(false);
        };
        if content.contains(&0) || has_markers(&content) {
            return Ok(false);
        }
        // As it was on our side, it may as well be that git put no markers in (`-merge` in
        // .gitattributes) and nobody has looked.
        let now = self
            .git_in(worktree, "hash-object")
            .arg("--")
            .arg(&path)
            .run()?;
        Ok(now.text() != ours.to_string())
    }

    /// Staged files that still hold a conflict marker, as `git diff --check` sees it.
    fn leftover_markers(&self, worktree: &Path) -> Result<Vec<RepoPath>> {
        let output = self
            .git_in(worktree, "diff")
            .args(["--cached", "--check", "HEAD"])
            .ask()?;
        if output.status.code().is_none_or(|code| code > 2) {
            return Err(complaint("diff", &output));
        }
        let text = output.text();
        let mut paths: Vec<RepoPath> = text
            .lines()
            .filter_map(|line| line.strip_suffix(": leftover conflict marker"))
            .filter_map(|line| line.rsplit_once(':'))
            .map(|(path, _)| RepoPath::from(path))
            .collect();
        paths.dedup();
        Ok(paths)
    }
}

/// A conflicted path in the index.
struct Unmerged {
    path: RepoPath,
    /// Our side, where it is a regular file.
    ours: Option<Oid>,
    /// Whether their side is a regular file.
    theirs: bool,
}

/// Reads `mode SP oid SP stage TAB path NUL`, paths in order.
fn parse(stdout: &[u8]) -> Vec<Unmerged> {
    let mut all: Vec<Unmerged> = Vec::new();
    for entry in stdout.split(|byte| *byte == 0) {
        let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else {
            continue;
        };
        let path = RepoPath::new(&entry[tab + 1..]);
        if all.last().is_none_or(|last| last.path != path) {
            all.push(Unmerged {
                path,
                ours: None,
                theirs: false,
            });
        }
        let head = String::from_utf8_lossy(&entry[..tab]);
        let words: Vec<&str> = head.split(' ').collect();
        if let ([mode, oid, stage], Some(last)) = (&words[..], all.last_mut())
            && mode.starts_with("100")
        {
            match *stage {
                "2" => last.ours = oid.parse().ok(),
                "3" => last.theirs = true,
                _ => {}
            }
        }
    }
    all
}

fn has_markers(content: &[u8]) -> bool {
    let starts = |mark: &[u8]| {
        content
            .split(|b| *b == b'\n')
            .any(|line| line.starts_with(mark))
    };
    starts(b"<<<<<<<") || starts(b">>>>>>>")
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sides_of_a_conflict_are_told_apart() {
        let a = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let listed = format!(
            "100644 {a} 1\tf\0100644 {a} 2\tf\0100644 {a} 3\tf\0100644 {a} 1\tgone\0100644 {a} 3\tgone\0\
             120000 {a} 2\tlink\0100644 {a} 3\tlink\0"
        );
        let read = parse(listed.as_bytes());
        let seen: Vec<_> = read
            .iter()
            .map(|u| (u.path.to_string(), u.ours.is_some(), u.theirs))
            .collect();
        let expected = [
            ("f", true, true),
            ("gone", false, true),
            ("link", false, true),
        ];
        assert_eq!(
            seen,
            expected.map(|(path, ours, theirs)| (path.to_owned(), ours, theirs))
        );
    }
}
