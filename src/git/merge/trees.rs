//! The tree that two sides come to, made in this process for pairs that are proven to merge
//! cleanly without renames: each entry is that of the side that changed it.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::objs::{FindExt, Kind, Write};

use crate::hashed::HashMap;

use super::sides::Entry;

/// The entries of a tree, by name.
type Entries = Arc<Vec<(BString, Entry)>>;
/// Of base, ours and theirs.
type Three<T> = [Option<T>; 3];

/// Puts trees together. Trees that were read are kept.
#[derive(Debug, Default)]
pub(super) struct Trees {
    read: HashMap<ObjectId, Entries>,
    made: HashMap<Three<ObjectId>, Option<ObjectId>>,
}

/// What putting trees together needs of the world.
pub(super) struct Workshop<'a> {
    pub local: &'a gix::Repository,
    /// Where new objects are written; `None` where only ids are wanted.
    pub writer: Option<&'a gix::Repository>,
    /// Merges the texts of base, ours and theirs, when that is proven to be beyond doubt.
    pub combine: &'a mut dyn FnMut([ObjectId; 3]) -> Option<Vec<u8>>,
    /// Whether it is proven that no rename matters. Else one could where a folder that both sides
    /// changed, be it alike, has lost something: what one side alone changed has nothing of the
    /// other's to be carried along.
    pub unrenamed: bool,
}

impl Workshop<'_> {
    fn put(&self, kind: Kind, data: &[u8]) -> Option<ObjectId> {
        match self.writer {
            Some(writer) => writer.objects.write_buf(kind, data).ok(),
            None => gix::objs::compute_hash(self.local.object_hash(), kind, data).ok(),
        }
    }
}

impl Trees {
    /// Forgets what was made: from here on it is wanted somewhere else.
    pub fn forget_made(&mut self) {
        self.made.clear();
    }

    /// The tree that the sides come to; `None` where something is not as it was proven to be.
    pub fn merge(
        &mut self,
        workshop: &mut Workshop<'_>,
        [base, ours, theirs]: [ObjectId; 3],
    ) -> Option<ObjectId> {
        let merged = self.folder(workshop, [Some(base), Some(ours), Some(theirs)])?;
        match merged {
            Some(tree) => Some(tree),
            None => workshop.put(Kind::Tree, b""),
        }
    }

    /// One folder; the answer holds `None` where nothing is left of it.
    fn folder(
        &mut self,
        workshop: &mut Workshop<'_>,
        sides: Three<ObjectId>,
    ) -> Option<Option<ObjectId>> {
        let [base, ours, theirs] = sides;
        let is_open = !workshop.unrenamed && ours == theirs && ours != base;
        if let Some(side) = taken(&base, &ours, &theirs).filter(|_| !is_open) {
            return Some(side);
        }
        if let Some(known) = self.made.get(&sides) {
            return Some(*known);
        }
        let [base, ours, theirs] = [
            self.entries(workshop.local, base)?,
            self.entries(workshop.local, ours)?,
            self.entries(workshop.local, theirs)?,
        ];
        if !workshop.unrenamed && (loses(&base, &ours) || loses(&base, &theirs)) {
            return None;
        }
        let changed = differing(&base, &theirs);
        let untouched = ours.iter().filter(|(name, _)| !changed.contains(name));
        let mut merged: Vec<(BString, Entry)> = untouched.cloned().collect();
        for name in changed {
            let entries = [&base, &ours, &theirs].map(|side| find(side, name));
            if let Some(entry) = self.entry(workshop, entries)? {
                merged.push((name.clone(), entry));
            }
        }
        let tree = match merged.as_slice() {
            [] => None,
            _ => Some(workshop.put(Kind::Tree, &encode(merged))?),
        };
        self.made.insert(sides, tree);
        Some(tree)
    }

    fn entry(&mut self, workshop: &mut Workshop<'_>, sides: Three<Entry>) -> Option<Option<Entry>> {
        if sides.iter().flatten().all(|entry| entry.mode.is_tree()) {
            let mode = EntryMode::from(EntryKind::Tree);
            let ids = sides.map(|entry| entry.map(|entry| entry.id));
            let tree = self.folder(workshop, ids)?;
            return Some(tree.map(|id| Entry { mode, id }));
        }
        let [base, ours, theirs] = sides;
        if let Some(side) = taken(&base, &ours, &theirs) {
            return Some(side);
        }
        let (base, ours, theirs) = (base?, ours?, theirs?);
        if !base.mode.is_blob() || base.mode != ours.mode || base.mode != theirs.mode {
            return None;
        }
        let text = (workshop.combine)([base.id, ours.id, theirs.id])?;
        let id = workshop.put(Kind::Blob, &text)?;
        Some(Some(Entry { id, ..base }))
    }

