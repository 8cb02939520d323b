//! `git parallel angles run TARGET QUESTION`: ask, check, join, report.

use crate::angles::{AnglesPlan, Event, Execution, Progress, Report, Standing, execute};
use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::AnglesId;
use crate::llm::Client;
use crate::process::StopSignal;
use crate::settings::Settings;
use crate::store::{Journal, Lock, Store};
use crate::ui::angles as show;

use super::open::{self, ReportFormatArgs};
use super::target::TargetArgs;

/// More requests than this are a long run, which is asked about first.
const LONG: usize = 8;

/// Look at code from several angles at once, and report what was found
///
/// What is answered is kept at once: after Ctrl-C, --resume asks only what is still open. The same
/// question about the same content is answered from memory.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Go on with an analysis: what was not answered is asked (again); with --angles, only of these
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "@")]
    resume: Option<String>,
    /// Begin without asking, however many requests it takes
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    format: ReportFormatArgs,
}

/// An analysis that is ours to go on with.
struct Opened {
    plan: AnglesPlan,
    client: Client,
    _lock: Lock,
    journal: Journal<Event>,
    events: Vec<Event>,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let (opened, only) = match &self.resume {
            Some(typed) => self.resumed(context, &repository, &store, typed)?,
            None => (self.begun(context, &repository, &store)?, Vec::new()),
        };
        let id = opened.plan.id;
        let executed = {
            let mut progress = show::AnglesProgress::new(&context.screen);
            execute(
                Execution {
                    repository,
                    client: opened.client,
                    cache: store.cache(),
                    plan: opened.plan,
                    journal: opened.journal,
                    events: opened.events,
                    only,
                },
                &mut |step: &Progress<'_>| progress.show(step),
            )?
        };
        if let Some(signal) = executed.stopped_by {
            return Err(stopped(id, signal));
        }
        let report = Report::new(executed.plan, &executed.events);
        let combinations = open::combinations(&store, id)?;
        open::answer(context, &report, &combinations, self.format.format());
        verdict(&report)
    }

    fn begun(&self, context: &Context, repository: &Repository, store: &Store) -> Result<Opened> {
        let (mut plan, client) = self.target.plan(context, repository, false)?;
        let screen = &context.screen;
        screen.narrate(&show::plan(&plan, screen.narration_look()));
        if plan.requests() > LONG && !self.yes {
            let question = format!("\nMake {} requests now? [y/N]", plan.requests());
            let what = match show::asks(screen, &question).as_deref() {
                Some("y" | "Y" | "yes") => None,
                Some(_) => Some("nothing was asked".to_owned()),
                None => Some(format!(
                    "{} requests are a long run, and nobody is here to ask",
                    plan.requests()
                )),
            };
            if let Some(what) = what {
                let command = format!("git parallel angles run --yes {}", self.target.typed());
                return Err(Failure::usage(what).next(command));
            }
        }
        plan.id = store.create_angles(|id| AnglesPlan { id, ..plan.clone() })?;
        screen.narrate(&format!("\n{}", plan.id));
        let (lock, journal, events) = store.open_angles(plan.id)?;
        Ok(Opened {
            plan,
            client,
            _lock: lock,
            journal,
            events,
        })
    }

    fn resumed(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
        typed: &str,
    ) -> Result<(Opened, Vec<u32>)> {
        if !self.target.is_empty() {
            return Err(Failure::usage(
                "--resume goes on with what was asked: it takes no target and no question",
            )
            .next(format!("git parallel angles run --resume {typed}")));
        }
        let id = open::id(store, typed)?;
        let plan: AnglesPlan = store.angles_plan(id)?;
        let settings = Settings::read(repository)?;
        let client = self
            .target
            .server
            .client_for(context, &settings, &plan.host, &plan.api)?;
        let only = open::angles(&plan, &self.target.angles)?;
        let (lock, journal, events) = store.open_angles(id)?;
        let opened = Opened {
            plan,
            client,
            _lock: lock,
            journal,
            events,
        };
        Ok((opened, only))
    }
}

fn stopped(id: AnglesId, signal: StopSignal) -> Failure {
    let failure = match signal {
        StopSignal::Interrupt => Failure::interrupted(format!("{id} was interrupted")),
        StopSignal::Terminate => Failure::terminated(format!("{id} was terminated")),
    };
    failure
        .kept("every answer that had come")
        .next(format!("git parallel angles run --resume {id}"))
}

/// 0 where all angles answered, 1 where some did, 3 where none did.
fn verdict(report: &Report) -> Result<Verdict> {
    match report.standing() {
        Standing::All => Ok(Verdict::Done),
        Standing::Some(_) | Standing::Single => Ok(Verdict::Finding),
        Standing::None => {
            let id = report.plan.id;
            Err(
                Failure::unable(format!("no angle of {id} was answered in full"))
                    .kept("what was answered")
                    .next(format!("git parallel angles run --resume {id}"))
                    .next("git parallel angles plan --help"),
            )
        }
    }
}
