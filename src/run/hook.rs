//! The guard in the words of agents that ask before they edit: what their hook is told, and the
//! settings with which they are started so that they ask. Whatever is not understood is refused.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::agents::{Events, Invocation};
use crate::error::{Failure, OrFail, Result, shell_word};

/// The tools of Claude Code that edit a file, as the hook's `matcher` has them.
const EDITS: [&str; 4] = ["Edit", "Write", "MultiEdit", "NotebookEdit"];

/// A hook's question: may these be edited?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The folder from which `file` is meant.
    pub folder: Option<PathBuf>,
    pub file: PathBuf,
}

/// Reads what Claude Code's PreToolUse hook is given on its standard input.
pub fn claude_question(input: &[u8]) -> Result<Question> {
    let asked: Value = serde_json::from_slice(input).or_unable(|| "the hook was given no JSON")?;
    let word = |key: &str| asked[key].as_str().unwrap_or_default();
    let tool = word("tool_name");
    if word("hook_event_name") != "PreToolUse" || !EDITS.contains(&tool) {
        return Err(Failure::unable(format!(
            "this is a PreToolUse hook for {}, and was asked about '{}' of '{tool}'",
            EDITS.join(", "),
            word("hook_event_name"),
        )));
    }
    let named = ["file_path", "notebook_path"].map(|key| asked["tool_input"][key].as_str());
    let file = match named {
        [Some(file), None] | [None, Some(file)] if !file.is_empty() => file,
        _ => return Err(Failure::unable(format!("{tool} names no file to edit"))),
    };
    let folder = asked["cwd"].as_str().filter(|cwd| !cwd.is_empty());
    Ok(Question {
        folder: folder.map(PathBuf::from),
        file: PathBuf::from(file),
    })
}

/// The hook's answer that lets an edit go its way and tells the model something beside it.
pub fn claude_context(text: &str) -> Value {
    json!({
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "additionalContext": text,
        },
    })
}

/// Settings for Claude Code's `--settings`, with which it asks `program` before each edit. An
/// edit is blocked by exit code 2 alone: whatever else happens to the hook must become that.
pub fn claude_settings(program: &Path) -> Value {
    let program = shell_word(&program.to_string_lossy());
    json!({
        "hooks": {
            "PreToolUse": [{
                "matcher": EDITS.join("|"),
                "hooks": [{
                    "type": "command",
                    "command": format!("{program} session guard --hook claude || exit 2"),
                }],
            }],
        },
    })
}

/// Lets an agent that can ask before each edit do so, unless the user gave it settings of their
/// own: the files in which they keep theirs are left alone, and count as before.
pub fn with_guard(mut agent: Invocation, program: &Path) -> Invocation {
    if agent.events != Events::Claude {
        return agent;
    }
    for words in [Some(&mut agent.begin), agent.resume.as_mut()] {
        words
            .into_iter()
            .for_each(|words| add_settings(words, program));
    }
    agent
}

fn add_settings(words: &mut Vec<String>, program: &Path) {
    let given = |word: &String| word == "--settings" || word.starts_with("--settings=");
    if words.iter().any(given) {
        return;
    }
    // What follows `--` is no option.
    let end = words.iter().position(|word| word == "--");
    let at = end.unwrap_or(words.len());
    let settings = claude_settings(program).to_string();
    words.splice(at..at, ["--settings".to_owned(), settings]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::Agents;

    #[test]
    fn claude_is_given_the_hook_unless_it_has_settings_already() {
        let program = Path::new("/opt/git parallel");
        let called = |name: &str, more: &[&str]| {
            let more: Vec<String> = more.iter().map(|&word| word.to_owned()).collect();
            let agents = Agents::read(&[]).unwrap();
            with_guard(agents.invocation(name, &more).unwrap(), program)
        };
        let claude = called("claude", &[]);
        for words in [&claude.begin, claude.resume.as_ref().unwrap()] {
            let [.., flag, settings] = &words[..] else {
                panic!("{words:?}")
            };
            assert_eq!(flag, "--settings");
            assert_eq!(*settings, claude_settings(program).to_string());
        }
        let last = |agent: Invocation| agent.begin.last().cloned().unwrap();
        assert_eq!(last(called("claude", &["--", "words"])), "words");
        assert_eq!(last(called("claude", &["--settings", "own"])), "own");
        assert_eq!(
            last(called("claude", &["--settings=own"])),
            "--settings=own"
        );
        assert_eq!(last(called("codex", &[])), "-");
    }

    #[test]
    fn only_an_edit_of_one_named_file_is_understood() {
        let asked = json!({
            "session_id": "x", "cwd": "/w", "hook_event_name": "PreToolUse", "tool_name": "Edit",
            "tool_input": {"file_path": "/w/a.rs", "old_string": "a", "new_string": "b"},
        });
        let read = |value: &Value| claude_question(value.to_string().as_bytes());
        let question = read(&asked).unwrap();
        assert_eq!(question.file, PathBuf::from("/w/a.rs"));
        let mut notebook = asked.clone();
        notebook["tool_name"] = "NotebookEdit".into();
        notebook["tool_input"] = json!({"notebook_path": "b.ipynb"});
        assert_eq!(read(&notebook).unwrap().file, PathBuf::from("b.ipynb"));
        let wrong: [(&str, Value); 6] = [
            ("tool_name", "Bash".into()),
            ("tool_name", json!(1)),
            ("hook_event_name", "PostToolUse".into()),
            ("tool_input", json!({})),
            ("tool_input", json!({"file_path": ""})),
            (
                "tool_input",
                json!({"file_path": "a", "notebook_path": "b"}),
            ),
        ];
        for (key, value) in wrong {
            let mut asked = asked.clone();
            asked[key] = value;
            assert!(read(&asked).is_err(), "{asked}");
        }
        for text in [&b""[..], b"[]", b"{\"tool_name\": \"Edit\"", b"\xff"] {
            assert!(claude_question(text).is_err());
        }
    }
}
