//! The analyses of a repository.

use serde_json::{Value, json};

use crate::angles::Report;
use crate::ui::look::Look;
use crate::ui::table::align;
use crate::ui::text::{clean, count};

/// For people: a line each, the latest last.
pub fn list(reports: &[Report], look: Look) -> String {
    let row = |report: &Report| {
        let plan = &report.plan;
        vec![
            plan.id.to_string(),
            plan.created.strftime("%Y-%m-%d %H:%M").to_string(),
            clean(&plan.target).into_owned(),
            clean(&plan.strategy).into_owned(),
            format!("{} of {}", report.done().len(), report.angles.len()),
            count(report.findings.len(), "finding", "findings"),
            clean(&plan.question).into_owned(),
        ]
    };
    match reports {
        [] => "no analysis yet".to_owned(),
        reports => {
            let rows: Vec<Vec<String>> = reports.iter().map(row).collect();
            align(&rows, Some(look.columns)).join("\n")
        }
    }
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
