//! What is known of a session from what its agent printed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tool_use;

/// The longest text kept of one thing that was done.
const LONGEST_ACTIVITY: usize = 200;
/// The most refusals kept.
const MOST_DENIALS: usize = 10;
/// What agents call their tools that change files.
const EDITING: [&str; 11] = [
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    "Write",
    "apply_patch",
    "edit",
    "multiedit",
    "patch",
    "replace",
    "write",
    "write_file",
];
/// The most text kept of an answer, in bytes.
const MOST_TEXT: usize = 4 << 20;

/// An agent's session by its own account. It is a witness, not the judge: a session can say that it
/// succeeded and have done nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// The id by which the conversation can be taken up again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// What it did last, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    pub tokens: Tokens,
    /// In US dollars, where the agent tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// What it was not allowed to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<String>,
    /// Its service asked for patience, and nothing has come of it since.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// Seconds from its start to its first edit, which it spent reading; nothing where it told of
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_seconds: Option<f64>,
    /// It has begun to edit files.
    #[serde(skip)]
    pub edits: bool,
    /// How it says that it ended; nothing while it works, and when it broke off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// What it said last.
    #[serde(skip)]
    pub text: String,
    /// Its answer by the schema that was asked for.
    #[serde(skip)]
    pub structured: Option<Value>,
}

/// What was read and written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// All that was read, what came from a cache included.
    pub input: u64,
    pub output: u64,
    /// The part of the input that came from a cache.
    pub cached: u64,
}

impl Tokens {
    /// Adds what another step took.
    pub fn add(&mut self, more: Self) {
        self.input = self.input.saturating_add(more.input);
        self.output = self.output.saturating_add(more.output);
        self.cached = self.cached.saturating_add(more.cached);
    }
}

/// How an agent says that it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    Success,
    Failure { cause: Cause, why: String },
}

/// What made an agent fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Its service asked for patience.
    RateLimit,
    /// Its service does not know who asks.
    Login,
    Other,
}

impl Account {
    /// It did this.
    pub fn does(&mut self, what: &str) {
        let line = what.trim().lines().next().unwrap_or_default();
        if !line.is_empty() {
            self.activity = Some(line.chars().take(LONGEST_ACTIVITY).collect());
        }
        (self.limited, self.closing) = (false, None);
    }

    /// It used a tool.
    pub fn uses(&mut self, tool: &str, arguments: Option<&Value>) {
        self.edits |= EDITING.contains(&tool);
        self.does(&tool_use(tool, arguments));
    }

    /// It said this.
    pub fn says(&mut self, text: &str) {
        self.does(text);
        self.text.clear();
        self.goes_on(text);
    }

    /// It went on to say this.
    pub fn goes_on(&mut self, text: &str) {
        let room = MOST_TEXT.saturating_sub(self.text.len());
        let end = (0..=room.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        self.text.push_str(&text[..end.unwrap_or(0)]);
    }

    /// It was not allowed to do this.
    pub fn was_denied(&mut self, what: &str) {
        let what: String = what.chars().take(LONGEST_ACTIVITY).collect();
        if self.denials.len() < MOST_DENIALS && !self.denials.contains(&what) {
            self.denials.push(what);
        }
    }

    /// Its conversation has this id.
    pub fn is_called(&mut self, id: &str) {
        // It becomes an argument: nothing that could be taken for a flag.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        if !id.is_empty() && id.len() <= 200 && id.chars().all(plain) && !id.starts_with('-') {
            self.conversation = Some(id.to_owned());
        }
    }

    /// It says that it succeeded.
    pub fn succeeds(&mut self) {
        (self.limited, self.closing) = (false, Some(Closing::Success));
    }

    /// It says that it failed.
    pub fn fails(&mut self, why: &str) {
        let line: Vec<&str> = why.split_whitespace().collect();
        let line: String = line.join(" ").chars().take(2 * LONGEST_ACTIVITY).collect();
        let cause = cause(why);
        self.limited = cause == Cause::RateLimit;
        self.closing = Some(Closing::Failure { cause, why: line });
    }
}

/// What kind of trouble a message speaks of. Providers have no common code for it.
pub fn cause(message: &str) -> Cause {
    let message = message.to_lowercase();
    let numbers = || message.split(|c: char| !c.is_ascii_alphanumeric());
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let limits = [
        "rate limit",
        "ratelimit",
        "rate_limit",
        "too many requests",
        "quota",
        "usage limit",
        "overloaded",
    ];
    let logins = [
        "unauthorized",
        "authentication",
        "api key",
        "api_key",
        "not logged in",
        "please log in",
        "/login",
    ];
    if numbers().any(|word| word == "429") || says(&limits) {
        Cause::RateLimit
    } else if numbers().any(|word| word == "401") || says(&logins) {
        Cause::Login
    } else {
        Cause::Other
    }
}
