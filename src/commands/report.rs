//! `git parallel report [RUN]`: what came of a run.

use jiff::Timestamp;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::run::{find_documents, integration, listen_in, report};
use crate::store::Store;
use crate::ui;

use super::select;
use super::standing::{plan_of, view};
use super::synthesize::synthesize;

/// Report what came of a run
///
/// How it was divided, where it worked, when, what landed, which conflicts there were and how they
/// ended, and the estimate beside what it really took.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run (r1); @, the default, is the latest
    #[arg(value_name = "RUN")]
    selector: Option<String>,
    /// Have an agent make one document of those that the tasks wrote, in the place of the joined one
    #[arg(long)]
    synthesize: bool,
    /// The agent for --synthesize; else the one that worked at the run
    #[arg(long, value_name = "NAME", requires = "synthesize")]
    agent: Option<String>,
    /// How the report is wanted
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: ReportFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// The forms that a report has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ReportFormat {
    /// For the terminal
    #[default]
    Text,
    /// For a pull request, with a Mermaid timeline
    Markdown,
    /// For programs
    Json,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let selection = select::selection(&store, self.selector.as_deref())?;
        let state = &selection.run;
        if let Some(task) = selection.task {
            let run = state.run;
            return Err(Failure::usage(format!(
                "a report is about a whole run, {run}/{task} is one task"
            ))
            .next(format!("git parallel report {run}"))
            .next(format!("git parallel status {run}/{task}")));
        }
        let plan = plan_of(&store, state);
        if self.synthesize {
            let Some(plan) = &plan else {
                return Err(Failure::unable(format!(
                    "the plan of {} is gone",
                    state.run
                )));
            };
            let of = (state, plan);
            synthesize(context, &repository, &store, of, self.agent.as_deref())?;
        }
        let integration = integration(&repository, state)?;
        let mut report = report(state, plan.as_ref(), &integration, Timestamp::now());
        listen_in(&store, state, &mut report);
        find_documents(&store, plan.as_ref(), &mut report);
        let screen = &context.screen;
        let format = if self.json {
            ReportFormat::Json
        } else {
            self.format
        };
        match format {
            ReportFormat::Json => screen.answer_json(&report),
            ReportFormat::Markdown => screen.answer(&ui::report_markdown::render(&report)),
            ReportFormat::Text => screen.answer(&ui::report::render(view(context), &report)),
        }
        Ok(Verdict::Done)
    }
}
