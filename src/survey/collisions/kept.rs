//! The replay as it is kept from one call to the next.

use std::collections::VecDeque;

use crate::git::RepoPath;
use crate::id::Oid;
use crate::survey::pack::{Packed, Unpacked};

use super::replay::{Edit, File, FilePast, Replay, SharedFile};

/// The replay up to `tip`.
pub fn pack(tip: Oid, replay: &Replay) -> Vec<u8> {
    let mut packed = Packed::default();
    packed.bytes(tip.as_bytes());
    packed.count(replay.widths.len());
    for width in &replay.widths {
        packed.number(*width);
    }
    packed.count(replay.shared.len());
    for shared in &replay.shared {
        packed.number(shared.earlier);
        packed.number(shared.later - shared.earlier);
        pack_past(&shared.past, &mut packed);
        packed.number(u8::from(shared.conflict));
    }
    packed.count(replay.files.len());
    for file in &replay.files {
        pack_past(&file.past, &mut packed);
        packed.count(file.edits.len());
        for edit in &file.edits {
            pack_edit(edit, &mut packed);
        }
    }
    let mut names: Vec<_> = replay.names.iter().collect();
    names.sort_unstable();
    packed.count(names.len());
    for (name, file) in names {
        packed.bytes(name.as_bytes());
        packed.number(*file);
    }
    packed.0
}

fn pack_past(past: &FilePast, packed: &mut Packed) {
    for number in [past.edits, past.compared, past.collided, past.lines] {
        packed.number(number);
    }
}

fn pack_edit(edit: &Edit, packed: &mut Packed) {
    packed.number(edit.change);
    pack_past(&edit.past, packed);
    // 0 stands for an edit without lines.
    packed.count(edit.lines.as_ref().map_or(0, |lines| lines.len() + 1));
    for line in edit.lines.iter().flatten() {
        packed.number(line.start);
        packed.number(line.end - line.start);
    }
}

/// What [`pack`] wrote; `None` where it did not.
pub fn unpack(bytes: &[u8]) -> Option<(Oid, Replay)> {
    let mut unpacked = Unpacked::new(bytes);
    let tip = unpacked.id()?;
    let mut replay = Replay::default();
    for _ in 0..unpacked.count()? {
        replay.widths.push(u16::try_from(unpacked.number()?).ok()?);
    }
    let changes = replay.widths.len() as u32;
    for _ in 0..unpacked.count()? {
        let earlier = unpacked.small()?;
        let shared = SharedFile {
            earlier,
            later: earlier.checked_add(unpacked.small()?)?,
            past: unpack_past(&mut unpacked)?,
            conflict: unpacked.number()? == 1,
        };
        (shared.later < changes).then(|| replay.shared.push(shared))?;
    }
    for _ in 0..unpacked.count()? {
        let past = unpack_past(&mut unpacked)?;
        let mut edits = VecDeque::new();
        for _ in 0..unpacked.count()? {
            let edit = unpack_edit(&mut unpacked)?;
            (edit.change < changes).then(|| edits.push_back(edit))?;
        }
        replay.files.push(File { past, edits });
    }
    for _ in 0..unpacked.count()? {
        let (name, file) = (RepoPath::new(unpacked.bytes()?), unpacked.small()?);
        ((file as usize) < replay.files.len()).then(|| replay.names.insert(name, file))?;
    }
    unpacked.end((tip, replay))
}

fn unpack_past(unpacked: &mut Unpacked<'_>) -> Option<FilePast> {
    Some(FilePast {
        edits: unpacked.small()?,
        compared: unpacked.small()?,
        collided: unpacked.small()?,
        lines: unpacked.small()?,
    })
}

fn unpack_edit(unpacked: &mut Unpacked<'_>) -> Option<Edit> {
    let (change, past) = (unpacked.small()?, unpack_past(unpacked)?);
    let lines = match unpacked.count()? {
        0 => None,
        more => {
            let mut lines = Vec::new();
            for _ in 1..more {
                let start = unpacked.small()?;
                lines.push(start..start.checked_add(unpacked.small()?)?);
            }
            Some(lines)
        }
    };
    Some(Edit {
        change,
        lines,
        past,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{FileEdit, LineEdit};
    use crate::survey::testing::{change, file};

    #[test]
    fn a_replay_goes_on_where_it_was_left() {
        let touch = change(&[("a.rs", Some(1), Some(2)), ("b.rs", Some(1), None)]);
        let edit = |at: u32| {
            let runs = vec![LineEdit {
                before: at..at + 1,
                after: at..at + 2,
            }];
            vec![Some(FileEdit { runs, lines: 50 }), None]
        };
        let mut at_once = Replay::default();
        let mut by_and_by = Replay::default();
        let tip = file("any").blob;
        for at in [3, 9, 4, 20, 3] {
            at_once.add(&touch, &edit(at));
            by_and_by.add(&touch, &edit(at));
            let bytes = pack(tip, &by_and_by);
            for end in 0..bytes.len() {
                assert!(unpack(&bytes[..end]).is_none());
            }
            by_and_by = unpack(&bytes).expect("the same again").1;
        }
        assert_eq!(
            format!("{:?}", at_once.shared),
            format!("{:?}", by_and_by.shared)
        );
        assert_eq!(at_once.past("a.rs"), by_and_by.past("a.rs"));
    }
}
