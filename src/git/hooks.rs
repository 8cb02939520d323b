//! The hooks that git runs when it makes the commits of a merge, run the way git does.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{OnPath, Result};
use crate::id::Oid;
use crate::process::ScratchFolder;

use super::program::Git;
use super::repository::Repository;

/// What kind of commit is about to be made; it decides who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// `git merge`.
    Merge,
    /// `git merge --squash`, then `git commit`; but for pre-commit, which looks at the files of a
    /// worktree, and there is none.
    Squash,
    /// One commit of a `git rebase`, as it is.
    Pick,
}

/// What the hooks said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The message as they left it.
    Message(Vec<u8>),
    /// One of them refused: "the hook commit-msg refused: …".
    Refused(String),
}

/// All that are ever asked.
const NAMES: [&str; 3] = ["pre-merge-commit", "prepare-commit-msg", "commit-msg"];

impl Occasion {
    /// What git tells prepare-commit-msg about where the message comes from.
    fn source(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Pick => "message",
        }
    }

    /// What git calls the file with the message.
    fn file(self) -> &'static str {
        match self {
            Self::Merge => "MERGE_MSG",
            Self::Squash | Self::Pick => "COMMIT_EDITMSG",
        }
    }

    fn asks(self, name: &str) -> bool {
        match name {
            "pre-merge-commit" => self == Self::Merge,
            "commit-msg" => self != Self::Pick,
            _ => true,
        }
    }
}

/// The hooks of a repository that have a say in merges.
#[derive(Debug)]
pub struct MergeHooks {
    repository: Repository,
    /// Where they run: as a rule the worktree of the branch that is merged into.
    worktree: Option<PathBuf>,
    present: Vec<&'static str>,
    /// The message and the index that they are shown.
    folder: ScratchFolder,
}

impl MergeHooks {
    /// Looks which hooks there are, `core.hooksPath` considered.
    pub fn find(repository: &Repository, worktree: Option<&Path>) -> Result<Self> {
        let folder = ScratchFolder::new("hooks")?;
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

    /// Asks the hooks about a commit of `tree`.
    pub fn ask(&self, occasion: Occasion, tree: Oid, message: &[u8]) -> Result<Word> {
        if !self.present.iter().any(|name| occasion.asks(name)) {
            return Ok(Word::Message(message.to_owned()));
        }
        let file = self.folder.path().join(occasion.file());
        fs::write(&file, message).on_path("write", &file)?;
        let index = self.folder.path().join("index");
        self.git("read-tree")
            .env("GIT_INDEX_FILE", &index)
            .arg(tree.to_string())
            .run()?;
        let path = file.to_string_lossy();
        let calls: [(&'static str, &[&str]); 3] = [
            ("pre-merge-commit", &[]),
            ("prepare-commit-msg", &[&path, occasion.source()]),
            ("commit-msg", &[&path]),
        ];
        for (name, args) in calls {
            if occasion.asks(name)
                && let Some(said) = self.run(name, &index, args)?
            {
                return Ok(Word::Refused(said));
            }
        }
        let left = fs::read(&file).on_path("read", &file)?;
        if occasion == Occasion::Pick {
            return Ok(Word::Message(left));
        }
        let message = self.git("stripspace").input(left).run()?;
        Ok(Word::Message(message.stdout))
    }

    /// Runs one, if it is there; says so if it refused.
    fn run(&self, name: &'static str, index: &Path, args: &[&str]) -> Result<Option<String>> {
        if !self.present.contains(&name) {
            return Ok(None);
        }
        let output = self
            .git("hook")
            .args(["run", "--ignore-missing", name, "--"])
            .args(args)
            .env("GIT_INDEX_FILE", index)
            // What git tells hooks when nobody will be asked to edit the message.
            .env("GIT_EDITOR", ":")
            .ask()?;
        let refused = || match output.complaint() {
            said if said.is_empty() => format!("the hook {name} refused and said nothing"),
            said => format!("the hook {name} refused: {said}"),
        };
        Ok((!output.status.success()).then(refused))
    }

    fn git(&self, subcommand: &str) -> Git {
        match &self.worktree {
            Some(worktree) => self.repository.git_in(worktree, subcommand),
            None => self.repository.git(subcommand),
        }
    }
}
