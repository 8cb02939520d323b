//! Files that an agent writes for us. Whatever it put there, reading ends.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The first bytes of a file, `most` of them; `None` where it cannot be read. A file of any other
/// kind (a pipe, a link) would be a trap.
pub(super) fn beginning(path: &Path, most: u64) -> Option<Vec<u8>> {
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
