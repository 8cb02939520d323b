//! The nouns of this room: what is asked from which perspective about which files, in how many
//! requests. All of it is stored as it is, so that a run can go on where it was left.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AnglesId, Oid};

use super::budget::Budget;
use super::piece::{Chunk, Piece};

/// The version of the stored plan.
pub const PLAN_VERSION: u64 = 1;

/// What will be asked. It never changes once it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnglesPlan {
    pub version: u64,
    pub id: AnglesId,
    pub created: Timestamp,
    /// As typed.
    pub target: String,
    pub question: String,
    /// The commit whose files are read.
    pub commit: Oid,
    pub strategy: String,
    /// Why this strategy.
    pub reason: String,
    /// The server, for who reads this later; never a key.
    pub host: String,
    pub api: String,
    pub model: String,
    /// Tells two builds of the model apart.
    pub digest: String,
    pub budget: Budget,
    /// Requests at once at most.
    pub at_once: usize,
    /// Sorted by path.
    pub files: Vec<ScopeFile>,
    pub angles: Vec<Angle>,
    pub left_out: LeftOut,
}

/// A file that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeFile {
    /// Relative to the root; bytes that are no UTF-8 replaced.
    pub path: String,
    /// Its exact bytes, where text cannot hold them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_path: Option<Vec<u8>>,
    pub blob: Oid,
    pub bytes: u64,
    pub lines: u32,
}

/// One perspective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Angle {
    /// From 1.
    pub number: u32,
    pub name: String,
    /// What it looks for.
    pub focus: String,
    /// Every byte of every file in scope is in exactly one of them.
    pub chunks: Vec<Chunk>,
}

/// What was not taken into scope, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub binary: Vec<String>,
    /// Written by a program: its own word, its name, or lines that nobody would write.
    pub generated: Vec<String>,
    /// By name or content likely to hold a key or a password: nothing of it is sent anywhere.
    pub secret: Vec<String>,
    /// Too large for a text, or not here (a partial clone).
    pub unreadable: Vec<String>,
    /// Ignored by git, a folder as one: not in the commit.
    pub ignored: usize,
    /// Changed or new in the worktree: the commit is what is read.
    pub uncommitted: usize,
}

impl AnglesPlan {
    /// The exact bytes of the path of a file in scope.
    pub fn exact_path<'a>(&'a self, path: &'a str) -> &'a [u8] {
        let mut files = self.files.iter();
        let exact = files.find(|file| file.path == path);
        let exact = exact.and_then(|file| file.exact_path.as_deref());
        exact.unwrap_or(path.as_bytes())
    }

    /// Bytes of the files that an angle reads.
    pub fn bytes_of(&self, angle: &Angle) -> u64 {
        angle.pieces().map(|piece| piece.bytes).sum()
    }

    /// How many requests all angles take.
    pub fn requests(&self) -> usize {
        self.angles.iter().map(|angle| angle.chunks.len()).sum()
    }

    /// Estimated tokens of everything that is sent.
    pub fn tokens(&self) -> u64 {
        let chunks = self.angles.iter().flat_map(|angle| &angle.chunks);
        let tokens = chunks.map(|chunk| self.budget.tokens_of(&chunk.pieces));
        tokens.sum()
    }

    /// Whether one request could hold all of it.
    pub fn fits_one_request(&self) -> bool {
        self.angles.iter().all(|angle| angle.chunks.len() <= 1)
    }

    /// Where its angles' files are: folders two levels deep at most, the fullest first.
    pub fn folders_of(&self, angle: &Angle) -> Vec<String> {
        let mut found: Vec<(String, u64)> = Vec::new();
        for piece in angle.pieces() {
            let folder = folder(&self.files[piece.file].path);
            match found.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, bytes)) => *bytes += piece.bytes,
                None => found.push((folder, piece.bytes)),
            }
        }
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        found.into_iter().map(|(folder, _)| folder).collect()
    }
}

impl Angle {
    /// All that it reads, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.chunks.iter().flat_map(|chunk| &chunk.pieces)
    }

    /// How many files it reads.
    pub fn files(&self) -> usize {
        let mut files: Vec<usize> = self.pieces().map(|piece| piece.file).collect();
        files.sort_unstable();
        files.dedup();
        files.len()
    }
}

fn folder(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [_] => "./".to_owned(),
        [one, _] => format!("{one}/"),
        [one, two, ..] => format!("{one}/{two}/"),
        [] => String::new(),
    }
}
