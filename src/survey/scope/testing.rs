//! Indexes of made-up files and changes.
#![cfg(test)]

use crate::git::{CommitMessage, RepoPath, TreeFile};
use crate::id::Oid;
use crate::survey::past::{Past, PastChange};

use super::build::build;
use super::gathered::Gathered;

/// What an index is to be made of.
#[derive(Debug, Default)]
pub struct Made {
    files: Vec<TreeFile>,
    past: Past,
    gathered: Gathered,
}

impl Made {
    /// A file, called by its number, that holds this.
    pub fn file(&mut self, text: &str) {
        let path = RepoPath::from(format!("{:03}.rs", self.files.len()).as_str());
        let blob = id(1, self.files.len());
        self.gathered.add_text(blob, text);
        self.files.push(TreeFile {
            path: path.clone(),
            blob,
        });
        self.past.names.push(path);
    }

    /// A change of these files; there must be no other file later.
    pub fn change(&mut self, said: &str, files: &[u32]) {
        let commit = id(2, self.past.changes.len());
        let message = CommitMessage {
            text: said.to_owned(),
            is_merge: false,
        };
        self.gathered.add_message(commit, &message);
        self.past.changes.push(PastChange {
            commit,
            touched: files.to_vec(),
            moves: Vec::new(),
        });
    }

    pub fn index(self) -> Vec<u8> {
        build(id(0, 0), &self.files, &self.past, self.gathered)
    }
}

fn id(kind: u8, number: usize) -> Oid {
    let mut bytes = [kind; 20];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Oid::from_bytes(&bytes).expect("a length that git knows")
}
