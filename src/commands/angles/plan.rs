//! `git parallel angles plan TARGET QUESTION`: what a run would do.

use crate::context::Context;
use crate::error::{Result, Verdict};
use crate::ui::angles as show;

use super::target::TargetArgs;
use crate::commands::FormatArgs;

/// Show what would be asked: angles, files, requests, what is left out
///
/// Nothing is asked and nothing is stored. The server is only asked for its models; where none
/// answers, a usual one is reckoned with.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let (plan, _) = self.target.plan(context, &repository, true)?;
        if self.format.is_json() {
            context.screen.answer_json(&show::plan_document(&plan));
        } else {
            context
                .screen
                .answer(&show::plan(&plan, context.screen.look()));
        }
        Ok(Verdict::Done)
    }
}
