//! Copies of ignored files into a new worktree: `.env`, `.venv/`, what a build needs and git does
//! not have. Byte for byte, with modes and times, links as links; nothing that is there is
//! replaced, nothing is written through a link that leads elsewhere.
//!
//! The file system shares the blocks of a copy where it can (`copy_file_range` on Linux, `clonefile`
//! on macOS, both behind `std::fs::copy`). Hard links would be faster, and wrong: an agent that
//! edits such a file in place would edit the user's.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::error::{OnPath, Result};
use crate::git::{RepoPath, Repository};

/// So many paths are named of those that were left out.
const NAMED: usize = 3;

/// Copies the ignored files of `from` that match `pathspecs` into the worktree `to`, by way of the
/// folder `desk` in it. Returns what was matched and left out, in sentences.
pub fn copy(
    repository: &Repository,
    from: &Path,
    to: &Path,
    desk: &Path,
    pathspecs: &[String],
) -> Result<Vec<String>> {
    fs::create_dir_all(desk).on_path("create", desk)?;
    let copying = Copying {
        from,
        to,
        draft: desk.join("copy.new"),
    };
    let mut barred = Vec::new();
    for path in repository.ignored_files(from, pathspecs)? {
        if !copying.copy(path.as_path())? {
            barred.push(path);
        }
    }
    let tracked_soon = repository.untracked_files(from, pathspecs)?;
    let notes = [
        note(&barred, "not copied, as its folder is no folder here"),
        note(
            &tracked_soon,
            "not copied, as git does not ignore it and it would be committed with the task's work",
        ),
    ];
    Ok(notes.into_iter().flatten().collect())
}

struct Copying<'a> {
    from: &'a Path,
    to: &'a Path,
    /// A copy gets its name when it is whole: one that was cut short is made again.
    draft: PathBuf,
}

impl Copying<'_> {
    /// Copies one file; false where the way to it leads through something that is no folder.
    fn copy(&self, path: &Path) -> Result<bool> {
        let Some(folder) = path.parent().filter(|_| path.is_relative()) else {
            return Ok(false);
        };
        if !self.make_folders(folder)? {
            return Ok(false);
        }
        let (source, copy) = (self.from.join(path), self.to.join(path));
        if copy.symlink_metadata().is_ok() {
            return Ok(true);
        }
        let metadata = match source.symlink_metadata() {
            // It went while we looked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            metadata => metadata.on_path("read", &source)?,
        };
        remove(&self.draft)?;
        if metadata.is_symlink() {
            let target = fs::read_link(&source).on_path("read", &source)?;
            symlink(target, &self.draft).on_path("write", &self.draft)?;
        } else {
            fs::copy(&source, &self.draft).on_path("copy", &source)?;
            self.keep_time(&metadata)?;
        }
        fs::rename(&self.draft, &copy).on_path("write", &copy)?;
        Ok(true)
    }

    /// What is built from a file is not built again while its time says that nothing changed.
    fn keep_time(&self, metadata: &Metadata) -> Result<()> {
        let modified = metadata.modified().on_path("read", &self.draft)?;
        // A file that may not be written to has its time by its own right to be read.
        let file = File::open(&self.draft);
        file.and_then(|file| file.set_modified(modified))
            .on_path("write", &self.draft)
    }

    /// Makes the folders on the way as they are at home.
    fn make_folders(&self, folder: &Path) -> Result<bool> {
        let mut made = PathBuf::new();
        for part in folder {
            made.push(part);
            let here = self.to.join(&made);
            match here.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(_) => return Ok(false),
                Err(_) => {
                    fs::create_dir(&here).on_path("create", &here)?;
                    let home = self.from.join(&made);
                    let mode = home.metadata().on_path("read", &home)?.permissions().mode();
                    fs::set_permissions(&here, Permissions::from_mode(mode | 0o700))
                        .on_path("write", &here)?;
                }
            }
        }
        Ok(true)
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).on_path("remove", path),
        _ => Ok(()),
    }
}

/// `a, b and 7 more: why`; `None` of no paths.
fn note(paths: &[RepoPath], why: &str) -> Option<String> {
    let named: Vec<String> = paths.iter().take(NAMED).map(ToString::to_string).collect();
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!paths.is_empty()).then(|| format!("{}{more}: {why}", named.join(", ")))
}
