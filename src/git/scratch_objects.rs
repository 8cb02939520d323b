//! A temporary folder for new objects that is seen beside a repository's own, so that a question
//! ("would these merge?") leaves nothing behind. It is made when the first object comes: most
//! questions are answered without any.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::error::{OnPath, OrFail, Result};

/// A folder that is there, or will be.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    made: OnceLock<Made>,
    making: Mutex<()>,
}

/// A folder that is there.
#[derive(Debug)]
pub(super) struct Made {
    pub folder: TempDir,
    /// The repository with the folder's objects beside its own.
    pub view: gix::ThreadSafeRepository,
}

impl Scratch {
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
        let made = make(repository)?;
        Ok(self.made.get_or_init(|| made))
    }
}

fn make(repository: &gix::ThreadSafeRepository) -> Result<Made> {
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
    Ok(Made { folder, view })
}

/// A line of `info/alternates`, C-quoted since a path may begin with a sign that means something
/// there, or hold a newline.
fn alternate(objects: &Path) -> Vec<u8> {
    let mut line = vec![b'"'];
    for &byte in objects.as_os_str().as_bytes() {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', byte]),
            b'\n' => line.extend(b"\\n"),
            _ => line.push(byte),
        }
    }
    line.extend(b"\"\n");
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
