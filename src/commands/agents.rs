//! `git parallel agents`: what can work here, and how it is called.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::agents::{self, Agents, KNOWN, Question, find_program};
use crate::context::Context;
use crate::error::{Failure, OnPath, Result, Verdict};
use crate::process::Interrupt;
use crate::settings::{self, Settings};
use crate::ui::agents::{self as show, Listed};

use super::{FormatArgs, agent_choice};

/// How long an agent may take for an answer.
pub const ANSWER_LIMIT: Duration = Duration::from_mins(10);

/// Show which agents are here and how they are called
///
/// Lists the agents that are known by name and those configured as [parallelAgent "NAME"] in git's
/// configuration: whether the program is here, what it may do by default, and which setting widens
/// that. Nothing is started.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this one
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Ask it this, with no right to edit anything, and show the answer
    #[arg(long, value_name = "TEXT", requires = "name")]
    ask: Option<String>,
    /// With --ask: the answer is to be JSON of the schema in this file
    #[arg(long, value_name = "FILE", requires = "ask")]
    schema: Option<PathBuf>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let settings = Settings::read(&repository)?;
        let agents = settings::agents(&repository)?;
        if let Some(prompt) = &self.ask {
            return self.ask(context, &agents, prompt);
        }
        let wanted = |name: &&str| self.name.as_deref().is_none_or(|wanted| wanted == *name);
        let names = agents.names().into_iter().filter(wanted);
        let listed: Vec<Listed> = names
            .filter_map(|name| listed(context, &settings, &agents, name))
            .collect();
        if let (Some(name), []) = (&self.name, listed.as_slice()) {
            return Err(super::agent_choice::unknown(&agents, name));
        }
        if self.format.is_json() {
            context.screen.answer_json(&show::json(&listed));
        } else {
            context
                .screen
                .answer(&show::render(&listed, context.screen.look()));
        }
        Ok(Verdict::Done)
    }

    fn ask(&self, context: &Context, agents: &Agents, prompt: &str) -> Result<Verdict> {
        let name = self.name.as_deref().unwrap_or_default();
        let agent = agent_choice::invocation(context, agents, name, &[])?;
        let schema = self.schema.as_deref().map(read_json).transpose()?;
        let question = Question {
            agent: &agent,
            prompt,
            schema: schema.as_ref(),
            folder: &context.folder,
            time: ANSWER_LIMIT,
        };
        let answer = agents::ask(&question, &Interrupt::watch()?)?;
        if schema.is_some() && answer.value.is_none() {
            return Err(Failure::unable(format!(
                "{name} did not answer: there is no JSON in what it said"
            )));
        }
        if self.format.is_json() {
            context
                .screen
                .answer_json(&show::answer_json(name, &answer));
        } else {
            context.screen.answer(&show::answer(&answer));
        }
        Ok(Verdict::Done)
    }
}

fn read_json(path: &Path) -> Result<serde_json::Value> {
    let text = fs::read(path).on_path("read", path)?;
    serde_json::from_slice(&text)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn listed(context: &Context, settings: &Settings, agents: &Agents, name: &str) -> Option<Listed> {
    let invocation = agents.invocation(name, &[])?;
    Some(Listed {
        permissions: agents.permissions(name).to_vec(),
        path: find_program(invocation.program(), &context.program_folders()),
        known: KNOWN.iter().find(|known| known.name == name),
        is_default: settings.agent.as_deref() == Some(name),
        invocation,
    })
}
