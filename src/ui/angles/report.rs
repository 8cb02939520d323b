//! What was found, for people.

use crate::angles::{AngleReport, AngleState, Contradiction, Evidence, Finding, Report, Severity};
use crate::size;
use crate::ui::look::Look;
use crate::ui::table::align;
use crate::ui::text::{clean, count, duration, wrap};

use super::{answered, grouped, reason, sentence, state};

/// Columns in front of what belongs to a finding.
const INDENT: usize = 10;

/// The whole report.
pub fn report(report: &Report, look: Look) -> String {
    let plan = &report.plan;
    let mut lines = vec![look.paint.bold(&sentence(report))];
    let about = format!(
        "{}: {} of {} at {}: {}",
        plan.id,
        clean(&plan.strategy),
        clean(&plan.target),
        plan.commit.short(),
        clean(&plan.question)
    );
    lines.extend(wrap(&about, look.columns));
    lines.extend([String::new(), angles(report, look)]);
    for finding in &report.findings {
        lines.push(String::new());
        lines.extend(one(report, finding, look));
    }
    if !report.contradictions.is_empty() {
        lines.extend([String::new(), "angles disagree".to_owned()]);
        let told = report
            .contradictions
            .iter()
            .map(|one| disagreement(report, one));
        lines.extend(told.flat_map(|line| indented(&line, 2, look)));
    }
    lines.push(String::new());
    lines.extend(
        closing(report)
            .iter()
            .flat_map(|line| wrap(line, look.columns)),
    );
    lines.join("\n")
}

fn angles(report: &Report, look: Look) -> String {
    let row = |angle: &AngleReport| {
        let findings = report.findings_of(angle.number).count();
        vec![
            format!("{:>3}", angle.number),
            clean(&angle.name).into_owned(),
            state(angle.state).to_owned(),
            count(findings, "finding", "findings"),
            chunks(angle),
        ]
    };
    let rows: Vec<Vec<String>> = report.angles.iter().map(row).collect();
    let rows = align(&rows, Some(look.columns));
    let mut lines = Vec::new();
    for (angle, row) in report.angles.iter().zip(rows) {
        lines.push(row);
        if angle.state == AngleState::Failed
            && let Some(reason) = reason(angle)
        {
            let parts = wrap(&clean(reason), look.columns.saturating_sub(5));
            lines.extend(
                parts
                    .iter()
                    .map(|part| look.paint.red(&format!("     {part}"))),
            );
        }
    }
    lines.join("\n")
}

fn chunks(angle: &AngleReport) -> String {
    let (done, all) = (answered(angle), angle.chunks.len());
    match all {
        1 => "direct".to_owned(),
        _ if done == all => count(all, "chunk", "chunks"),
        _ => format!("{done} of {all} chunks"),
    }
}

fn one(report: &Report, finding: &Finding, look: Look) -> Vec<String> {
    let claim = &finding.claim;
    let severity = format!("{:<9}", claim.severity.as_str());
    let painted = match claim.severity {
        Severity::Critical | Severity::High => look.paint.red(&severity),
        Severity::Medium => look.paint.yellow(&severity),
        _ => look.paint.dim(&severity),
    };
    let title = format!("{} {}", finding.id, clean(&claim.title));
    let mut title = wrap(&title, look.columns.saturating_sub(INDENT)).into_iter();
    let first = title.next().unwrap_or_default();
    let mut lines = vec![format!("{painted} {}", look.paint.bold(&first))];
    lines.extend(title.map(|line| format!("{}{line}", " ".repeat(INDENT))));
    let mut add = |text: &str| lines.extend(indented(text, INDENT, look));
    add(&format!(
        "{} {} {}",
        place(finding),
        look.signs.dot,
        evidence(finding.evidence)
    ));
    add(&seen_by(report, finding));
    for quoted in claim.quote.lines().take(3) {
        add(&format!("{} {}", look.signs.margin, clean(quoted.trim())));
    }
    for (what, text) in [("why", &claim.why), ("fix", &claim.fix)] {
        if !text.is_empty() {
            add(&format!("{what}: {}", clean(text)));
        }
    }
    lines
}

