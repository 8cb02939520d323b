//! What changed between two commits: paths and how much, for many pairs in one go.

use std::collections::BTreeSet;

use crate::error::{Failure, Result};
use crate::id::Oid;

use super::path::RepoPath;
use super::repository::Repository;

/// What differs between two trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Every path whose content, mode or existence differs; a rename counts as both its paths.
    pub paths: BTreeSet<RepoPath>,
    /// Lines, without those of binary files.
    pub insertions: u64,
    pub deletions: u64,
}

/// Two commits to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// `None` for the empty tree: everything in `tip` counts.
    pub base: Option<Oid>,
    pub tip: Oid,
}

impl Repository {
    /// What changed in every span, in order; one call of git for all of them.
    pub fn changes(&self, spans: &[Span]) -> Result<Vec<Changes>> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let mut lines = String::new();
        for span in spans {
            let base = match span.base {
                Some(base) => self.tree_of(base)?,
                None => self.empty_tree()?,
            };
            lines.push_str(&format!("{base} {}\n", self.tree_of(span.tip)?));
        }
        let output = self
            .git("diff-tree")
            .args(["--stdin", "-r", "-z", "--numstat", "--no-renames"])
            .arg("--ignore-submodules=none")
            .input(lines)
            .run()?;
        let changes = parse(&output.stdout);
        if changes.len() == spans.len() {
            Ok(changes)
        } else {
            Err(Failure::unable("git diff-tree answered less than asked").next("git fsck"))
        }
    }

    /// The id of the tree that holds nothing.
    fn empty_tree(&self) -> Result<Oid> {
        let output = self
            .git("hash-object")
            .args(["-t", "tree", "--stdin"])
            .run()?;
        output.text().parse().map_err(Failure::unable)
    }
}

/// Reads `tree SP tree LF (insertions TAB deletions TAB path NUL)*`, again and again.
fn parse(mut bytes: &[u8]) -> Vec<Changes> {
    let mut all: Vec<Changes> = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|b| matches!(b, b'\t' | b'\n'));
        let Some(end) = end else { break };
        if bytes[end] == b'\n' {
            all.push(Changes::default());
            bytes = &bytes[end + 1..];
            continue;
        }
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        if let Some(changes) = all.last_mut() {
            changes.add(&bytes[..end]);
        }
        bytes = bytes.get(end + 1..).unwrap_or_default();
    }
    all
}

impl Changes {
    /// Takes in `insertions TAB deletions TAB path`; both numbers are `-` for a binary file.
    fn add(&mut self, entry: &[u8]) {
        let mut parts = entry.splitn(3, |b| *b == b'\t');
        let mut number = || -> u64 {
            let text = parts.next().and_then(|part| std::str::from_utf8(part).ok());
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        self.insertions += number();
        self.deletions += number();
        self.paths.extend(parts.next().map(RepoPath::new));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_without_changes_and_odd_paths_are_read() {
        let output = b"aa bb\naa cc\n1\t2\tf\tg\nh\0-\t-\tbin\xff\0dd ee\n";
        let read = parse(output);
        assert_eq!(read.len(), 3);
        assert!(read[0].paths.is_empty() && read[2].paths.is_empty());
        assert_eq!((read[1].insertions, read[1].deletions), (1, 2));
        let paths: Vec<_> = read[1].paths.iter().map(RepoPath::as_bytes).collect();
        assert_eq!(paths, [&b"bin\xff"[..], b"f\tg\nh"]);
    }
}
