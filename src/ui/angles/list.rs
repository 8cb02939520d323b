//! The analyses of a repository.

use serde_json::{Value, json};

use crate::angles::Report;
use crate::ui::look::Look;
use crate::ui::text::{clean, wrap};

use super::sentence;

/// For people: what was found, and below it what was asked; the latest last.
pub fn list(reports: &[Report], look: Look) -> String {
    if reports.is_empty() {
        return "no analysis yet".to_owned();
    }
    let lines = reports.iter().flat_map(|report| entry(report, look));
    lines.collect::<Vec<_>>().join("\n")
}

fn entry(report: &Report, look: Look) -> Vec<String> {
    let plan = &report.plan;
    let id = format!("{:<3} ", plan.id.to_string());
    let made = plan.created.strftime("%Y-%m-%d %H:%M");
    let what = format!(
        "{made}, {}: {} of {}",
        sentence(report),
        clean(&plan.strategy),
        clean(&plan.target)
    );
    let room = look.columns.saturating_sub(id.len());
    let mut lines: Vec<String> = wrap(&what, room);
    lines.push(look.fit(&clean(&plan.question), room));
    let lead = |at: usize| {
        if at == 0 {
            look.paint.bold(&id)
        } else {
            " ".repeat(id.len())
        }
    };
    let lines = lines.iter().enumerate();
    lines
        .map(|(at, line)| format!("{}{line}", lead(at)))
        .collect()
}

/// For programs.
pub fn list_document(reports: &[Report]) -> Value {
    let entry = |report: &Report| {
        let plan = &report.plan;
        json!({
            "id": plan.id,
            "created": plan.created,
            "target": plan.target,
            "commit": plan.commit,
            "question": plan.question,
            "strategy": plan.strategy,
            "model": plan.model,
            "angles": report.angles.len(),
            "angles_done": report.done().len(),
            "findings": report.findings.len(),
        })
    };
    json!({
        "version": 1,
        "analyses": reports.iter().map(entry).collect::<Vec<_>>(),
    })
}
