//! What `resolve` answers, for programs.

use serde::Serialize;

use crate::git::{RepoPath, SideCommit};
use crate::id::{Oid, RunId, TaskId};
use crate::integrate::{Contested, OpponentReason, Picture, Progress, Verification};
use crate::store::SessionEnd;
use crate::ui::json;

use super::{Answer, Report, sentence};

/// The document.
pub fn document(report: &Report<'_>) -> impl Serialize {
    let answer = report.answer;
    let place = place(answer);
    Document {
        version: 1,
        sentence: sentence(report),
        state: state(answer),
        run: report.run.map(|run| run.run),
        task: report.task.map(|task| task.id),
        name: report.name.to_owned(),
        branch: report.branch.to_owned(),
        worktree: place.worktree,
        with: place.with,
        reason: reason(answer).map(reason_word),
        paths: json::paths(answer.open_paths()),
        conflicts: conflicts(answer),
        commit: commit(answer),
        besides: match answer {
            Answer::Committed { committed, .. } => json::paths(&committed.besides),
            _ => Vec::new(),
        },
        uncommitted: match answer {
            Answer::Committed { committed, .. } => json::paths(&committed.uncommitted),
            _ => Vec::new(),
        },
        verification: verification(answer),
        agent: answer.agent().map(|agent| AgentDocument {
            end: agent.end,
            seconds: agent.seconds,
            log: agent.log.to_string_lossy().into_owned(),
        }),
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    state: &'static str,
    /// Null for a branch that is no task's.
    run: Option<RunId>,
    task: Option<TaskId>,
    name: String,
    branch: String,
    worktree: Option<String>,
    with: Option<String>,
    /// Why that one.
    reason: Option<&'static str>,
    /// Still to be resolved.
    paths: Vec<String>,
    /// All that git could not merge.
    conflicts: Vec<ConflictDocument>,
    /// The merge, or what the branch is at instead; of a merge taken back, what was resolved.
    commit: Option<Oid>,
    /// Changed by the resolution although git had merged them.
    besides: Vec<String>,
    /// Not in the commit, since not staged.
    uncommitted: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<AgentDocument>,
}

#[derive(Debug, Serialize)]
struct ConflictDocument {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    kind: &'static str,
    /// `marker`, `undecided`, `replayed` or `resolved`.
    state: &'static str,
    /// Where the first marker is.
    line: Option<usize>,
    /// Commits of each side that touched it.
    ours: Vec<CommitDocument>,
    theirs: Vec<CommitDocument>,
}

#[derive(Debug, Serialize)]
struct CommitDocument {
    commit: Oid,
    subject: String,
}

#[derive(Debug, Serialize)]
struct VerificationDocument {
    command: String,
    passed: bool,
    output: String,
}

#[derive(Debug, Serialize)]
struct AgentDocument {
    end: SessionEnd,
    seconds: f64,
    log: String,
}

fn state(answer: &Answer) -> &'static str {
    match answer {
        Answer::Nothing => "nothing",
        Answer::Merged { .. } => "merged",
        Answer::Open { .. } => "open",
        Answer::Left {
            committed: None, ..
        } => "open",
        Answer::Left { .. } => "committed-with-markers",
        Answer::Failed { .. } => "verification-failed",
        Answer::Committed { .. } => "resolved",
        Answer::TakenBack { .. } => "taken-back",
        Answer::MovedOn { .. } => "moved-on",
        Answer::Aborted { .. } => "aborted",
    }
}

#[derive(Default)]
struct Place {
    worktree: Option<String>,
    with: Option<String>,
}

fn place(answer: &Answer) -> Place {
    let at = |worktree: &std::path::Path, with: &String| Place {
        worktree: Some(worktree.to_string_lossy().into_owned()),
        with: Some(with.clone()),
    };
    match answer {
        Answer::Open { picture, .. } => at(&picture.worktree, &picture.note.with),
        Answer::Left { worktree, with, .. }
        | Answer::Failed { worktree, with, .. }
        | Answer::TakenBack { worktree, with, .. }
        | Answer::MovedOn { worktree, with, .. } => at(worktree, with),
        Answer::Merged { with, .. } | Answer::Committed { with, .. } => Place {
            with: Some(with.clone()),
            ..Place::default()
        },
        Answer::Nothing | Answer::Aborted { .. } => Place::default(),
    }
}

fn reason(answer: &Answer) -> Option<OpponentReason> {
    match answer {
        Answer::Open { reason, .. } => *reason,
        Answer::Merged { reason, .. } => Some(*reason),
        _ => None,
    }
}

fn reason_word(reason: OpponentReason) -> &'static str {
    match reason {
        OpponentReason::Named => "named",
        OpponentReason::Target => "target",
        OpponentReason::LandsFirst => "lands-first",
        OpponentReason::Conflicts => "conflicts",
        OpponentReason::Together => "together",
    }
}

fn commit(answer: &Answer) -> Option<Oid> {
    match answer {
        Answer::Committed { committed, .. } => Some(committed.commit),
        Answer::Left { committed, .. } | Answer::Failed { committed, .. } => *committed,
        Answer::MovedOn { after, .. } => Some(*after),
        Answer::Aborted { kept } => *kept,
        _ => None,
    }
}

fn verification(answer: &Answer) -> Option<VerificationDocument> {
    let of = |verification: &Verification| VerificationDocument {
        command: verification.command.clone(),
        passed: verification.passed,
        output: verification.output.clone(),
    };
    match answer {
        Answer::Failed { verification, .. } => Some(of(verification)),
        Answer::Committed { committed, .. } => committed.verification.as_ref().map(of),
        _ => None,
    }
}

fn conflicts(answer: &Answer) -> Vec<ConflictDocument> {
    match answer {
        Answer::Open { picture, .. } => {
            let all = picture.paths.iter();
            all.map(|one| contested(picture, one)).collect()
        }
        Answer::Left { left, .. } => left
            .iter()
            .map(|left| ConflictDocument {
                path: left.conflict.path.to_string(),
                path_base64: json::exact(&left.conflict.path),
                kind: left.conflict.kind.as_str(),
                state: if left.marker.is_some() {
                    "marker"
                } else {
                    "undecided"
                },
                line: left.marker.as_ref().map(|marker| marker.line),
                ours: Vec::new(),
                theirs: Vec::new(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn contested(picture: &Picture, one: &Contested) -> ConflictDocument {
    let path = &one.conflict.path;
    ConflictDocument {
        path: path.to_string(),
        path_base64: json::exact(path),
        kind: one.conflict.kind.as_str(),
        state: match &one.progress {
            Progress::Marker(_) => "marker",
            Progress::Undecided => "undecided",
            Progress::Replayed => "replayed",
            Progress::Resolved => "resolved",
        },
        line: match &one.progress {
            Progress::Marker(marker) => Some(marker.line),
            _ => None,
        },
        ours: touching(&picture.ours, path),
        theirs: touching(&picture.theirs, path),
    }
}

fn touching(commits: &[SideCommit], path: &RepoPath) -> Vec<CommitDocument> {
    let touching = commits.iter().filter(|one| one.paths.contains(path));
    touching
        .map(|one| CommitDocument {
            commit: one.id,
            subject: one.subject.clone(),
        })
        .collect()
}
