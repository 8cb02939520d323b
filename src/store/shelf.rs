//! Large things that were worked out before, under `$GIT_COMMON_DIR/parallel/cache`: a file each,
//! whole or not there.
//!
//! Nothing rests on it. What is damaged, or was made by another version of this program, is not
//! there; what cannot be written is worked out again next time.

use std::fs;
use std::path::PathBuf;

use super::Store;
use super::atomic::replace;

/// Another version of this program may have worked it out in another way.
const HEADER: &[u8] = concat!(
    "git-parallel shelf 1, made by ",
    env!("CARGO_PKG_VERSION"),
    "\n"
)
.as_bytes();
/// The checksum at the end: CRC-32 of all that comes before it.
const SUM: usize = 4;

/// The shelf of one repository.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
}

impl Store {
    /// What was worked out before. Nothing is read yet.
    pub fn shelf(&self) -> Shelf {
        Shelf {
            folder: self.root().join("cache"),
        }
    }
}

impl Shelf {
    /// What was put under this name last.
    pub fn take(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.folder.join(name)).ok()?;
        let sum = bytes.split_off(bytes.len().checked_sub(SUM)?);
        if crc32fast::hash(&bytes).to_le_bytes() != sum.as_slice() || !bytes.starts_with(HEADER) {
            return None;
        }
        bytes.drain(..HEADER.len());
        Some(bytes)
    }

    /// Puts something in the place of what was there, if possible.
    pub fn put(&self, name: &str, content: &[u8]) {
        let mut bytes = [HEADER, content].concat();
        let sum = crc32fast::hash(&bytes);
        bytes.extend(sum.to_le_bytes());
        // Without it the next call takes longer, that is all.
        let _ = replace(&self.folder.join(name), &bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_taken_and_what_is_cut_flipped_or_foreign_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Store::of(folder.path()).shelf();
        assert_eq!(shelf.take("scope"), None);
        shelf.put("scope", b"content");
        assert_eq!(shelf.take("scope").as_deref(), Some(&b"content"[..]));
        assert_eq!(shelf.take("other"), None);
        let path = folder.path().join("parallel/cache/scope");
        let whole = fs::read(&path).unwrap();
        let cut = (0..whole.len()).map(|end| whole[..end].to_vec());
        let flipped = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            bytes
        });
        for damaged in cut.chain(flipped) {
            fs::write(&path, damaged).unwrap();
            assert_eq!(shelf.take("scope"), None);
        }
        shelf.put("scope", b"again");
        assert_eq!(shelf.take("scope").as_deref(), Some(&b"again"[..]));
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        // A file where the folder should be stops root, too.
        fs::write(folder.path().join("parallel"), "").unwrap();
        let shelf = Store::of(folder.path()).shelf();
        shelf.put("scope", b"content");
        assert_eq!(shelf.take("scope"), None);
    }
}
