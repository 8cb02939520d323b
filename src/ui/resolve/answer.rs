//! What came of a call of `resolve`.

use std::path::PathBuf;

use crate::git::RepoPath;
use crate::id::Oid;
use crate::integrate::{Committed, Left, OpponentReason, Picture, Verification};
use crate::store::SessionEnd;
use crate::ui::run_words::brief;
use crate::ui::text::clean;

/// How it stands now.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It goes together with everybody as it is.
    Nothing,
    /// The merge was made; there was nothing to resolve.
    Merged {
        with: String,
        reason: OpponentReason,
    },
    /// The merge waits for somebody.
    Open {
        picture: Box<Picture>,
        /// Why this branch is merged, where that was decided now.
        reason: Option<OpponentReason>,
        agent: Option<Agent>,
    },
    /// It could not be concluded: this is left. With a commit, somebody committed it so.
    Left {
        worktree: PathBuf,
        with: String,
        left: Vec<Left>,
        committed: Option<Oid>,
        agent: Option<Agent>,
    },
    /// It is resolved, and does not pass. With a commit, somebody committed it so.
    Failed {
        worktree: PathBuf,
        with: String,
        verification: Verification,
        committed: Option<Oid>,
        agent: Option<Agent>,
    },
    Committed {
        with: String,
        committed: Committed,
        agent: Option<Agent>,
    },
    /// The agent took it back.
    TakenBack {
        worktree: PathBuf,
        with: String,
        /// There is uncommitted work in the worktree.
        edits: bool,
        agent: Option<Agent>,
    },
    /// The agent did something else to the branch.
    MovedOn {
        worktree: PathBuf,
        with: String,
        before: Oid,
        after: Oid,
        agent: Option<Agent>,
    },
    /// The user took it back; what was resolved is in this commit.
    Aborted { kept: Option<Oid> },
}

/// Who was set at the conflict, and how they ended.
#[derive(Clone, Debug)]
pub struct Agent {
    pub end: SessionEnd,
    pub seconds: f64,
    pub log: PathBuf,
    /// Why it could not be started, when it could not.
    pub complaint: Option<String>,
}

impl Answer {
    /// Whether there is something to look at.
    pub fn is_finding(&self) -> bool {
        !matches!(
            self,
            Self::Nothing | Self::Merged { .. } | Self::Committed { .. } | Self::Aborted { .. }
        )
    }

    /// The same of a merge that somebody committed by other ways.
    #[must_use]
    pub fn already_committed(mut self, commit: Oid) -> Self {
        if let Self::Left { committed, .. } | Self::Failed { committed, .. } = &mut self {
            *committed = Some(commit);
        }
        self
    }

    /// The same, as the work of an agent.
    #[must_use]
    pub fn by(mut self, by: Agent) -> Self {
        if let Some(agent) = self.agent_mut() {
            *agent = Some(by);
        }
        self
    }

    /// Who was set at it.
    pub fn agent(&self) -> Option<&Agent> {
        match self {
            Self::Open { agent, .. }
            | Self::Left { agent, .. }
            | Self::Failed { agent, .. }
            | Self::Committed { agent, .. }
            | Self::TakenBack { agent, .. }
            | Self::MovedOn { agent, .. } => agent.as_ref(),
            Self::Nothing | Self::Merged { .. } | Self::Aborted { .. } => None,
        }
    }

    fn agent_mut(&mut self) -> Option<&mut Option<Agent>> {
        match self {
            Self::Open { agent, .. }
            | Self::Left { agent, .. }
            | Self::Failed { agent, .. }
            | Self::Committed { agent, .. }
            | Self::TakenBack { agent, .. }
            | Self::MovedOn { agent, .. } => Some(agent),
            Self::Nothing | Self::Merged { .. } | Self::Aborted { .. } => None,
        }
    }

    /// The paths that are still to be resolved.
    pub fn open_paths(&self) -> Vec<&RepoPath> {
        match self {
            Self::Open { picture, .. } => picture.open().map(|one| &one.conflict.path).collect(),
            Self::Left { left, .. } => left.iter().map(|one| &one.conflict.path).collect(),
            _ => Vec::new(),
        }
    }
}

impl Agent {
    /// How it ended, in a line.
    pub fn line(&self) -> String {
        let took = brief(self.seconds);
        let how = match self.end {
            SessionEnd::Exited(0) => return format!("its agent worked for {took}"),
            SessionEnd::Exited(code) => format!("ended with exit code {code} after {took}"),
            SessionEnd::Signalled(signal) => format!("was ended by signal {signal} after {took}"),
            SessionEnd::TimedOut => format!("was ended at its time limit, after {took}"),
            SessionEnd::Silent => {
                format!("was ended, having printed nothing for long, after {took}")
            }
            SessionEnd::Cancelled => format!("was stopped after {took}"),
            SessionEnd::NotStarted => {
                let why = self.complaint.as_deref().unwrap_or("nobody knows why");
                format!("could not be started: {}", clean(why))
            }
            SessionEnd::Lost => "vanished without a word".to_owned(),
        };
        format!("its agent {how}")
    }
}
