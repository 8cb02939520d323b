//! The git program: how it is called, and what becomes of its complaints.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;

use crate::error::{Failure, Result};
use crate::process::{Output, Program};

/// What `git rev-parse --local-env-vars` lists, less the configuration variables that `git -c`
/// sets and that are meant for us too. Left in place they would make a child's `git -C other` act
/// on the wrong repository: hooks, aliases and `rebase --exec` export them. And what else is about
/// one call of git and not about ours: where a push that is being received has its objects, under
/// which a ref cannot move; how paths are to be read; for whom a fetch sees which refs; who moves
/// HEAD.
pub const REPOSITORY_VARIABLES: [&str; 20] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REFLOG_ACTION",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// All that `git rev-parse --local-env-vars` lists: what a program that works in a worktree of its
/// own must not inherit.
pub fn local_variables() -> impl Iterator<Item = &'static str> {
    let configuration = ["GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"];
    REPOSITORY_VARIABLES.into_iter().chain(configuration)
}

/// One call of git.
#[derive(Debug)]
pub struct Git {
    program: Program,
    subcommand: String,
}

impl Git {
    /// `git -C folder subcommand`: acts in the repository and worktree that `folder` belongs to.
    pub fn inside(folder: &Path, subcommand: &str) -> Self {
        Self::new(Program::new("git").arg("-C").arg(folder), subcommand)
    }

    /// The same with settings of its own (`key=value`).
    pub fn inside_with(folder: &Path, settings: &[&str], subcommand: &str) -> Self {
        let program = Program::new("git").arg("-C").arg(folder);
        let program = settings
            .iter()
            .fold(program, |program, setting| program.args(["-c", *setting]));
        Self::new(program, subcommand)
    }

    /// `git --git-dir=dir subcommand`: acts on refs and objects, with no worktree at hand.
    pub fn on_dir(git_dir: &Path, subcommand: &str) -> Self {
        Self::new(Self::dir_program(git_dir), subcommand)
    }

    /// In a worktree, or where there is none on refs and objects, with a setting of its own
    /// (`key=value`).
    pub fn with_setting(
        git_dir: &Path,
        work_dir: Option<&Path>,
        setting: &str,
        subcommand: &str,
    ) -> Self {
        let program = match work_dir {
            Some(work_dir) => Self::worktree_program(git_dir, work_dir),
            None => Self::dir_program(git_dir),
        };
        Self::new(program.args(["-c", setting]), subcommand)
    }

    fn dir_program(git_dir: &Path) -> Program {
        let mut flag = std::ffi::OsString::from("--git-dir=");
        flag.push(git_dir);
        Program::new("git").arg(flag)
    }

    /// `git -C work_dir --git-dir=… --work-tree=… subcommand`: acts where both are known already,
    /// even if the worktree has no `.git` of its own.
    pub fn on_worktree(git_dir: &Path, work_dir: &Path, subcommand: &str) -> Self {
        Self::new(Self::worktree_program(git_dir, work_dir), subcommand)
    }

    /// The same with another file as the index. It is written in one piece: the shared part of a
    /// split index would land in the repository.
    pub fn on_index(git_dir: &Path, work_dir: &Path, index: &Path, subcommand: &str) -> Self {
        let program = Self::worktree_program(git_dir, work_dir);
        let program = program.args(["-c", "core.splitIndex=false"]);
        Self::new(program, subcommand).env("GIT_INDEX_FILE", index)
    }

    fn worktree_program(git_dir: &Path, work_dir: &Path) -> Program {
        let flag = |name: &str, value: &Path| {
            let mut flag = std::ffi::OsString::from(name);
            flag.push(value);
            flag
        };
        Program::new("git")
            .arg("-C")
            .arg(work_dir)
            .arg(flag("--git-dir=", git_dir))
            .arg(flag("--work-tree=", work_dir))
    }

    fn new(program: Program, subcommand: &str) -> Self {
        let program = program
            // Never start a long repack behind a call of ours.
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"])
            .arg(subcommand)
            .without_env(REPOSITORY_VARIABLES)
            // Messages are matched nowhere, but quoted everywhere: one language, no prompts.
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0");
        Self {
            program,
            subcommand: subcommand.to_owned(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.program = self.program.arg(arg);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.program = self.program.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.program = self.program.env(key, value);
        self
    }

    /// Gives it `bytes` on standard input.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.program = self.program.input(bytes);
        self
    }

    /// Keeps a lock held until it has ended, even when we are killed: whoever comes next waits for
    /// the git that we left behind. `lock` is the open, locked file.
    #[must_use]
    pub fn holding(mut self, lock: File) -> Self {
        self.program = self.program.holding(lock);
        self
    }

    /// Lets it finish when the user presses Ctrl-C.
    #[must_use]
    pub fn own_group(mut self) -> Self {
        self.program = self.program.own_group();
        self
    }

    /// Runs it; a non-zero exit is a failure that quotes what git said.
    pub fn run(self) -> Result<Output> {
        let subcommand = self.subcommand.clone();
        let output = self.program.output()?;
        if output.status.success() {
            Ok(output)
        } else {
            Err(complaint(&subcommand, &output))
        }
    }

    /// Runs it; the exit code is the answer.
    pub fn ask(self) -> Result<Output> {
        self.program.output()
    }
}

/// In a partial clone: an object that git needed, and could not fetch. `said` is what it printed.
pub fn unfetched(said: &str) -> Option<Failure> {
    let (before, after) = said.rsplit_once("could not fetch ")?;
    let (object, _) = after.split_once(" from promisor remote")?;
    let reason = before.trim_end().trim_end_matches("fatal:").trim_end();
    let failure = Failure::unable(format!(
        "object {object} is not here, and cannot be fetched: this is a partial clone\n{reason}"
    ));
    Some(failure.next("git fetch"))
}

/// Extensions of a repository's format (`git help repository-version`), as git names them when it does
/// not know them, and the git that they came with.
const EXTENSIONS: [(&str, &str); 3] = [
    ("refstorage", "2.45"),
    ("relativeworktrees", "2.48"),
    ("submodulepathconfig", "2.54"),
];

/// In a repository that a newer git left so that older ones must not touch it. `said` is what git
/// printed.
fn outdated(said: &str) -> Option<Failure> {
    let (_, after) = said.split_once("unknown repository extension")?;
    let (_, unknown) = after.split_once("found:")?;
    let needed = |name: &str| EXTENSIONS.iter().find(|(known, _)| *known == name);
    let unknown: Vec<String> = unknown
        .split_whitespace()
        .map(|name| match needed(name) {
            Some((_, since)) => format!("extensions.{name} (git {since} or newer)"),
            None => format!("extensions.{name}"),
        })
        .collect();
    let what = format!(
        "git is too old for this repository, in which a newer one set {}",
        unknown.join(", ")
    );
    Some(Failure::unable(what).next("git --version"))
}

/// What git said when it refused, as a [`Failure`].
pub fn complaint(subcommand: &str, output: &Output) -> Failure {
    let said = output.complaint();
    let said = if said.is_empty() { output.text() } else { said };
    if let Some(failure) = unfetched(&said).or_else(|| outdated(&said)) {
        return failure;
    }
    let failure = Failure::unable(format!(
        "git {subcommand} failed ({}): {said}",
        output.status
    ));
    // A registry entry that a killed git left, or a lock file.
    let left_behind = ["commondir", ".lock'"];
    match left_behind.iter().any(|sign| said.contains(sign)) {
        true => failure.next("git parallel doctor"),
        false => failure,
    }
}
