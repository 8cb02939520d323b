//! What `merge --json` answers.

use serde::Serialize;

use crate::id::Oid;
use crate::integrate::{Behind, How, MergeResult, Why};
use crate::store::{Landed, Strategy};
use crate::ui::check::BlockedDocument;
use crate::ui::{clean, json};

use super::{LeftOut, Report, behind, sentence};

/// For programs.
pub fn document(report: &Report<'_>) -> impl Serialize {
    let outcome = report.outcome;
    let (state, stack) = match &outcome.result {
        MergeResult::Nothing => ("nothing", None),
        MergeResult::Blocked => ("conflict", None),
        MergeResult::Failed(fault) => ("verification-failed", Some(&fault.stack)),
        MergeResult::WouldLand(stack) => ("would-land", Some(stack)),
        MergeResult::Landed { stack, .. } => ("landed", Some(stack)),
    };
    let operation = match outcome.result {
        MergeResult::Landed { operation, .. } => Some(operation),
        _ => None,
    };
    let blocked = outcome.conflicts.as_ref();
    Document {
        version: 1,
        sentence: sentence(report),
        state,
        strategy: outcome.strategy,
        target: TargetDocument {
            name: outcome.target.name.clone(),
            before: outcome.target.commit,
            after: stack.map(|stack| stack.tip),
        },
        operation,
        landed: stack.map(|stack| stack.landed.clone()).unwrap_or_default(),
        already: outcome.already.iter().map(|one| one.name.clone()).collect(),
        left_out: report.left_out.to_vec(),
        blocked: blocked.map_or_else(Vec::new, |found| BlockedDocument::all(found)),
        behind: outcome.behind.iter().map(BehindDocument::new).collect(),
        verification: outcome.verification.as_ref().map(|v| VerificationDocument {
            command: v.command.clone(),
            passed: v.passed,
            output: v.output.clone(),
            runs: outcome.runs,
        }),
        cleaned: report.cleaned.map(clean::document),
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    /// `landed`, `would-land`, `nothing`, `conflict` or `verification-failed`.
    state: &'static str,
    strategy: Strategy,
    target: TargetDocument,
    /// By this number `undo` takes it back; null where nothing landed.
    operation: Option<u64>,
    landed: Vec<Landed>,
    already: Vec<String>,
    left_out: Vec<LeftOut>,
    blocked: Vec<BlockedDocument>,
    behind: Vec<BehindDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationDocument>,
    /// What `clean` would answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    cleaned: Option<clean::Document>,
}

#[derive(Debug, Serialize)]
struct TargetDocument {
    name: String,
    before: Oid,
    /// Where it is now, or would be.
    after: Option<Oid>,
}

#[derive(Debug, Serialize)]
struct VerificationDocument {
    command: String,
    passed: bool,
    output: String,
    /// How often it was run.
    runs: usize,
}

/// A line of work that does not land.
#[derive(Debug, Serialize)]
struct BehindDocument {
    name: String,
    /// `conflict`, `dependency`, `unmergeable`, `rebase-conflict`, `rebase-differs`, `hook` or
    /// `verification`.
    reason: &'static str,
    message: String,
    /// Who is in its way.
    by: Vec<String>,
    paths: Vec<String>,
    /// The commit that does not apply, or that fails its verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Oid>,
    /// Whether it breaks the verification by itself; else together with those in `by`, or on top
    /// of what it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    alone: Option<bool>,
    /// What the failing verification printed at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

impl BehindDocument {
    fn new(one: &Behind) -> Self {
        let mut document = Self {
            name: one.name.clone(),
            reason: reason(&one.why),
            message: behind::words(one),
            by: Vec::new(),
            paths: Vec::new(),
            commit: None,
            alone: None,
            output: None,
        };
        match &one.why {
            Why::Blocked { by, paths } => {
                document.by.clone_from(by);
                document.paths = json::paths(paths);
            }
            Why::Waits(by) => document.by.push(by.clone()),
            Why::Conflict(paths) => document.paths = json::paths(paths),
            Why::Step { commit, paths, .. } => {
                document.commit = Some(*commit);
                document.paths = json::paths(paths);
            }
            Why::Breaks(breaks) => {
                if let How::Together(other) = &breaks.how {
                    document.by.push(other.clone());
                }
                document.commit = Some(breaks.commit);
                document.alone = Some(breaks.how == How::Alone);
                document.output = Some(breaks.verification.output.clone());
            }
            Why::Unmergeable(_) | Why::Differs | Why::Refused(_) => {}
        }
        document
    }
}

fn reason(why: &Why) -> &'static str {
    match why {
        Why::Blocked { .. } | Why::Conflict(_) => "conflict",
        Why::Waits(_) => "dependency",
        Why::Unmergeable(_) => "unmergeable",
        Why::Step { .. } => "rebase-conflict",
        Why::Differs => "rebase-differs",
        Why::Refused(_) => "hook",
        Why::Breaks(_) => "verification",
    }
}
