//! The report as Markdown, for an issue or a pull request.

use crate::angles::{Combination, Finding, Report};
use crate::ui::text::clean;

use super::report::{closing, disagreement, evidence, place, seen_by};
use super::{answered, sentence, state};

/// The whole report, combinations first.
pub fn markdown(report: &Report, combinations: &[Combination]) -> String {
    let plan = &report.plan;
    let mut lines = vec![
        format!("# {} of {}", inline(&plan.strategy), inline(&plan.target)),
        String::new(),
        format!("{}, at commit `{}`.", sentence(report), plan.commit.short()),
        String::new(),
        format!("> {}", inline(&plan.question)),
    ];
    for one in combinations {
        lines.extend(combined(report, one));
    }
    lines.extend([
        String::new(),
        "| angle | state | chunks | findings |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ]);
    lines.extend(report.angles.iter().map(|angle| {
        format!(
            "| {} {} | {} | {} of {} | {} |",
            angle.number,
            inline(&angle.name),
            state(angle.state),
            answered(angle),
            angle.chunks.len(),
            report.findings_of(angle.number).count()
        )
    }));
    for finding in &report.findings {
        lines.extend(one(report, finding));
    }
    if !report.contradictions.is_empty() {
        lines.extend([
            String::new(),
            "## Angles disagree".to_owned(),
            String::new(),
        ]);
        let told = report
            .contradictions
            .iter()
            .map(|one| disagreement(report, one));
        lines.extend(told.map(|line| format!("- {}", inline(&line))));
    }
    lines.push(String::new());
    lines.extend(closing(report).iter().map(|line| format!("- {line}")));
    lines.join("\n")
}

fn one(report: &Report, finding: &Finding) -> Vec<String> {
    let claim = &finding.claim;
    let mut lines = vec![
        String::new(),
        format!(
            "## {} {}: {}",
            finding.id,
            claim.severity.as_str(),
            inline(&claim.title)
        ),
        String::new(),
        format!(
            "`{}`, {}, {}.",
            place(finding).replace('`', "'"),
            evidence(finding.evidence),
            inline(&seen_by(report, finding))
        ),
        String::new(),
    ];
    lines.extend(
        claim
            .quote
            .lines()
            .map(|line| format!("    {}", clean(line))),
    );
    for (what, text) in [("Why", &claim.why), ("Fix", &claim.fix)] {
        if !text.is_empty() {
            lines.extend([String::new(), format!("**{what}:** {}", inline(text))]);
        }
    }
    lines
}

fn combined(report: &Report, combination: &Combination) -> Vec<String> {
    let names = combination
        .angles
        .iter()
        .map(|angle| inline(report.name_of(*angle)));
    let names: Vec<String> = names.collect();
    let mut lines = vec![String::new(), format!("## {}", names.join(" + "))];
    for section in &combination.sections {
        lines.extend([
            String::new(),
            format!("### {}", section.title),
            String::new(),
        ]);
        let points = section.points.iter();
        lines.extend(
            points
                .map(|point| format!("- {} ({})", inline(&point.text), point.findings.join(", "))),
        );
    }
    lines
}

/// Text of a model on one line, that neither opens a tag nor a link.
fn inline(text: &str) -> String {
    let mut shown = String::new();
    for c in clean(&text.split_whitespace().collect::<Vec<_>>().join(" ")).chars() {
        if "\\`*_[]<>|".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}
