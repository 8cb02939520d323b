//! Who divides a goal: the structure of the repository, an agent, or a model. Whatever a model
//! answers has to become a plan by the same way as a task file; what does not is sent back with the
//! reasons, three answers at most.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::agents::{self, ANSWER_LIMIT, Invocation, Question};
use crate::context::Context;
use crate::error::{Failure, Result, shell_word};
use crate::git::Repository;
use crate::llm::{self, ChatRequest, Client, Ending, Message, Model, Trouble};
use crate::plan::{
    self, Asking, Draft, EstimateSource, Limits, PlanKind, PlanOptions, Scoped, Splitter,
};
use crate::process::Interrupt;
use crate::settings::{self, Settings, SplitterSetting};

use super::agent_choice;
use super::goal::{Known, look_up};
use super::model_server::ServerArgs;
use super::present::present;

/// Answers that are asked for before we give up.
const TRIES: usize = 3;
/// Tokens of an answer at most.
const LONGEST_ANSWER: u64 = 4096;
/// Tokens of a context where nobody says how many there are.
const USUAL_CONTEXT: u64 = 8192;
/// Tokens of the question without its list of paths, and of what is wrong with an answer, at most.
const AROUND: u64 = 3000;
/// Bytes that a token stands for, a low guess.
const BYTES_A_TOKEN: u64 = 3;
/// Bytes of paths that are listed at most.
const MOST_PATHS: u64 = 12_000;
/// How long we wait for a server that has too much to do, unless it says how long.
const PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Whom a splitter asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    pub agent: Option<String>,
    pub server: ServerArgs,
}

impl Asked {
    /// Whether a model server was typed.
    pub fn names_a_server(&self) -> bool {
        self.server != ServerArgs::default()
    }
}

/// A goal in words as tasks, with what was found out about it: by the splitter that is `wanted`, and
/// whom that is to ask.
pub fn divide(
    context: &Context,
    repository: &Repository,
    settings: &Settings,
    (wanted, asked): (SplitterSetting, &Asked),
    text: &str,
    options: PlanOptions,
) -> Result<(Draft, PlanOptions)> {
    let options = PlanOptions {
        kind: PlanKind::Split,
        ..options
    };
    let splitter = match wanted {
        SplitterSetting::Auto => settings.splitter,
        named => named,
    };
    if asked.names_a_server() && splitter != SplitterSetting::Ollama {
        return Err(Failure::usage(
            "--host, --api and --model are for the server of --splitter ollama, and another \
             splitter was chosen",
        )
        .next(format!(
            "git parallel split --splitter ollama {}",
            shell_word(text)
        )));
    }
    let mut oracle: Box<dyn Oracle> = match splitter {
        SplitterSetting::Auto | SplitterSetting::Structure => {
            let known = look_up(repository, options.base, text, &context.shelf(repository))?;
            return by_structure(repository, &known, options);
        }
        SplitterSetting::Agent => Box::new(Agent::named(context, repository, settings, asked)?),
        SplitterSetting::Ollama => {
            let server = Server::of(context, settings, &asked.server);
            Box::new(server.map_err(|failure| failure.next(without_model(text)))?)
        }
    };
    let known = look_up(repository, options.base, text, &context.shelf(repository))?;
    let scope = known.scope();
    let draft = by_oracle(context, repository, oracle.as_mut(), &known, text, &options)?;
    let (splitter, name) = oracle.name();
    let scope = Some(scope.told(splitter, Some(name)));
    Ok((draft, PlanOptions { scope, ..options }))
}

fn by_structure(
    repository: &Repository,
    known: &Known,
    options: PlanOptions,
) -> Result<(Draft, PlanOptions)> {
    let said = options.total;
    let limits = |scope: &Scoped| Limits {
        total: said.map_or_else(|| scope.seconds(), |(seconds, _)| seconds),
        overheads: options.overheads,
        sessions: options.sessions,
        asked: options.splits,
    };
    let structured = known.by_structure(repository, limits)?;
    let scope = known.scope();
    let assumed = (scope.seconds(), EstimateSource::Default);
    let options = PlanOptions {
        total: said.or_else(|| (!known.has_parts()).then_some(assumed)),
        scope: Some(scope.told(Splitter::Structure, None)),
        objection: structured.objection,
        notes: structured.notes,
        ..options
    };
    Ok((structured.draft, options))
}

