//! A path inside a repository: bytes with `/` between its parts, not necessarily UTF-8.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A path relative to the repository's root, exactly as git has it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// From the bytes that git printed under `-z`.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// From a path relative to a worktree.
    pub fn from_path(path: &Path) -> Self {
        Self::new(path.as_os_str().as_bytes())
    }

    /// The exact bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As text; what is not UTF-8 is replaced. Not yet safe for a terminal.
    pub fn to_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether [`RepoPath::to_text`] says it all.
    pub fn is_utf8(&self) -> bool {
        std::str::from_utf8(&self.0).is_ok()
    }

    /// Whether a side's name may be in it.
    pub(super) fn has_mark(&self) -> bool {
        self.0.contains(&b'~')
    }

    /// Replaces `~OLD` at the end, where git put a side's name to move a file aside, by `~NEW`;
    /// git's number behind it (`~OLD_0`) stays.
    pub(super) fn rename_side(&mut self, old: &str, new: &str) {
        let mark = format!("~{old}");
        let found = self
            .0
            .windows(mark.len())
            .rposition(|w| w == mark.as_bytes());
        let Some(start) = found else { return };
        let end = start + mark.len();
        let number = self.0[end..].strip_prefix(b"_");
        if end == self.0.len() || number.is_some_and(|n| n.iter().all(u8::is_ascii_digit)) {
            let new = format!("~{}", new.replace('/', "_"));
            self.0.splice(start..end, new.into_bytes());
        }
    }

    /// As a path of the file system, relative to a worktree.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_text())
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_renamed_only_where_git_put_its_name() {
        let cases = [
            ("d/f~abc", "d/f~feat_x"),
            ("d/f~abc_0", "d/f~feat_x_0"),
            ("f~abc/g", "f~abc/g"),
            ("f~abcd", "f~abcd"),
            ("f", "f"),
        ];
        for (path, renamed) in cases {
            let mut path = RepoPath::from(path);
            path.rename_side("abc", "feat/x");
            assert_eq!(path, RepoPath::from(renamed));
        }
    }
}
