//! Pieces of files, and the chunks that requests are made of.

use serde::{Deserialize, Serialize};

/// What one request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub pieces: Vec<Piece>,
}

/// Whole lines of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Index among the plan's files.
    pub file: usize,
    /// From 1, inclusive; 1 to 0 for an empty file.
    pub first: u32,
    pub last: u32,
    pub bytes: u64,
}
