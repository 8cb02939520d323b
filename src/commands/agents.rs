//! `git parallel agents`: what can work here, and how it is called.

use std::fs;
use std::path::{Path, PathBuf};

use crate::agents::{self, ANSWER_LIMIT, Agents, KNOWN, Question, find_program};
use crate::context::Context;
use crate::error::{Failure, OnPath, Result, Verdict};
use crate::git::Repository;
use crate::plan::{Casting, Wanted};
use crate::process::Interrupt;
use crate::settings::{self, Settings};
use crate::ui::agents::{self as show, Listed};
use crate::ui::specialists::{self as specialists_page, Suited};

use super::specialists::specialists;
use super::{FormatArgs, agent_choice};

/// Show which agents are here, and which of their roles and skills suit a task
///
/// Lists the agents that are known by name and those configured as [parallelAgent "NAME"] in git's
/// configuration: whether the program is here, what it may do by default, and which setting widens
/// that. With other words, lists the roles and skills that are really installed, in the project and
/// in the user's home, as far as they suit such a task, with the words that speak for each: what
/// split gives the tasks of a plan. Nothing is started.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this agent; or what a task is about
    #[arg(value_name = "NAME|TEXT")]
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
        if let (Some(text), []) = (&self.name, listed.as_slice()) {
            return self.suit(context, &repository, &agents, text);
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

    /// Which roles and skills suit such a task. A single word that suits none was meant as a name.
    fn suit(
        &self,
        context: &Context,
        repository: &Repository,
        agents: &Agents,
        text: &str,
    ) -> Result<Verdict> {
        let installed = specialists(context, repository);
        let casting = Casting::of(&installed);
        let wanted = Wanted::said(text);
        let suited = Suited {
            text,
            roles: casting.roles(&wanted),
            skills: casting.skills(&wanted),
            advised: casting.role(&wanted),
            installed: &installed,
        };
        if suited.is_nobody() && text.split_whitespace().nth(1).is_none() {
            return Err(agent_choice::unknown(agents, text));
        }
        if self.format.is_json() {
            context.screen.answer_json(&specialists_page::json(&suited));
        } else {
            let page = specialists_page::render(&suited, context.screen.look());
            context.screen.answer(&page);
        }
        Ok(Verdict::finding_if(
            suited.roles.is_empty() && suited.skills.is_empty(),
        ))
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
