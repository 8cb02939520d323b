//! What one side did since the merge base: a plain comparison of two trees, without renames, and
//! the little that has to be known to tell whether renames could matter at all.

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::diff::tree::recorder::Change as Recorded;
use gix::objs::tree::EntryMode;
use gix::prelude::FindExt;

use crate::git::memory::{Packed, Unpacked};
use crate::hashed::{HashMap, HashSet};

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
        side.summed_up()
    }

    /// With other changes on top of it, none of which removes a path.
    pub fn laid_over(below: &Self, changes: impl Iterator<Item = (BString, Change)>) -> Self {
        let mut side = Self {
            changes: below.changes.clone(),
            removed_folders: below.removed_folders.clone(),
            ..Self::default()
        };
        side.changes.extend(changes);
        side.changes
            .retain(|_, change| change.before != change.after);
        side.summed_up()
    }

    /// With what follows from the changes.
    fn summed_up(mut self) -> Self {
        for (path, change) in &self.changes {
            match (change.before, change.after) {
                (None, Some(_)) => {
                    self.adds = true;
                    self.added_into
                        .extend(folders_above(path.as_bstr()).map(ToOwned::to_owned));
                }
                (Some(_), None) => self.removes = true,
                _ => {}
            }
        }
        self
    }

    /// Whether it changes a submodule: what is in that repository may have a say in merging it.
    pub fn changes_submodules(&self) -> bool {
        let submodule = |entry: &Option<Entry>| entry.is_some_and(|entry| entry.mode.is_commit());
        self.changes
            .values()
            .any(|change| submodule(&change.before) || submodule(&change.after))
    }

    /// The folders of all that it changes, at every depth.
    pub fn folders(&self) -> impl Iterator<Item = &BStr> {
        let paths = self.changes.keys();
        paths.flat_map(|path| folders_above(path.as_bstr()))
    }

    /// As it is kept from one call of the program to the next.
    pub fn pack(&self) -> Vec<u8> {
        let mut value = Packed::default();
        value.number(self.changes.len() as u32);
        for (path, change) in &self.changes {
            value.bytes(path);
            for entry in [change.before, change.after] {
                value.number(entry.map_or(0, |entry| entry.mode.value().into()));
                value.bytes(entry.as_ref().map_or(b"", |entry| entry.id.as_slice()));
            }
        }
        value.number(self.removed_folders.len() as u32);
        for folder in &self.removed_folders {
            value.bytes(folder);
        }
        value.0
    }

    /// What [`Side::pack`] made; `None` where it did not.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut value = Unpacked::new(bytes);
        let mut side = Self::default();
        for _ in 0..value.number()? {
            let path = BString::from(value.bytes()?);
            let (before, after) = (unpack_entry(&mut value)?, unpack_entry(&mut value)?);
            side.changes.insert(path, Change { before, after });
        }
        for _ in 0..value.number()? {
            side.removed_folders.insert(value.bytes()?.into());
        }
        value.end(side.summed_up())
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

/// What differs between two trees.
pub(super) fn changes_between(
    local: &gix::Repository,
    base: ObjectId,
    tip: ObjectId,
) -> Option<Side> {
    if base == tip {
        return Some(Side::default());
    }
    let (mut base_buffer, mut tip_buffer) = (Vec::new(), Vec::new());
    let objects = &local.objects;
    let mut recorder = gix::diff::tree::Recorder::default();
    gix::diff::tree(
        objects.find_tree_iter(&base, &mut base_buffer).ok()?,
        objects.find_tree_iter(&tip, &mut tip_buffer).ok()?,
        gix::diff::tree::State::default(),
        objects,
        &mut recorder,
    )
    .ok()?;
    Some(Side::of(recorder.records))
}

/// The tree of a commit.
pub(super) fn tree(local: &gix::Repository, commit: ObjectId) -> Option<ObjectId> {
    let tree = local.find_commit(commit).ok()?.tree_id().ok()?;
    Some(tree.detach())
}

/// An entry, or that there is none.
fn unpack_entry(value: &mut Unpacked<'_>) -> Option<Option<Entry>> {
    let (mode, id) = (value.number()?, value.bytes()?);
    if id.is_empty() {
        return Some(None);
    }
    let mode = EntryMode::try_from(mode).ok()?;
    let id = ObjectId::try_from(id).ok()?;
    Some(Some(Entry { mode, id }))
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
