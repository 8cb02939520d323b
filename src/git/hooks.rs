//! The hooks that git runs when it makes a merge commit, run the way git does.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::Oid;

use super::program::Git;
use super::repository::Repository;

/// Those that `git merge` asks before it commits.
const NAMES: [&str; 3] = ["pre-merge-commit", "prepare-commit-msg", "commit-msg"];

/// The merge hooks that a repository has.
#[derive(Debug)]
pub struct MergeHooks {
    repository: Repository,
    /// Where they run: as a rule the worktree of the branch that is merged into.
    worktree: Option<PathBuf>,
    present: Vec<&'static str>,
    /// The message and the index that they are shown.
    folder: TempDir,
}

impl MergeHooks {
    /// Looks which hooks there are, `core.hooksPath` considered.
    pub fn find(repository: &Repository, worktree: Option<&Path>) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("git-parallel-hooks-")
            .tempdir()
            .or_unable(|| "cannot make a temporary folder for hooks")?;
        let mut hooks = Self {
            repository: repository.clone(),
            worktree: worktree.map(Path::to_owned),
            present: Vec::new(),
            folder,
        };
        let mut git = hooks.git("rev-parse");
        for name in NAMES {
            git = git.arg("--git-path").arg(format!("hooks/{name}"));
        }
        let paths = git.run()?.text();
        // A relative path counts from where git stood.
        let stand = worktree.unwrap_or_else(|| repository.git_dir());
        let found = NAMES.into_iter().zip(paths.lines());
        hooks.present = found
            .filter(|(_, path)| stand.join(path).is_file())
            .map(|(name, _)| name)
            .collect();
        Ok(hooks)
    }

    /// Asks the hooks about a merge that results in `tree`; returns the message as they left it.
    pub fn ask(&self, tree: Oid, message: &str) -> Result<String> {
        if self.present.is_empty() {
            return Ok(message.to_owned());
        }
        let file = self.folder.path().join("MERGE_MSG");
        fs::write(&file, message).on_path("write", &file)?;
        let index = self.folder.path().join("index");
        self.git("read-tree")
            .env("GIT_INDEX_FILE", &index)
            .arg(tree.to_string())
            .run()?;
        self.run("pre-merge-commit", &index, &[])?;
        let path = file.to_string_lossy();
        self.run("prepare-commit-msg", &index, &[&path, "merge"])?;
        self.run("commit-msg", &index, &[&path])?;
        let left = fs::read(&file).on_path("read", &file)?;
        let message = self.git("stripspace").input(left).run()?;
        Ok(String::from_utf8_lossy(&message.stdout).into_owned())
    }

    fn run(&self, name: &'static str, index: &Path, args: &[&str]) -> Result<()> {
        if !self.present.contains(&name) {
            return Ok(());
        }
        let output = self
            .git("hook")
            .args(["run", "--ignore-missing", name, "--"])
            .args(args)
            .env("GIT_INDEX_FILE", index)
            // What git tells hooks when nobody will be asked to edit the message.
            .env("GIT_EDITOR", ":")
            .ask()?;
        if output.status.success() {
            return Ok(());
        }
        let said = output.complaint();
        Err(Failure::unable(format!("the hook {name} refused: {said}")))
    }

    fn git(&self, subcommand: &str) -> Git {
        match &self.worktree {
            Some(worktree) => self.repository.git_in(worktree, subcommand),
            None => self.repository.git(subcommand),
        }
    }
}
