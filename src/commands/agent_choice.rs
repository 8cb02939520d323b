//! The agent that the user named, as a command to run: known by name, and its program really here.

use crate::agents::{Agents, Invocation, find_program};
use crate::context::Context;
use crate::error::{Failure, Result, shell_word};
use crate::git::Repository;
use crate::settings;
use crate::store::SessionCommand;

/// The command of the agent called `name`, with `more` arguments. No other agent is ever taken in
/// its place.
pub fn named(
    context: &Context,
    repository: &Repository,
    name: &str,
    more: &[String],
) -> Result<SessionCommand> {
    let agents = settings::agents(repository)?;
    let invocation = invocation(context, &agents, name, more)?;
    Ok(SessionCommand::Agent(Box::new(invocation)))
}

/// How it is called, its program being here.
pub fn invocation(
    context: &Context,
    agents: &Agents,
    name: &str,
    more: &[String],
) -> Result<Invocation> {
    let Some(invocation) = agents.invocation(name, more) else {
        return Err(unknown(agents, name));
    };
    if find_program(invocation.program(), &context.program_folders()).is_none() {
        return Err(missing(context, agents, name, invocation.program()));
    }
    Ok(invocation)
}

/// That nobody goes by this name.
pub fn unknown(agents: &Agents, name: &str) -> Failure {
    let key = shell_word(&format!("parallelAgent.{name}.command"));
    Failure::usage(format!(
        "no agent is called '{name}'; known are {}",
        agents.names().join(", ")
    ))
    .next(format!("git config {key} 'PROGRAM ARG…'"))
    .next("git parallel agents")
}

fn missing(context: &Context, agents: &Agents, name: &str, program: &str) -> Failure {
    let folders = context.program_folders();
    let here = |name: &&str| {
        let found = agents.invocation(name, &[]);
        found.is_some_and(|agent| find_program(agent.program(), &folders).is_some())
    };
    let here: Vec<&str> = agents.names().into_iter().filter(here).collect();
    let others = match here.as_slice() {
        [] => "no other agent is here".to_owned(),
        some => format!("here are {}", some.join(", ")),
    };
    let failure = Failure::unable(format!(
        "the program '{program}' of the agent {name} is not installed, or not on PATH; {others}"
    ));
    failure.next("git parallel agents")
}
