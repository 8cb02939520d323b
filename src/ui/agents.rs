//! What `agents` answers: who can work here, and how each is called; or the same as JSON.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::agents::{Answer, Invocation, Known, PromptBy};

use super::look::Look;
use super::table::align;
use super::text::{clean, count};

/// An agent that can be named.
#[derive(Clone, Debug)]
pub struct Listed {
    pub invocation: Invocation,
    /// What the table says of it, unless it is the user's own.
    pub known: Option<&'static Known>,
    /// The arguments that say what it may do.
    pub permissions: Vec<String>,
    /// Where its program is.
    pub path: Option<PathBuf>,
    /// `parallel.agent` names it.
    pub is_default: bool,
}

impl Listed {
    fn name(&self) -> &str {
        &self.invocation.agent
    }

    /// What it may do, in words, or the arguments that say so.
    fn may(&self) -> String {
        match self.known {
            Some(known) if self.permissions == known.permissions => known.allows.to_owned(),
            _ if self.permissions.is_empty() => "whatever its command allows".to_owned(),
            _ => self.permissions.join(" "),
        }
    }
}

/// For people.
pub fn render(agents: &[Listed], look: Look) -> String {
    if let [agent] = agents {
        return details(agent, look);
    }
    let here = agents.iter().filter(|agent| agent.path.is_some()).count();
    let known = count(
        agents.len(),
        "agent that is known is",
        "agents that are known are",
    );
    let mut lines = vec![
        look.paint.bold(&format!("{here} of {known} here")),
        String::new(),
    ];
    let rows = agents.iter().map(|agent| {
        let sign = if agent.path.is_some() {
            look.signs.done
        } else {
            " "
        };
        let name = match agent.is_default {
            true => format!("{} (parallel.agent)", agent.name()),
            false => agent.name().to_owned(),
        };
        let may = match &agent.path {
            Some(_) => agent.may(),
            None => format!("{} is not on PATH", agent.invocation.program()),
        };
        vec![
            sign.to_owned(),
            clean(&name).into_owned(),
            clean(&may).into_owned(),
        ]
    });
    lines.extend(align(&rows.collect::<Vec<_>>(), Some(look.columns)));
    lines.push(String::new());
    let first = agents.iter().find(|agent| agent.path.is_some());
    let name = first.map_or("NAME", Listed::name);
    lines.extend(next(name, look));
    lines.join("\n")
}

fn next(name: &str, look: Look) -> [String; 2] {
    [
        format!(
            "next: {}",
            look.paint.cyan(&format!("git parallel run --agent {name}"))
        ),
        format!(
            "      {}",
            look.paint.cyan(&format!("git parallel agents {name}"))
        ),
    ]
}

fn details(agent: &Listed, look: Look) -> String {
    let call = &agent.invocation;
    let title = agent.known.map_or("", |known| known.title);
    let place = match &agent.path {
        Some(path) => path.to_string_lossy().into_owned(),
        None => format!("{} is not on PATH", call.program()),
    };
    let line = |words: &[String]| shell_line(words);
    let lines_of = |words: &Option<Vec<String>>| words.as_deref().map_or("cannot".into(), line);
    let env: Vec<String> = call.env.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let mut facts = vec![
        ("program", place),
        ("may", agent.may()),
        ("begins", line(&call.begin)),
        ("goes on", lines_of(&call.resume)),
        ("answers", lines_of(&call.ask)),
        (
            "prompt",
            match call.prompt {
                PromptBy::Stdin => "on standard input".to_owned(),
                PromptBy::File => "in the file at {prompt}".to_owned(),
            },
        ),
        ("events", call.events.name().to_owned()),
        ("env", env.join(" ")),
    ];
    if let Some(known) = agent.known {
        facts.push(("widen by", widening(known)));
    }
    let head = if title.is_empty() {
        call.agent.clone()
    } else {
        format!("{}: {title}", call.agent)
    };
    let mut lines = vec![look.paint.bold(&clean(&head))];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    lines.extend(facts.map(|(name, value)| format!("  {name:<8}  {}", clean(&value))));
    lines.join("\n")
}

fn widening(known: &Known) -> String {
    let words: Vec<String> = known
        .everything
        .iter()
        .map(|&word| word.to_owned())
        .collect();
    let value = crate::error::shell_word(&shell_line(&words));
    format!(
        "git config parallelAgent.{}.permissions {value}",
        known.name
    )
}

fn shell_line(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| match word.contains(['{', '}']) {
            true => word.clone(),
            false => crate::error::shell_word(word),
        })
        .collect();
    words.join(" ")
}

/// For programs.
pub fn json(agents: &[Listed]) -> Value {
    let agents = agents.iter().map(|agent| {
        let call = &agent.invocation;
        json!({
            "name": call.agent,
            "title": agent.known.map(|known| known.title),
            "program": call.program(),
            "path": agent.path.as_ref().map(|path| path.to_string_lossy()),
            "default": agent.is_default,
            "permissions": agent.permissions,
            "allows": agent.may(),
            "begin": call.begin,
            "resume": call.resume,
            "ask": call.ask,
            "prompt": call.prompt,
            "events": call.events,
            "env": call.env.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        })
    });
    json!({"version": 1, "agents": agents.collect::<Vec<_>>()})
}

/// What an agent answered.
pub fn answer(answer: &Answer) -> String {
    answer
        .text
        .lines()
        .map(clean)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The same for programs.
pub fn answer_json(agent: &str, answer: &Answer) -> Value {
    json!({
        "version": 1,
        "agent": agent,
        "text": answer.text,
        "value": answer.value,
        "tokens": answer.account.tokens,
        "cost_usd": answer.account.cost_usd,
        "seconds": answer.took.as_secs_f64(),
    })
}
