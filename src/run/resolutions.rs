//! What was done about the conflicts of a task's branch, for the report.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::Oid;
use crate::store::{ResolutionState, SessionCommand, SessionEnd};

/// A conflict that was taken on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResolutionReport {
    /// What was merged into the branch.
    pub with: String,
    pub conflicts: Vec<String>,
    pub state: ResolutionPhase,
    pub opened: Timestamp,
    pub ended: Option<Timestamp>,
    /// The merge that resolved it.
    pub commit: Option<Oid>,
    /// The agents that were set at it, oldest first; none where a person resolved it.
    pub agents: Vec<ResolverReport>,
}

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolutionPhase {
    Open,
    Resolved,
    /// The merge was taken back.
    Dropped,
}

/// An agent that was set at a conflict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResolverReport {
    pub command: SessionCommand,
    pub started: Timestamp,
    /// Null while it works, as far as anybody has looked.
    pub end: Option<SessionEnd>,
    pub seconds: f64,
    pub log: String,
}

/// Of all that were taken on.
pub fn resolutions(all: &[ResolutionState]) -> Vec<ResolutionReport> {
    all.iter().map(resolution).collect()
}

fn resolution(state: &ResolutionState) -> ResolutionReport {
    ResolutionReport {
        with: state.with.clone(),
        conflicts: state.conflicts.clone(),
        state: match (state.ended, state.commit) {
            (None, _) => ResolutionPhase::Open,
            (Some(_), Some(_)) => ResolutionPhase::Resolved,
            (Some(_), None) => ResolutionPhase::Dropped,
        },
        opened: state.opened,
        ended: state.ended,
        commit: state.commit,
        agents: state
            .resolvers
            .iter()
            .map(|one| ResolverReport {
                command: one.command.clone(),
                started: one.planned,
                end: one.end,
                seconds: one.seconds,
                log: one.log.to_string_lossy().into_owned(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TaskId;
    use crate::store::Event;
    use crate::store::sample::{Tale, oid};

    #[test]
    fn a_conflict_is_open_until_it_is_resolved_or_taken_back() {
        let task = TaskId(1);
        let opened = |with: &str| Event::ConflictOpened {
            task,
            with: with.to_owned(),
            theirs: oid(3),
            conflicts: vec!["f".to_owned()],
        };
        let resolved = Event::ConflictResolved {
            task,
            with: "main".to_owned(),
            commit: oid(4),
        };
        let state = Tale::of(&[&[]])
            .then(1.0, opened("other"))
            .then(2.0, Event::ConflictDropped { task })
            .then(3.0, opened("main"))
            .then(4.0, resolved)
            .then(5.0, opened("main"))
            .state();
        let task = &state.tasks[0];
        let phases: Vec<_> = resolutions(&task.resolutions)
            .iter()
            .map(|one| one.state)
            .collect();
        use ResolutionPhase::{Dropped, Open, Resolved};
        assert_eq!(phases, [Dropped, Resolved, Open]);
        assert_eq!(task.tip, Some(oid(4)));
    }
}
