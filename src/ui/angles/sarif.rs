//! Findings as SARIF 2.1.0 (OASIS), for code hosts and editors.

use serde_json::{Value, json};

use crate::angles::{Evidence, Finding, Report, Severity};

/// One log with one run. What stands nowhere in the files has no place and is left out.
pub fn sarif(report: &Report) -> Value {
    let rules = report.angles.iter().map(|angle| {
        json!({
            "id": format!("angle-{}", angle.number),
            "name": angle.name,
            "shortDescription": {"text": angle.name},
        })
    });
    let found = report
        .findings
        .iter()
        .filter(|finding| finding.evidence != Evidence::Unverified)
        .map(|finding| result(finding, report.plan.exact_path(&finding.claim.file)));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "git-parallel angles",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            }},
            "automationDetails": {"id": format!("angles/{}", report.plan.id)},
            "versionControlProvenance": [{"revisionId": report.plan.commit}],
            "results": found.collect::<Vec<_>>(),
        }],
    })
}

fn result(finding: &Finding, path: &[u8]) -> Value {
    let claim = &finding.claim;
    let said = [claim.title.as_str(), claim.why.as_str(), claim.fix.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
    json!({
        "ruleId": format!("angle-{}", finding.angles[0]),
        "level": level(claim.severity),
        "message": {"text": said.join("\n")},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": claim.line_start.max(1), "endLine": claim.line_end.max(1)},
        }}],
        "properties": {
            "id": finding.id,
            "severity": claim.severity,
            "evidence": finding.evidence.as_str(),
            "angles": finding.angles,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.iter()
        .map(|byte| match plain(*byte) {
            true => char::from(*byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_reference() {
        assert_eq!(uri("src/a b/ü.rs".as_bytes()), "src/a%20b/%C3%BC.rs");
    }
}
