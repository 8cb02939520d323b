//! The log of a session: everything it printed, or, of very much, the beginning and the end.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{OnPath, Result};

/// A log that never grows beyond its cap. Below it, the file is the output byte for byte; above,
/// the first half stays, a line says how much is missing, and the newest output follows.
#[derive(Debug)]
pub struct Log {
    file: File,
    cap: u64,
    length: u64,
    /// Bytes cut out of the middle so far.
    missing: u64,
}

/// 32 MiB.
const CAP: u64 = 32 << 20;

impl Log {
    /// Opens the log at `path` to write after what it holds.
    pub fn open(path: &Path) -> Result<Self> {
        Self::capped(path, CAP)
    }

    fn capped(path: &Path, cap: u64) -> Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .on_path("open", path)?;
        let length = file.seek(SeekFrom::End(0)).on_path("read", path)?;
        Ok(Self {
            file,
            cap,
            length,
            missing: 0,
        })
    }

    /// Adds output.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        for part in bytes.chunks((self.cap / 8) as usize) {
            if self.length + part.len() as u64 > self.cap {
                self.cut()?;
            }
            self.file.write_all(part)?;
            self.length += part.len() as u64;
        }
        Ok(())
    }

    /// Cuts a quarter of the cap out of the middle.
    fn cut(&mut self) -> io::Result<()> {
        let head = self.cap / 2;
        let keep = self.cap / 4;
        let mut tail = vec![0; keep as usize];
        self.file.seek(SeekFrom::Start(self.length - keep))?;
        self.file.read_exact(&mut tail)?;
        let marked = if self.missing == 0 {
            0
        } else {
            MARK_LENGTH as u64
        };
        self.missing += self.length - keep - head - marked;
        self.file.set_len(head)?;
        self.file.seek(SeekFrom::Start(head))?;
        self.file.write_all(mark(self.missing).as_bytes())?;
        self.file.write_all(&tail)?;
        self.length = self.file.stream_position()?;
        Ok(())
    }
}

const MARK_LENGTH: usize = 64;

/// The line in the middle, always of the same length.
fn mark(missing: u64) -> String {
    format!("\n[git-parallel left out {missing:>20} bytes here]       \n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_long_log_keeps_its_head_and_its_tail_and_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::capped(&path, 4096).unwrap();
        for number in 0..5000 {
            log.write(format!("line {number}\n").as_bytes()).unwrap();
            assert!(fs::metadata(&path).unwrap().len() <= 4096);
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("line 0\nline 1\n"), "{text}");
        assert!(text.ends_with("line 4998\nline 4999\n"), "{text}");
        let (head, rest) = text.split_once("\n[git-parallel left out").unwrap();
        let (number, tail) = rest.split_once(" bytes here]       \n").unwrap();
        let missing: usize = number.trim().parse().unwrap();
        let whole: usize = (0..5000).map(|n| format!("line {n}\n").len()).sum();
        assert_eq!(head.len() + missing + tail.len(), whole);
    }

    #[test]
    fn the_mark_has_its_length() {
        assert_eq!(mark(0).len(), MARK_LENGTH);
        assert_eq!(mark(u64::MAX).len(), MARK_LENGTH);
    }

    #[test]
    fn output_larger_than_the_cap_in_one_piece_is_capped_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::capped(&path, 4096).unwrap();
        log.write(&vec![b'x'; 100_000]).unwrap();
        assert!(fs::metadata(&path).unwrap().len() <= 4096);
    }
}
