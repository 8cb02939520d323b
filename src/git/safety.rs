//! What a worktree holds that would be gone with it. git's own answer is not enough: `git worktree
//! remove` destroys ignored files, hidden edits, nested worktrees, commits of a detached HEAD, a
//! paused rebase or bisect, and submodules' own commits without a word.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::Oid;

use super::path::RepoPath;
use super::program::Git;
use super::provisions::{OWN_FOLDER, Provisions};
use super::repository::Repository;

/// Whatever lets git believe that a file is what it was, instead of looking at it.
const DISTRUST: [&str; 4] = [
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.checkStat=default",
    "core.trustCtime=true",
];

/// One kind of thing that would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Tracked files with uncommitted changes, staged or not.
    Changed(Vec<RepoPath>),
    Untracked(Vec<RepoPath>),
    /// `.env`, a database under `target/`: git would not say a word.
    Ignored(Vec<RepoPath>),
    /// Edits to files marked assume-unchanged or skip-worktree.
    Hidden(Vec<RepoPath>),
    /// It is in the middle of this.
    Paused(&'static str),
    /// Its HEAD is detached at a commit that no branch or tag holds.
    Detached(Oid),
    /// Refs of its own (`refs/worktree/…`).
    OwnRefs,
    /// Submodules with a repository of their own in here.
    Submodules,
    /// Another worktree lies inside.
    Nested(PathBuf),
    /// It cannot be looked at: this is what git said.
    Unreadable(String),
}

/// What was seen of a worktree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    changed: Vec<RepoPath>,
    untracked: Vec<RepoPath>,
    ignored: Vec<RepoPath>,
    head: Option<Oid>,
    on_branch: bool,
}

impl Repository {
    /// Everything in a worktree that is nowhere else. Empty: nothing is lost when it goes, as long
    /// as its branch stays.
    pub fn obstacles(&self, worktree: &Path) -> Result<Vec<Obstacle>> {
        let seen = match self.look_into(worktree) {
            Ok(seen) => seen,
            Err(failure) => return Ok(vec![Obstacle::Unreadable(failure.what)]),
        };
        let git_dir = self.git_dir_of(worktree)?;
        let index = self.index_entries(worktree)?;
        let provided = Provisions::of(&git_dir);
        let lost = |paths: Vec<RepoPath>| provided.beyond(worktree, paths);
        let mut found = Vec::new();
        let lists = [
            (seen.changed, Obstacle::Changed as fn(_) -> _),
            (lost(seen.untracked), Obstacle::Untracked),
            (lost(seen.ignored), Obstacle::Ignored),
            (self.hidden_edits(worktree, &index)?, Obstacle::Hidden),
        ];
        for (paths, kind) in lists {
            if !paths.is_empty() {
                found.push(kind(paths));
            }
        }
        found.extend(self.paused_operation(worktree)?.map(Obstacle::Paused));
        if let (Some(head), false) = (seen.head, seen.on_branch)
            && !self.is_held(head)?
        {
            found.push(Obstacle::Detached(head));
        }
        if self.has_own_refs(worktree)? {
            found.push(Obstacle::OwnRefs);
        }
        let populated = |entry: &IndexEntry| {
            entry.submodule && worktree.join(entry.path.as_path()).join(".git").exists()
        };
        if holds_entries(&git_dir.join("modules")) || index.iter().any(populated) {
            found.push(Obstacle::Submodules);
        }
        found.extend(self.nested_in(worktree)?.map(Obstacle::Nested));
        Ok(found)
    }

    /// The git directory of a worktree: HEAD, index and whatever it is in the middle of.
    pub fn git_dir_of(&self, worktree: &Path) -> Result<PathBuf> {
        let output = self
            .git_in(worktree, "rev-parse")
            .arg("--absolute-git-dir")
            .run()?;
        Ok(PathBuf::from(output.text()))
    }

