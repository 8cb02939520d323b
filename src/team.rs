//! What a repository brings along for everybody who works in it: the file `.gitparallel`, in git's
//! configuration syntax. Read from a commit of the target, never from a worktree, where an agent
//! could edit it. What it names as commands runs only after the user has approved it.

use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::id::Oid;
use crate::settings::SetupSettings;

/// The file, at the root of the repository.
pub const FILE: &str = ".gitparallel";

/// What a team shares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    pub setup: SetupSettings,
    /// Keys that it is not for a repository to set.
    pub ignored: Vec<String>,
}

/// A command that a repository brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brought<'a> {
    /// `parallel.setup`
    pub key: &'static str,
    /// For `sh -c`.
    pub line: &'a str,
}

impl Team {
    /// Reads what a commit of this branch says; nothing where it has no such file.
    pub fn read(repository: &Repository, branch: &str, commit: Oid) -> Result<Self> {
        let found = repository.configuration_in(commit, FILE, "parallel");
        let found = found.map_err(|failure| failure.within(branch))?;
        let mut team = Self::default();
        for (key, value) in found.unwrap_or_default() {
            let taken = team.setup.set(&key, value.trim());
            let taken = taken.map_err(|expected| {
                Failure::usage(format!(
                    "{branch}:{FILE}: {key} = '{value}' should be {expected}"
                ))
                .next(format!("git show {branch}:{FILE}"))
            })?;
            if !taken && !team.ignored.contains(&key) {
                team.ignored.push(key);
            }
        }
        Ok(team)
    }

    /// The commands that would run, unless the user has dropped them.
    pub fn commands(&self, own: &SetupSettings) -> Vec<Brought<'_>> {
        let lines: &[String] = match own.run.cleared {
            true => &[],
            false => &self.setup.run.values,
        };
        let key = "parallel.setup";
        lines.iter().map(|line| Brought { key, line }).collect()
    }
}
