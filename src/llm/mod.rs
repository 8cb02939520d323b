//! The client of Ollama, and of what speaks like OpenAI's servers (llama.cpp, vLLM, LM Studio).
//!
//! A model server is somebody else's program on a network: whatever it sends is bounded in length
//! and time, split on bytes, and believed only when it says that it is done. No redirect is
//! followed and no proxy is asked, so that nothing ever goes to another host than the one that was
//! named. Formats ([`ollama`], [`openai`]) and gathering are plain functions over bytes; only
//! [`Client`] waits.

mod address;
mod chat;
mod client;
mod gather;
mod lines;
mod ollama;
mod openai;
mod trouble;

pub use address::Address;
pub use chat::{ChatRequest, Ending, Message, Model, Reply, Times};
pub use client::{Client, Limits};
#[cfg(fuzzing)]
pub use gather::reply_to;
pub use trouble::Trouble;

use crate::error::{OrFail, Result};

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Api {
    /// Ollama's own.
    #[default]
    Ollama,
    /// OpenAI's chat completions.
    Openai,
}

/// Waits for one thing: for who has only one question.
pub fn wait<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_unable(|| "cannot start")?;
    Ok(runtime.block_on(future))
}
