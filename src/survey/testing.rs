//! Small files and changes for tests of this room.

#![cfg(test)]

use std::collections::HashMap;
use std::sync::Mutex;

use crate::git::{CommitMessage, MainlineChange, RepoPath, TouchedFile};
use crate::id::Oid;

use super::census::{SurveyedFile, paths};
use super::history::History;
use super::kind::kind_of;
use super::language::language_of;
use super::lines::Lines;
use super::pack::Shelf;
use super::past::Past;

/// A file of a hundred lines.
pub fn file(path: &str) -> SurveyedFile {
    SurveyedFile {
        path: path.to_owned(),
        exact: None,
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
        message: CommitMessage {
            text: String::new(),
            is_merge: false,
        },
        touched: touched.collect(),
    }
}

/// What these changes, the newest first, tell of the files.
pub fn history(files: &[SurveyedFile], mainline: &[MainlineChange]) -> History {
    History::of(paths(files), &Past::of(mainline))
}

/// Keeps what is put in memory.
#[derive(Debug, Default)]
pub struct InMemory(pub Mutex<HashMap<String, Vec<u8>>>);

impl Shelf for InMemory {
    fn take(&self, name: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn put(&self, name: &str, content: &[u8]) {
        let mut kept = self.0.lock().unwrap();
        kept.insert(name.to_owned(), content.to_owned());
    }
}

fn blob(number: u8) -> Oid {
    Oid::from_bytes(&[number; 20]).expect("a length that git knows")
}