    fn look_into(&self, worktree: &Path) -> Result<Seen> {
        let output = Git::inside_with(worktree, &DISTRUST, "status")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["--porcelain=v2", "--branch", "-z", "--no-renames"])
            .args(["--untracked-files=normal", "--ignored=traditional"])
            .arg("--ignore-submodules=none")
            .run()?;
        // A folder that is no worktree any more may lie in another repository's.
        let common = self
            .git_in(worktree, "rev-parse")
            .args(["--path-format=absolute", "--git-common-dir"])
            .run()?
            .text();
        let common = Path::new(&common).canonicalize();
        if common.is_ok_and(|common| common == self.common_dir()) {
            Ok(parse_status(&output.stdout))
        } else {
            Err(Failure::unable(
                "the folder belongs to another repository now",
            ))
        }
    }

    /// What the index says of every file.
    pub(super) fn index_entries(&self, worktree: &Path) -> Result<Vec<IndexEntry>> {
        let listed = self
            .git_in(worktree, "ls-files")
            .args(["-v", "-s", "-z", "--full-name"])
            .run()?;
        Ok(parse_index(&listed.stdout))
    }

    /// Files that git was told not to look at and that are not what the index says.
    pub(super) fn hidden_edits(
        &self,
        worktree: &Path,
        index: &[IndexEntry],
    ) -> Result<Vec<RepoPath>> {
        let mut edited = Vec::new();
        for entry in index.iter().filter(|entry| entry.hidden) {
            let file = worktree.join(entry.path.as_path());
            if file.symlink_metadata().is_err() {
                continue; // Left out by a sparse checkout, as a rule.
            }
            let hashed = self
                .git_in(worktree, "hash-object")
                .arg("--")
                .arg(&file)
                .ask()?;
            if hashed.text() != entry.oid {
                edited.push(entry.path.clone());
            }
        }
        Ok(edited)
    }

    /// Whether some branch or tag, local or remote, holds a commit.
    fn is_held(&self, commit: Oid) -> Result<bool> {
        let output = self
            .git("for-each-ref")
            .args(["--count=1", "--contains", &commit.to_string()])
            .args(["refs/heads", "refs/tags", "refs/remotes"])
            .run()?;
        Ok(!output.stdout.is_empty())
    }

    fn has_own_refs(&self, worktree: &Path) -> Result<bool> {
        let output = self
            .git_in(worktree, "for-each-ref")
            .args(["--count=1", "refs/worktree"])
            .run()?;
        Ok(!output.stdout.is_empty())
    }

    fn nested_in(&self, worktree: &Path) -> Result<Option<PathBuf>> {
        let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let outer = canonical(worktree);
        let mut others = self
            .worktrees()?
            .into_iter()
            .map(|other| canonical(&other.path));
        Ok(others.find(|other| *other != outer && other.starts_with(&outer)))
    }

    /// Keeps what a worktree's files and index hold as a commit that no branch has; `None` where
    /// that cannot be made (conflicts), or where nothing differs from HEAD.
    pub fn snapshot(&self, worktree: &Path) -> Result<Option<Oid>> {
        let output = self.git_in(worktree, "stash").arg("create").ask()?;
        Ok(output.text().parse().ok())
    }

    /// Moves a worktree's entry out of the registry, with its index, reflog and submodules.
    pub fn retire_entry(&self, git_dir: &Path, to: &Path) -> Result<()> {
        let known = self.common_dir().join("worktrees");
        if git_dir.parent() != Some(known.as_path()) {
            return Err(Failure::unable(format!(
                "{} is not the entry of a linked worktree",
                git_dir.display()
            )));
        }
        let folder = to.parent().unwrap_or(to);
        fs::create_dir_all(folder).on_path("create", folder)?;
        fs::rename(git_dir, to).or_unable(|| format!("cannot move {}", git_dir.display()))
    }

    /// Removes a worktree's entry from the registry; its folder is not there any more.
    pub fn forget_worktree(&self, path: &Path) -> Result<()> {
        self.git("worktree")
            .args(["remove", "--force", "--force"])
            .arg(path)
            .run()
            .map(drop)
    }
}

