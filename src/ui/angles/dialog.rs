//! Questions to the person at the terminal.

use std::io::{self, BufRead, IsTerminal};

use crate::angles::{Report, Standing};
use crate::ui::Screen;
use crate::ui::text::clean;

/// Asks for a line; `None` where nobody can answer, or the input is over.
pub fn asks(screen: &Screen, question: &str) -> Option<String> {
    if !io::stdin().is_terminal() || !screen.narrates_to_terminal() {
        return None;
    }
    screen.redraw(&format!("{question} "));
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(1..) => Some(line.trim().to_owned()),
        _ => None,
    }
}

/// What can be done with an analysis, to choose from.
pub fn menu(report: &Report) -> String {
    let done = report.done();
    let name = |angle: &u32| format!("{angle} {}", clean(report.name_of(*angle)));
    let names: Vec<String> = done.iter().map(name).collect();
    let mut lines = vec![
        format!("{}: {}", report.plan.id, names.join(", ")),
        "What would you like to do next?".to_owned(),
        "  1  drill into one angle: its conversation goes on".to_owned(),
    ];
    let most = match report.standing() {
        Standing::None | Standing::Single => 1,
        _ => done.len(),
    };
    let options = [
        (
            2,
            "  2  combine two: how do they relate, where do they conflict?",
        ),
        (3, "  3  combine three: what goes through all of them?"),
        (
            3,
            "  4  combine all: top issues, quick wins, priorities, health",
        ),
        (2, "  5  combine some for a question of your own"),
    ];
    lines.extend(
        options
            .iter()
            .filter(|(needs, _)| most >= *needs)
            .map(|(_, line)| (*line).to_owned()),
    );
    lines.join("\n")
}
