//! Which commits of one side of a merge touched which paths.

use crate::error::Result;
use crate::id::Oid;

use super::path::RepoPath;
use super::repository::Repository;

/// How many commits of a side are looked at: the newest.
const MOST: &str = "200";

/// A commit of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideCommit {
    pub id: Oid,
    pub subject: String,
    /// Those of the paths asked about that it touched.
    pub paths: Vec<RepoPath>,
}

impl Repository {
    /// The commits of `tip` that `other` has not, newest first, and what of `paths` each touched;
    /// without paths all of them, touching nothing.
    pub fn side_log(&self, other: Oid, tip: Oid, paths: &[RepoPath]) -> Result<Vec<SideCommit>> {
        let mut git = self
            .git("log")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .args(["-z", "--no-renames", "--no-color", "--no-show-signature"])
            .args(["--format=%x01%H %s", "-n", MOST]);
        if !paths.is_empty() {
            git = git.arg("--name-only");
        }
        git = git.arg(format!("{other}..{tip}"));
        git = git.arg("--");
        for path in paths {
            git = git.arg(path.as_path());
        }
        Ok(parse(&git.run()?.stdout))
    }
}

/// Reads `\x01ID SP SUBJECT NUL`, then `LF` and paths that end in NUL.
fn parse(stdout: &[u8]) -> Vec<SideCommit> {
    let mut commits: Vec<SideCommit> = Vec::new();
    for field in stdout.split(|byte| *byte == 0) {
        let field = field.strip_prefix(b"\n").unwrap_or(field);
        if let Some(head) = field.strip_prefix(b"\x01") {
            let head = String::from_utf8_lossy(head);
            let (id, subject) = head.split_once(' ').unwrap_or((&head, ""));
            commits.extend(id.parse().ok().map(|id| SideCommit {
                id,
                subject: subject.to_owned(),
                paths: Vec::new(),
            }));
        } else if let Some(last) = commits.last_mut().filter(|_| !field.is_empty()) {
            last.paths.push(RepoPath::new(field));
        }
    }
    commits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn commits_come_with_the_paths_they_touched() {
        let id = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let text = format!("\x01{id} Two\0\na b\0c\0\x01{id} \0\nd\0");
        let read = parse(text.as_bytes());
        let seen: Vec<(&str, usize)> = read
            .iter()
            .map(|commit| (commit.subject.as_str(), commit.paths.len()))
            .collect();
        assert_eq!(seen, [("Two", 2), ("", 1)]);
        assert_eq!(read[0].paths[0], RepoPath::from("a b"));
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
