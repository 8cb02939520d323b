//! What changed between two commits: paths and how much, for many pairs in one go.

use std::collections::BTreeSet;

use gix::diff::tree::recorder::Change;
use gix::diff::tree::{Recorder, State};
use gix::objs::TreeRefIter;
use gix::prelude::FindExt;

use crate::error::{Failure, Result};
use crate::id::Oid;

use super::path::RepoPath;
use super::repository::{Repository, gix_id, oid};

/// What differs between two trees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Every path whose content, mode or existence differs; a rename counts as both its paths.
    pub paths: BTreeSet<RepoPath>,
}

/// How much differs between two trees: lines, without those of binary files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounts {
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
    /// What changed in every span, in order.
    pub fn changes(&self, spans: &[Span]) -> Result<Vec<Changes>> {
        if let Some(changes) = read_changes(&self.local(), spans) {
            return Ok(changes);
        }
        // A tree that is only promised, for one: git fetches it.
        let answers = self.ask_changes(spans)?;
        Ok(answers.into_iter().map(|(changes, _)| changes).collect())
    }

    /// How many lines changed in every span, in order, as `git diff --numstat` counts them.
    pub fn line_counts(&self, spans: &[Span]) -> Result<Vec<LineCounts>> {
        let answers = self.ask_changes(spans)?;
        Ok(answers.into_iter().map(|(_, lines)| lines).collect())
    }

    /// Asks git about every span, in one call.
    fn ask_changes(&self, spans: &[Span]) -> Result<Vec<(Changes, LineCounts)>> {
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
        let answers = parse(&output.stdout);
        if answers.len() == spans.len() {
            Ok(answers)
        } else {
            Err(Failure::unable("git diff-tree answered less than asked").next("git fsck"))
        }
    }

    /// The id of the tree that holds nothing.
    fn empty_tree(&self) -> Result<Oid> {
        let empty = gix::ObjectId::empty_tree(self.local().object_hash());
        oid(&empty).ok_or_else(|| Failure::unable("the hash of this repository is not known"))
    }
}

/// What changed in every span, as gix reads it; `None` where it cannot.
fn read_changes(local: &gix::Repository, spans: &[Span]) -> Option<Vec<Changes>> {
    let mut state = State::default();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    spans
        .iter()
        .map(|span| {
            let before = match span.base {
                Some(base) => read_tree(local, base, &mut before)?,
                None => TreeRefIter::from_bytes(&[], local.object_hash()),
            };
            let after = read_tree(local, span.tip, &mut after)?;
            let mut recorder = Recorder::default();
            gix::diff::tree(before, after, &mut state, &local.objects, &mut recorder).ok()?;
            Some(Changes::of(recorder.records))
        })
        .collect()
}

fn read_tree<'a>(
    local: &gix::Repository,
    commit: Oid,
    buffer: &'a mut Vec<u8>,
) -> Option<TreeRefIter<'a>> {
    let tree = local.find_commit(gix_id(commit)?).ok()?.tree_id().ok()?;
    local.objects.find_tree_iter(&tree, buffer).ok()
}

/// Reads `tree SP tree LF (insertions TAB deletions TAB path NUL)*`, again and again.
fn parse(mut bytes: &[u8]) -> Vec<(Changes, LineCounts)> {
    let mut all: Vec<(Changes, LineCounts)> = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|b| matches!(b, b'\t' | b'\n'));
        let Some(end) = end else { break };
        if bytes[end] == b'\n' {
            all.push(Default::default());
            bytes = &bytes[end + 1..];
            continue;
        }
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        if let Some((changes, lines)) = all.last_mut() {
            add(&bytes[..end], changes, lines);
        }
        bytes = bytes.get(end + 1..).unwrap_or_default();
    }
    all
}

/// Takes in `insertions TAB deletions TAB path`; both numbers are `-` for a binary file.
fn add(entry: &[u8], changes: &mut Changes, lines: &mut LineCounts) {
    let mut parts = entry.splitn(3, |b| *b == b'\t');
    let mut number = || -> u64 {
        let text = parts.next().and_then(|part| std::str::from_utf8(part).ok());
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    lines.insertions = lines.insertions.saturating_add(number());
    lines.deletions = lines.deletions.saturating_add(number());
    changes.paths.extend(parts.next().map(RepoPath::new));
}

impl Changes {
    /// Folders do not count, what lies in them does.
    fn of(records: Vec<Change>) -> Self {
        let path = |change: Change| {
            let (is_folder, path) = match change {
                Change::Addition {
                    entry_mode, path, ..
                }
                | Change::Deletion {
                    entry_mode, path, ..
                } => (entry_mode.is_tree(), path),
                Change::Modification {
                    previous_entry_mode,
                    entry_mode,
                    path,
                    ..
                } => (previous_entry_mode.is_tree() && entry_mode.is_tree(), path),
            };
            (!is_folder).then(|| RepoPath::new(path))
        };
        Self {
            paths: records.into_iter().filter_map(path).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn spans_without_changes_and_odd_paths_are_read() {
        let output = b"aa bb\naa cc\n1\t2\tf\tg\nh\0-\t-\tbin\xff\0dd ee\n";
        let read = parse(output);
        assert_eq!(read.len(), 3);
        assert!(read[0].0.paths.is_empty() && read[2].0.paths.is_empty());
        let (changes, lines) = &read[1];
        assert_eq!((lines.insertions, lines.deletions), (1, 2));
        let paths: Vec<_> = changes.paths.iter().map(RepoPath::as_bytes).collect();
        assert_eq!(paths, [&b"bin\xff"[..], b"f\tg\nh"]);
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
