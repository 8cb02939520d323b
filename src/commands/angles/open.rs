//! Analyses that are kept, and how a report is wanted.

use crate::angles::{Angle, AnglesPlan, Combination, Event, Report};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::id::AnglesId;
use crate::store::Store;
use crate::ui::angles as show;

/// How a report is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// For people.
    #[default]
    Text,
    /// For an issue or a pull request.
    Markdown,
    /// For programs: one document, documented and versioned.
    Json,
    /// For code hosts and editors.
    Sarif,
}

/// The flags of the format.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ReportFormatArgs {
    /// How the report is wanted
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: ReportFormat,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ReportFormatArgs {
    /// The format that is meant.
    pub fn format(self) -> ReportFormat {
        if self.json {
            ReportFormat::Json
        } else {
            self.format
        }
    }
}

/// The analysis of this id; `@` is the latest.
pub fn id(store: &Store, typed: &str) -> Result<AnglesId> {
    if typed == "@" {
        let last = store.angles_ids()?.pop();
        return last.ok_or_else(|| {
            Failure::unable("there is no analysis yet")
                .next("git parallel angles run . 'WHAT TO LOOK FOR'")
        });
    }
    typed
        .parse()
        .map_err(|wrong| Failure::usage(wrong).next("git parallel angles list"))
}

/// Where an analysis stands.
pub fn report(store: &Store, id: AnglesId) -> Result<Report> {
    let plan: AnglesPlan = store.angles_plan(id)?;
    let events: Vec<Event> = store.angles_events(id)?;
    Ok(Report::new(plan, &events))
}

/// The angle of a plan that is meant, by its number or its name.
pub fn angle<'a>(plan: &'a AnglesPlan, typed: &str) -> Result<&'a Angle> {
    let is_meant = |angle: &&Angle| {
        typed == angle.number.to_string() || typed.to_lowercase() == angle.name.to_lowercase()
    };
    plan.angles.iter().find(is_meant).ok_or_else(|| {
        let all = plan.angles.iter();
        let all: Vec<String> = all
            .map(|angle| format!("{} {}", angle.number, angle.name))
            .collect();
        let (id, all) = (plan.id, all.join(", "));
        Failure::usage(format!("{id} has no angle '{typed}', only {all}"))
            .next(format!("git parallel angles show {id}"))
    })
}

/// The numbers of the angles that are meant.
pub fn angles(plan: &AnglesPlan, typed: &[String]) -> Result<Vec<u32>> {
    let number = |typed: &String| angle(plan, typed).map(|angle| angle.number);
    typed.iter().map(number).collect()
}

/// What was combined so far, in order.
pub fn combinations(store: &Store, id: AnglesId) -> Result<Vec<Combination>> {
    let mut all = Vec::new();
    for number in 1.. {
        match store.angles_document(id, &combination_name(number))? {
            Some(combination) => all.push(combination),
            None => break,
        }
    }
    Ok(all)
}

/// The name under which a combination is kept.
pub fn combination_name(number: u32) -> String {
    format!("combination-{number}.json")
}

/// Shows a report and what can be done next.
pub fn answer(
    context: &Context,
    report: &Report,
    combinations: &[Combination],
    format: ReportFormat,
) {
    let screen = &context.screen;
    match format {
        ReportFormat::Json => screen.answer_json(&show::document(report, combinations)),
        ReportFormat::Sarif => screen.answer_json(&show::sarif(report)),
        ReportFormat::Markdown => screen.answer(&show::markdown(report, combinations)),
        ReportFormat::Text => {
            screen.answer(&show::report(report, screen.look()));
            for combination in combinations {
                screen.answer(&format!(
                    "\n{}",
                    show::combination(report, combination, screen.look())
                ));
            }
        }
    }
    let (told, commands) = show::next(report);
    if let Some(told) = told {
        screen.narrate(&told);
    }
    for command in commands {
        screen.narrate(&format!(
            "next: {}",
            screen.paint_narration().cyan(&command)
        ));
    }
}
