//! Every flag of the table is one of the real program's, in the versions that
//! `tests/agents/install` pins.

use std::process::Command;

use serde_json::Value;

use super::{Stage, real::installed};

/// The calls that print the help of an agent's headless mode.
const HELP: [(&str, &[&[&str]]); 6] = [
    ("aider", &[&["--help"]]),
    ("claude", &[&["--help"]]),
    ("codex", &[&["exec", "--help"]]),
    ("gemini", &[&["--help"]]),
    ("opencode", &[&["run", "--help"]]),
    ("qwen", &[&["--help"]]),
];

fn help(agent: &str, calls: &[&[&str]]) -> Option<String> {
    let program = installed(agent)?;
    let stage = Stage::new();
    let mut text = String::new();
    for args in calls {
        let output = Command::new(&program)
            .args(*args)
            .env("HOME", stage.repo.home())
            .output()
            .expect("it starts");
        text.push_str(&String::from_utf8_lossy(&output.stdout));
        text.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    Some(text)
}

fn words(agent: &Value, key: &str) -> Vec<String> {
    let words = agent[key].as_array().into_iter().flatten();
    words
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn every_flag_of_the_table_is_in_the_real_help() {
    let stage = Stage::new();
    for (name, calls) in HELP {
        let Some(help) = help(name, calls) else {
            continue;
        };
        let listed = stage.call(["agents", name, "--json"]).json(0);
        let agent = &listed["agents"][0];
        let mut checked = 0;
        for key in ["begin", "resume", "ask"] {
            for word in words(agent, key)
                .iter()
                .filter(|w| w.starts_with('-') && w.len() > 1)
            {
                let flag = |text: &str| {
                    text.split(|c: char| !(c.is_alphanumeric() || c == '-'))
                        .any(|w| w == word)
                };
                assert!(flag(&help), "{name}: {word} of {key} is not in its help");
                checked += 1;
            }
        }
        assert!(checked > 3, "{name}: hardly anything was checked");
    }
}
