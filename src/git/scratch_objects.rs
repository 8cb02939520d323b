//! New objects that are seen beside a repository's own, so that a question ("would these merge?")
//! leaves nothing behind. They are in memory, and in a temporary folder once git is to see them or
//! to write some itself.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::error::{OnPath, OrFail, Result};
use crate::process::ScratchFolder;
use gix::objs::Write as _;
use gix::odb::loose;

use super::new_objects::NewObjects;
use super::program::Git;
use super::views::Views;

/// A place for new objects.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    new: Arc<NewObjects>,
    /// The repository with what is in memory, as long as there is no folder.
    views: OnceLock<Views>,
    made: OnceLock<Made>,
    /// How many of the new objects are in the folder.
    written: Mutex<usize>,
    /// What git writes goes to the repository all the same; the folder is only looked at.
    beside: bool,
}

/// A folder that is there.
#[derive(Debug)]
pub(super) struct Made {
    pub folder: ScratchFolder,
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

    /// Whether there is anything new, or may be.
    pub fn is_used(&self) -> bool {
        self.made.get().is_some() || !self.new.is_empty()
    }

    /// The folder, if git was to see or write anything yet.
    pub fn get(&self) -> Option<&Made> {
        self.made.get()
    }

    /// Views of this repository and of what is new; what is written through one is new.
    pub fn views(&self, repository: &gix::ThreadSafeRepository) -> &Views {
        let in_memory = || Views::beside(repository.clone(), Arc::clone(&self.new));
        match self.made.get() {
            Some(made) => &made.views,
            None => self.views.get_or_init(in_memory),
        }
    }

    /// The folder, beside the objects of this repository, with all in it that is new.
    pub fn made(&self, repository: &gix::ThreadSafeRepository) -> Result<&Made> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let made = match self.made.get() {
            Some(made) => made,
            None => {
                let made = make(repository, &self.new, self.beside)?;
                self.made.get_or_init(|| made)
            }
        };
        let store = loose::Store::at(made.folder.path(), repository.objects.object_hash());
        for object in self.new.since(*written) {
            store
                .write_buf(object.kind, &object.data)
                .or_unable(|| format!("cannot write in {}", made.folder.path().display()))?;
            *written += 1;
        }
        Ok(made)
    }
}

fn make(
    repository: &gix::ThreadSafeRepository,
    new: &Arc<NewObjects>,
    beside: bool,
) -> Result<Made> {
    let folder = ScratchFolder::new("objects")?;
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
        views: Arc::new(Views::beside(view, Arc::clone(new))),
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
