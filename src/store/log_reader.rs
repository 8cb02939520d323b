//! Reading the log of a session, also while it grows.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{OnPath, Result};

/// So much of a log's end is looked at for its last lines.
const MOST_OF_END: u64 = 8 * 1024;

/// The last lines of a log, at most so many; invalid UTF-8 is replaced.
pub fn end_of_log(path: &Path, most: usize) -> Result<String> {
    let end = read_end(path).on_path("read", path)?;
    Ok(String::from_utf8_lossy(last_lines(&end, most)).into_owned())
}

fn read_end(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let from = length.saturating_sub(MOST_OF_END);
    file.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    file.take(MOST_OF_END).read_to_end(&mut end)?;
    if from > 0 {
        // The line that we are in the middle of.
        let cut = end
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        end.drain(..cut);
    }
    Ok(end)
}

/// A log and how far it was read.
#[derive(Debug)]
pub struct LogReader {
    path: PathBuf,
    offset: u64,
    /// The beginning of a line whose end was not there yet.
    partial: Vec<u8>,
}

impl LogReader {
    /// At the beginning of the log at `path`; it need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            offset: 0,
            partial: Vec::new(),
        }
    }

    /// The log that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole lines that were added since the last call.
    pub fn new_lines(&mut self) -> Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.partial);
        self.read_on(&mut bytes).on_path("read", &self.path)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        self.partial = bytes.split_off(whole);
        Ok(bytes)
    }

    /// What is left when nothing will be added any more: a line without its newline.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.partial)
    }

    fn read_on(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length < self.offset {
            // A log at its cap had its middle cut out: what is new in it cannot be told from what
            // was read before, so go on from its end.
            self.offset = length;
        }
        file.seek(SeekFrom::Start(self.offset))?;
        self.offset += file.read_to_end(bytes)? as u64;
        Ok(())
    }
}

/// The last `count` lines of `bytes`; an unfinished line at the end counts.
pub fn last_lines(bytes: &[u8], count: usize) -> &[u8] {
    let end = bytes.strip_suffix(b"\n").unwrap_or(bytes).len();
    let newlines = bytes[..end].iter().enumerate().rev();
    let mut newlines = newlines.filter(|(_, byte)| **byte == b'\n');
    match count.checked_sub(1) {
        None => &[],
        Some(skip) => newlines
            .nth(skip)
            .map_or(bytes, |(index, _)| &bytes[index + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_come_whole_and_once_while_the_log_grows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut reader = LogReader::new(&path);
        assert_eq!(reader.new_lines().unwrap(), b"");
        fs::write(&path, "one\ntw").unwrap();
        assert_eq!(reader.new_lines().unwrap(), b"one\n");
        fs::write(&path, "one\ntwo\nthree").unwrap();
        assert_eq!(reader.new_lines().unwrap(), b"two\n");
        assert_eq!(reader.rest(), b"three");
        assert_eq!(reader.new_lines().unwrap(), b"");
    }

    #[test]
    fn a_log_that_was_cut_goes_on_from_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut reader = LogReader::new(&path);
        fs::write(&path, "a long line\n").unwrap();
        reader.new_lines().unwrap();
        fs::write(&path, "short\n").unwrap();
        assert_eq!(reader.new_lines().unwrap(), b"");
        fs::write(&path, "short\nnew\n").unwrap();
        assert_eq!(reader.new_lines().unwrap(), b"new\n");
    }

    #[test]
    fn the_last_lines_are_counted_from_the_end() {
        let cases: [(&str, usize, &str); 6] = [
            ("a\nb\nc\n", 2, "b\nc\n"),
            ("a\nb\nc", 2, "b\nc"),
            ("a\nb\n", 9, "a\nb\n"),
            ("a\n\n", 1, "\n"),
            ("a\n", 0, ""),
            ("", 3, ""),
        ];
        for (text, count, expected) in cases {
            let last = last_lines(text.as_bytes(), count);
            assert_eq!(last, expected.as_bytes(), "{text:?} {count}");
        }
    }
}
