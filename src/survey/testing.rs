//! Small files and changes for tests of this room.

#![cfg(test)]

use crate::git::{MainlineChange, RepoPath, TouchedFile};
use crate::id::Oid;

use super::census::SurveyedFile;
use super::kind::kind_of;
use super::language::language_of;
use super::lines::Lines;

/// A file of a hundred lines.
pub fn file(path: &str) -> SurveyedFile {
    SurveyedFile {
        path: path.to_owned(),
        blob: blob(0),
        kind: kind_of(path),
        language: language_of(path),
        lines: Some(Lines {
            all: 100,
            ..Lines::default()
        }),
    }
}

/// A change of some files: path, content before, content after.
pub fn change(touched: &[(&str, Option<u8>, Option<u8>)]) -> MainlineChange {
    let touched = touched.iter().map(|(path, before, after)| TouchedFile {
        path: RepoPath::from(*path),
        before: before.map(blob),
        after: after.map(blob),
    });
    MainlineChange {
        commit: blob(0),
        at: 0,
        message: String::new(),
        is_merge: false,
        touched: touched.collect(),
    }
}

fn blob(number: u8) -> Oid {
    Oid::from_bytes(&[number; 20]).expect("a length that git knows")
}