/// Somebody who answers.
trait Oracle {
    /// What it is, and the name that it goes by.
    fn name(&self) -> (Splitter, String);
    /// Bytes of paths that it is told; none where it can look for itself.
    fn room(&self) -> Option<usize>;
    /// What it says to the last of these messages.
    fn answer(&mut self, messages: &[Message]) -> Result<Said>;
}

/// What came of a question.
enum Said {
    Answer(Value),
    /// It was no answer, for this reason, which it can be told.
    Useless(String),
    /// Nothing came, for this reason; later something may.
    Lost(String),
}

/// Asks until an answer makes a plan.
fn by_oracle(
    context: &Context,
    repository: &Repository,
    oracle: &mut dyn Oracle,
    known: &Known,
    text: &str,
    options: &PlanOptions,
) -> Result<Draft> {
    let scope = known.scope();
    let asking = Asking {
        goal: text,
        survey: &known.survey,
        scope: &scope,
        wanted: options.splits,
        room: oracle.room(),
    };
    let question = Message::user(asking.question());
    let mut messages = vec![question.clone()];
    let mut problems = Vec::new();
    let (_, name) = oracle.name();
    for attempt in 1..=TRIES {
        let again = match problems.first() {
            None => String::new(),
            Some(first) => format!(" again ({attempt} of {TRIES}), since {first}"),
        };
        context
            .screen
            .narrate(&format!("Asking {name} to divide the goal{again}"));
        let said = oracle.answer(&messages);
        match said.map_err(|failure| failure.next(without_model(text)))? {
            Said::Lost(why) => problems = vec![why],
            Said::Useless(why) => {
                problems = vec![why];
                let again = format!("{}\n{}", question.content, plan::again(&problems));
                messages = vec![Message::user(again)];
            }
            Said::Answer(answer) => {
                match usable(repository, &answer, &known.goal.line, options)? {
                    Ok(draft) => return Ok(draft),
                    Err(wrong) => problems = wrong,
                }
                let reply = Message::assistant(answer.to_string());
                let again = Message::user(plan::again(&problems));
                messages = vec![question.clone(), reply, again];
            }
        }
    }
    Err(no_plan(&name, text, &problems))
}

fn no_plan(name: &str, text: &str, problems: &[String]) -> Failure {
    let problems: Vec<String> = problems.iter().map(|what| format!("\n  {what}")).collect();
    Failure::unable(format!(
        "{name} gave no plan that holds in {TRIES} answers; the last of them:{}",
        problems.concat()
    ))
    .next(without_model(text))
}

/// The command that plans without asking anybody.
fn without_model(text: &str) -> String {
    let goal = shell_word(text);
    format!("git parallel split --splitter structure {goal}")
}

/// The tasks of an answer, if they make a sound plan; or what is wrong with them.
fn usable(
    repository: &Repository,
    answer: &Value,
    goal: &str,
    options: &PlanOptions,
) -> Result<Result<Draft, Vec<String>>> {
    let draft = match plan::read_answer(answer, goal) {
        Ok(draft) => draft,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let present = present(repository, options.base, &draft)?;
    let absent = plan::absent(&draft, &present);
    if !absent.is_empty() {
        return Ok(Err(absent));
    }
    let trial = PlanOptions {
        present,
        ..options.clone()
    };
    let assembled = plan::assemble(draft.clone(), trial);
    Ok(assembled.map(|_| draft).map_err(|mistakes| {
        let told = mistakes.into_iter().map(|mistake| mistake.what);
        told.collect()
    }))
}

/// A headless agent, which may look around and change nothing.
struct Agent<'a> {
    invocation: Invocation,
    repository: &'a Repository,
    schema: Value,
    interrupt: Interrupt,
}

