//! An agent asked once, for an answer: no edits, no session, nothing kept. For a splitter that wants
//! a plan as JSON, for anybody who wants a text.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Failure, OnPath, Result};
use crate::process::{Heard, Interrupt, Program, ScratchFolder, listen};

use super::events::{Account, Closing, Listener};
use super::invocation::{Events, Holes, Invocation, Way};

/// How long an agent may take for an answer.
pub const ANSWER_LIMIT: Duration = Duration::from_mins(10);

/// What is asked of whom.
#[derive(Debug)]
pub struct Question<'a> {
    pub agent: &'a Invocation,
    pub prompt: &'a str,
    /// A JSON schema of the answer that is wanted; without one the answer is text.
    pub schema: Option<&'a Value>,
    /// The folder that it may look around in.
    pub folder: &'a Path,
    /// How long it may take.
    pub time: Duration,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    /// The answer as JSON, where a schema asked for that and there is any in it. Whoever asked has to
    /// check that it is what the schema says: not every agent enforces it.
    pub value: Option<Value>,
    /// Tokens and cost.
    pub account: Account,
    pub took: Duration,
}

/// Asks, and waits for the answer; what goes wrong is worded for the user.
pub fn ask(question: &Question<'_>, interrupt: &Interrupt) -> Result<Answer> {
    let scratch = ScratchFolder::new("ask")?;
    let program = program(question, scratch.path())?;
    let heard = listen(program, question.time, interrupt)?;
    let agent = &question.agent.agent;
    if heard.interrupted {
        return Err(Failure::interrupted(format!("{agent} was interrupted")));
    }
    if heard.status.is_none() {
        let seconds = question.time.as_secs();
        return Err(Failure::unable(format!(
            "{agent} did not answer within {seconds} s"
        )));
    }
    let account = account(question.agent.events, &heard);
    answered(question, account, &heard)
}

fn program(question: &Question<'_>, scratch: &Path) -> Result<Program> {
    let path = scratch.join("prompt.md");
    let enforced = question
        .schema
        .filter(|_| !question.agent.structured.is_empty());
    let told = question.schema.filter(|_| enforced.is_none());
    let told = told.map_or(String::new(), |schema| {
        format!("\n\nAnswer with one JSON document and nothing else. Its JSON schema:\n{schema}\n")
    });
    let prompt = format!("{}{told}", question.prompt);
    // A temporary folder is its owner's alone.
    fs::write(&path, prompt).on_path("write", &path)?;
    let schema = enforced.map(|schema| (schema.to_string(), scratch.join("schema.json")));
    if let Some((text, file)) = &schema {
        fs::write(file, text).on_path("write", file)?;
    }
    let holes = Holes {
        prompt: &path,
        dir: scratch,
        schema: schema
            .as_ref()
            .map(|(text, file)| (text.as_str(), file.as_path())),
    };
    let program = question.agent.call(Way::Ask, &holes).program()?;
    Ok(program.dir(question.folder))
}

fn account(events: Events, heard: &Heard) -> Account {
    let mut listener = Listener::new(events);
    listener.hear(&heard.stdout);
    let mut account = listener.finish();
    if events == Events::None {
        account.goes_on(&String::from_utf8_lossy(&heard.stdout));
    }
    account
}

fn answered(question: &Question<'_>, account: Account, heard: &Heard) -> Result<Answer> {
    let agent = &question.agent.agent;
    let code = heard.status.and_then(|status| status.code());
    let failed = |why: &str| Err(Failure::unable(format!("{agent} did not answer: {why}")));
    match &account.closing {
        Some(Closing::Failure { why, .. }) => return failed(why),
        None if question.agent.events != Events::None && code == Some(0) => {
            return failed("it broke off");
        }
        _ if code != Some(0) => {
            return failed(&ended_with(code, &heard.complaint));
        }
        _ => {}
    }
    let value = question.schema.and_then(|_| {
        let structured = account.structured.clone();
        structured.or_else(|| json_in(&account.text))
    });
    Ok(Answer {
        text: account.text.clone(),
        value,
        account,
        took: heard.took,
    })
}

/// How an agent ended that failed, with the last thing that it said, if it said anything.
fn ended_with(code: Option<i32>, complaint: &str) -> String {
    let code = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
    let said = complaint.lines().rev().map(str::trim);
    match said.into_iter().find(|line| !line.is_empty()) {
        Some(said) => format!("it ended with {code}: {said}"),
        None => format!("it ended with {code}"),
    }
}

/// The JSON document in a text that may have words or a fence around it.
fn json_in(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text.trim()) {
        return Some(value);
    }
    let starts = text.match_indices(['{', '[']).map(|(start, _)| start);
    starts.take(100).find_map(|start| {
        let mut documents = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        let value = documents.next()?.ok()?;
        (value.as_object().is_some_and(|object| !object.is_empty()) || value.is_array())
            .then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agents::PromptBy;

    fn agent(script: &str, events: Events) -> Invocation {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        Invocation {
            agent: "mine".to_owned(),
            begin: words,
            resume: None,
            ask: None,
            structured: Vec::new(),
            prompt: PromptBy::Stdin,
            events,
            env: Vec::new(),
        }
    }

    fn asked(script: &str, events: Events, schema: Option<&Value>) -> Result<Answer> {
        let question = Question {
            agent: &agent(script, events),
            prompt: "What now?",
            schema,
            folder: Path::new("/"),
            time: Duration::from_secs(30),
        };
        ask(&question, &Interrupt::default())
    }

    #[test]
    fn the_answer_is_text_or_the_json_in_it() {
        let text = asked("cat; pwd", Events::None, None).unwrap();
        assert_eq!(text.text, "What now?/\n");
        let schema = json!({"type": "object"});
        let script = "cat >/dev/null; echo 'Here {x} it is:'; echo '```json'; echo '{\"a\": [1]}'";
        let found = asked(script, Events::None, Some(&schema)).unwrap();
        assert_eq!(found.value, Some(json!({"a": [1]})));
        let told = asked("cat", Events::None, Some(&schema)).unwrap();
        assert!(told.text.contains("JSON schema"), "{}", told.text);
    }

    #[test]
    fn a_failure_is_worded_whatever_the_exit_code() {
        let ends = [
            (
                "echo no such model >&2; exit 3",
                Events::None,
                "exit code 3: no such model",
            ),
            ("exit 0", Events::Codex, "it broke off"),
            (
                "echo '{\"type\":\"turn.failed\",\"error\":{\"message\":\"no model\"}}'",
                Events::Codex,
                "no model",
            ),
        ];
        for (script, events, why) in ends {
            let failure = asked(script, events, None).unwrap_err();
            assert!(failure.what.contains(why), "{script}: {}", failure.what);
        }
        let schema = json!({});
        let empty = asked("echo {}", Events::None, Some(&schema)).unwrap();
        assert_eq!(empty.value, Some(json!({})));
        let words = asked("echo nothing", Events::None, Some(&schema)).unwrap();
        assert_eq!(words.value, None);
    }

    #[test]
    fn a_failure_is_told_with_the_last_thing_that_was_said() {
        let cases = [
            ("", "it ended with exit code 1"),
            ("warned\nno key\n \n", "it ended with exit code 1: no key"),
        ];
        for (complaint, told) in cases {
            assert_eq!(ended_with(Some(1), complaint), told);
        }
        assert_eq!(ended_with(None, "x"), "it ended with a signal: x");
    }
}
