//! `git parallel angles list` and `show`: what is kept.

use crate::context::Context;
use crate::error::{Result, Verdict};
use crate::store::Store;
use crate::ui::angles as show;

use super::open::{self, ReportFormatArgs};
use crate::commands::FormatArgs;

/// List the analyses of this repository, the latest last
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    format: FormatArgs,
}

impl ListArgs {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        list(context, self.format.is_json())
    }
}

/// Shows the list.
pub fn list(context: &Context, json: bool) -> Result<Verdict> {
    let repository = context.repository()?;
    let store = Store::of(repository.common_dir());
    let ids = store.angles_ids()?.into_iter();
    let reports = ids
        .map(|id| open::report(&store, id))
        .collect::<Result<Vec<_>>>()?;
    if json {
        context.screen.answer_json(&show::list_document(&reports));
    } else {
        context
            .screen
            .answer(&show::list(&reports, context.screen.look()));
        let next = match reports.last() {
            Some(report) => format!("git parallel angles show {}", report.plan.id),
            None => "git parallel angles run . 'WHAT TO LOOK FOR'".to_owned(),
        };
        let paint = context.screen.paint_narration();
        context
            .screen
            .narrate(&format!("next: {}", paint.cyan(&next)));
    }
    Ok(Verdict::Done)
}

/// Show the findings of an analysis again, with what was combined
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Which one; @ is the latest
    #[arg(value_name = "ID", default_value = "@")]
    id: String,
    #[command(flatten)]
    format: ReportFormatArgs,
}

impl ShowArgs {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let id = open::id(&store, &self.id)?;
        let report = open::report(&store, id)?;
        let combinations = open::combinations(&store, id)?;
        open::answer(context, &report, &combinations, self.format.format());
        Ok(Verdict::Done)
    }
}
