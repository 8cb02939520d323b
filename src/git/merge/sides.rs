//! What one side did since the merge base: a plain comparison of two trees, without renames, and
//! the little that has to be known to tell whether renames could matter at all.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::diff::tree::recorder::Change as Recorded;
use gix::objs::tree::EntryMode;

/// A file, link or submodule in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub mode: EntryMode,
    pub id: ObjectId,
}

/// What happened to one path; never `None` on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub before: Option<Entry>,
    pub after: Option<Entry>,
}

/// All that one side did.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub changes: HashMap<BString, Change>,
    /// Folders of the base that this side has no more.
    pub removed_folders: HashSet<BString>,
    /// Folders, at every depth, into which it adds something.
    pub added_into: HashSet<BString>,
    /// Whether it adds any path, and whether it removes one: without both, nothing was renamed.
    pub adds: bool,
    pub removes: bool,
}

impl Side {
    /// From the changes between the trees of base and tip.
    pub fn of(recorded: Vec<Recorded>) -> Self {
        let mut side = Self::default();
        for change in recorded {
            side.take(change);
        }
        for (path, change) in &side.changes {
            match (change.before, change.after) {
                (None, Some(_)) => {
                    side.adds = true;
                    side.added_into
                        .extend(folders_above(path.as_bstr()).map(ToOwned::to_owned));
                }
                (Some(_), None) => side.removes = true,
                _ => {}
            }
        }
        side
    }

    fn take(&mut self, change: Recorded) {
        match change {
            Recorded::Addition {
                entry_mode,
                oid,
                path,
                ..
            } => self.see(path, None, Some((entry_mode, oid))),
            Recorded::Deletion {
                entry_mode,
                oid,
                path,
                ..
            } => self.see(path, Some((entry_mode, oid)), None),
            Recorded::Modification {
                previous_entry_mode,
                previous_oid,
                entry_mode,
                oid,
                path,
            } => self.see(
                path,
                Some((previous_entry_mode, previous_oid)),
                Some((entry_mode, oid)),
            ),
        }
    }

    /// Notes what a path was and is. A path that turns from folder to file, or back, comes in two
    /// records.
    fn see(
        &mut self,
        path: BString,
        before: Option<(EntryMode, ObjectId)>,
        after: Option<(EntryMode, ObjectId)>,
    ) {
        let was_folder = before.is_some_and(|(mode, _)| mode.is_tree());
        let is_folder = after.is_some_and(|(mode, _)| mode.is_tree());
        if was_folder && !is_folder {
            self.removed_folders.insert(path.clone());
        }
        let entry = |at: Option<(EntryMode, ObjectId)>| {
            at.filter(|(mode, _)| !mode.is_tree())
                .map(|(mode, id)| Entry { mode, id })
        };
        let (before, after) = (entry(before), entry(after));
        if before.is_some() || after.is_some() {
            let change = self.changes.entry(path).or_default();
            change.before = change.before.or(before);
            change.after = change.after.or(after);
        }
    }
}

/// `a/b`, then `a`, of `a/b/c`.
pub(super) fn folders_above(path: &BStr) -> impl Iterator<Item = &BStr> {
    std::iter::successors(Some(path), |path| {
        path.rfind_byte(b'/').map(|end| path[..end].as_bstr())
    })
    .skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_above_a_path_end_below_the_root() {
        let above: Vec<&BStr> = folders_above("a/b/c".into()).collect();
        assert_eq!(above, ["a/b", "a"]);
        assert_eq!(folders_above("a".into()).count(), 0);
    }
}
