//! The trash: a folder beside the worktrees, on their file system, so that moving there is one
//! rename; for refs, `refs/parallel/trash/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, Result};
use crate::id::{Oid, RunId, TaskId};

use super::link::fix_link;
use super::patience::patiently;
use super::repository::Repository;

/// The folder's name.
const FOLDER: &str = ".git-parallel-trash";

/// What all refs of the trash begin with.
pub const TRASH: &str = "refs/parallel/trash/";

/// What the refs begin with that hold what was taken away of a task at the moment of this stamp.
pub fn trash_refs(run: RunId, task: TaskId, stamp: &str) -> String {
    format!("{TRASH}{run}/{task}/{stamp}/")
}

/// What waits to be deleted bears this in front: it holds nothing that is not elsewhere.
const DISPOSABLE: &str = "disposable-";

/// A change to refs, in one transaction with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefChange {
    Create {
        name: String,
        commit: Oid,
    },
    /// Only if it still stands there.
    Delete {
        name: String,
        commit: Oid,
    },
}

/// A worktree's folder in the trash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discarded {
    folder: PathBuf,
    name: String,
}

impl Discarded {
    /// The trash of the worktree at this path.
    pub fn folder_of(worktree: &Path) -> PathBuf {
        worktree.parent().unwrap_or(worktree).join(FOLDER)
    }

    /// Moves a worktree's folder out of its place. `stamp` tells it from others of its name.
    pub fn take(worktree: &Path, stamp: &str) -> Result<Self> {
        let folder = Self::folder_of(worktree);
        fs::create_dir_all(&folder).on_path("create", &folder)?;
        let name = worktree.file_name().unwrap_or_default().to_string_lossy();
        let discarded = Self {
            name: format!("{DISPOSABLE}{name}-{stamp}"),
            folder,
        };
        fix_link(worktree)?;
        fs::rename(worktree, discarded.path()).on_path("move", worktree)?;
        Ok(discarded)
    }

    /// What an interrupted clean-up left beside `worktree`.
    pub fn leftovers(worktree: &Path) -> Result<Vec<Self>> {
        let folder = Self::folder_of(worktree);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::io("read", &folder, &error)),
        };
        let own = worktree.file_name().unwrap_or_default().to_string_lossy();
        let begins = format!("{DISPOSABLE}{own}-");
        let mut found = Vec::new();
        for entry in entries {
            let name = entry.on_path("read", &folder)?.file_name();
            let name = name.to_string_lossy().into_owned();
            // The rest is a stamp: another worktree's name may begin with this one's.
            let stamp = name.strip_prefix(&begins).unwrap_or("-");
            if stamp.bytes().all(|byte| byte.is_ascii_digit()) {
                found.push(Self {
                    folder: folder.clone(),
                    name,
                });
            }
        }
        Ok(found)
    }

    /// Removes the trash beside `worktree` if nothing is in it.
    pub fn remove_empty(worktree: &Path) {
        // Fails, rightly, while something waits there.
        let _ = fs::remove_dir(Self::folder_of(worktree));
    }

    /// Whether git knows nothing of it any more: it was looked at for the second time before that,
    /// so it holds nothing that is not elsewhere.
    pub fn is_forgotten(&self) -> bool {
        let link = fs::read_to_string(self.path().join(".git")).unwrap_or_default();
        let entry = link.strip_prefix("gitdir:").map(str::trim);
        // Without the link its deletion had begun.
        entry.is_none_or(|entry| !self.path().join(entry).exists())
    }

    /// Where it is now.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// It holds something after all, or was forced: it stays in the trash. Returns where.
    pub fn keep(self) -> Result<PathBuf> {
        let name = self.name.strip_prefix(DISPOSABLE).unwrap_or(&self.name);
        let kept = self.folder.join(name);
        fs::rename(self.path(), &kept).on_path("move", &self.path())?;
        Ok(kept)
    }

    /// What was kept in the trash of the worktree at this path, under this stamp.
    pub fn kept_of(worktree: &Path, stamp: &str) -> Self {
        let name = worktree.file_name().unwrap_or_default().to_string_lossy();
        Self {
            folder: Self::folder_of(worktree),
            name: format!("{name}-{stamp}"),
        }
    }

    /// What a clean-up of this stamp was interrupted at, before it looked at it once more.
    pub fn disposable_of(worktree: &Path, stamp: &str) -> Self {
        let kept = Self::kept_of(worktree, stamp);
        Self {
            name: format!("{DISPOSABLE}{}", kept.name),
            ..kept
        }
    }

    /// Moves it back to where it was, unless it is there already.
    pub fn put_back(&self, worktree: &Path) -> Result<()> {
        if self.path().exists() {
            fs::rename(self.path(), worktree).on_path("move back", worktree)?;
        }
        // Fails, rightly, while something else waits there.
        let _ = fs::remove_dir(&self.folder);
        Ok(())
    }

    /// Deletes it. What cannot be deleted now, the next clean-up will.
    pub fn delete(self) {
        let _ = fs::remove_dir_all(self.path());
        // Fails, rightly, while something else waits there.
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Repository {
    /// Changes refs, all or none.
    pub fn change_refs(&self, changes: &[RefChange]) -> Result<()> {
        let lines: Vec<String> = changes
            .iter()
            .map(|change| match change {
                RefChange::Create { name, commit } => format!("create {name}\0{commit}\0"),
                RefChange::Delete { name, commit } => format!("delete {name}\0{commit}\0"),
            })
            .collect();
        let lines = lines.concat();
        patiently("update-ref", || {
            let git = self.git("update-ref").args(["--stdin", "-z"]);
            git.input(lines.clone()).ask()
        })
        .map(drop)
    }

    /// The refs below a prefix, with what they point to.
    pub fn refs_below(&self, prefix: &str) -> Result<Vec<(String, Oid)>> {
        self.refs_listed(&[prefix])
    }

    /// The refs that `git for-each-ref` lists when it is asked this, with what they point to.
    pub(super) fn refs_listed(&self, asked: &[&str]) -> Result<Vec<(String, Oid)>> {
        let listed = self
            .git("for-each-ref")
            // What only points to another (`origin/HEAD`) comes out as an empty line.
            .arg("--format=%(if)%(symref)%(then)%(else)%(objectname) %(refname)%(end)")
            .args(asked)
            .run()?
            .text();
        let parse = |line: &str| {
            let (id, name) = line.split_once(' ')?;
            Some((name.to_owned(), id.parse().ok()?))
        };
        Ok(listed.lines().filter_map(parse).collect())
    }
}
