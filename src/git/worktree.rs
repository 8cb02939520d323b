//! Making and removing worktrees, so that being killed at any moment leaves something that the
//! next call can finish or take away.
//!
//! A worktree is made in two steps. Registration (as `add --no-checkout`) takes a moment and happens
//! under the repository's lock, since concurrent `git worktree add` fail; the checkout takes long
//! and happens outside it. git inherits the lock while it works: when we are killed, whoever comes
//! next waits for the git that we left behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::process::Program;

use super::entry::{NewWorktree, remove_folder};
use super::patience::patiently;
use super::program::REPOSITORY_VARIABLES;
use super::repository::Repository;

/// What an earlier attempt at the same worktree left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remains {
    /// Nothing at all.
    Nothing,
    /// The branch, where it is expected.
    Branch,
    /// It is registered; its checkout may be incomplete.
    Registered,
    /// Something that is not ours, or more than ours: another branch and path must be taken.
    InTheWay,
}

/// Whether a registry entry's link to the repository is there, and empty.
pub fn is_unlinked(entry: &Path) -> bool {
    fs::read(entry.join("commondir")).is_ok_and(|link| link.trim_ascii().is_empty())
}

impl Repository {
    /// Registers a worktree and makes its branch; no files yet. Call it under the repository's
    /// lock and hand that lock in.
    pub fn register_worktree(&self, new: &NewWorktree<'_>, lock: &File) -> Result<()> {
        // The branch comes first: where somebody holds its lock, nothing was made yet.
        match self.plain_entry(new) {
            Some(entry) if !new.adopts => {
                self.make_branch(new, lock)?;
                self.enter(new, &entry)
            }
            _ => self.add_worktree(new, lock),
        }
    }

    fn make_branch(&self, new: &NewWorktree<'_>, lock: &File) -> Result<()> {
        patiently("update-ref", || {
            let lock = lock.try_clone().or_unable(|| "cannot share a lock")?;
            let git = self.git("update-ref").own_group().holding(lock);
            git.args(["-m", &format!("branch: Created from {}", new.tip)])
                .arg(format!("refs/heads/{}", new.branch))
                .args([new.tip.to_string(), new.tip.zero_like().to_string()])
                .ask()
        })
        .map(drop)
    }

    fn add_worktree(&self, new: &NewWorktree<'_>, lock: &File) -> Result<()> {
        patiently("worktree", || {
            let lock = lock.try_clone().or_unable(|| "cannot share a lock")?;
            let git = self.git("worktree").args(["add", "--quiet"]);
            let git = git.args(["--no-checkout", "--lock", "--reason", new.reason]);
            let git = git.own_group().holding(lock);
            let git = match new.adopts {
                true => git.arg(new.path).arg(new.branch),
                false => git
                    .args(["--no-track", "-b", new.branch])
                    .arg(new.path)
                    .arg(new.tip.to_string()),
            };
            git.ask()
        })
        .map(drop)
    }

    /// Fills a registered worktree with the files of its branch, sparse where the repository is,
    /// then runs the post-checkout hook as `git worktree add` does.
    /// `hook` is [`Repository::post_checkout_hook`]'s answer.
    pub fn fill_worktree(&self, new: &NewWorktree<'_>, hook: &Path, lock: File) -> Result<()> {
        self.git_in(new.path, "reset")
            .args(["--hard", "--quiet", "--no-recurse-submodules"])
            .own_group()
            .holding(lock)
            .run()?;
        // A relative core.hooksPath counts from the worktree.
        let hook = new.path.join(hook);
        if hook.is_file() {
            let from = new.tip.zero_like().to_string();
            // As with git, what the hook answers changes nothing.
            let _ = Program::new(&hook)
                .args([from, new.tip.to_string(), "1".to_owned()])
                .without_env(REPOSITORY_VARIABLES)
                .dir(new.path)
                .own_group()
                .output();
        }
        Ok(())
    }

    /// Where git would look for the post-checkout hook; relative to a worktree, or absolute.
    pub fn post_checkout_hook(&self) -> Result<PathBuf> {
        let mut git = self.git("rev-parse");
        git = git.args(["--git-path", "hooks/post-checkout"]);
        Ok(PathBuf::from(git.run()?.text()))
    }

