//! Findings of several angles about the same place, put together: who agrees, who does not.

use std::collections::BTreeSet;

use super::claim::{Claim, Severity};
use super::evidence::Evidence;

/// Titles are alike when so much of their words is shared.
const ALIKE: f64 = 0.3;
/// Severities further apart than this contradict each other.
const FAR_APART: usize = 2;

/// A finding of one angle whose quote was looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub angle: u32,
    pub claim: Claim,
    pub evidence: Evidence,
}

/// A finding, with every angle that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// `f1`, `f2`, … in the order in which they were reported: a later report changes no id.
    pub id: String,
    pub claim: Claim,
    pub evidence: Evidence,
    /// In order.
    pub angles: Vec<u32>,
    /// What each angle makes of it.
    pub severities: Vec<(u32, Severity)>,
}

/// Two judgements about the same lines that do not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    pub one: String,
    pub other: String,
    /// Angle and severity of the two.
    pub says: [(u32, Severity); 2],
}

impl Finding {
    /// Whether more than one angle has it.
    pub fn is_corroborated(&self) -> bool {
        self.angles.len() > 1
    }
}

/// Joins findings by their anchor: same file, lines that overlap, and titles or quotes alike. What
/// stands nowhere has no anchor and stays alone. The worst come first, and of these what several
/// angles have.
pub fn join(checked: &[Checked]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (one, number) in checked.iter().zip(1..) {
        let same = findings.iter_mut().find(|known| is_same(known, one));
        match same {
            Some(known) => known.add(one),
            None => findings.push(Finding {
                id: format!("f{number}"),
                claim: one.claim.clone(),
                evidence: one.evidence,
                angles: vec![one.angle],
                severities: vec![(one.angle, one.claim.severity)],
            }),
        }
    }
    findings.sort_by_key(|finding| {
        let place = (finding.claim.file.clone(), finding.claim.line_start);
        let doubtful = finding.evidence == Evidence::Unverified;
        (
            doubtful,
            finding.claim.severity,
            !finding.is_corroborated(),
            place,
        )
    });
    findings
}

impl Finding {
    fn add(&mut self, one: &Checked) {
        if !self.angles.contains(&one.angle) {
            self.angles.push(one.angle);
            self.angles.sort_unstable();
        }
        self.severities.push((one.angle, one.claim.severity));
        let better = (one.evidence, one.claim.severity) < (self.evidence, self.claim.severity);
        if better {
            self.claim = one.claim.clone();
            self.evidence = one.evidence;
        }
    }
}

fn is_same(known: &Finding, one: &Checked) -> bool {
    let anchored = [known.evidence, one.evidence]
        .iter()
        .all(|e| *e != Evidence::Unverified);
    anchored && overlap(&known.claim, &one.claim) && are_alike(&known.claim, &one.claim)
}

fn overlap(one: &Claim, other: &Claim) -> bool {
    one.file == other.file && one.line_start <= other.line_end && other.line_start <= one.line_end
}

fn are_alike(one: &Claim, other: &Claim) -> bool {
    let (a, b) = (words(&one.title), words(&other.title));
    let shared = a.intersection(&b).count() as f64;
    let all = a.union(&b).count() as f64;
    one.quote == other.quote || shared / all.max(1.0) >= ALIKE
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| word.len() > 2)
        .map(str::to_lowercase)
        .collect()
}

/// Judgements of different angles about the same lines whose severities are far apart.
pub fn contradictions(findings: &[Finding]) -> Vec<Contradiction> {
    let mut found = Vec::new();
    for (at, one) in findings.iter().enumerate() {
        if one.evidence == Evidence::Unverified {
            continue;
        }
        found.extend(disagreement(one, one));
        for other in &findings[at + 1..] {
            let anchored = other.evidence != Evidence::Unverified;
            if anchored && overlap(&one.claim, &other.claim) {
                found.extend(disagreement(one, other));
            }
        }
    }
    found
}

fn disagreement(one: &Finding, other: &Finding) -> Option<Contradiction> {
    let pairs = one
        .severities
        .iter()
        .flat_map(|a| other.severities.iter().map(move |b| (a, b)));
    let apart = |a: Severity, b: Severity| (a as usize).abs_diff(b as usize);
    let far = pairs
        .filter(|(a, b)| a.0 != b.0 && apart(a.1, b.1) >= FAR_APART)
        .max_by_key(|(a, b)| apart(a.1, b.1))?;
    Some(Contradiction {
        one: one.id.clone(),
        other: other.id.clone(),
        says: [*far.0, *far.1],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(
        angle: u32,
        title: &str,
        lines: (u32, u32),
        severity: Severity,
        evidence: Evidence,
    ) -> Checked {
        Checked {
            angle,
            evidence,
            claim: Claim {
                title: title.to_owned(),
                severity,
                file: "a.rs".to_owned(),
                line_start: lines.0,
                line_end: lines.1,
                quote: title.to_owned(),
                why: String::new(),
                fix: String::new(),
            },
        }
    }

    use Evidence::{Relocated, Unverified, Verified};
    use Severity::{Critical, High, Low};

    #[test]
    fn what_two_angles_say_about_one_place_is_one_finding() {
        let all = [
            checked(1, "SQL injection in login", (40, 45), High, Relocated),
            checked(
                3,
                "Login is open to SQL injection",
                (45, 45),
                Critical,
                Verified,
            ),
            checked(2, "Slow loop", (44, 46), Low, Verified),
            checked(4, "SQL injection in login", (40, 45), High, Unverified),
        ];
        let findings = join(&all);
        let told: Vec<_> = findings
            .iter()
            .map(|f| (f.id.as_str(), f.angles.as_slice()))
            .collect();
        let expected: [(&str, &[u32]); 3] = [("f1", &[1, 3]), ("f3", &[2]), ("f4", &[4])];
        assert_eq!(told, expected);
        assert_eq!(
            (findings[0].claim.severity, findings[0].evidence),
            (Critical, Verified)
        );
        assert!(findings[0].is_corroborated());
    }

    #[test]
    fn angles_that_judge_the_same_lines_differently_contradict_each_other() {
        let all = [
            checked(1, "Unbounded read", (5, 9), Critical, Verified),
            checked(2, "Reads it all at once", (8, 8), Low, Verified),
            checked(3, "Far away", (50, 50), Low, Verified),
        ];
        let found = contradictions(&join(&all));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].says, [(1, Critical), (2, Low)]);
        let alone = [all[0].clone(), checked(1, "Other", (5, 5), Low, Verified)];
        assert!(contradictions(&join(&alone)).is_empty());
    }
}
