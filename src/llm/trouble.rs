//! What can go wrong with a request, by what can be done about it.

use std::fmt;
use std::time::Duration;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody listens there, or the way there is barred.
    Unreachable(String),
    /// The server has too much to do: later it may go (429, 502, 503).
    Busy {
        status: u16,
        message: String,
        /// How long the server asks to wait.
        after: Option<Duration>,
    },
    /// The prompt does not fit into the context; how long it is and how much there is, in tokens,
    /// where the server says so.
    TooLong {
        prompt: Option<u64>,
        context: Option<u64>,
    },
    /// The server will not, and will not later either.
    Refused { status: u16, message: String },
    /// The answer broke off, or is none.
    Broken(String),
    /// The answer went over a limit, in bytes or time.
    Limit(String),
}

impl Trouble {
    /// Whether the same request may go through later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Broken(_))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "cannot be reached: {why}"),
            Self::Busy {
                status, message, ..
            } => {
                write!(f, "is busy ({status}): {message}")
            }
            Self::TooLong { prompt, context } => match (prompt, context) {
                (Some(prompt), Some(context)) => write!(
                    f,
                    "takes {context} tokens at once, and the prompt has {prompt}"
                ),
                _ => f.write_str("does not take the whole prompt"),
            },
            Self::Refused { status, message } => write!(f, "refused ({status}): {message}"),
            Self::Broken(how) | Self::Limit(how) => f.write_str(how),
        }
    }
}