    /// Looks at what an attempt that was cut short left of this worktree, and takes away what
    /// cannot be used: an entry without files. Call it under the repository's lock.
    pub fn clear_half_made(&self, new: &NewWorktree<'_>) -> Result<Remains> {
        let mut filled = false;
        for entry in self.entries_for(new)? {
            if holds_files(new.path)? {
                // git's own, of a checkout of ours that a reboot cut short.
                remove_file(&entry.join("index.lock"))?;
                filled = true;
            } else {
                // The entry last: without it, nobody would know the folder for ours.
                remove_file(&new.path.join(".git"))?;
                self.remove_entry(&entry)?;
            }
        }
        if filled {
            return Ok(Remains::Registered);
        }
        // An empty folder is what a killed git leaves, and what git accepts.
        let path_taken = new.path.exists() && fs::remove_dir(new.path).is_err();
        let branch = self.find_ref(&format!("refs/heads/{}", new.branch));
        Ok(match branch {
            _ if path_taken => Remains::InTheWay,
            None => Remains::Nothing,
            Some(commit) if commit == new.tip => Remains::Branch,
            Some(_) => Remains::InTheWay,
        })
    }

    /// Registry entries that bear our words, and a nameless one that git had only begun.
    fn entries_for(&self, new: &NewWorktree<'_>) -> Result<Vec<PathBuf>> {
        let begun = |entry: &Path| entry.file_name() == new.path.file_name() && is_empty(entry);
        let mut entries = self.registry_entries()?;
        entries.retain(|entry| is_locked_with(entry, new.reason) || begun(entry));
        Ok(entries)
    }

    /// Takes an entry out of the registry in one step: of one that is half removed nobody could
    /// tell whose it was. Call it under the repository's lock.
    fn remove_entry(&self, entry: &Path) -> Result<()> {
        let gone = self.common_dir().join("parallel/gone");
        remove_folder(&gone)?;
        fs::create_dir_all(&gone).on_path("create", &gone)?;
        fs::rename(entry, gone.join("entry")).on_path("remove", entry)?;
        fs::remove_dir_all(&gone).on_path("remove", &gone)
    }

    /// The folders of all registry entries, read without git: one broken entry stops it.
    pub fn registry_entries(&self) -> Result<Vec<PathBuf>> {
        let registry = self.common_dir().join("worktrees");
        match fs::read_dir(&registry) {
            Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Failure::io("read", &registry, &error)),
        }
    }

    /// Mends registry entries that a killed git left with an empty link to the repository: one of
    /// them stops every git that lists worktrees. Call it under the repository's lock.
    pub fn mend_registry(&self) -> Result<()> {
        for entry in self.registry_entries()? {
            if is_unlinked(&entry) {
                let link = entry.join("commondir");
                // What git itself was about to write.
                fs::write(&link, "../..\n").on_path("write", &link)?;
            }
        }
        Ok(())
    }

    /// Lets git overlook `pattern` in every worktree, through the exclude file that all share and
    /// that is never committed.
    pub fn exclude(&self, pattern: &str) -> Result<()> {
        let path = self.common_dir().join("info/exclude");
        let text = fs::read(&path).unwrap_or_default();
        if text
            .split(|b| *b == b'\n')
            .any(|line| line == pattern.as_bytes())
        {
            return Ok(());
        }
        let newline = match text.last() {
            Some(last) if *last != b'\n' => "\n",
            _ => "",
        };
        let folder = self.common_dir().join("info");
        fs::create_dir_all(&folder).on_path("create", &folder)?;
        // Added, not written anew: the rest is the user's, and a disk may be full.
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .and_then(|mut file| file.write_all(format!("{newline}{pattern}\n").as_bytes()))
            .on_path("write", &path)
    }

    /// The folder beside which worktrees are put: the main worktree, or a bare repository's own.
    pub fn main_folder(&self) -> Result<PathBuf> {
        if self.git_dir() == self.common_dir() {
            // Also right where the git directory lies elsewhere and the listing names that.
            return Ok(self.work_dir().unwrap_or(self.common_dir()).to_owned());
        }
        let first = self.worktrees()?.into_iter().next();
        Ok(first
            .filter(|main| !main.bare)
            .map_or_else(|| self.common_dir().to_owned(), |main| main.path))
    }
}

/// Whether a worktree's folder holds more than the link to its repository.
fn holds_files(path: &Path) -> Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.any(|e| e.is_ok_and(|e| e.file_name() != ".git"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

pub(super) fn is_locked_with(entry: &Path, reason: &str) -> bool {
    fs::read_to_string(entry.join("locked")).is_ok_and(|words| words.trim_end() == reason)
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::io("remove", path, &error))
        }
        _ => Ok(()),
    }
}
