//! The whole report as JSON.

use serde::Serialize;

use crate::git::LineCounts;
use crate::id::Oid;
use crate::integrate::{Blocked, Blocker, Pair, Report, Revision};
use crate::plan::Risk;
use crate::ui::json::{self, ConflictDocument, ErrorDocument};

use super::{Overall, sentence, verdict};

/// For programs. `lines` are those of the revisions, in their order.
pub fn document(report: &Report, lines: &[LineCounts], verdict: Overall) -> impl Serialize {
    let revisions = report.revisions.iter().zip(lines);
    let names = |list: &[usize]| -> Vec<String> {
        list.iter()
            .map(|&at| report.revisions[at].name.clone())
            .collect()
    };
    Document {
        version: 1,
        sentence: sentence(report),
        target: TargetDocument {
            name: report.target.name.clone(),
            commit: report.target.commit,
        },
        within: report.within.clone(),
        revisions: revisions
            .map(|(revision, lines)| RevisionDocument::new(revision, *lines))
            .collect(),
        pairs: report
            .matrix
            .pairs
            .iter()
            .map(|pair| PairDocument::new(report, pair))
            .collect(),
        against_target: (0..report.revisions.len())
            .map(|at| AgainstTarget::new(report, at))
            .collect(),
        order: names(&report.order.order),
        lands: names(report.order.lands()),
        blocked: BlockedDocument::all(report),
        verdict,
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    target: TargetDocument,
    /// The pathspecs that all of it is limited to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    within: Vec<String>,
    revisions: Vec<RevisionDocument>,
    pairs: Vec<PairDocument>,
    against_target: Vec<AgainstTarget>,
    order: Vec<String>,
    lands: Vec<String>,
    blocked: Vec<BlockedDocument>,
    verdict: Overall,
}

#[derive(Debug, Serialize)]
struct TargetDocument {
    name: String,
    commit: Oid,
}

#[derive(Debug, Serialize)]
struct RevisionDocument {
    name: String,
    commit: Oid,
    base: Option<Oid>,
    /// Whether the worktree that was looked into holds uncommitted work.
    #[serde(skip_serializing_if = "Option::is_none")]
    dirty: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worktree: Option<String>,
    paths: Vec<String>,
    insertions: u64,
    deletions: u64,
}

impl RevisionDocument {
    fn new(revision: &Revision, lines: LineCounts) -> Self {
        let worktree = revision.worktree.as_ref();
        Self {
            name: revision.name.clone(),
            commit: revision.committed(),
            base: revision.base,
            dirty: worktree.map(|worktree| worktree.dirty),
            worktree: worktree.map(|worktree| worktree.path.display().to_string()),
            paths: json::paths(&revision.changes.paths),
            insertions: lines.insertions,
            deletions: lines.deletions,
        }
    }
}

#[derive(Debug, Serialize)]
struct PairDocument {
    a: String,
    b: String,
    verdict: Overall,
    risk: Risk,
    overlaps: Vec<String>,
    conflicts: Vec<ConflictDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Oid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
}

impl PairDocument {
    fn new(report: &Report, pair: &Pair) -> Self {
        Self {
            a: report.revisions[pair.a].name.clone(),
            b: report.revisions[pair.b].name.clone(),
            verdict: verdict(&pair.merged),
            risk: pair.risk,
            overlaps: json::paths(&pair.overlaps),
            conflicts: ConflictDocument::all(&pair.merged),
            tree: pair.merged.tree(),
            error: ErrorDocument::of(&pair.merged),
        }
    }
}

#[derive(Debug, Serialize)]
struct AgainstTarget {
    name: String,
    verdict: Overall,
    conflicts: Vec<ConflictDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument>,
}

impl AgainstTarget {
    fn new(report: &Report, at: usize) -> Self {
        let merged = &report.matrix.against_target[at];
        Self {
            name: report.revisions[at].name.clone(),
            verdict: verdict(merged),
            conflicts: ConflictDocument::all(merged),
            error: ErrorDocument::of(merged),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct BlockedDocument {
    name: String,
    by: String,
    paths: Vec<String>,
}

impl BlockedDocument {
    /// All of a report.
    pub fn all(report: &Report) -> Vec<Self> {
        let blocked = report.blocked.iter();
        blocked.map(|blocked| Self::new(report, blocked)).collect()
    }

    fn new(report: &Report, blocked: &Blocked) -> Self {
        Self {
            name: report.revisions[blocked.at].name.clone(),
            by: match blocked.by {
                Blocker::Target => report.target.name.clone(),
                Blocker::Revision(by) => report.revisions[by].name.clone(),
            },
            paths: json::paths(&blocked.paths),
        }
    }
}
