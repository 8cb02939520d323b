//! The documents of a run, handed to an agent that makes one of them. Whatever goes wrong, the one
//! that they were joined to stays, and that is said.

use crate::agents::{self, ANSWER_LIMIT, Invocation, Question};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::plan::Plan;
use crate::process::Interrupt;
use crate::run::{parts, question, synthesis};
use crate::settings;
use crate::store::{RunState, SessionCommand, Store, put_document};

use super::agent_choice;

/// Asks the agent called `name`, or else the one that worked at the run.
pub fn synthesize(
    context: &Context,
    repository: &Repository,
    store: &Store,
    (state, plan): (&RunState, &Plan),
    name: Option<&str>,
) -> Result<()> {
    let run = state.run;
    let parts = parts(store, plan, state);
    let count = parts.iter().filter(|part| part.text.is_ok()).count();
    if count < 2 {
        return Err(Failure::usage(format!(
            "{run} has {count} of the two documents or more that one could be made of"
        ))
        .next(format!("git parallel report {run}")));
    }
    let result = store.result_document(run);
    let kept = |failure: Failure| {
        failure
            .kept(format!(
                "the documents as they were joined, in {}",
                result.display()
            ))
            .next(format!("git parallel report {run}"))
    };
    let agent = agent(context, repository, state, name).map_err(kept)?;
    let screen = &context.screen;
    let called = &agent.agent;
    screen.narrate(&format!("{called} makes one of {count} documents"));
    let question = Question {
        agent: &agent,
        prompt: &question(&state.goal, &parts),
        schema: None,
        folder: repository.work_dir().unwrap_or(repository.common_dir()),
        time: ANSWER_LIMIT,
    };
    let answer = agents::ask(&question, &Interrupt::watch()?).map_err(kept)?;
    let text = synthesis(&answer.text, &parts)
        .map_err(|why| kept(Failure::unable(format!("{called} made no document: {why}"))))?;
    put_document(&result, &text)
}

fn agent(
    context: &Context,
    repository: &Repository,
    state: &RunState,
    name: Option<&str>,
) -> Result<Invocation> {
    match (name, &state.options.command) {
        (Some(name), _) => {
            let agents = settings::agents(repository)?;
            agent_choice::invocation(context, &agents, name, &[])
        }
        (None, SessionCommand::Agent(agent)) => Ok(agent.as_ref().clone()),
        _ => Err(Failure::usage(format!(
            "{} had no agent that could be asked: name one with --agent",
            state.run
        ))
        .next("git parallel agents")),
    }
}
