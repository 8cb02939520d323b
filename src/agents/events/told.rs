//! An agent's stream for people: what it says, what it does in a line each, how it ended.

use serde_json::Value;

use super::account::{Account, Closing};
use super::lines::Lines;
use super::{Events, note_event};

/// One thing that was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// It said this.
    Said(String),
    /// It went on to say this, in the same breath.
    WentOn(String),
    /// It used a tool: in a few words, on one line.
    Did(String),
    /// It was not allowed to.
    Denied(String),
    /// A turn is over; all that was taken so far.
    Ended(Box<Account>),
    /// Not of the agent's stream: a warning, a program's own words.
    Other(String),
}

/// Retells one stream, piece by piece.
#[derive(Debug)]
pub struct Teller {
    events: Events,
    lines: Lines,
    /// All that was told.
    account: Account,
    /// Announced and done is told once.
    last: Option<Told>,
}

impl Teller {
    /// Of an agent that prints such events; `None` where these are text already.
    pub fn new(events: Events) -> Option<Self> {
        let is_text = matches!(events, Events::None | Events::Aider);
        (!is_text).then(|| Self {
            events,
            lines: Lines::default(),
            account: Account::default(),
            last: None,
        })
    }

    /// What is told by these bytes, which may end anywhere.
    pub fn tell(&mut self, bytes: &[u8]) -> Vec<Told> {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        self.lines.take(bytes, |line| lines.push(line.to_vec()));
        lines.iter().flat_map(|line| self.line(line)).collect()
    }

    /// What is told by a last line without its line feed.
    pub fn finish(&mut self) -> Vec<Told> {
        let last = self.lines.rest();
        self.line(&last)
    }

    fn line(&mut self, line: &[u8]) -> Vec<Told> {
        let Ok(event @ Value::Object(_)) = serde_json::from_slice::<Value>(line) else {
            let text = String::from_utf8_lossy(line);
            let text = text.trim_end_matches('\r');
            let other = (!text.is_empty()).then(|| Told::Other(text.to_owned()));
            return other.into_iter().collect();
        };
        let denied = self.account.denials.len();
        note_event(self.events, &mut self.account, &event);
        let goes_on = event.get("delta") == Some(&Value::Bool(true));
        let mut told = Vec::new();
        for part in parts(event) {
            // What this part alone tells.
            let mut alone = Account::default();
            note_event(self.events, &mut alone, &part);
            for one in said(alone, goes_on) {
                if !matches!(one, Told::Did(_)) || self.last.as_ref() != Some(&one) {
                    self.last = Some(one.clone());
                    told.push(one);
                }
            }
        }
        let denials = self.account.denials.iter().skip(denied);
        told.extend(denials.cloned().map(Told::Denied));
        if self.account.closing.is_some() {
            told.push(Told::Ended(Box::new(self.account.clone())));
        }
        told
    }
}

/// A message that says and does several things, as a message each.
fn parts(event: Value) -> Vec<Value> {
    const CONTENT: &str = "/message/content";
    let content = event.pointer(CONTENT).and_then(Value::as_array).cloned();
    let Some(content) = content.filter(|content| content.len() > 1) else {
        return vec![event];
    };
    let alone = |part: Value| {
        let mut event = event.clone();
        if let Some(content) = event.pointer_mut(CONTENT) {
            *content = Value::Array(vec![part]);
        }
        event
    };
    content.into_iter().map(alone).collect()
}

/// Its words, then its deeds; the first line of the words is its activity, too.
fn said(alone: Account, goes_on: bool) -> Vec<Told> {
    let Some(activity) = alone.activity else {
        // At most a summary of what was said before.
        return Vec::new();
    };
    if goes_on {
        return vec![Told::WentOn(alone.text)];
    }
    let mut told = Vec::new();
    let words = alone.text.trim();
    let is_words = words
        .lines()
        .next()
        .is_some_and(|line| line.starts_with(&activity));
    if !words.is_empty() {
        told.push(Told::Said(words.to_owned()));
    }
    if !is_words {
        told.push(Told::Did(activity));
    }
    told
}

impl Told {
    /// How a turn ended, in words; `None` for anything else, and for a good end.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Ended(account) => match &account.closing {
                Some(Closing::Failure { why, .. }) => Some(why),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(events: Events, name: &str) -> Vec<Told> {
        let path = format!(
            "{}/fixtures/agents/{name}.jsonl",
            env!("CARGO_MANIFEST_DIR")
        );
        let stream = std::fs::read(path).unwrap();
        let mut teller = Teller::new(events).unwrap();
        // In pieces of an odd size: events come torn.
        let mut told: Vec<Told> = stream
            .chunks(97)
            .flat_map(|piece| teller.tell(piece))
            .collect();
        told.extend(teller.finish());
        told
    }

    #[test]
    fn every_agents_stream_is_retold_with_words_deeds_and_an_end() {
        let streams = [
            (Events::Claude, "claude-done"),
            (Events::Codex, "codex-done"),
            (Events::Gemini, "gemini-done"),
            (Events::Qwen, "qwen-done"),
            (Events::Opencode, "opencode-done"),
        ];
        for (events, name) in streams {
            let told = told(events, name);
            let is_word = |one: &Told| matches!(one, Told::Said(_) | Told::WentOn(_));
            assert!(told.iter().any(is_word), "{name}: {told:#?}");
            assert!(
                told.iter().any(|one| matches!(one, Told::Did(_))),
                "{name}: {told:#?}"
            );
            let Some(Told::Ended(account)) = told.last() else {
                panic!("{name}: {told:#?}");
            };
            assert!(account.tokens.output > 0, "{name}: {told:#?}");
            assert_eq!(told.last().and_then(Told::failure), None, "{name}");
        }
    }

    #[test]
    fn a_failure_and_what_was_denied_are_told() {
        let failed = told(Events::Claude, "claude-401");
        assert!(
            failed.iter().any(|one| one.failure().is_some()),
            "{failed:#?}"
        );
        let denied = told(Events::Claude, "claude-denied");
        assert!(
            denied.iter().any(|one| matches!(one, Told::Denied(_))),
            "{denied:#?}"
        );
    }

    #[test]
    fn all_that_one_message_does_is_told_in_its_order() {
        let mut teller = Teller::new(Events::Claude).unwrap();
        let uses = |name: &str, key: &str, what: &str| json!({"type": "tool_use", "name": name, "input": {key: what}});
        let message = json!({"type": "assistant", "message": {"content": [
            {"type": "text", "text": "First I look."},
            uses("Read", "file_path", "a.rs"),
            uses("Read", "file_path", "b.rs"),
            uses("Bash", "command", "ls"),
        ]}});
        let did = |what: &str| Told::Did(what.to_owned());
        assert_eq!(
            teller.tell(format!("{message}\n").as_bytes()),
            [
                Told::Said("First I look.".to_owned()),
                did("Read: a.rs"),
                did("Read: b.rs"),
                did("Bash: ls"),
            ]
        );
    }

    #[test]
    fn what_is_announced_and_done_is_told_once_and_other_lines_stay() {
        let mut teller = Teller::new(Events::Codex).unwrap();
        let item = |kind: &str| {
            format!(
                "{{\"type\":\"item.{kind}\",\"item\":{{\"type\":\"command_execution\",\"command\":\"ls\"}}}}\n"
            )
        };
        let stream = format!("warning\n{}{}", item("started"), item("completed"));
        assert_eq!(
            teller.tell(stream.as_bytes()),
            [
                Told::Other("warning".to_owned()),
                Told::Did("runs ls".to_owned())
            ]
        );
    }
}
