//! Answers that were found before, under `$GIT_COMMON_DIR/parallel/cache`: one file of records,
//! each with its checksum, that is added to at its end.
//!
//! Nothing rests on it. What cannot be read is not there, what is damaged is left out and written
//! anew, and what cannot be written (a read-only folder, a full disk) is found out again next time.
//! Several processes may read and add at once: what one writes, another may lose, never change.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Store;
use super::atomic::replace;

/// What another version of this program has found out is not taken over: it may have known less.
const HEADER: &[u8] = concat!(
    "git-parallel answers 3, found by ",
    env!("CARGO_PKG_VERSION"),
    "\n"
)
.as_bytes();
/// Where the file would grow longer, only the latest half of this is kept.
const LIMIT: usize = 32 << 20;
/// The lengths of key and value, and the checksum of all that.
const FRAME: usize = 12;

/// The answers of one repository.
#[derive(Debug)]
pub struct Cache {
    file: PathBuf,
    limit: usize,
    /// Read when the first question comes.
    known: Mutex<Option<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// All records that are sound, behind the header.
    records: Vec<u8>,
    /// Where in them the latest value of a key is.
    values: HashMap<Vec<u8>, Range<usize>>,
    /// Whether more can be added to the file as it is.
    sound: bool,
}

impl Store {
    /// What was found out before. Nothing is read yet.
    pub fn cache(&self) -> Cache {
        Cache::at(self.root().join("cache/answers"), LIMIT)
    }
}

impl Cache {
    fn at(file: PathBuf, limit: usize) -> Self {
        Self {
            file,
            limit,
            known: Mutex::default(),
        }
    }

    /// The value that was put under a key last.
    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let mut known = self.known();
        let known = known.get_or_insert_with(|| Known::read(&self.file));
        let value = known.values.get(key)?.clone();
        Some(known.records[value].to_vec())
    }

    /// Remembers, for this process and, if possible, for others.
    pub fn put(&self, entries: &[(Vec<u8>, Vec<u8>)]) {
        if entries.is_empty() {
            return;
        }
        let mut known = self.known();
        let known = known.get_or_insert_with(|| Known::read(&self.file));
        let start = known.records.len();
        for (key, value) in entries {
            known.add(key, value);
        }
        let length = HEADER.len() + known.records.len();
        if known.sound && length <= self.limit {
            let file = OpenOptions::new().append(true).open(&self.file);
            // In one piece, so that it lies between what others add. Where only a part of it gets
            // there, that is seen by its checksum.
            known.sound = file
                .and_then(|mut file| file.write_all(&known.records[start..]))
                .is_ok();
            return;
        }
        let kept = known.latest(self.limit / 2);
        known.sound = replace(&self.file, &[HEADER, kept].concat()).is_ok();
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn read(file: &Path) -> Self {
        let bytes = fs::read(file).unwrap_or_default();
        let Some(records) = bytes.strip_prefix(HEADER) else {
            return Self::default();
        };
        let mut known = Self::default();
        while let Some((key, value)) = record(&records[known.records.len()..]) {
            known.add(key, value);
        }
        known.sound = known.records.len() == records.len();
        known
    }

    fn add(&mut self, key: &[u8], value: &[u8]) {
        let lengths = [key.len() as u32, value.len() as u32].map(u32::to_le_bytes);
        let sum = checksum([lengths.as_flattened(), key, value]);
        self.records.extend_from_slice(lengths.as_flattened());
        self.records.extend_from_slice(&sum.to_le_bytes());
        self.records.extend_from_slice(key);
        let start = self.records.len();
        self.records.extend_from_slice(value);
        self.values.insert(key.to_vec(), start..self.records.len());
    }

    /// The last records, of at most so many bytes together.
    fn latest(&self, most: usize) -> &[u8] {
        let mut rest = self.records.as_slice();
        while rest.len() > most
            && let Some((key, value)) = record(rest)
        {
            rest = &rest[FRAME + key.len() + value.len()..];
        }
        rest
    }
}

