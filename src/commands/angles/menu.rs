//! `git parallel angles` alone: what to do with the latest analysis, to choose from.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::store::Store;
use crate::ui::angles as show;

use super::{ask, combine, open, show as kept};
use crate::commands::model_server::ServerArgs;

/// Offers the menu on a terminal; elsewhere the list.
pub fn run(context: &Context) -> Result<Verdict> {
    let repository = context.repository()?;
    let store = Store::of(repository.common_dir());
    let Some(id) = store.angles_ids()?.pop() else {
        return kept::list(context, false);
    };
    let report = open::report(&store, id)?;
    let screen = &context.screen;
    if report.done().is_empty() || !screen.narrates_to_terminal() {
        return kept::list(context, false);
    }
    screen.narrate(&show::menu(&report));
    let Some(choice) = show::asks(screen, "Number, or Enter to leave:") else {
        return kept::list(context, false);
    };
    let number = id.to_string();
    let typed = |question: &str| show::asks(screen, question).filter(|answer| !answer.is_empty());
    let angles = |question: &str| typed(question).map(|answer| numbers(&answer)).transpose();
    match choice.as_str() {
        "1" => {
            let Some(wanted) = angles("Which angle?")? else {
                return Ok(Verdict::Done);
            };
            let Some(question) = typed("What do you want to know?") else {
                return Ok(Verdict::Done);
            };
            ask::Args::new(number, wanted[0].clone(), question).run(context)
        }
        "2" | "3" => match angles("Which angles?")? {
            Some(wanted) => combined(context, &number, &wanted, None),
            None => Ok(Verdict::Done),
        },
        "4" => combined(context, &number, &[], None),
        "5" => {
            let Some(wanted) = angles("Which angles?")? else {
                return Ok(Verdict::Done);
            };
            let question = typed("What do you want to know?");
            combined(context, &number, &wanted, question)
        }
        _ => Ok(Verdict::Done),
    }
}

fn combined(
    context: &Context,
    id: &str,
    wanted: &[String],
    ask: Option<String>,
) -> Result<Verdict> {
    let (report, combination) = combine::combine(context, id, wanted, ask, &ServerArgs::default())?;
    let look = context.screen.look();
    context
        .screen
        .answer(&show::combination(&report, &combination, look));
    Ok(Verdict::Done)
}

/// Numbers with anything between them; one at least.
fn numbers(typed: &str) -> Result<Vec<String>> {
    let parts = typed.split(|c: char| !c.is_ascii_digit());
    let parts = parts.filter(|part| !part.is_empty());
    let numbers: Vec<String> = parts.map(str::to_owned).collect();
    match numbers.is_empty() {
        true => {
            Err(Failure::usage(format!("'{typed}' names no angle")).next("git parallel angles"))
        }
        false => Ok(numbers),
    }
}
