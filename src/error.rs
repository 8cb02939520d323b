//! What can go wrong, as the person at the terminal needs it: what failed, what was kept, what to
//! type next. Every failure carries the exit code that `git parallel --help` documents.
//!
//! A finding (a conflict, a failed task) is a result, not a failure: see [`Verdict`].

use std::fmt::{self, Display};
use std::io;
use std::path::Path;

/// The result of everything that can fail for a reason the user should read.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// How a command that ran to its end ended: exit code 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done, clean, nothing to report: exit code 0.
    Done,
    /// Done, and there is something to look at (conflicts, failed tasks): exit code 1.
    Finding,
}

impl Verdict {
    /// `Finding` when `found`, else `Done`.
    pub fn finding_if(found: bool) -> Self {
        if found { Self::Finding } else { Self::Done }
    }

    /// 0 or 1.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Finding => 1,
        }
    }
}

/// The class of a failure; it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line, a task file or a plan cannot be understood: 2.
    Usage,
    /// Something needed is missing or broken; nothing was decided or done: 3.
    Unable,
    /// Done as asked it would lose or mix up work: 4.
    Refused,
    /// A lock is held beyond the limit: 5.
    Busy,
    /// Ctrl-C: 130.
    Interrupted,
    /// SIGTERM: 143.
    Terminated,
}

impl Kind {
    /// The exit code, as documented in the manual page.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Unable => 3,
            Self::Refused => 4,
            Self::Busy => 5,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// A failure on its way to the user: `what` failed on which path or branch, what was `kept`, and
/// the commands to paste `next`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// One sentence without a full stop; further lines are details.
    pub what: String,
    /// What is still there, when the user has reason to worry.
    pub kept: Option<String>,
    /// Commands to paste, most useful first.
    pub next: Vec<String>,
}

impl Failure {
    fn new(kind: Kind, what: impl Display) -> Self {
        Self {
            kind,
            what: what.to_string(),
            kept: None,
            next: Vec::new(),
        }
    }

    /// Exit code 2: what was typed, or a file that was given, cannot be understood.
    pub fn usage(what: impl Display) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// Exit code 3: could not decide or do.
    pub fn unable(what: impl Display) -> Self {
        Self::new(Kind::Unable, what)
    }

    /// Exit code 4: refused, to protect data.
    pub fn refused(what: impl Display) -> Self {
        Self::new(Kind::Refused, what)
    }

    /// Exit code 5: somebody else holds the lock.
    pub fn busy(what: impl Display) -> Self {
        Self::new(Kind::Busy, what)
    }

    /// Exit code 130: the user pressed Ctrl-C.
    pub fn interrupted(what: impl Display) -> Self {
        Self::new(Kind::Interrupted, what)
    }

    /// Exit code 143: somebody sent SIGTERM.
    pub fn terminated(what: impl Display) -> Self {
        Self::new(Kind::Terminated, what)
    }

    /// Says what was kept.
    #[must_use]
    pub fn kept(mut self, kept: impl Display) -> Self {
        self.kept = Some(kept.to_string());
        self
    }

    /// Adds a command to paste.
    #[must_use]
    pub fn next(mut self, command: impl Display) -> Self {
        self.next.push(command.to_string());
        self
    }

    /// Puts where it happened in front: "`context`: `what`".
    #[must_use]
    pub fn within(mut self, context: impl Display) -> Self {
        self.what = format!("{context}: {}", self.what);
        self
    }

    /// An I/O error on `path` while trying to `verb` it ("read", "write", "create").
    pub fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self::unable(format!("cannot {verb} {}: {error}", path.display()))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Failure {}

/// Turns an error of the outside world into a [`Failure`] that names what was being done.
pub trait OrFail<T> {
    /// "`doing`: `error`", exit code 3.
    fn or_unable<D: Display>(self, doing: impl FnOnce() -> D) -> Result<T>;
}

impl<T, E: Display> OrFail<T> for std::result::Result<T, E> {
    fn or_unable<D: Display>(self, doing: impl FnOnce() -> D) -> Result<T> {
        self.map_err(|error| Failure::unable(format!("{}: {error}", doing())))
    }
}

/// The same for I/O, where the path is what the user has to know.
pub trait OnPath<T> {
    /// "cannot `verb` `path`: `error`", exit code 3.
    fn on_path(self, verb: &str, path: &Path) -> Result<T>;
}

impl<T> OnPath<T> for io::Result<T> {
    fn on_path(self, verb: &str, path: &Path) -> Result<T> {
        self.map_err(|error| Failure::io(verb, path, &error))
    }
}

/// `text` as one word of a command to paste.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%,:=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_documented_exit_code() {
        let codes = [
            (Kind::Usage, 2),
            (Kind::Unable, 3),
            (Kind::Refused, 4),
            (Kind::Busy, 5),
            (Kind::Interrupted, 130),
            (Kind::Terminated, 143),
        ];
        for (kind, code) in codes {
            assert_eq!(kind.exit_code(), code, "{kind:?}");
        }
        assert_eq!(Verdict::finding_if(true).exit_code(), 1);
        assert_eq!(Verdict::finding_if(false).exit_code(), 0);
    }

    #[test]
    fn an_io_error_names_the_verb_and_the_path() {
        let error = io::Error::from(io::ErrorKind::NotFound);
        let failure = Failure::io("read", Path::new("/x/tasks.md"), &error);
        assert!(failure.what.starts_with("cannot read /x/tasks.md: "));
        assert_eq!(failure.kind, Kind::Unable);
    }

    #[test]
    fn a_name_with_spaces_or_quotes_is_one_word() {
        assert_eq!(shell_word("/a/b-c"), "/a/b-c");
        assert_eq!(shell_word("/a b/it's"), "'/a b/it'\\''s'");
    }
}
