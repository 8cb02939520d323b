//! How much goes into one request.

use serde::{Deserialize, Serialize};

use super::piece::Piece;

/// A context that chunks are made for where the model has more: they stay small, since models
/// overlook things in long prompts, and memory on the server is not free.
const ENOUGH_CONTEXT: u64 = 24_576;
/// Of a server that does not say.
const ASSUMED_CONTEXT: u64 = 8192;
/// Tokens of source in one request at most.
const LARGEST_CHUNK: u64 = 16_000;
/// Tokens of an answer at most.
const LONGEST_ANSWER: u64 = 4096;
/// Tokens of everything around the source: roles, question, the form of the answer.
const AROUND: u64 = 700;
/// Chunks are never planned smaller.
const SMALLEST_CHUNK: u64 = 200;
/// Bytes that a token stands for, a low guess for source code; the server tells better.
const BYTES_A_TOKEN: u64 = 3;
/// Bytes in front of every line: its number.
const NUMBER: u64 = 7;
/// Bytes around every file: its name.
const NAME: u64 = 60;

/// The tokens of a request, one split for a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Prompt and answer together.
    pub context: u64,
    /// The answer.
    pub predict: u64,
    /// The source in it.
    pub chunk: u64,
}

impl Budget {
    /// For a model: what was asked for, else what it has loaded, else what it was made for, as far
    /// as it is needed.
    pub fn new(asked: Option<u64>, loaded: Option<u64>, made_for: Option<u64>) -> Self {
        let most = made_for.or(loaded).unwrap_or(ASSUMED_CONTEXT);
        // What is loaded is taken as it is, since another value would load the model anew.
        let usual = loaded.unwrap_or(most.min(ENOUGH_CONTEXT)).min(most);
        let context = asked.unwrap_or(usual).max(1024);
        let predict = (context / 4).min(LONGEST_ANSWER);
        let chunk = (context * 8 / 10).saturating_sub(predict + AROUND);
        Self {
            context,
            predict,
            chunk: chunk.clamp(SMALLEST_CHUNK, LARGEST_CHUNK),
        }
    }

    /// Bytes of source that one chunk may have, as [`weight`] counts them.
    pub fn chunk_bytes(&self) -> u64 {
        self.chunk * BYTES_A_TOKEN
    }

    /// Tokens of a request about these pieces, estimated.
    pub fn tokens_of(&self, pieces: &[Piece]) -> u64 {
        let bytes: u64 = pieces.iter().map(weight_of).sum();
        bytes.div_ceil(BYTES_A_TOKEN) + AROUND
    }
}

/// Bytes that so many lines of a file take in a prompt.
pub fn weight(bytes: u64, lines: u64) -> u64 {
    bytes + NUMBER * lines
}

/// Bytes that the name of a file takes in a prompt.
pub fn heading() -> u64 {
    NAME
}

fn weight_of(piece: &Piece) -> u64 {
    let lines = u64::from(piece.last + 1 - piece.first);
    heading() + weight(piece.bytes, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_stay_small_and_everything_fits_the_context() {
        let cases = [
            (None, None, Some(131_072), 24_576, 14_864),
            (None, Some(4096), Some(131_072), 4096, 1552),
            (Some(65_536), None, Some(131_072), 65_536, 16_000),
            (None, None, None, 8192, 3805),
            (Some(10), None, None, 1024, 200),
        ];
        for (asked, loaded, made_for, context, chunk) in cases {
            let budget = Budget::new(asked, loaded, made_for);
            assert_eq!((budget.context, budget.chunk), (context, chunk));
            assert!(budget.chunk + budget.predict + AROUND <= context.max(1200));
        }
    }
}
