//! Locks: our own, which the kernel frees when their holder dies, and git's lock files, which stay
//! when a git is killed. Whether such a file still belongs to somebody, nobody can tell for sure:
//! it is named, with its age, and never deleted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{Result, shell_word};
use crate::git::Repository;
use crate::process::Occupants;
use crate::store::{Lock, Store};

use super::{Finding, Level};

/// A younger file of this kind belongs to a git at work.
const AT_WORK: Duration = Duration::from_secs(60);

/// Folders of a git directory that hold no lock files, or far too much else.
const SKIPPED: [&str; 7] = [
    "objects", "hooks", "info", "logs", "modules", "parallel", "lfs",
];

pub(super) fn look(repository: &Repository, store: &Store) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for path in own_locks(store)? {
        if Lock::is_held(&path)? {
            let holder = Lock::holder(&path).unwrap_or_else(|| "another process".to_owned());
            let subject = path.display().to_string();
            let message = format!("held by {holder}");
            found.push(Finding::new(Level::Note, "own-lock", subject, message));
        }
    }
    let mut files = Vec::new();
    collect(repository.common_dir(), &mut files);
    files.sort();
    for path in files {
        found.push(gits(repository, &path));
    }
    if found.is_empty() {
        found.push(Finding::new(Level::Well, "locks", "locks", "none held"));
    }
    Ok(found)
}

fn own_locks(store: &Store) -> Result<Vec<PathBuf>> {
    let root = store.root();
    let mut paths = ["lock", "merge.lock", "operations.lock"]
        .map(|name| root.join(name))
        .to_vec();
    paths.push(store.disposal_lock_path());
    let runs = store.run_ids()?.into_iter();
    paths.extend(runs.map(|run| store.run_lock_path(run)));
    Ok(paths)
}

/// git's lock files below a git directory.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            let skipped = SKIPPED.iter().any(|skipped| name == *skipped);
            if !skipped {
                collect(&entry.path(), found);
            }
        } else if name.as_encoded_bytes().ends_with(b".lock") {
            found.push(entry.path());
        }
    }
}

fn gits(repository: &Repository, path: &Path) -> Finding {
    let subject = path.display().to_string();
    let changed = fs::metadata(path).and_then(|seen| seen.modified()).ok();
    let age = changed.and_then(|at| SystemTime::now().duration_since(at).ok());
    let age = age.unwrap_or_default();
    let holder = Occupants::look().ok().and_then(|all| {
        all.with_open(path)
            .map(|one| format!("{} (pid {})", one.name, one.pid))
    });
    if let Some(holder) = holder {
        let message = format!("held by {holder} for {} s", age.as_secs());
        return Finding::new(Level::Note, "git-lock", subject, message);
    }
    let level = if age < AT_WORK {
        Level::Note
    } else {
        Level::Finding
    };
    let message = format!(
        "{} s old, and no process has it open; a git that still needs it would have to be running",
        age.as_secs()
    );
    let finding = Finding::new(level, "git-lock", subject, message);
    let seen = path.strip_prefix(repository.common_dir()).unwrap_or(path);
    match level {
        Level::Finding if !seen.as_os_str().is_empty() => {
            finding.next(format!("rm {}", shell_word(&path.to_string_lossy())))
        }
        _ => finding,
    }
}
