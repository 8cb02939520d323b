//! `git parallel agents`: what can work here, and how it is called.

use crate::agents::{Agents, KNOWN, find_program};
use crate::context::Context;
use crate::error::{Result, Verdict};
use crate::settings::{self, Settings};
use crate::ui::agents::{self as show, Listed};

use super::FormatArgs;

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
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let settings = Settings::read(&repository)?;
        let agents = settings::agents(&repository)?;
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
