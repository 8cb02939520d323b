//! Small pasts for tests of this room.

#![cfg(test)]

use std::collections::HashMap;

use crate::git::{FileEdit, LineEdit, RepoPath, TouchedFile};
use crate::id::Oid;

use super::followed::{Blobs, Followed};
use super::replay::Replay;

/// Lines of a file.
pub const LINES: u32 = 9_000;

/// What changes, the oldest first, did to each other that each replaced one line of some files.
pub fn replayed(changes: &[Vec<(&str, u32)>]) -> (Followed, Replay) {
    let mut followed = Followed::default();
    let mut edits: HashMap<Blobs, FileEdit> = HashMap::new();
    for change in changes {
        let mut touched = Vec::new();
        for (path, line) in change {
            let number = 2 * edits.len() as u32;
            let blobs = (blob(number), blob(number + 1));
            edits.insert(blobs, edit(*line));
            touched.push(TouchedFile {
                path: RepoPath::from(*path),
                before: Some(blobs.0),
                after: Some(blobs.1),
            });
        }
        followed.add(&touched);
    }
    let wanted = vec![true; followed.files];
    let replay = Replay::of(&followed, &wanted, |blobs| edits.get(blobs));
    (followed, replay)
}

/// One line is replaced.
pub fn edit(line: u32) -> FileEdit {
    let runs = vec![LineEdit {
        before: line..line + 1,
        after: line..line + 1,
    }];
    FileEdit { runs, lines: LINES }
}

fn blob(number: u32) -> Oid {
    let mut id = [0; 20];
    id[..4].copy_from_slice(&number.to_le_bytes());
    Oid::from_bytes(&id).expect("a length that git knows")
}