/// Key and value of the record at the beginning, if it is whole.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let (key, value) = (number(0)? as usize, number(4)? as usize);
    let body = bytes.get(FRAME..FRAME.checked_add(key)?.checked_add(value)?)?;
    let (key, value) = body.split_at(key);
    (checksum([&bytes[..8], key, value]) == number(8)?).then_some((key, value))
}

/// CRC-32 (IEEE 802.3), which tells every torn or flipped record of this size from a whole one but
/// for one in four billion.
fn checksum(parts: [&[u8]; 3]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn entry(key: &str, value: &str) -> (Vec<u8>, Vec<u8>) {
        (key.into(), value.into())
    }

    fn value(cache: &Cache, key: &str) -> Option<String> {
        let value = cache.get(key.as_bytes())?;
        Some(String::from_utf8(value).unwrap())
    }

    #[test]
    fn what_one_process_puts_another_gets_and_the_latest_counts() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Cache::at(folder.path().join("deep/answers"), LIMIT);
        let (one, two) = (open(), open());
        one.put(&[entry("a", "1"), entry("b", "")]);
        assert_eq!(value(&one, "a").as_deref(), Some("1"));
        assert_eq!(value(&two, "b").as_deref(), Some(""));
        two.put(&[entry("a", "2")]);
        one.put(&[entry("c", "3")]);
        let read = ["a", "b", "c", "d"].map(|key| value(&open(), key));
        assert_eq!(read.map(|v| v.unwrap_or("-".into())), ["2", "", "3", "-"]);
    }

    #[test]
    fn a_file_cut_or_flipped_anywhere_gives_no_wrong_value_and_is_mended_by_the_next_put() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let open = || Cache::at(path.clone(), LIMIT);
        open().put(&[entry("key", "value"), entry("other", "second")]);
        let whole = fs::read(&path).unwrap();
        let cut = (0..whole.len()).map(|end| whole[..end].to_vec());
        let flipped = (0..whole.len()).map(|at| {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            bytes
        });
        for damaged in cut.chain(flipped) {
            fs::write(&path, &damaged).unwrap();
            let cache = open();
            assert!(value(&cache, "key").is_none_or(|value| value == "value"));
            assert!(value(&cache, "other").is_none_or(|value| value == "second"));
            cache.put(&[entry("new", "third")]);
            assert_eq!(value(&open(), "new").as_deref(), Some("third"));
            assert!(Known::read(&path).sound);
        }
    }

    #[test]
    fn a_file_that_would_grow_too_long_keeps_what_came_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let open = || Cache::at(path.clone(), 4096);
        for number in 0..1000 {
            open().put(&[entry(&number.to_string(), "some value")]);
            assert!(fs::metadata(&path).unwrap().len() <= 4096);
        }
        assert_eq!(value(&open(), "0"), None);
        assert_eq!(value(&open(), "999").as_deref(), Some("some value"));
    }

    #[test]
    fn where_nothing_can_be_written_what_is_put_is_known_to_this_process_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/answers");
        // A file where the folder should be stops root, too.
        fs::write(folder.path().join("cache"), "").unwrap();
        let cache = Cache::at(path.clone(), LIMIT);
        cache.put(&[entry("a", "1")]);
        assert_eq!(value(&cache, "a").as_deref(), Some("1"));
        assert_eq!(value(&Cache::at(path, LIMIT), "a"), None);
    }

    #[test]
    fn whatever_its_file_holds_no_answer_is_made_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        store.cache().put(&[(b"key".to_vec(), b"value".to_vec())]);
        let file = store.cache().file;
        let sound = vec![fs::read(&file).unwrap()];
        fuzz::each(&sound, |bytes| {
            fs::write(&file, bytes).unwrap();
            let answer = store.cache().get(b"key");
            assert!(answer.is_none_or(|answer| answer == b"value"));
        });
    }
}
