//! The part of a repository that a question is about: what overlaps or conflicts elsewhere does
//! not count.

use crate::git::{Merged, Pathspecs};

use super::matrix::Matrix;
use super::risk::risk;

/// All of it, or only the paths that are meant.
#[derive(Debug, Default)]
pub struct Scope {
    pathspecs: Option<Pathspecs>,
}

impl Scope {
    /// Only these paths.
    pub fn within(pathspecs: Pathspecs) -> Self {
        Self {
            pathspecs: Some(pathspecs),
        }
    }

    /// The pathspecs as they were typed; none for the whole repository.
    pub fn typed(&self) -> Vec<String> {
        let typed = self.pathspecs.as_ref().map(Pathspecs::typed);
        typed.unwrap_or_default().to_owned()
    }

    /// Leaves out of a matrix what lies elsewhere.
    pub(super) fn narrow(&mut self, matrix: &mut Matrix) {
        let Some(pathspecs) = &mut self.pathspecs else {
            return;
        };
        for pair in &mut matrix.pairs {
            pair.overlaps.retain(|path| pathspecs.mean(path));
            narrow(pathspecs, &mut pair.merged);
            pair.risk = risk(&pair.merged, !pair.overlaps.is_empty());
        }
        for merged in &mut matrix.against_target {
            narrow(pathspecs, merged);
        }
    }

    /// Whether a conflict counts here.
    pub(super) fn counts(&mut self, merged: &Merged) -> bool {
        let Some(pathspecs) = &mut self.pathspecs else {
            return true;
        };
        let mut merged = merged.clone();
        narrow(pathspecs, &mut merged);
        !matches!(merged, Merged::Clean { .. })
    }
}

/// What conflicts on paths that are not meant, and on no other, is clean. A conflict of no path
/// may lie anywhere, so it stays.
fn narrow(pathspecs: &mut Pathspecs, merged: &mut Merged) {
    if let Merged::Conflict { conflicts } = merged
        && !conflicts.is_empty()
    {
        conflicts.retain(|conflict| pathspecs.mean(&conflict.path));
        if conflicts.is_empty() {
            *merged = Merged::Clean {
                tree: None,
                apart: false,
            };
        }
    }
}
