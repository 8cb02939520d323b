//! What agents print while they work, turned into one account of it, whatever the agent. Bytes in:
//! lines are bounded, what is not understood is passed over, a torn end is no end.

mod account;
mod aider;
mod claude;
mod codex;
mod gemini;
mod lines;
mod opencode;
#[cfg(test)]
mod tests;
mod told;

use std::time::Duration;

use serde_json::Value;

use super::Events;
use lines::Lines;

pub use account::{Account, Cause, Closing, Tokens};
pub use told::{Teller, Told};

/// Listens to one session.
#[derive(Debug)]
pub struct Listener {
    events: Events,
    lines: Lines,
    account: Account,
}

impl Listener {
    /// To an agent that prints such events.
    pub fn new(events: Events) -> Self {
        Self {
            events,
            lines: Lines::default(),
            account: Account::default(),
        }
    }

    /// Takes in what it printed, in pieces of any size.
    pub fn hear(&mut self, bytes: &[u8]) {
        let (events, account) = (self.events, &mut self.account);
        self.lines.take(bytes, |line| note(events, account, line));
    }

    /// What was heard by now was heard so long after the session began.
    pub fn note_time(&mut self, since: Duration) {
        let account = &mut self.account;
        if account.edits && account.read_seconds.is_none() {
            account.read_seconds = Some(since.as_secs_f64());
        }
    }

    /// What is known by now.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What is known when nothing more will come: a last line may lack its line feed.
    pub fn finish(mut self) -> Account {
        let last = self.lines.rest();
        note(self.events, &mut self.account, &last);
        self.account
    }
}

fn note(events: Events, account: &mut Account, line: &[u8]) {
    match events {
        Events::None => {}
        Events::Aider => aider::note(account, &String::from_utf8_lossy(line)),
        _ => {
            // Anything else on the same stream, such as a warning, is not for us.
            if let Ok(event @ Value::Object(_)) = serde_json::from_slice::<Value>(line) {
                note_event(events, account, &event);
            }
        }
    }
}

/// Takes in an event of an agent that tells in JSON.
fn note_event(events: Events, account: &mut Account, event: &Value) {
    match events {
        Events::Codex => codex::note(account, event),
        Events::Gemini => gemini::note(account, event),
        Events::Opencode => opencode::note(account, event),
        _ => claude::note(account, event),
    }
}

/// The text at `pointer`; empty where there is none.
fn text<'a>(event: &'a Value, pointer: &str) -> &'a str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The number at `pointer`; 0 where there is none.
fn number(event: &Value, pointer: &str) -> u64 {
    event.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// What a tool is used for, in a few words: its name and the first of its arguments that tells.
fn tool_use(name: &str, arguments: Option<&Value>) -> String {
    const TELLING: [&str; 8] = [
        "command",
        "cmd",
        "file_path",
        "filePath",
        "path",
        "pattern",
        "query",
        "description",
    ];
    let told = TELLING.iter().find_map(|key| arguments?.get(key)?.as_str());
    told.map_or_else(|| name.to_owned(), |told| format!("{name}: {told}"))
}
