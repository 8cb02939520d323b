//! The entry of a new worktree in the registry, written here where it is of the plain kind.
//!
//! `git worktree add` reads all other worktrees several times over: among a thousand it takes twenty
//! times as long as among a few. An entry is five small files that gitrepository-layout(5)
//! describes. The branch is left to git, and so is every repository that git does more for: another
//! ref storage, configuration or sparse patterns a worktree, relative paths, shared permissions.
//!
//! It gets its name in one step, so that being killed leaves a whole entry, an empty folder of its
//! name, or none; all of which [`Repository::clear_half_made`] knows.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, Result};
use crate::id::Oid;

use super::repository::Repository;

/// A worktree to be made, on a branch of its own.
#[derive(Clone, Copy, Debug)]
pub struct NewWorktree<'a> {
    /// Short name of the branch.
    pub branch: &'a str,
    pub path: &'a Path,
    /// Where the branch stands, or is to start.
    pub tip: Oid,
    /// The branch is there already.
    pub adopts: bool,
    /// Why git must leave it alone: its entry is locked with these words, by which we know it.
    pub reason: &'a str,
}

/// Extensions of the repository's format that mean nothing to an entry.
const OTHERS: [&str; 4] = ["noop", "objectformat", "partialclone", "preciousobjects"];

/// Settings by which an entry is written in another way.
const WISHES: [&str; 2] = ["worktree.useRelativePaths", "core.sharedRepository"];

impl Repository {
    /// The folder in the registry of a worktree that can be entered here; nothing where git has to.
    pub(super) fn plain_entry(&self, new: &NewWorktree<'_>) -> Option<PathBuf> {
        let name = new.path.file_name()?.to_str()?;
        let is_plain = is_plain_name(name) && !new.branch.starts_with('-') && new.branch != "HEAD";
        let sparse = self.git_dir().join("info/sparse-checkout").exists();
        let is_plain = is_plain && !new.path.as_os_str().as_bytes().contains(&b'\n');
        (is_plain && !sparse && self.has_plain_worktrees() && !self.is_entered(name))
            .then(|| self.common_dir().join("worktrees").join(name))
    }

    /// Whether git would write nothing into an entry but what we do. The repository's own settings
    /// are read anew: they may have changed since we opened it.
    fn has_plain_worktrees(&self) -> bool {
        let path = self.common_dir().join("config");
        let source = gix::config::Source::Local;
        let Ok(settings) = gix::config::File::from_path_no_includes(path, source) else {
            return false;
        };
        let local = self.local();
        let others = local.config_snapshot();
        let mut wishes = WISHES.into_iter();
        let asked = wishes.any(|key| {
            settings
                .string(key)
                .or_else(|| others.string(key))
                .is_some()
        });
        let mut extensions = settings
            .sections_by_name("extensions")
            .into_iter()
            .flatten();
        let known = |name: &str| OTHERS.contains(&&*name.to_ascii_lowercase());
        !asked && extensions.all(|section| section.value_names().all(|name| known(&name)))
    }

    /// Whether there is an entry of this name, or one that git would have called so had the name
    /// not been taken.
    fn is_entered(&self, name: &str) -> bool {
        let numbered = |entry: &str| {
            let rest = entry.strip_prefix(name);
            rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        };
        // One that cannot be read is git's to complain about.
        self.registry_entries().map_or(true, |entries| {
            let mut names = entries
                .iter()
                .filter_map(|entry| entry.file_name()?.to_str());
            names.any(numbered)
        })
    }

    /// Registers a worktree whose branch is there. Call it under the repository's lock.
    pub(super) fn enter(&self, new: &NewWorktree<'_>, entry: &Path) -> Result<()> {
        make_empty(new.path)?;
        let path = new.path.canonicalize().on_path("find", new.path)?;
        let link = path.join(".git");
        let draft = self.common_dir().join("parallel/entry");
        remove_folder(&draft)?;
        let refs = draft.join("refs");
        fs::create_dir_all(&refs).on_path("create", &refs)?;
        let write = |file: &Path, words: &[&[u8]]| {
            fs::write(file, [words, &[b"\n"]].concat().concat()).on_path("write", file)
        };
        write(&draft.join("locked"), &[new.reason.as_bytes()])?;
        write(&draft.join("gitdir"), &[link.as_os_str().as_bytes()])?;
        write(&draft.join("commondir"), &[b"../.."])?;
        write(
            &draft.join("HEAD"),
            &[b"ref: refs/heads/", new.branch.as_bytes()],
        )?;
        // Exclusively: another git may be about to take the name.
        let registry = self.common_dir().join("worktrees");
        fs::create_dir_all(&registry).on_path("create", &registry)?;
        fs::create_dir(entry).on_path("create", entry)?;
        fs::rename(&draft, entry).on_path("write", entry)?;
        write(&link, &[b"gitdir: ", entry.as_os_str().as_bytes()])
    }
}

/// Whether git would call an entry as the worktree's folder is called.
fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    name.bytes().all(plain) && !dots && !name.to_ascii_lowercase().ends_with(".lock")
}

/// Makes a folder, or takes one in which there is nothing.
fn make_empty(path: &Path) -> Result<()> {
    fs::create_dir_all(path).on_path("create", path)?;
    match fs::read_dir(path).on_path("read", path)?.next() {
        None => Ok(()),
        Some(_) => Err(Failure::unable(format!("{} is not empty", path.display()))),
    }
}

/// Removes a folder with all that is in it, if it is there.
pub(super) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::io("remove", path, &error))
        }
        _ => Ok(()),
    }
}
