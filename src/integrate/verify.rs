//! Does the merged result pass its tests? Asked before anything moves.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Failure, Result};
use crate::git::{REPOSITORY_VARIABLES, Repository, ScratchWorktree, TakeLock};
use crate::id::Oid;
use crate::process::{Interrupt, Program, attend};

/// What became of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The line that was given to `sh -c`.
    pub command: String,
    pub passed: bool,
    /// How it ended: `exit status: 2`.
    pub ended: String,
    /// The end of what it printed.
    pub output: String,
}

/// What is being verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All that are to land.
    All(usize),
    /// The first ones of them.
    First { first: usize, of: usize },
    /// One by itself, on the target.
    Alone(String),
    /// One on top of the first ones only.
    Onto { name: String, first: usize },
    /// The target as it is.
    Target(String),
}

/// A run of the verification, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub enum Probe<'a> {
    /// Its number and what it looks at.
    Begins(usize, &'a Subject),
    Ended(&'a Verification, Duration),
}

/// Is told of every run.
pub type Tell<'a> = &'a dyn Fn(&Probe<'_>);

/// How many lines of output are kept: what fails says so at the end.
const LINES_KEPT: usize = 40;

/// Runs a shell line on one commit after the other, in a scratch worktree.
pub struct Verifier<'a> {
    repository: &'a Repository,
    command: &'a str,
    lock: TakeLock<'a>,
    tell: Tell<'a>,
    interrupt: Interrupt,
    scratch: Option<ScratchWorktree<'a>>,
    /// What is known, by tree: the same files give the same answer.
    known: HashMap<Oid, Verification>,
    runs: usize,
}

impl<'a> Verifier<'a> {
    /// From now on, signals are noticed instead of obeyed.
    pub fn new(
        repository: &'a Repository,
        command: &'a str,
        lock: TakeLock<'a>,
        tell: Tell<'a>,
    ) -> Result<Self> {
        Ok(Self {
            repository,
            command,
            lock,
            tell,
            interrupt: Interrupt::watch()?,
            scratch: None,
            known: HashMap::new(),
            runs: 0,
        })
    }

    /// How often the line was run.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// Runs the line on a commit, unless it is known what comes of it.
    pub fn verify(&mut self, commit: Oid, subject: &Subject) -> Result<Verification> {
        let tree = self.repository.tree_of(commit)?;
        if let Some(known) = self.known.get(&tree) {
            return Ok(known.clone());
        }
        self.check()?;
        self.runs += 1;
        (self.tell)(&Probe::Begins(self.runs, subject));
        let folder = self.check_out(commit)?;
        let line = Program::shell(self.command)
            .without_env(REPOSITORY_VARIABLES)
            .dir(&folder);
        let ended = attend(line, None, &self.interrupt)?;
        self.check()?;
        let verification = Verification {
            command: self.command.to_owned(),
            passed: ended.status.success(),
            ended: ended.status.to_string(),
            output: last_lines(&ended.output),
        };
        (self.tell)(&Probe::Ended(&verification, ended.took));
        self.known.insert(tree, verification.clone());
        Ok(verification)
    }

    /// Stops here when a signal came.
    fn check(&self) -> Result<()> {
        self.interrupt
            .check("the verification")
            .map_err(|failure: Failure| failure.kept("nothing was moved"))
    }

    fn check_out(&mut self, commit: Oid) -> Result<PathBuf> {
        if let Some(scratch) = &self.scratch {
            scratch.switch(commit)?;
            return Ok(scratch.path());
        }
        let scratch = ScratchWorktree::make(self.repository, commit, self.lock)?;
        let path = scratch.path();
        self.scratch = Some(scratch);
        Ok(path)
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES_KEPT)..].join("\n")
}