impl<'a> Agent<'a> {
    fn named(
        context: &Context,
        repository: &'a Repository,
        settings: &Settings,
        asked: &Asked,
    ) -> Result<Self> {
        let name = asked.agent.as_ref().or(settings.agent.as_ref());
        let name = name.ok_or_else(|| {
            Failure::usage("the agent splitter needs an agent, and none is named")
                .next("git parallel agents")
                .next("git parallel split --splitter agent --agent NAME 'GOAL'")
                .next("git config parallel.agent NAME")
        })?;
        let agents = settings::agents(repository)?;
        let invocation = agent_choice::invocation(context, &agents, name, &[])?;
        if invocation.ask.is_none() {
            let key = shell_word(&format!("parallelAgent.{name}.ask"));
            return Err(Failure::usage(format!(
                "nobody said how {name} is asked without letting it change anything"
            ))
            .next(format!("git config {key} 'PROGRAM ARG…'")));
        }
        Ok(Self {
            invocation,
            repository,
            schema: plan::answer_schema(),
            interrupt: Interrupt::watch()?,
        })
    }
}

impl Oracle for Agent<'_> {
    fn name(&self) -> (Splitter, String) {
        (Splitter::Agent, self.invocation.agent.clone())
    }

    fn room(&self) -> Option<usize> {
        None
    }

    fn answer(&mut self, messages: &[Message]) -> Result<Said> {
        // Every question begins a conversation, so all of it is told each time.
        let told = messages.iter().map(|message| match message.role.as_str() {
            "assistant" => format!("You have answered:\n{}", message.content),
            _ => message.content.clone(),
        });
        let prompt = told.collect::<Vec<_>>().join("\n\n");
        let question = Question {
            agent: &self.invocation,
            prompt: &prompt,
            schema: Some(&self.schema),
            folder: self
                .repository
                .work_dir()
                .unwrap_or(self.repository.common_dir()),
            time: ANSWER_LIMIT,
        };
        let answer = agents::ask(&question, &self.interrupt)?;
        let none = || Said::Useless("there is no JSON in what it said".to_owned());
        Ok(answer.value.map_or_else(none, Said::Answer))
    }
}

/// A model behind a server.
struct Server {
    client: Client,
    model: Model,
}

impl Server {
    fn of(context: &Context, settings: &Settings, args: &ServerArgs) -> Result<Self> {
        let client = args.client(context, settings)?;
        let model = args.model(&client, settings)?;
        Ok(Self { client, model })
    }

    /// Tokens that a question, an answer to it, and another may take together.
    fn context(&self) -> u64 {
        let needed = AROUND + MOST_PATHS / BYTES_A_TOKEN + 2 * LONGEST_ANSWER;
        let most = self.model.context.or(self.model.loaded_context);
        // What is loaded is taken as it is, since another value would load the model anew.
        let usual = most.map_or(USUAL_CONTEXT, |most| most.min(needed));
        self.model.loaded_context.unwrap_or(usual)
    }

    fn predict(&self) -> u64 {
        (self.context() / 4).min(LONGEST_ANSWER)
    }

    fn failure(&self, trouble: &Trouble) -> Failure {
        let server = self.client.address();
        Failure::unable(format!("the server at {server} {trouble}"))
    }
}

impl Oracle for Server {
    fn name(&self) -> (Splitter, String) {
        (Splitter::Ollama, self.model.name.clone())
    }

    fn room(&self) -> Option<usize> {
        let tokens = self.context().saturating_sub(AROUND + 2 * self.predict());
        let bytes = (tokens * BYTES_A_TOKEN).min(MOST_PATHS);
        Some(usize::try_from(bytes).unwrap_or(usize::MAX))
    }

    fn answer(&mut self, messages: &[Message]) -> Result<Said> {
        let request = ChatRequest {
            model: self.model.name.clone(),
            messages: messages.to_vec(),
            schema: Some(plan::answer_schema()),
            context: self.context(),
            predict: self.predict(),
        };
        match llm::wait(self.client.chat(&request, &mut |_| ()))? {
            Ok(reply) if reply.ending == Ending::Length => Ok(Said::Useless(format!(
                "it broke off after {} tokens: fewer tasks or shorter prompts are needed",
                self.predict()
            ))),
            Ok(reply) => Ok(match serde_json::from_str(&reply.content) {
                Ok(answer) => Said::Answer(answer),
                Err(_) => Said::Useless("it is not JSON of the form that was asked for".to_owned()),
            }),
            Err(trouble) if trouble.may_pass() => {
                if let Trouble::Busy { after, .. } = &trouble {
                    thread::sleep(after.unwrap_or(PAUSE).min(LONGEST_PAUSE));
                }
                Ok(Said::Lost(format!("the server {trouble}")))
            }
            Err(trouble) => Err(self.failure(&trouble)),
        }
    }
}
