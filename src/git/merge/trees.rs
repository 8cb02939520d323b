//! The tree that two sides come to, made in this process for pairs that are proven to merge
//! cleanly without renames: each entry is that of the side that changed it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::objs::{FindExt, Kind, Write};

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
    /// Where new objects go; `None` where only ids are wanted.
    pub store: Option<&'a gix::odb::loose::Store>,
    /// Merges the texts of base, ours and theirs, when that is proven to be beyond doubt.
    pub combine: &'a mut dyn FnMut([ObjectId; 3]) -> Option<Vec<u8>>,
}

impl Workshop<'_> {
    fn put(&self, kind: Kind, data: &[u8]) -> Option<ObjectId> {
        match self.store {
            Some(store) => store.write_buf(kind, data).ok(),
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
        if let Some(side) = taken(&base, &ours, &theirs) {
            return Some(side);
        }
        if let Some(known) = self.made.get(&sides) {
            return Some(*known);
        }
        let mut by_name: BTreeMap<BString, Three<Entry>> = BTreeMap::new();
        for (side, tree) in sides.iter().enumerate() {
            if let Some(tree) = tree {
                for (name, entry) in self.entries(workshop.local, *tree)?.iter() {
                    by_name.entry(name.clone()).or_default()[side] = Some(*entry);
                }
            }
        }
        let mut merged = Vec::with_capacity(by_name.len());
        for (name, entries) in by_name {
            if let Some(entry) = self.entry(workshop, entries)? {
                merged.push((name, entry));
            }
        }
        let tree = match merged.as_slice() {
            [] => None,
            _ => Some(workshop.put(Kind::Tree, &encode(merged))?),
        };
        self.made.insert(sides, tree);
        Some(tree)
    }

    fn entry(
        &mut self,
        workshop: &mut Workshop<'_>,
        [base, ours, theirs]: Three<Entry>,
    ) -> Option<Option<Entry>> {
        if let Some(side) = taken(&base, &ours, &theirs) {
            return Some(side);
        }
        let sides = [base, ours, theirs];
        let ids = sides.map(|entry| entry.map(|entry| entry.id));
        if sides.iter().flatten().all(|entry| entry.mode.is_tree()) {
            let mode = EntryMode::from(EntryKind::Tree);
            let tree = self.folder(workshop, ids)?;
            return Some(tree.map(|id| Entry { mode, id }));
        }
        let (base, ours, theirs) = (base?, ours?, theirs?);
        if !base.mode.is_blob() || base.mode != ours.mode || base.mode != theirs.mode {
            return None;
        }
        let text = (workshop.combine)([base.id, ours.id, theirs.id])?;
        let id = workshop.put(Kind::Blob, &text)?;
        Some(Some(Entry { id, ..base }))
    }

    fn entries(&mut self, local: &gix::Repository, tree: ObjectId) -> Option<Entries> {
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

/// As git stores a tree: sorted as if the names of folders ended in a slash.
fn encode(mut entries: Vec<(BString, Entry)>) -> Vec<u8> {
    entries.sort_by_cached_key(|(name, entry)| {
        let mut key = name.to_vec();
        if entry.mode.is_tree() {
            key.push(b'/');
        }
        key
    });
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
