//! `git parallel angles combine ID ANGLE…`: what several angles say together.

use crate::angles::{self, Combination, Report, Standing};
use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::settings::Settings;
use crate::store::Store;
use crate::ui::angles as show;

use super::open;
use crate::commands::FormatArgs;
use crate::commands::model_server::ServerArgs;

/// Combine angles: two, three or all of them, or for a question of your own
///
/// Two: how they relate, where they conflict, what serves both. Three: what goes through all of
/// them. All: top issues, quick wins, refactorings, priorities, health. Every point cites findings;
/// an answer that cites others than there are is rejected.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which analysis; @ is the latest
    #[arg(value_name = "ID")]
    id: String,
    /// Which of its angles, by number or name
    #[arg(value_name = "ANGLE", required_unless_present = "all")]
    angles: Vec<String>,
    /// All angles that have answered
    #[arg(long, conflicts_with = "angles")]
    all: bool,
    /// A question of your own, instead of the usual purpose
    #[arg(long, value_name = "TEXT")]
    ask: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let wanted = if self.all { Vec::new() } else { self.angles };
        let combination = combine(context, &self.id, &wanted, self.ask, &self.server)?;
        let (report, combination) = combination;
        let screen = &context.screen;
        if self.format.is_json() {
            screen.answer_json(&show::combination_document(&report, &combination));
        } else {
            screen.answer(&show::combination(&report, &combination, screen.look()));
        }
        Ok(Verdict::Done)
    }
}

/// Combines and keeps it; no angle named means all that have answered.
pub fn combine(
    context: &Context,
    typed: &str,
    wanted: &[String],
    ask: Option<String>,
    server: &ServerArgs,
) -> Result<(Report, Combination)> {
    let repository = context.repository()?;
    let store = Store::of(repository.common_dir());
    let id = open::id(&store, typed)?;
    let mut report = open::report(&store, id)?;
    let angles = chosen(&report, wanted)?;
    let settings = Settings::read(&repository)?;
    let client = server.client_for(context, &settings, &report.plan.host, &report.plan.api)?;
    if let Some(model) = &server.model {
        report.plan.model.clone_from(model);
    }
    let purpose = angles::purpose(angles.len(), ask.as_deref());
    let sections = angles::combine(&client, &report, &angles, &purpose)?;
    let _lock = store.lock("keep a combination")?;
    let number = open::combinations(&store, id)?.len() as u32 + 1;
    let combination = Combination {
        version: 1,
        number,
        angles,
        ask,
        sections,
    };
    store.keep_angles_document(id, &open::combination_name(number), &combination)?;
    Ok((report, combination))
}

/// The angles that are combined: two or more, all of which have answered in full.
fn chosen(report: &Report, wanted: &[String]) -> Result<Vec<u32>> {
    let id = report.plan.id;
    let done = report.done();
    let mut angles = match wanted {
        [] => done.clone(),
        typed => open::angles(&report.plan, typed)?,
    };
    angles.sort_unstable();
    angles.dedup();
    if matches!(report.standing(), Standing::None | Standing::Single) {
        return Err(Failure::unable(format!(
            "{} of {} angles of {id} answered in full: there is nothing to combine",
            done.len(),
            report.angles.len()
        ))
        .kept("what was found")
        .next(format!("git parallel angles run --resume {id}")));
    }
    let mut chosen = report
        .angles
        .iter()
        .filter(|angle| angles.contains(&angle.number));
    if let Some(angle) = chosen.find(|angle| !done.contains(&angle.number)) {
        let missing = angle.number;
        return Err(Failure::unable(format!(
            "angle {missing}, {}, was not answered in full",
            angle.name
        ))
        .next(format!(
            "git parallel angles run --resume {id} --angles {missing}"
        )));
    }
    match angles.len() {
        0 | 1 => Err(Failure::usage("one angle alone is no combination")
            .next(format!("git parallel angles combine {id} --all"))),
        _ => Ok(angles),
    }
}
