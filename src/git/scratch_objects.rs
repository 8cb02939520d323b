//! A temporary folder for new objects that is seen beside a repository's own, so that a question
//! ("would these merge?") leaves nothing behind. It is made when the first object comes: most
//! questions are answered without any.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::error::{OnPath, OrFail, Result};

use super::program::Git;
use super::views::Views;

/// A folder that is there, or will be.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    made: OnceLock<Made>,
    making: Mutex<()>,
    /// What git writes goes to the repository all the same; the folder is only looked at.
    beside: bool,
}

/// A folder that is there.
#[derive(Debug)]
pub(super) struct Made {
    pub folder: TempDir,
    /// The repository with the folder's objects beside its own.
    pub views: Arc<Views>,
    beside: bool,
}

impl Made {
    /// Shows a call of git what is in here, and lets it write here, where that is meant.
    pub fn direct(&self, git: Git) -> Git {
        if self.beside {
            let folder = quoted(self.folder.path());
            git.env(
                "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                OsStr::from_bytes(&folder),
            )
        } else {
            git.env("GIT_OBJECT_DIRECTORY", self.folder.path())
        }
    }
}

impl Scratch {
    /// A folder for what we write ourselves; git writes elsewhere.
    pub fn beside() -> Self {
        Self {
            beside: true,
            ..Self::default()
        }
    }

    /// Whether trees and blobs go there, too.
    pub fn takes_all(&self) -> bool {
        !self.beside
    }

    /// The folder, if anything was to go there yet.
    pub fn get(&self) -> Option<&Made> {
        self.made.get()
    }

    /// The folder, beside the objects of this repository.
    pub fn made(&self, repository: &gix::ThreadSafeRepository) -> Result<&Made> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = make(repository, self.beside)?;
        Ok(self.made.get_or_init(|| made))
    }
}

fn make(repository: &gix::ThreadSafeRepository, beside: bool) -> Result<Made> {
    let folder = tempfile::Builder::new()
        .prefix("git-parallel-objects-")
        .tempdir()
        .or_unable(|| "cannot make a temporary folder for objects")?;
    let own = repository.objects.path();
    let own = own.canonicalize().on_path("find", own)?;
    let info = folder.path().join("info");
    fs::create_dir(&info).on_path("create", &info)?;
    let alternates = info.join("alternates");
    fs::write(&alternates, alternate(&own)).on_path("write", &alternates)?;
    let store = gix::odb::Store::at_opts(
        folder.path().to_owned(),
        repository.objects.object_hash(),
        &mut repository.objects.replacements(),
        gix::odb::store::init::Options::default(),
    )
    .on_path("open", folder.path())?;
    let mut view = repository.clone();
    view.objects = Arc::new(store);
    Ok(Made {
        folder,
        views: Arc::new(Views::new(view)),
        beside,
    })
}

/// A line of `info/alternates`.
fn alternate(objects: &Path) -> Vec<u8> {
    let mut line = quoted(objects);
    line.push(b'\n');
    line
}

/// A path among alternates, C-quoted since it may begin with a sign that means something there, or
/// hold a newline or a colon.
fn quoted(objects: &Path) -> Vec<u8> {
    let mut line = vec![b'"'];
    for &byte in objects.as_os_str().as_bytes() {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', byte]),
            b'\n' => line.extend(b"\\n"),
            _ => line.push(byte),
        }
    }
    line.push(b'"');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_quote_backslash_or_newline_is_one_alternate() {
        let line = alternate(Path::new("/a:b/\"c\\d\n"));
        assert_eq!(line, b"\"/a:b/\\\"c\\\\d\\n\"\n");
    }
}
