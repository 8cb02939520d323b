//! How much attention a pair of branches deserves.

use crate::git::Merged;
use crate::plan::Risk;

/// High: git cannot merge them by itself (or at all). Medium: both touch a path and git merges it,
/// which says nothing about whether the result makes sense. Low: they have nothing in common.
pub fn risk(merged: &Merged, overlap: bool) -> Risk {
    match merged {
        Merged::Conflict { .. } | Merged::Error(_) => Risk::High,
        Merged::Clean { .. } if overlap => Risk::Medium,
        Merged::Clean { .. } => Risk::Low,
    }
}
