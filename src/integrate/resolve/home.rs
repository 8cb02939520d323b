//! The worktree of a branch: where it is, or where it is made again.

use std::path::{Path, PathBuf};

use crate::error::{Failure, Result, shell_word};
use crate::git::{NewWorktree, Remains, Repository, Worktree};
use crate::store::Lock;

use super::Site;

/// Where a branch is checked out, if it is.
pub fn find(site: &Site<'_>) -> Result<Option<PathBuf>> {
    let found = site.repository.worktree_of(site.branch)?;
    Ok(found.map(|worktree| worktree.path))
}

/// Where a branch is checked out; where it is nowhere, it is again, if it was once. `lock` is that
/// of who may touch the worktree.
pub fn find_or_make(site: &Site<'_>, lock: &Lock) -> Result<PathBuf> {
    let reason = reason(site);
    if let Some(found) = site.repository.worktree_of(site.branch)? {
        if !found.path.is_dir() {
            return Err(not_there(&found.path, site.branch));
        }
        // One of ours without an index was registered by somebody who died before filling it.
        let ours = found.locked.is_some() && found.locked == reason;
        if ours && !found.git_dir()?.join("index").exists() {
            return make(site, &found.path, lock);
        }
        return Ok(found.path);
    }
    let Some(path) = site.former.clone() else {
        return Err(nowhere(site));
    };
    elsewhere(site, &path)?;
    make(site, &path, lock)
}

/// By these words a task's worktree is known as ours.
fn reason(site: &Site<'_>) -> Option<String> {
    site.task
        .map(|(run, task)| format!("git-parallel {run}/{task}"))
}

fn make(site: &Site<'_>, path: &Path, lock: &Lock) -> Result<PathBuf> {
    let repository = site.repository;
    let reason = reason(site).unwrap_or_default();
    let tip = repository.commit(&format!("refs/heads/{}", site.branch))?;
    let new = NewWorktree {
        branch: site.branch,
        path,
        tip,
        adopts: true,
        reason: &reason,
    };
    {
        let registry = site
            .store
            .lock(&format!("make the worktree of {}", site.name))?;
        repository.exclude("/.parallel/")?;
        match repository.clear_half_made(&new)? {
            Remains::Registered => {}
            Remains::Branch => repository.register_worktree(&new, &registry.share()?)?,
            Remains::Nothing | Remains::InTheWay => return Err(in_the_way(path, site.branch)),
        }
    }
    repository.fill_worktree(&new, &repository.post_checkout_hook()?, lock.share()?)?;
    Ok(path.to_owned())
}

/// Refuses where the worktree is there and somebody left its branch, or is rebasing it.
fn elsewhere(site: &Site<'_>, path: &Path) -> Result<()> {
    let same = |other: &Worktree| other.path == path && other.path.is_dir();
    let Some(worktree) = site.repository.worktrees()?.into_iter().find(same) else {
        return Ok(());
    };
    if !worktree.git_dir()?.join("index").exists() {
        return Ok(());
    }
    let at = word(path);
    if let Some(doing) = site.repository.paused_operation(path)? {
        return Err(in_the_middle(path, doing));
    }
    let on = match &worktree.branch {
        Some(branch) => format!("on '{branch}'"),
        None => "on no branch".to_owned(),
    };
    Err(Failure::refused(format!(
        "the worktree of {} is {on}, not on '{}': {}",
        site.name,
        site.branch,
        path.display()
    ))
    .kept("everything")
    .next(format!("git -C {at} switch {}", shell_word(site.branch))))
}

/// Somebody is at something else in a worktree.
pub fn in_the_middle(path: &Path, doing: &str) -> Failure {
    let at = word(path);
    Failure::refused(format!(
        "a {doing} is under way in {}, which was not begun here",
        path.display()
    ))
    .kept("everything")
    .next(format!("git -C {at} status"))
}

/// Nobody has the branch checked out, and nobody ever had for us.
fn nowhere(site: &Site<'_>) -> Failure {
    let folder = site.branch.rsplit('/').next().unwrap_or(site.branch);
    let path = format!("../{}-{folder}", site.repository.name());
    Failure::unable(format!(
        "'{}' is checked out nowhere, and conflicts are resolved in a worktree",
        site.branch
    ))
    .next(format!(
        "git worktree add {} {}",
        shell_word(&path),
        shell_word(site.branch)
    ))
}

fn not_there(path: &Path, branch: &str) -> Failure {
    Failure::refused(format!(
        "'{branch}' is checked out in {}, which is not there",
        path.display()
    ))
    .kept("its branch")
    .next("git worktree list")
    .next(format!("git worktree unlock {}", word(path)))
    .next("git worktree prune --verbose")
}

fn in_the_way(path: &Path, branch: &str) -> Failure {
    Failure::refused(format!(
        "{} is in the way of the worktree for '{branch}'",
        path.display()
    ))
    .kept("everything")
    .next(format!(
        "git worktree add ../elsewhere {}",
        shell_word(branch)
    ))
}

/// A path as one word of a command.
pub fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}

/// The folder with the private state of a worktree: its index, its HEAD, what it is in the middle
/// of.
pub fn private_dir(repository: &Repository, worktree: &Path) -> Result<PathBuf> {
    repository.git_dir_of(worktree)
}
