//! What does not land, and why.

use crate::git::{Merged, RepoPath};
use crate::id::Oid;
use crate::integrate::check::{Blocker, Report};
use crate::integrate::verify::Verification;

/// A line of work that was to land and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    pub name: String,
    pub why: Why,
}

/// Why it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It conflicts with these: others that land, or the target.
    Blocked {
        by: Vec<String>,
        paths: Vec<RepoPath>,
    },
    /// It needs one that does not land.
    Waits(String),
    /// git cannot merge it at all.
    Unmergeable(String),
    /// It conflicts with all of those before it together.
    Conflict(Vec<RepoPath>),
    /// As a whole it merges; one of its commits by itself does not apply.
    Step {
        commit: Oid,
        subject: String,
        paths: Vec<RepoPath>,
    },
    /// Its commits, one after the other, come to something else than merging it.
    Differs,
    /// A hook refused its commit.
    Refused(String),
    /// With it, the verification fails.
    Breaks(Breaks),
}

/// How one breaks the verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaks {
    pub how: How,
    /// The history that fails, with nothing on top of this one.
    pub commit: Oid,
    /// The run that failed.
    pub verification: Verification,
}

/// What it takes to break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It fails with this one alone on the target.
    Alone,
    /// Alone it passes; it takes this other one, too.
    Together(String),
    /// It stands on others, which pass without it.
    OnTop,
}

impl Behind {
    /// Its name and what a hook said, where one refused.
    pub fn refusal(&self) -> Option<(&str, &str)> {
        match &self.why {
            Why::Refused(said) => Some((&self.name, said)),
            _ => None,
        }
    }
}

/// Those of a check that do not land.
pub fn of_check(report: &Report) -> Vec<Behind> {
    let waits = report.order.waits().iter();
    waits
        .map(|&at| Behind {
            name: report.revisions[at].name.clone(),
            why: reason(report, at),
        })
        .collect()
}

fn reason(report: &Report, at: usize) -> Why {
    if let Merged::Error(error) = &report.matrix.against_target[at] {
        return Why::Unmergeable(error.message.clone());
    }
    let name = |by: Blocker| match by {
        Blocker::Target => report.target.name.clone(),
        Blocker::Revision(by) => report.revisions[by].name.clone(),
    };
    let blocked = || report.blocked.iter().filter(|blocked| blocked.at == at);
    // Whatever else is in its way, that one comes first.
    if let Some(need) = blocked().find(|one| is_need(report, one)) {
        return Why::Waits(name(need.by));
    }
    let mut paths: Vec<RepoPath> = blocked().flat_map(|one| one.paths.clone()).collect();
    paths.sort();
    paths.dedup();
    let mut by: Vec<String> = Vec::new();
    for one in blocked() {
        let name = name(one.by);
        if !by.contains(&name) {
            by.push(name);
        }
    }
    Why::Blocked { by, paths }
}

/// Whether it is only that one which it needs does not land.
fn is_need(report: &Report, blocked: &crate::integrate::Blocked) -> bool {
    match blocked.by {
        Blocker::Target => false,
        Blocker::Revision(by) => {
            blocked.paths.is_empty() && report.revisions[blocked.at].depends.contains(&by)
        }
    }
}
