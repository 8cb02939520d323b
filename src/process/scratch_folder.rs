//! Temporary folders that do not outlive us by much: each goes when it is dropped, and one whose
//! owner was killed is removed by the next process that makes one.
//!
//! They lie where the system has its temporary files, since a repository may be read-only. Whether
//! an owner lives, the kernel knows: it holds a lock on a file in the folder as long as it does.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use nix::unistd::geteuid;
use tempfile::TempDir;

use crate::error::{OrFail, Result};

/// All of their names begin so.
const PREFIX: &str = "git-parallel-scratch-";
/// Locked by the owner, from the first moment that it has this name.
const OWNER: &str = ".owner";
/// What it is called before.
const OWNER_TO_BE: &str = ".owner.new";

/// A temporary folder for its owner's eyes only.
#[derive(Debug)]
pub struct ScratchFolder {
    folder: TempDir,
    /// Freed by the kernel when we die. `None` where files cannot be locked: then nobody but us
    /// removes the folder.
    _lock: Option<File>,
}

impl ScratchFolder {
    /// Makes one; `purpose` shows in its name.
    pub fn new(purpose: &str) -> Result<Self> {
        static SWEPT: Once = Once::new();
        SWEPT.call_once(|| abandoned().iter().for_each(|folder| remove(folder)));
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{purpose}-"))
            .tempdir()
            .or_unable(|| "cannot make a temporary folder")?;
        let lock = lock(folder.path());
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Lets it stay for good, as somebody else's.
    pub fn stay(&mut self) {
        let _ = fs::remove_file(self.path().join(OWNER));
        self.folder.disable_cleanup(true);
    }
}

fn lock(folder: &Path) -> Option<File> {
    let begun = folder.join(OWNER_TO_BE);
    let file = File::create_new(&begun).ok()?;
    file.try_lock().ok()?;
    fs::rename(&begun, folder.join(OWNER)).ok()?;
    Some(file)
}

/// Those of ours whose owners are dead.
pub fn abandoned() -> Vec<PathBuf> {
    let entries = fs::read_dir(env::temp_dir());
    let entries = entries.into_iter().flatten().flatten();
    let named = entries.filter(|entry| {
        let name = entry.file_name();
        name.as_encoded_bytes().starts_with(PREFIX.as_bytes())
    });
    let own = named.filter(|entry| {
        let seen = entry.metadata();
        seen.is_ok_and(|seen| seen.is_dir() && seen.uid() == geteuid().as_raw())
    });
    own.map(|entry| entry.path())
        .filter(|folder| is_abandoned(folder))
        .collect()
}

/// Nobody can take it over: its owner alone knows of it.
fn is_abandoned(folder: &Path) -> bool {
    File::open(folder.join(OWNER)).is_ok_and(|owner| owner.try_lock().is_ok())
}

/// Removes what a dead process left. Should that fail (something of its lives on, and writes), the
/// next one tries again: the file that tells goes last.
pub fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let removed = match entry.file_type() {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(&path),
            _ if entry.file_name() == OWNER => Ok(()),
            _ => fs::remove_file(&path),
        };
        if removed.is_err() {
            return;
        }
    }
    let _ = fs::remove_file(folder.join(OWNER)).and_then(|()| fs::remove_dir(folder));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_abandoned_once_its_owner_is_gone_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_abandoned(folder.path()), "nobody's");
        let owner = lock(folder.path());
        assert!(owner.is_some() && !is_abandoned(folder.path()));
        drop(owner);
        assert!(is_abandoned(folder.path()));
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/c"), "x").unwrap();
        remove(folder.path());
        assert!(!folder.path().exists());
    }

    #[test]
    fn a_living_one_is_let_alone_and_goes_when_it_is_dropped() {
        let one = ScratchFolder::new("unit").unwrap();
        let path = one.path().to_owned();
        assert!(!abandoned().contains(&path));
        drop(one);
        assert!(!path.exists());
        let mut staying = ScratchFolder::new("unit").unwrap();
        staying.stay();
        let kept = staying.path().to_owned();
        drop(staying);
        assert!(kept.exists() && !abandoned().contains(&kept));
        fs::remove_dir_all(kept).unwrap();
    }
}
