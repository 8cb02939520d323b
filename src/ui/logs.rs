//! Logs of sessions on a terminal.

use crate::agents::{Account, Events, Teller, Told};
use crate::run::AgentReport;
use crate::store::{RunState, TaskState};

use super::look::Look;
use super::paint::Paint;
use super::run_words::took_of;
use super::text::{clean, clean_lines};

/// What stands over the log of a task where there are several.
pub fn heading(run: &RunState, task: &TaskState, paint: Paint) -> String {
    let name = clean(&task.name);
    paint.bold(&format!("==> {}/{} {name} <==", run.run, task.id))
}

/// Output of a session, with every control sequence shown and none obeyed. A carriage return
/// before a newline is part of the line's end.
pub fn shown(bytes: &[u8]) -> String {
    clean_lines(&String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
}

/// The stream of an agent as people read it, while it comes.
#[derive(Debug)]
pub struct Retelling {
    teller: Teller,
    look: Look,
    /// What it says last may go on on the same line.
    mid_line: bool,
}

impl Retelling {
    /// Of an agent that prints such events; `None` where these are for people already.
    pub fn new(events: Events, look: Look) -> Option<Self> {
        Some(Self {
            teller: Teller::new(events)?,
            look,
            mid_line: false,
        })
    }

    /// The text of what these bytes tell: what the agent says as it says it, what it does in a line
    /// each, what it took at the end.
    pub fn retell(&mut self, bytes: &[u8]) -> String {
        let told = self.teller.tell(bytes);
        told.iter().map(|one| self.text(one)).collect()
    }

    /// The text of what is left when nothing more will come.
    pub fn finish(&mut self) -> String {
        let told = self.teller.finish();
        let mut text: String = told.iter().map(|one| self.text(one)).collect();
        if std::mem::take(&mut self.mid_line) {
            text.push('\n');
        }
        text
    }

    fn text(&mut self, told: &Told) -> String {
        let paint = self.look.paint;
        let line = match told {
            Told::WentOn(words) => {
                self.mid_line = !words.ends_with('\n');
                return clean_lines(words);
            }
            Told::Said(words) => clean_lines(words),
            Told::Did(deed) => format!("{} {}", paint.cyan(">"), clean(deed)),
            Told::Denied(what) => paint.yellow(&format!("! not allowed: {}", clean(what))),
            Told::Ended(account) => self.ended(account, told.failure()),
            Told::Other(line) => paint.dim(&clean_lines(line)),
        };
        let begin = if std::mem::take(&mut self.mid_line) {
            "\n"
        } else {
            ""
        };
        format!("{begin}{line}\n")
    }

    fn ended(&self, account: &Account, failure: Option<&str>) -> String {
        let mut report = AgentReport::default();
        report.add(account);
        let (paint, signs) = (self.look.paint, self.look.signs);
        let took = took_of(&report);
        match failure {
            None => format!("{} {took}", paint.green(signs.done)),
            Some(why) => format!("{} {}: {took}", paint.red(signs.failed), clean(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agents_stream_is_retold_and_cannot_drive_the_terminal() {
        let look = Look {
            paint: Paint::new(false),
            signs: crate::ui::signs::Signs::new(true),
            columns: 80,
        };
        let stream = concat!(
            r#"{"type":"assistant","message":{"content":[{"type":"text","text":"I will\u001b[2J\nlook."}]}}"#,
            "\n",
            r#"{"type":"assistant","message":{"content":[{"type":"tool_use","name":"Bash","input":{"command":"ls\u0007"}}]}}"#,
            "\n",
            r#"{"type":"result","subtype":"success","is_error":false,"result":"Done.","usage":{"input_tokens":1200,"output_tokens":34},"total_cost_usd":0.05}"#,
            "\n",
        );
        let mut retelling = Retelling::new(Events::Claude, look).unwrap();
        let text = retelling.retell(stream.as_bytes()) + &retelling.finish();
        assert_eq!(
            text,
            "I will\\u{1b}[2J\nlook.\n> Bash: ls\\u{7}\n✓ 1200 tokens in, 34 out, $0.05\n"
        );
    }

    #[test]
    fn what_comes_word_by_word_stays_on_its_line() {
        let look = Look {
            paint: Paint::new(false),
            signs: crate::ui::signs::Signs::new(true),
            columns: 80,
        };
        let mut retelling = Retelling::new(Events::Gemini, look).unwrap();
        let word = |word: &str| {
            format!(
                "{{\"type\":\"message\",\"role\":\"assistant\",\"content\":\"{word}\",\"delta\":true}}\n"
            )
        };
        let stream = word("Hel") + &word("lo") + "{\"type\":\"tool_use\",\"tool_name\":\"read\"}\n";
        assert_eq!(retelling.retell(stream.as_bytes()), "Hello\n> read\n");
    }

    #[test]
    fn control_sequences_are_shown_and_line_ends_are_not() {
        let shown = shown(b"a\tb\r\n\x1b]0;title\x07\xff\n");
        assert_eq!(shown, "a\tb\n\\u{1b}]0;title\\u{7}\u{fffd}\n");
    }
}
