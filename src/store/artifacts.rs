//! The documents that came of a run: `runs/<id>/artifacts/parallel-task-N.md`, one a task that was
//! to write one, and `parallel-result.md`, which they were made into. What is replaced is kept beside
//! it, as `parallel-result.1.md` and so on.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{OnPath, Result};
use crate::id::{RunId, TaskId};

use super::{Store, write_atomic};

impl Store {
    /// Where the document of a task is kept.
    pub fn task_document(&self, run: RunId, task: TaskId) -> PathBuf {
        let name = format!("parallel-task-{}.md", task.0);
        self.run_dir(run).join("artifacts").join(name)
    }

    /// Where what was made of all documents is kept.
    pub fn result_document(&self, run: RunId) -> PathBuf {
        self.run_dir(run).join("artifacts/parallel-result.md")
    }
}

/// Writes a document in the place of what was there, which is kept under a number unless it is the
/// same.
pub fn put_document(path: &Path, text: &str) -> Result<()> {
    match fs::read(path) {
        Ok(there) if there == text.as_bytes() => return Ok(()),
        Ok(_) => keep(path)?,
        Err(_) => {}
    }
    write_atomic(path, text.as_bytes())
}

/// Copies what is there to a name that is free, so that it is never gone.
fn keep(path: &Path) -> Result<()> {
    let mut number = 1;
    let free = loop {
        let name = path.with_extension(format!("{number}.md"));
        if name.symlink_metadata().is_err() {
            break name;
        }
        number += 1;
    };
    let text = fs::read(path).on_path("read", path)?;
    write_atomic(&free, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_replaces_is_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = Store::of(folder.path()).result_document(RunId(1));
        for text in ["one", "one", "two", "two", "three"] {
            put_document(&path, text).unwrap();
        }
        let read = |name: &str| fs::read_to_string(path.with_file_name(name)).ok();
        assert_eq!(read("parallel-result.md").unwrap(), "three");
        assert_eq!(read("parallel-result.1.md").unwrap(), "one");
        assert_eq!(read("parallel-result.2.md").unwrap(), "two");
        assert_eq!(read("parallel-result.3.md"), None);
    }
}
