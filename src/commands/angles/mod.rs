//! `git parallel angles …`: a question, looked at from several perspectives by a model.

mod ask;
mod combine;
mod menu;
mod open;
mod plan;
mod run;
mod show;
mod target;

use crate::context::Context;
use crate::error::{Result, Verdict};

/// Analyse code from up to four perspectives at once, with a model on Ollama or alike
///
/// Every perspective reads all that it is about, in as many requests as the model needs; what it
/// quotes is looked up in the files; what several perspectives report about one place is joined.
/// Results are kept: an angle can be asked further, and angles can be combined. Nothing is sent to
/// any other host than the one that is named, and files that may hold secrets are not sent at all.
/// Without a command: a menu on a terminal, else the list.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Plan(plan::Args),
    Run(run::Args),
    List(show::ListArgs),
    Show(show::ShowArgs),
    Ask(ask::Args),
    Combine(combine::Args),
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        match self.command {
            None => menu::run(context),
            Some(Command::Plan(args)) => args.run(context),
            Some(Command::Run(args)) => args.run(context),
            Some(Command::List(args)) => args.run(context),
            Some(Command::Show(args)) => args.run(context),
            Some(Command::Ask(args)) => args.run(context),
            Some(Command::Combine(args)) => args.run(context),
        }
    }
}
