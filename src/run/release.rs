//! Removing the worktree of a finished task when its slot is needed. Only one that holds nothing
//! of its own goes; its branch stays, and what was exchanged with its agent is kept with the run.

use std::fs;
use std::path::Path;

use crate::error::{OnPath, Result};
use crate::git::Repository;
use crate::store::Lock;

/// Whether a worktree holds nothing that is not on `branch`, besides our own session folder.
pub fn is_free_of_work(repository: &Repository, worktree: &Path, branch: &str) -> Result<bool> {
    let status = repository.worktree_status(worktree)?;
    Ok(status.branch.as_deref() == Some(branch) && repository.obstacles(worktree)?.is_empty())
}

/// Removes a worktree that [`is_free_of_work`]; `keep` becomes the home of its session folder.
/// `reason` is what its registry entry is locked with. Doing it again after a kill finishes it. Call
/// it under the repository's lock.
pub fn release(
    repository: &Repository,
    worktree: &Path,
    reason: &str,
    keep: &Path,
    lock: &Lock,
) -> Result<()> {
    if !worktree.join(".git").exists() {
        return repository.finish_removal(worktree, reason);
    }
    let session_dir = worktree.join(".parallel");
    if session_dir.exists() {
        move_folder(&session_dir, keep)?;
    }
    repository.remove_worktree(worktree, lock.share()?)
}

/// A rename where that is possible, else a copy; an older one at the destination is replaced.
fn move_folder(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).on_path("replace", to)?;
    }
    if fs::rename(from, to).is_err() {
        copy_folder(from, to)?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).on_path("create", to)?;
    for entry in fs::read_dir(from).on_path("read", from)? {
        let entry = entry.on_path("read", from)?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().on_path("read", &source)?.is_dir() {
            copy_folder(&source, &copy)?;
        } else {
            fs::copy(&source, &copy).on_path("copy", &source)?;
        }
    }
    Ok(())
}
