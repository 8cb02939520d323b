//! How somebody's checkout stands at a moment: enough to tell later that something moved, cheap
//! enough to be looked at by the way. Nothing is written, not even what git finds out on the way.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::id::Oid;

use super::path::RepoPath;
use super::repository::Repository;
use super::safety::path_of;

/// A checkout at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    pub worktree: PathBuf,
    /// Null on an unborn branch.
    pub commit: Option<Oid>,
    /// Short name; null when HEAD is detached.
    pub branch: Option<String>,
    /// Paths that differ from HEAD or are untracked; a new folder counts as one.
    pub changed: BTreeMap<String, Change>,
}

/// How a path differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// In `git status`'s letters.
    pub state: String,
    /// Of the file, if it is there.
    pub size: u64,
    /// Seconds and nanoseconds since the epoch.
    pub modified: (i64, i64),
}

impl Repository {
    /// Looks at a checkout.
    pub fn checkout(&self, worktree: &Path) -> Result<Checkout> {
        let output = self
            .git_in(worktree, "status")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["--porcelain=v2", "--branch", "-z", "--no-renames"])
            .args(["--untracked-files=normal", "--ignore-submodules=dirty"])
            .run()?;
        let mut checkout = parse(&output.stdout);
        checkout.worktree = worktree.to_owned();
        for (path, change) in &mut checkout.changed {
            // One that is not UTF-8 is told apart by its letters alone.
            if let Ok(file) = worktree.join(path).symlink_metadata() {
                change.size = file.size();
                change.modified = (file.mtime(), file.mtime_nsec());
            }
        }
        Ok(checkout)
    }
}

fn parse(stdout: &[u8]) -> Checkout {
    let mut checkout = Checkout::default();
    let mut add = |state: &str, path: &RepoPath| {
        let state = state.to_owned();
        let change = Change {
            state,
            ..Change::default()
        };
        checkout.changed.insert(path.to_text().into_owned(), change);
    };
    let (mut commit, mut branch) = (None, None);
    for line in stdout
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let text = String::from_utf8_lossy(line);
        if let Some(oid) = text.strip_prefix("# branch.oid ") {
            commit = oid.parse().ok();
        } else if let Some(head) = text.strip_prefix("# branch.head ") {
            branch = (head != "(detached)").then(|| head.to_owned());
        } else if let Some(path) = line.strip_prefix(b"? ") {
            add("?", &RepoPath::new(path));
        } else if let Some(path) = path_of(line).filter(|_| !line.starts_with(b"#")) {
            add(text.get(2..4).unwrap_or_default(), &path);
        }
    }
    checkout.commit = commit;
    checkout.branch = branch;
    checkout
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn a_status_becomes_a_checkout() {
        let oid = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let status = format!(
            "# branch.oid {oid}\0# branch.head a/b\01 .M N... 100644 100644 100644 {oid} {oid} a file\0\
             u UU N... 1 2 3 4 {oid} {oid} {oid} g\0? new/\0"
        );
        let checkout = parse(status.as_bytes());
        assert_eq!(checkout.branch.as_deref(), Some("a/b"));
        assert_eq!(checkout.commit, oid.parse().ok());
        let changed = checkout.changed.iter();
        let changed: Vec<_> = changed
            .map(|(p, c)| (p.as_str(), c.state.as_str()))
            .collect();
        assert_eq!(changed, [("a file", ".M"), ("g", "UU"), ("new/", "?")]);
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