fn holds_entries(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

fn parse_status(stdout: &[u8]) -> Seen {
    let mut seen = Seen::default();
    for line in stdout
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let text = String::from_utf8_lossy(line);
        if let Some(oid) = text.strip_prefix("# branch.oid ") {
            seen.head = oid.parse().ok();
        } else if let Some(head) = text.strip_prefix("# branch.head ") {
            seen.on_branch = head != "(detached)";
        } else if let Some(path) = line.strip_prefix(b"? ") {
            seen.untracked.extend(not_ours(path));
        } else if let Some(path) = line.strip_prefix(b"! ") {
            seen.ignored.extend(not_ours(path));
        } else if !line.starts_with(b"#") {
            seen.changed.extend(path_of(line));
        }
    }
    seen
}

fn not_ours(path: &[u8]) -> Option<RepoPath> {
    let bare = path.strip_suffix(b"/").unwrap_or(path);
    (bare != OWN_FOLDER.as_bytes()).then(|| RepoPath::new(path))
}

/// The path of `1 XY sub mH mI mW hH hI path` (eight fields before it) or
/// `u XY sub m1 m2 m3 mW h1 h2 h3 path` (ten).
pub(super) fn path_of(line: &[u8]) -> Option<RepoPath> {
    let fields = if line.starts_with(b"u") { 10 } else { 8 };
    line.splitn(fields + 1, |byte| *byte == b' ')
        .nth(fields)
        .map(RepoPath::new)
}

/// A file as the index has it.
#[derive(Debug)]
pub(super) struct IndexEntry {
    pub(super) path: RepoPath,
    oid: String,
    /// Marked assume-unchanged or skip-worktree: git does not look whether it changed.
    pub(super) hidden: bool,
    submodule: bool,
}

/// Reads `tag SP mode SP oid SP stage TAB path NUL`.
fn parse_index(stdout: &[u8]) -> Vec<IndexEntry> {
    let entry = |entry: &[u8]| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(&entry[..tab]).ok()?;
        let mut words = head.split(' ');
        let (tag, mode, oid) = (words.next()?, words.next()?, words.next()?);
        Some(IndexEntry {
            path: RepoPath::new(&entry[tab + 1..]),
            oid: oid.to_owned(),
            hidden: tag == "S" || tag.starts_with(|c: char| c.is_ascii_lowercase()),
            submodule: mode == "160000",
        })
    };
    stdout.split(|byte| *byte == 0).filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn a_status_is_sorted_by_what_would_be_lost() {
        let oid = "01e79c32a8c99c557f0757da7cb6d65b3414466d";
        let status = format!(
            "# branch.oid {oid}\0# branch.head a/b\01 .M N... 100644 100644 100644 {oid} {oid} a file\0\
             u UU N... 1 2 3 4 {oid} {oid} {oid} g\0? new/\0! .env\0! .parallel/\0? .parallel/\0"
        );
        let seen = parse_status(status.as_bytes());
        let paths =
            |paths: &[RepoPath]| -> Vec<String> { paths.iter().map(RepoPath::to_string).collect() };
        assert_eq!(paths(&seen.changed), ["a file", "g"]);
        assert_eq!(
            (paths(&seen.untracked), paths(&seen.ignored)),
            (vec!["new/".into()], vec![".env".into()])
        );
        assert!(seen.on_branch && seen.head == oid.parse().ok());
    }

    #[test]
    fn only_files_that_git_was_told_to_overlook_are_hidden() {
        let listed = b"H 100644 aa 0\ta\0h 100644 bb 0\tb\tc\0S 100644 cc 0\td\0s 160000 dd 0\te\0";
        let index = parse_index(listed);
        let seen: Vec<_> = index
            .iter()
            .map(|entry| (entry.path.to_string(), entry.hidden, entry.submodule))
            .collect();
        let expected = [
            ("a", false, false),
            ("b\tc", true, false),
            ("d", true, false),
            ("e", true, true),
        ];
        assert_eq!(seen, expected.map(|(path, h, s)| (path.to_owned(), h, s)));
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| {
            parse_status(bytes);
            parse_index(bytes);
        });
    }
}
