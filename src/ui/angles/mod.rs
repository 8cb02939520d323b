//! Analyses from several angles: the plan before, the progress meanwhile, the findings after.

mod combination;
mod dialog;
mod document;
mod list;
mod markdown;
mod next;
mod plan;
mod progress;
mod report;
mod sarif;

pub use combination::{combination, combination_document};
pub use dialog::{asks, menu};
pub use document::{document, plan_document};
pub use list::{list, list_document};
pub use markdown::markdown;
pub use next::next;
pub use plan::plan;
pub use progress::AnglesProgress;
pub use report::report;
pub use sarif::sarif;

use crate::angles::{AngleReport, AngleState, ChunkState, Report};

use super::text::count;

/// `done`, `failed`, `running`.
fn state(state: AngleState) -> &'static str {
    match state {
        AngleState::Done => "done",
        AngleState::Failed => "failed",
        AngleState::Running => "running",
    }
}

/// How many chunks have their answer.
fn answered(angle: &AngleReport) -> usize {
    let done = angle
        .chunks
        .iter()
        .filter(|chunk| matches!(chunk, ChunkState::Done(_)));
    done.count()
}

/// Why the first chunk that failed did.
fn reason(angle: &AngleReport) -> Option<&str> {
    angle.chunks.iter().find_map(|chunk| match chunk {
        ChunkState::Failed(reason) => Some(reason.as_str()),
        _ => None,
    })
}

/// The name of the session that goes on with an angle.
fn session(report: &Report, angle: u32) -> String {
    format!("{}/{angle}", report.plan.id)
}

/// One sentence that says it all.
fn sentence(report: &Report) -> String {
    let findings = count(report.findings.len(), "finding", "findings");
    let (done, all) = (report.done().len(), report.angles.len());
    format!(
        "{findings} from {done} of {}",
        count(all, "angle", "angles")
    )
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
