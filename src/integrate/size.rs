//! How much a folder takes.

use std::fs;
use std::path::Path;

/// The bytes of all files below a path; what cannot be read counts nothing.
pub fn size_of(path: &Path) -> u64 {
    let Ok(seen) = path.symlink_metadata() else {
        return 0;
    };
    if !seen.is_dir() {
        return seen.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size_of(&entry.path())).sum()
}
