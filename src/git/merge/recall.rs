//! What merging remembers from one call of the program to the next.
//!
//! Facts about objects (the base of two commits, what changed between two, the hunks of an edit, the
//! tree that a proven pair comes to) hold for ever. git's own answers hold under the circumstances in
//! which they were given: their print is part of the key.

use gix::ObjectId;

use crate::git::memory::{Memory, Packed, Unpacked};
use crate::git::path::RepoPath;
use crate::git::repository::oid;
use crate::id::Oid;

use super::circumstances::Print;
use super::sides::Side;
use super::text::{self, Hunks};
use super::{Conflict, ConflictKind, MergePair, Merged, Version, Versions};

/// More than this about one side, and comparing the trees again is as good.
const LARGEST_SIDE: usize = 1 << 20;

/// A memory, and what is to be added to it.
#[derive(Debug)]
pub(super) struct Recall<'a> {
    memory: Option<&'a dyn Memory>,
    found: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'a> Recall<'a> {
    pub fn of(memory: Option<&'a dyn Memory>) -> Self {
        Self {
            memory,
            found: Vec::new(),
        }
    }

    /// Whether there is anything to remember with.
    pub fn is_there(&self) -> bool {
        self.memory.is_some()
    }

    /// Remembers all that was found, at once.
    pub fn keep(&mut self) {
        if let Some(memory) = self.memory {
            memory.remember(&std::mem::take(&mut self.found));
        }
    }

    pub fn base(&self, ours: ObjectId, theirs: ObjectId) -> Option<ObjectId> {
        let value = self.get(&key(b"base", &[ours, theirs]))?;
        ObjectId::try_from(value.as_slice()).ok()
    }

    pub fn base_found(&mut self, ours: ObjectId, theirs: ObjectId, base: ObjectId) {
        let value = base.as_slice().to_vec();
        self.put(key(b"base", &[ours, theirs]), value);
    }

    pub fn side(&self, base: ObjectId, tip: ObjectId) -> Option<Side> {
        Side::unpack(&self.get(&key(b"side", &[base, tip]))?)
    }

    pub fn side_found(&mut self, base: ObjectId, tip: ObjectId, side: &Side) {
        let value = side.pack();
        if value.len() <= LARGEST_SIDE {
            self.put(key(b"side", &[base, tip]), value);
        }
    }

    /// The hunks of an edit; within, `None` where git alone can draw them.
    pub fn text(&self, base: ObjectId, tip: ObjectId) -> Option<Option<Hunks>> {
        let value = self.get(&key(b"text", &[base, tip]))?;
        let mut value = Unpacked::new(&value);
        if value.number()? == 0 {
            return value.end(None);
        }
        let number = value.number()?;
        let hunks = (0..number)
            .map(|_| text::unpack(&mut value))
            .collect::<Option<Hunks>>()?;
        value.end(Some(hunks))
    }

    pub fn text_found(&mut self, base: ObjectId, tip: ObjectId, text: Option<&Hunks>) {
        let mut value = Packed::default();
        value.number(u32::from(text.is_some()));
        if let Some(hunks) = text {
            value.number(hunks.len() as u32);
            for hunk in hunks {
                text::pack(hunk, &mut value);
            }
        }
        self.put(key(b"text", &[base, tip]), value.0);
    }

    /// Whether a text that is edits laid over each other is known to be clean, or not to be.
    pub fn pile(&self, top: ObjectId) -> Option<bool> {
        let value = self.get(&key(b"pile", &[top]))?;
        match value.as_slice() {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    pub fn pile_found(&mut self, top: ObjectId, clean: bool) {
        self.put(key(b"pile", &[top]), vec![u8::from(clean)]);
    }

    /// The tree that a proven merge of these commits comes to.
    pub fn tree(&self, commits: &[ObjectId; 3]) -> Option<ObjectId> {
        let value = self.get(&key(b"tree", commits))?;
        ObjectId::try_from(value.as_slice()).ok()
    }

    pub fn tree_found(&mut self, commits: &[ObjectId; 3], tree: ObjectId) {
        self.put(key(b"tree", commits), tree.as_slice().to_vec());
    }

    pub fn answer(&self, print: &Print, pair: &MergePair) -> Option<Merged> {
        let value = self.get(&answer_key(print, pair))?;
        let mut value = Unpacked::new(&value);
        let answer = match value.number()? {
            1 => Merged::Clean {
                tree: Some(unpack_oid(&mut value)?),
                apart: false,
            },
            2 => {
                let number = value.number()?;
                let conflicts = (0..number).map(|_| unpack_conflict(&mut value));
                Merged::Conflict {
                    conflicts: conflicts.collect::<Option<_>>()?,
                }
            }
            _ => return None,
        };
        value.end(answer)
    }

    /// git's answer; errors are asked for again each time.
    pub fn answer_found(&mut self, print: &Print, pair: &MergePair, answer: &Merged) {
        let mut value = Packed::default();
        match answer {
            Merged::Clean {
                tree: Some(tree), ..
            } => {
                value.number(1);
                value.bytes(tree.as_bytes());
            }
            Merged::Conflict { conflicts } => {
                value.number(2);
                value.number(conflicts.len() as u32);
                for conflict in conflicts {
                    pack_conflict(conflict, &mut value);
                }
            }
            Merged::Clean { tree: None, .. } | Merged::Error(_) => return,
        }
        self.put(answer_key(print, pair), value.0);
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.memory?.recall(key)
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if self.memory.is_some() {
            self.found.push((key, value));
        }
    }
}

fn key(kind: &[u8; 4], ids: &[ObjectId]) -> Vec<u8> {
    let ids = ids.iter().flat_map(gix::ObjectId::as_slice);
    kind.iter().chain(ids).copied().collect()
}

/// The ids have one length in a repository, so that one list of them cannot be read as another.
fn answer_key(print: &Print, pair: &MergePair) -> Vec<u8> {
    let ids = [Some(pair.ours), Some(pair.theirs), pair.base];
    let mut key = b"pair".to_vec();
    key.extend_from_slice(print.as_bytes());
    for id in ids.iter().flatten() {
        key.extend_from_slice(id.as_bytes());
    }
    key
}

const KINDS: [ConflictKind; 9] = [
    ConflictKind::Content,
    ConflictKind::AddAdd,
    ConflictKind::Binary,
    ConflictKind::ModifyDelete,
    ConflictKind::Mode,
    ConflictKind::Submodule,
    ConflictKind::Type,
    ConflictKind::Rename,
    ConflictKind::DirectoryRename,
];

fn pack_conflict(conflict: &Conflict, value: &mut Packed) {
    let kind = KINDS.iter().position(|kind| *kind == conflict.kind);
    value.number(kind.map_or(u32::MAX, |kind| kind as u32));
    value.bytes(conflict.path.as_bytes());
    let versions = &conflict.versions;
    for version in [versions.base, versions.ours, versions.theirs] {
        value.number(version.map_or(0, |version| version.mode));
        value.bytes(
            version
                .as_ref()
                .map_or(b"", |version| version.id.as_bytes()),
        );
    }
}

fn unpack_conflict(value: &mut Unpacked<'_>) -> Option<Conflict> {
    let kind = *KINDS.get(value.number()? as usize)?;
    let path = RepoPath::new(value.bytes()?);
    let mut version = || {
        let (mode, id) = (value.number()?, value.bytes()?);
        match id {
            [] => Some(None),
            _ => Oid::from_bytes(id).map(|id| Some(Version { mode, id })),
        }
    };
    let versions = Versions {
        base: version()?,
        ours: version()?,
        theirs: version()?,
    };
    Some(Conflict {
        path,
        kind,
        versions,
    })
}

fn unpack_oid(value: &mut Unpacked<'_>) -> Option<Oid> {
    oid(&value.id()?)
}
