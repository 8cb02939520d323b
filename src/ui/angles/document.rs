//! Plan and report, for programs.

use serde_json::{Value, json};

use crate::angles::{Angle, AngleReport, AnglesPlan, Combination, Finding, LeftOut, Report};

use crate::git::RepoPath;
use crate::ui::json::exact;

use super::{answered, reason, session, state};

/// The report.
pub fn document(report: &Report, combinations: &[Combination]) -> Value {
    let plan = &report.plan;
    let timing = &report.timing;
    let angles = report.angles.iter().map(|one| angle(report, one));
    json!({
        "version": 1,
        "id": plan.id,
        "target": plan.target,
        "commit": plan.commit,
        "question": plan.question,
        "strategy": plan.strategy,
        "model": plan.model,
        "angles": angles.collect::<Vec<_>>(),
        "contradictions": report.contradictions.iter().map(|one| json!({
            "findings": [one.one, one.other],
            "says": one.says.map(|(angle, severity)| json!({"angle": angle, "severity": severity})),
        })).collect::<Vec<_>>(),
        "coverage": {
            "files": report.coverage.files,
            "files_read": report.coverage.files_read,
            "bytes_unseen": report.coverage.bytes_unseen,
        },
        "timing": {
            "wall_seconds": rounded(timing.wall),
            "busy_seconds": rounded(timing.busy),
            "queue_seconds": rounded(timing.queue),
            "speedup": timing.speedup().map(rounded),
            "measured_by": if timing.measured { "server" } else { "client" },
            "requests": timing.requests,
        },
        "combinations": combinations,
    })
}

fn angle(report: &Report, angle: &AngleReport) -> Value {
    let findings = report.findings_of(angle.number);
    let findings = findings.map(|one| finding(report, one));
    let mut document = json!({
        "number": angle.number,
        "name": angle.name,
        "state": state(angle.state),
        "session": session(report, angle.number),
        "chunks": angle.chunks.len(),
        "chunks_done": answered(angle),
        "findings": findings.collect::<Vec<_>>(),
    });
    if let Some(reason) = reason(angle) {
        document["reason"] = reason.into();
    }
    document
}

fn finding(report: &Report, finding: &Finding) -> Value {
    let claim = &finding.claim;
    let mut document = json!({
        "id": finding.id,
        "title": claim.title,
        "severity": claim.severity,
        "file": claim.file,
        "line_start": claim.line_start,
        "line_end": claim.line_end,
        "quote": claim.quote,
        "why": claim.why,
        "fix": claim.fix,
        "evidence": finding.evidence.as_str(),
        "angles": finding.angles,
    });
    let path = RepoPath::new(report.plan.exact_path(&claim.file));
    if let Some(exact) = exact(&path) {
        document["path_base64"] = exact.into();
    }
    document
}

/// The plan.
pub fn plan_document(plan: &AnglesPlan) -> Value {
    let angle = |angle: &Angle| {
        json!({
            "number": angle.number,
            "name": angle.name,
            "focus": angle.focus,
            "folders": plan.folders_of(angle),
            "files": angle.files(),
            "bytes": plan.bytes_of(angle),
            "chunks": angle.chunks.len(),
        })
    };
    json!({
        "version": 1,
        "target": plan.target,
        "commit": plan.commit,
        "question": plan.question,
        "strategy": plan.strategy,
        "reason": plan.reason,
        "host": plan.host,
        "model": if plan.model.is_empty() { Value::Null } else { plan.model.as_str().into() },
        "context_tokens": plan.budget.context,
        "at_once": plan.at_once,
        "angles": plan.angles.iter().map(angle).collect::<Vec<_>>(),
        "left_out": left_out(&plan.left_out),
        "requests": plan.requests(),
        "tokens": plan.tokens(),
        "one_request": plan.fits_one_request(),
    })
}

fn left_out(left: &LeftOut) -> Value {
    json!({
        "secret": left.secret,
        "generated": left.generated,
        "binary": left.binary,
        "unreadable": left.unreadable,
        "ignored": left.ignored,
        "uncommitted": left.uncommitted,
    })
}

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
