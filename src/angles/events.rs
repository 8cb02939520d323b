//! The journal of an analysis: what each chunk brought, as it comes, so that nothing that was
//! answered is asked again.

use serde::{Deserialize, Serialize};

use crate::llm::Times;
use crate::store::Entry;

use super::claim::Claim;
use super::evidence::Evidence;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Requests begin to be made.
    ExecutionStarted { pid: u32 },
    /// A chunk was answered.
    ChunkDone {
        angle: u32,
        chunk: usize,
        answer: Answer,
    },
    /// A chunk was given up.
    ChunkFailed {
        angle: u32,
        chunk: usize,
        reason: String,
    },
    /// No more requests are made.
    ExecutionEnded { wall_seconds: f64 },
    /// An event of a newer program.
    #[serde(other)]
    Unknown,
}

/// What came of one chunk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub findings: Vec<CheckedClaim>,
    /// Taken from an earlier analysis of the same content.
    pub cached: bool,
    /// Requests that it took.
    pub requests: u32,
    pub prompt_tokens: u64,
    pub reply_tokens: u64,
    pub times: Times,
    /// Bytes that were too much for the model, even alone.
    pub unseen_bytes: u64,
    /// An answer had no room for all that it had to say.
    pub cut: bool,
}

/// A claim and what the file says about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckedClaim {
    pub claim: Claim,
    pub evidence: Evidence,
}

impl Answer {
    /// Takes in what another part of the same chunk brought.
    pub fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.cached &= other.cached;
        self.requests += other.requests;
        self.prompt_tokens += other.prompt_tokens;
        self.reply_tokens += other.reply_tokens;
        self.times = Times {
            busy: match (self.times.busy, other.times.busy) {
                (Some(one), Some(two)) => Some(one + two),
                (one, two) => one.or(two),
            },
            total: self.times.total + other.times.total,
        };
        self.unseen_bytes += other.unseen_bytes;
        self.cut |= other.cut;
    }
}

impl Entry for Event {
    fn is_boundary(&self) -> bool {
        matches!(self, Self::ChunkDone { .. } | Self::ExecutionEnded { .. })
    }
}
