//! What `git status` says of a worktree.

use crate::git::merge::Version;
use crate::git::path::RepoPath;

/// What is not committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub unmerged: Vec<RepoPath>,
    /// In git's order.
    pub changes: Vec<Change>,
    /// Whether submodules are among the changes.
    pub submodules: bool,
}

/// A path that is not as in the commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub path: RepoPath,
    /// What the index has there.
    pub index: Option<Version>,
    pub folder: Folder,
}

/// What the folder has at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// The same as the index.
    Same,
    /// Nothing.
    Gone,
    /// Something else, or something that only it has.
    Other,
}

impl Status {
    /// Reads porcelain version 2 under `-z`, without renames and headers.
    pub fn parse(stdout: &[u8]) -> Self {
        let mut status = Self::default();
        for entry in stdout.split(|byte| *byte == 0) {
            match entry.first() {
                Some(b'1') => status.changed(entry),
                Some(b'u') => status.unmerged.extend(path(entry, 10)),
                // With a slash at its end it is a repository of its own.
                Some(b'?') if !entry.ends_with(b"/") => {
                    status.changes.extend(path(entry, 1).map(|path| Change {
                        path,
                        index: None,
                        folder: Folder::Other,
                    }));
                }
                _ => {}
            }
        }
        status
    }

    /// The paths where the folder has this.
    pub fn paths(&self, folder: Folder) -> impl Iterator<Item = &RepoPath> {
        let changes = self.changes.iter();
        changes
            .filter(move |change| change.folder == folder)
            .map(|change| &change.path)
    }

    /// `1 XY sub mH mI mW hH hI path`: Y is what happened between index and folder.
    fn changed(&mut self, entry: &[u8]) {
        let mut words = entry.splitn(9, |byte| *byte == b' ').skip(1);
        let mut word = || std::str::from_utf8(words.next()?).ok();
        let read = (|| {
            let folder = match word()?.as_bytes().get(1)? {
                b'.' => Folder::Same,
                b'D' => Folder::Gone,
                _ => Folder::Other,
            };
            self.submodules |= word()?.starts_with('S');
            let (_, mode, _) = (word()?, word()?, word()?);
            let (_, id) = (word()?, word()?);
            let mode = u32::from_str_radix(mode, 8).ok()?;
            let id = id.parse().ok()?;
            let index = (mode != 0).then_some(Version { mode, id });
            Some((folder, index))
        })();
        self.changes.extend(read.and_then(|(folder, index)| {
            let path = path(entry, 8)?;
            Some(Change {
                path,
                index,
                folder,
            })
        }));
    }
}

/// The path behind so many words; it may hold blanks itself.
fn path(entry: &[u8], words: usize) -> Option<RepoPath> {
    let mut parts = entry.splitn(words + 1, |byte| *byte == b' ');
    parts.nth(words).map(RepoPath::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn status_is_read_whatever_the_paths_hold() {
        let (before, after) = ("1".repeat(40), "2".repeat(40));
        let ours = |xy: &str, path: &str| {
            format!("1 {xy} N... 100644 100755 100644 {before} {after} {path}\0")
        };
        let gone = format!(
            "1 D. S... 160000 000000 000000 {before} {} gone\0",
            "0".repeat(40)
        );
        let all = ours("M.", "staged")
            + &ours(".M", "a b\nc")
            + &ours("AD", "lost")
            + &gone
            + "? new one\0? nested/\0";
        let read = Status::parse(all.as_bytes());
        assert!(read.unmerged.is_empty() && read.submodules);
        let paths = |folder| {
            read.paths(folder)
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(paths(Folder::Same), ["staged", "gone"]);
        assert_eq!(paths(Folder::Gone), ["lost"]);
        assert_eq!(paths(Folder::Other), ["a b\nc", "new one"]);
        let index = read.changes[0].index.unwrap();
        assert_eq!(
            (index.mode, index.id.to_string()),
            (0o100_755, after.clone())
        );
        assert_eq!(read.changes[3].index, None);
        let third = "3".repeat(40);
        let unmerged =
            format!("u UU N... 100644 100644 100644 100644 {before} {after} {third} x y\0");
        let read = Status::parse(unmerged.as_bytes());
        assert_eq!(read.unmerged, [RepoPath::from("x y")]);
        assert_eq!(Status::parse(b"? nested/\0"), Status::default());
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| {
            drop(Status::parse(bytes));
        });
    }
}
