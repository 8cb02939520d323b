//! What of the past is kept from one call to the next: which files the latest changes touched, and
//! the edits that were read so far.

use std::collections::HashMap;

use crate::git::{FileEdit, LineEdit, RepoPath, TouchedFile};
use crate::id::Oid;
use crate::survey::pack::{Packed, Unpacked};

use super::followed::Blobs;

/// Of the form that follows.
const FORM: u8 = 2;

/// What turned one content into another; `None` where one of them is no text, or was not there.
pub type Edits = HashMap<Blobs, Option<FileEdit>>;

/// The latest changes up to `tip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub tip: Oid,
    /// What each touched, the newest first.
    pub changes: Vec<Vec<TouchedFile>>,
    /// Some of their edits.
    pub edits: Edits,
}

/// Without edits that are in none of the changes.
pub fn pack(kept: &Kept) -> Vec<u8> {
    let mut packed = Packed(vec![FORM]);
    packed.bytes(kept.tip.as_bytes());
    let mut names: HashMap<&RepoPath, u32> = HashMap::new();
    let mut in_order: Vec<&RepoPath> = Vec::new();
    for file in kept.changes.iter().flatten() {
        names.entry(&file.path).or_insert_with(|| {
            in_order.push(&file.path);
            in_order.len() as u32 - 1
        });
    }
    packed.count(in_order.len());
    for name in in_order {
        packed.bytes(name.as_bytes());
    }
    packed.count(kept.changes.len());
    for change in &kept.changes {
        packed.count(change.len());
        for file in change {
            packed.number(names[&file.path]);
            pack_blob(file.before, &mut packed);
            pack_blob(file.after, &mut packed);
            let edit = file.before.zip(file.after);
            pack_edit(edit.and_then(|blobs| kept.edits.get(&blobs)), &mut packed);
        }
    }
    packed.0
}

fn pack_blob(blob: Option<Oid>, packed: &mut Packed) {
    packed.bytes(blob.as_ref().map_or(&[], Oid::as_bytes));
}

/// 0 stands for one that was not read, 1 for one of what is no text.
fn pack_edit(edit: Option<&Option<FileEdit>>, packed: &mut Packed) {
    let Some(Some(edit)) = edit else {
        packed.number(u8::from(edit.is_some()));
        return;
    };
    packed.count(edit.runs.len() + 2);
    packed.number(edit.lines);
    for lines in edit.runs.iter().flat_map(|run| [&run.before, &run.after]) {
        packed.number(lines.start);
        packed.number(lines.end - lines.start);
    }
}

/// What [`pack`] wrote; `None` where it did not.
pub fn unpack(bytes: &[u8]) -> Option<Kept> {
    let (_, bytes) = bytes.split_first().filter(|(form, _)| **form == FORM)?;
    let mut unpacked = Unpacked::new(bytes);
    let tip = unpacked.id()?;
    let names = (0..unpacked.count()?).map(|_| unpacked.bytes().map(RepoPath::new));
    let names: Vec<RepoPath> = names.collect::<Option<_>>()?;
    let mut edits = Edits::new();
    let changes = (0..unpacked.count()?).map(|_| unpack_change(&mut unpacked, &names, &mut edits));
    let changes = changes.collect::<Option<_>>()?;
    unpacked.end(Kept {
        tip,
        changes,
        edits,
    })
}

fn unpack_change(
    unpacked: &mut Unpacked<'_>,
    names: &[RepoPath],
    edits: &mut Edits,
) -> Option<Vec<TouchedFile>> {
    let count = unpacked.count()?;
    let mut file = || {
        let path = names.get(unpacked.small()? as usize)?.clone();
        let (before, after) = (unpack_blob(unpacked)?, unpack_blob(unpacked)?);
        let edit = unpack_edit(unpacked)?;
        if let (Some(blobs), Some(edit)) = (before.zip(after), edit) {
            edits.insert(blobs, edit);
        }
        Some(TouchedFile {
            path,
            before,
            after,
        })
    };
    (0..count).map(|_| file()).collect()
}

fn unpack_blob(unpacked: &mut Unpacked<'_>) -> Option<Option<Oid>> {
    match unpacked.bytes()? {
        [] => Some(None),
        id => Oid::from_bytes(id).map(Some),
    }
}

fn unpack_edit(unpacked: &mut Unpacked<'_>) -> Option<Option<Option<FileEdit>>> {
    let runs = match unpacked.count()? {
        0 => return Some(None),
        1 => return Some(Some(None)),
        more => more - 2,
    };
    let lines = unpacked.small()?;
    let mut range = || {
        let start = unpacked.small()?;
        Some(start..start.checked_add(unpacked.small()?)?)
    };
    let mut run = || {
        Some(LineEdit {
            before: range()?,
            after: range()?,
        })
    };
    let runs = (0..runs).map(|_| run()).collect::<Option<_>>()?;
    Some(Some(Some(FileEdit { runs, lines })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::testing::change;

    #[test]
    fn what_was_kept_comes_back_and_what_is_cut_does_not() {
        let files = [("a.rs", Some(1), Some(2)), ("b.png", Some(3), Some(4))];
        let unread = [("a.rs", Some(0), Some(1)), ("b.png", None, Some(3))];
        let changes = vec![change(&files).touched, change(&unread).touched];
        let blobs = |file: &TouchedFile| file.before.zip(file.after).expect("an edit");
        let edit = FileEdit {
            runs: vec![LineEdit {
                before: 3..4,
                after: 3..300,
            }],
            lines: 50,
        };
        let edits = [(0, Some(edit)), (1, None)];
        let kept = Kept {
            tip: Oid::from_bytes(&[7; 20]).expect("a length that git knows"),
            edits: edits
                .map(|(at, edit)| (blobs(&changes[0][at]), edit))
                .into(),
            changes,
        };
        let bytes = pack(&kept);
        for end in 0..bytes.len() {
            assert_eq!(unpack(&bytes[..end]), None);
        }
        assert_eq!(unpack(&bytes), Some(kept.clone()));
        let without = Kept {
            changes: kept.changes[1..].to_vec(),
            ..kept
        };
        let left = unpack(&pack(&without)).expect("the same again");
        assert!(left.edits.is_empty() && left.changes == without.changes);
    }
}