    fn entries(&mut self, local: &gix::Repository, tree: Option<ObjectId>) -> Option<Entries> {
        let Some(tree) = tree else {
            return Some(Entries::default());
        };
        if let Some(known) = self.read.get(&tree) {
            return Some(Arc::clone(known));
        }
        let mut buffer = Vec::new();
        let mut entries = Vec::new();
        for entry in local.objects.find_tree_iter(&tree, &mut buffer).ok()? {
            let entry = entry.ok()?;
            // git writes modes as they should be, and nobody wants to know how old trees have them.
            if EntryMode::from(entry.mode.kind()) != entry.mode {
                return None;
            }
            let (mode, id) = (entry.mode, entry.oid.to_owned());
            entries.push((entry.filename.to_owned(), Entry { mode, id }));
        }
        if !entries.is_sorted_by(|one, other| order(one, other).is_lt()) {
            return None;
        }
        let entries = Arc::new(entries);
        self.read.insert(tree, Arc::clone(&entries));
        Some(entries)
    }
}

/// What a merge comes to where one side did nothing, or both did the same.
fn taken<T: PartialEq + Copy>(
    base: &Option<T>,
    ours: &Option<T>,
    theirs: &Option<T>,
) -> Option<Option<T>> {
    if ours == base {
        Some(*theirs)
    } else if theirs == base || ours == theirs {
        Some(*ours)
    } else {
        None
    }
}

/// The names that do not stand for the same in both.
fn differing<'a>(
    mut one: &'a [(BString, Entry)],
    mut other: &'a [(BString, Entry)],
) -> BTreeSet<&'a BString> {
    let mut names = BTreeSet::new();
    loop {
        let first = match (one.first(), other.first()) {
            (None, None) => return names,
            (Some(a), Some(b)) => order(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        let a = first.is_le().then(|| one.split_off_first()).flatten();
        let b = first.is_ge().then(|| other.split_off_first()).flatten();
        if a != b {
            names.extend(a.or(b).map(|(name, _)| name));
        }
    }
}

/// Whether something of the one is gone in the other, or has made room for a folder or a file.
fn loses(one: &[(BString, Entry)], other: &[(BString, Entry)]) -> bool {
    let is_folder = |entries, name| Some(find(entries, name)?.mode.is_tree());
    let mut names = differing(one, other).into_iter();
    names.any(|name| {
        let before = is_folder(one, name);
        before.is_some() && before != is_folder(other, name)
    })
}

/// What a name stands for, be it a file or a folder.
fn find(entries: &[(BString, Entry)], name: &BString) -> Option<Entry> {
    let kinds = [EntryKind::Blob, EntryKind::Tree];
    kinds.into_iter().find_map(|kind| {
        let at = entries.binary_search_by(|(other, entry)| {
            compare(
                (other, entry.mode.is_tree()),
                (name, kind == EntryKind::Tree),
            )
        });
        at.ok().map(|at| entries[at].1)
    })
}

/// As git sorts them: as if the names of folders ended in a slash.
fn order(one: &(BString, Entry), other: &(BString, Entry)) -> Ordering {
    compare(
        (&one.0, one.1.mode.is_tree()),
        (&other.0, other.1.mode.is_tree()),
    )
}

fn compare(one: (&BString, bool), other: (&BString, bool)) -> Ordering {
    let common = one.0.len().min(other.0.len());
    let next = |(name, folder): (&BString, bool)| {
        let slash = folder.then_some(b'/');
        name.get(common).copied().or(slash)
    };
    let same = one.0[..common].cmp(&other.0[..common]);
    same.then_with(|| next(one).cmp(&next(other)))
}

/// As git stores a tree.
fn encode(mut entries: Vec<(BString, Entry)>) -> Vec<u8> {
    entries.sort_by(order);
    let mut bytes = Vec::new();
    for (name, entry) in entries {
        bytes.extend_from_slice(entry.mode.kind().as_octal_str());
        bytes.push(b' ');
        bytes.extend_from_slice(&name);
        bytes.push(0);
        bytes.extend_from_slice(entry.id.as_slice());
    }
    bytes
}
