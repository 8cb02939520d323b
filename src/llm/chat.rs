//! What is asked and what is answered, whoever the server is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `system`, `user` or `assistant`.
    pub role: String,
    pub content: String,
}

impl Message {
    /// What the model is to be.
    pub fn system(content: impl Into<String>) -> Self {
        Self::of("system", content.into())
    }

    /// What is asked.
    pub fn user(content: impl Into<String>) -> Self {
        Self::of("user", content.into())
    }

    /// What was answered.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::of("assistant", content.into())
    }

    fn of(role: &str, content: String) -> Self {
        Self {
            role: role.to_owned(),
            content,
        }
    }
}

/// A request for the next turn.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    pub model: String,
    pub messages: Vec<Message>,
    /// The JSON schema that the answer must follow.
    pub schema: Option<Value>,
    /// Tokens of prompt and answer together. One value for a whole run: another one makes the
    /// server load the model anew.
    pub context: u64,
    /// Tokens of the answer at most.
    pub predict: u64,
}

/// A model that a server has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    pub name: String,
    /// Tells two builds of one name apart; empty where the server does not say.
    pub digest: String,
    /// Bytes; 0 where the server does not say.
    pub size: u64,
    /// Tokens that it was made for.
    pub context: Option<u64>,
    /// Tokens that are set aside for it now; `None` while it is not loaded.
    pub loaded_context: Option<u64>,
    /// Whether it answers in words: not one for embeddings alone.
    pub chats: bool,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It was complete.
    Stop,
    /// There was no room for more: what there is of it is a part.
    Length,
}

/// How long an answer took, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Work on this request alone, as the server counts it: loading, reading, answering.
    pub busy: Option<f64>,
    /// From its arrival at the server, or as seen from here where the server does not say.
    pub total: f64,
}

/// An answer in full.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What is meant as the answer; what the model thought on the way is not in it.
    pub content: String,
    pub ending: Ending,
    pub prompt_tokens: Option<u64>,
    pub reply_tokens: Option<u64>,
    pub times: Times,
}

/// What one line of a stream says.
#[derive(Debug, Default, PartialEq)]
pub struct Part {
    pub text: String,
    /// Bytes of thought, which are no answer.
    pub thought: usize,
    /// The answer is over.
    pub ending: Option<Ending>,
    pub prompt_tokens: Option<u64>,
    pub reply_tokens: Option<u64>,
    /// Seconds, as the server counts them.
    pub busy: Option<f64>,
    pub total: Option<f64>,
}
