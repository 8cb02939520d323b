//! A combination of angles, for people and for programs.

use serde_json::{Value, json};

use crate::angles::{Combination, Report};
use crate::ui::look::Look;
use crate::ui::text::{clean, wrap};

/// For people: the parts of it, each point with the findings that it rests on.
pub fn combination(report: &Report, combination: &Combination, look: Look) -> String {
    let names = combination
        .angles
        .iter()
        .map(|angle| report.name_of(*angle));
    let names: Vec<String> = names.map(|name| clean(name).into_owned()).collect();
    let mut lines = vec![look.paint.bold(&names.join(" + "))];
    if let Some(ask) = &combination.ask {
        lines.extend(wrap(&clean(ask), look.columns));
    }
    for section in &combination.sections {
        lines.extend([String::new(), look.paint.dim(&section.title)]);
        if section.points.is_empty() {
            lines.push("  nothing".to_owned());
        }
        for point in &section.points {
            let text = format!("- {} [{}]", clean(&point.text), point.findings.join(", "));
            let parts = wrap(&text, look.columns.saturating_sub(4));
            let lead = |at| if at == 0 { "  " } else { "    " };
            let parts = parts.iter().enumerate();
            lines.extend(parts.map(|(at, part)| format!("{}{part}", lead(at))));
        }
    }
    lines.join("\n")
}

/// For programs.
pub fn combination_document(report: &Report, combination: &Combination) -> Value {
    json!({
        "version": 1,
        "id": report.plan.id,
        "number": combination.number,
        "angles": combination.angles,
        "ask": combination.ask,
        "sections": combination.sections,
    })
}
