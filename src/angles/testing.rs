//! Plans for the tests of this room.
#![cfg(test)]

use jiff::Timestamp;

use crate::id::{AnglesId, Oid};

use super::budget::Budget;
use super::model::{Angle, AnglesPlan, LeftOut, PLAN_VERSION, ScopeFile};
use super::piece::{Chunk, Piece};

/// So many angles, each with so many chunks of one file of ten bytes.
pub fn plan(angles: usize, chunks: usize) -> AnglesPlan {
    let oid = Oid::from_bytes(&[7; 20]).expect("an id");
    let file = |at: usize| ScopeFile {
        exact_path: None,
        path: format!("src/{at}.rs"),
        blob: oid,
        bytes: 10,
        lines: 2,
    };
    let chunk = |file: usize| Chunk {
        pieces: vec![Piece {
            file,
            first: 1,
            last: 2,
            bytes: 10,
        }],
    };
    let angle = |at: usize| Angle {
        number: at as u32 + 1,
        name: format!("Angle {}", at + 1),
        focus: "everything".to_owned(),
        chunks: (0..chunks).map(chunk).collect(),
    };
    AnglesPlan {
        version: PLAN_VERSION,
        id: AnglesId(1),
        created: Timestamp::UNIX_EPOCH,
        target: "src".to_owned(),
        question: "What is wrong?".to_owned(),
        commit: oid,
        strategy: "Software Quality".to_owned(),
        reason: "no word of the question calls for another".to_owned(),
        host: "http://127.0.0.1:11434".to_owned(),
        api: "ollama".to_owned(),
        model: "model".to_owned(),
        digest: String::new(),
        budget: Budget::new(None, None, None),
        at_once: angles,
        files: (0..chunks).map(file).collect(),
        angles: (0..angles).map(angle).collect(),
        left_out: LeftOut::default(),
    }
}
