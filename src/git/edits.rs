//! Which lines of a file an edit touched.

use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, InternedInput, sources::byte_lines};

use crate::error::Result;
use crate::id::Oid;

use super::repository::Repository;

/// git looks for a NUL in so many bytes to tell binary files from text.
const BINARY_LOOKS_AT: usize = 8000;

/// A run of lines that an edit replaced, numbered from 0; an empty range lies before its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineEdit {
    pub before: Range<u32>,
    pub after: Range<u32>,
}

/// What an edit did to a text: sorted, with at least a line between two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileEdit {
    pub runs: Vec<LineEdit>,
    /// Lines that the file had before.
    pub lines: u32,
}

impl FileEdit {
    /// Lines that the file has after it.
    pub fn lines_after(&self) -> u32 {
        let count = |lines: &Range<u32>| lines.end - lines.start;
        let gone: u32 = self.runs.iter().map(|run| count(&run.before)).sum();
        let come: u32 = self.runs.iter().map(|run| count(&run.after)).sum();
        self.lines - gone.min(self.lines) + come
    }
}

impl Repository {
    /// What turns the first blob of each pair into the second, in order, on all cores, by git's
    /// histogram difference. `None` for what is no text, of more than `largest` bytes, or not here
    /// (a partial clone).
    pub fn edits(&self, pairs: &[(Oid, Oid)], largest: u64) -> Result<Vec<Option<FileEdit>>> {
        let edit = |before: &[u8], after: &[u8]| {
            let text = |data: &[u8]| !data[..data.len().min(BINARY_LOOKS_AT)].contains(&0);
            (text(before) && text(after)).then(|| between(before, after))
        };
        let edits = self.read_blob_pairs(pairs, largest, edit)?;
        Ok(edits.into_iter().map(Option::flatten).collect())
    }
}

fn between(before: &[u8], after: &[u8]) -> FileEdit {
    let input = InternedInput::new(byte_lines(before), byte_lines(after));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let runs = diff.hunks().map(|hunk| LineEdit {
        before: hunk.before,
        after: hunk.after,
    });
    FileEdit {
        runs: runs.collect(),
        lines: input.before.len() as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_say_which_lines_were_replaced_by_which() {
        let edit = between(b"a\nb\nc\nd\n", b"x\na\nb\nC\nCC\n");
        assert_eq!((edit.lines, edit.lines_after()), (4, 5));
        let runs: Vec<_> = edit
            .runs
            .into_iter()
            .map(|run| (run.before, run.after))
            .collect();
        assert_eq!(runs, [(0..0, 0..1), (2..4, 3..5)]);
    }
}
