//! The verification: every run as it goes, and how it failed in the end.

use crate::integrate::{MergeOutcome, MergeResult, Probe, Subject, Verification, Why};
use crate::ui::paint::Paint;
use crate::ui::text::{clean, clean_lines, count, duration};

/// A line about a run of the verification.
pub fn progress(probe: &Probe<'_>) -> String {
    match probe {
        Probe::Begins(number, subject) => format!("verification {number}: {}", what(subject)),
        Probe::Ended(verification, took) => {
            let verdict = match verification.passed {
                true => "passes".to_owned(),
                false => format!("fails ({})", verification.ended),
            };
            format!("  {verdict}, {}", duration(took.as_secs_f64()))
        }
    }
}

fn what(subject: &Subject) -> String {
    match subject {
        Subject::All(1) => "the branch".to_owned(),
        Subject::All(all) => format!("all {all} branches"),
        Subject::First { first: 1, of } => format!("the first of {of} branches"),
        Subject::First { first, of } => format!("the first {first} of {of} branches"),
        Subject::Alone(name) => format!("{} alone", clean(name)),
        Subject::Onto { name, first } => {
            format!("{} on the first {first} only", clean(name))
        }
        Subject::Target(name) => format!("{} without any of them", clean(name)),
    }
}

/// Lines of output that are shown of each, where several broke it.
const LINES_OF_SEVERAL: usize = 8;

/// How often it was run, and what the failing runs printed last; nothing where all passed.
pub fn failures(outcome: &MergeOutcome, paint: Paint) -> Vec<String> {
    let mut failed: Vec<(&str, &Verification)> = Vec::new();
    for one in &outcome.behind {
        if let Why::Breaks(breaks) = &one.why {
            failed.push((&one.name, &breaks.verification));
        }
    }
    if let (MergeResult::Failed(fault), Some(verification)) =
        (&outcome.result, &outcome.verification)
        && fault.target
    {
        failed.push((&outcome.target.name, verification));
    }
    let most = match failed.len() {
        0 => return Vec::new(),
        1 => usize::MAX,
        _ => LINES_OF_SEVERAL,
    };
    let mut lines = Vec::new();
    for (name, failed) in failed {
        let head = format!("with {}, {}:", clean(name), failed.ended);
        lines.extend([String::new(), paint.dim(&head)]);
        lines.extend(last(&failed.output, most));
    }
    let runs = count(outcome.runs, "run", "runs");
    let command = outcome.verification.as_ref().map(|v| clean(&v.command));
    lines.push(String::new());
    lines.push(paint.dim(&format!("{runs} of {}", command.unwrap_or_default())));
    lines
}

fn last(output: &str, most: usize) -> Vec<String> {
    let printed = clean_lines(output);
    let lines: Vec<&str> = printed.lines().collect();
    if lines.is_empty() {
        return vec!["  (it printed nothing)".to_owned()];
    }
    let shown = &lines[lines.len().saturating_sub(most)..];
    shown.iter().map(|line| format!("  {line}")).collect()
}
