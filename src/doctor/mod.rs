//! What a run needs and what earlier ones left behind: looked at, told, and mended the safe way.
//!
//! Looking changes nothing. A mend takes the lock that goes with what it touches, and moves aside
//! rather than deletes; what only its owner can judge (another git's lock, somebody's work) is
//! left, with the command that settles it.

mod locks;
mod records;
mod registry;
mod scratch;
mod sockets;
mod tools;
mod trash;
mod workers;

use std::path::PathBuf;

use crate::agents::Agents;
use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::id::RunId;
use crate::store::Store;

use records::Record;
use registry::Entry;
use scratch::Scratch;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Well,
    /// Worth knowing; nothing to do.
    Note,
    /// Something to mend.
    Finding,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// By this programs know what kind it is.
    pub code: &'static str,
    pub level: Level,
    /// The path, branch, run or program it is about.
    pub subject: String,
    /// What is the matter with it, or that nothing is.
    pub message: String,
    /// The command that settles what is not mended here.
    pub next: Option<String>,
    /// What `--fix` came to; `None` where nothing was tried.
    pub mended: Option<std::result::Result<String, String>>,
    mend: Option<Mend>,
}

/// What can be done about a finding without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mend {
    Registry(Entry),
    Record(Record),
    Trash,
    Scratch(Scratch),
    /// Of the tmux of this run.
    Socket(RunId),
}

impl Finding {
    fn new(
        level: Level,
        code: &'static str,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            level,
            subject: subject.into(),
            message: message.into(),
            next: None,
            mended: None,
            mend: None,
        }
    }

    fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }

    fn mend(mut self, mend: Mend) -> Self {
        self.mend = Some(mend);
        self
    }

    /// Whether `--fix` would do something about it.
    pub fn can_be_mended(&self) -> bool {
        self.mend.is_some()
    }

    /// Whether something is still to be done.
    pub fn is_open(&self) -> bool {
        self.level == Level::Finding && !matches!(self.mended, Some(Ok(_)))
    }
}

/// What the user configured, as far as it could be read.
#[derive(Debug)]
pub struct Configured {
    /// What could not be.
    pub failures: Vec<Failure>,
    pub agents: Agents,
    /// `parallel.agent`
    pub agent: Option<String>,
    /// Where programs are looked for.
    pub folders: Vec<PathBuf>,
}

/// Looks at everything.
pub fn examine(
    repository: &Repository,
    store: &Store,
    configured: Configured,
) -> Result<Vec<Finding>> {
    let mut found = tools::look(repository)?;
    found.extend(workers::look(&configured));
    for failure in configured.failures {
        let finding = Finding::new(Level::Finding, "settings", "git config", failure.what);
        found.push(match failure.next.into_iter().next() {
            Some(command) => finding.next(command),
            None => finding,
        });
    }
    found.extend(registry::look(repository)?);
    found.extend(locks::look(repository, store)?);
    found.extend(records::look(repository, store)?);
    found.extend(trash::look(repository, store)?);
    found.extend(scratch::look(repository, store)?);
    found.extend(sockets::look(store)?);
    Ok(found)
}

/// Mends what can be mended, in the order in which it was found: a broken registry first, since
/// git itself stumbles over it.
pub fn mend(repository: &Repository, store: &Store, found: &mut [Finding]) {
    for finding in found {
        let Some(mend) = finding.mend.take() else {
            continue;
        };
        let done = match mend {
            Mend::Registry(entry) => registry::mend(repository, store, &entry),
            Mend::Record(record) => records::mend(repository, store, &record),
            Mend::Trash => trash::mend(repository, store),
            Mend::Socket(run) => sockets::mend(store, run),
            Mend::Scratch(what) => scratch::mend(repository, store, what),
        };
        finding.mended = Some(done.map_err(|failure: Failure| failure.what));
    }
}