/// `src/a.rs:3-5`
pub fn place(finding: &Finding) -> String {
    let claim = &finding.claim;
    let lines = match claim.line_end > claim.line_start {
        true => format!("{}-{}", claim.line_start, claim.line_end),
        false => claim.line_start.to_string(),
    };
    format!("{}:{lines}", clean(&claim.file))
}

/// What was checked, and nothing more.
pub fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Verified => "citation verified",
        Evidence::Relocated => "citation verified, at other lines than were named",
        Evidence::Unverified => "citation not found in the file",
    }
}

/// Which angles have it.
pub fn seen_by(report: &Report, finding: &Finding) -> String {
    let names = finding.angles.iter().map(|angle| report.name_of(*angle));
    let names: Vec<String> = names.map(|name| clean(name).into_owned()).collect();
    match finding.is_corroborated() {
        true => format!("reported by {} angles: {}", names.len(), names.join(", ")),
        false => format!("reported by {}", names.join(", ")),
    }
}

/// Two judgements that do not go together.
pub fn disagreement(report: &Report, found: &Contradiction) -> String {
    let [one, other] = &found.says;
    let say = |(angle, severity): &(u32, Severity)| {
        format!(
            "{} for {}",
            severity.as_str(),
            clean(report.name_of(*angle))
        )
    };
    let about = match found.one == found.other {
        true => found.one.clone(),
        false => format!("{} and {}, on the same lines", found.one, found.other),
    };
    format!("{about}: {}, {}", say(one), say(other))
}

/// Evidence, coverage and time.
pub fn closing(report: &Report) -> Vec<String> {
    let counted = |evidence| {
        report
            .findings
            .iter()
            .filter(|f| f.evidence == evidence)
            .count()
    };
    let coverage = &report.coverage;
    let mut lines = vec![format!(
        "citations: {} verified, {} at other lines, {} not found; that a citation is verified says \
         that the lines are there, not that they are wrong",
        counted(Evidence::Verified),
        counted(Evidence::Relocated),
        counted(Evidence::Unverified)
    )];
    lines.push(match coverage.bytes_unseen {
        0 => format!("coverage: {} read in full", all_files(coverage.files)),
        unseen => format!(
            "coverage: {} of {} read in full by every angle, {} not seen, all angles together",
            coverage.files_read,
            count(coverage.files, "file", "files"),
            size::spell(unseen)
        ),
    });
    lines.extend(time(report));
    lines
}

fn all_files(number: usize) -> String {
    match number {
        1 => "1 file".to_owned(),
        number => format!("all {} files", grouped(number as u64)),
    }
}

fn time(report: &Report) -> Vec<String> {
    let timing = &report.timing;
    let Some(speedup) = timing.speedup() else {
        let remembered = report.angles.iter().any(|angle| answered(angle) > 0);
        return remembered
            .then(|| "time: none, all was answered before".to_owned())
            .into_iter()
            .collect();
    };
    let source = match timing.measured {
        true => "the server worked",
        false => "requests took",
    };
    let mut lines = vec![format!(
        "time: {} in all; {source} {}, requests waited {}; {speedup:.1} at once on average",
        duration(timing.wall),
        duration(timing.busy),
        duration(timing.queue)
    )];
    if timing.is_serial(report.plan.at_once) {
        let several = match report.plan.api.as_str() {
            "ollama" => "OLLAMA_NUM_PARALLEL=4 in its environment lets it answer several",
            _ => "most can be told to answer several (llama-server: --parallel 4)",
        };
        lines.push(format!(
            "The server answers one request at a time: {several}, where there is memory for it."
        ));
    }
    lines
}

fn indented(text: &str, indent: usize, look: Look) -> Vec<String> {
    let lines = wrap(text, look.columns.saturating_sub(indent));
    lines
        .iter()
        .map(|line| look.fit(&format!("{}{line}", " ".repeat(indent)), look.columns))
        .collect()
}
