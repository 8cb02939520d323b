//! What the conflicts of a report look like: the lines of base and both sides where they meet, or
//! words where there are no lines.

use crate::error::Result;
use crate::git::{Conflict, ConflictKind, Contest, Merged, Repository, Version, contests};

use super::check::Report;

/// Larger files are not shown.
const LARGEST: usize = 4 << 20;
/// git looks for a NUL in so many bytes to tell binary files from text.
const BINARY_LOOKS_AT: usize = 8000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// What there is to see of one conflicted path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    Lines(Vec<Contest>),
    /// Each side in a few words; `None` where it has nothing there.
    Words {
        base: Option<String>,
        ours: Option<String>,
        theirs: Option<String>,
    },
}

/// The sights of a report, merge by merge, path by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patches {
    /// As the pairs of the matrix.
    pub pairs: Vec<Vec<Sight>>,
    /// As the revisions.
    pub against_target: Vec<Vec<Sight>>,
}

/// Looks at every conflict; `repository` must see what the merges wrote.
pub fn patches(repository: &Repository, report: &Report) -> Result<Patches> {
    let of = |merged: &Merged| -> Result<Vec<Sight>> {
        let conflicts = merged.conflicts().iter();
        conflicts
            .map(|conflict| sight(repository, conflict))
            .collect()
    };
    let matrix = &report.matrix;
    Ok(Patches {
        pairs: matrix
            .pairs
            .iter()
            .map(|p| of(&p.merged))
            .collect::<Result<_>>()?,
        against_target: matrix
            .against_target
            .iter()
            .map(of)
            .collect::<Result<_>>()?,
    })
}

pub(super) fn sight(repository: &Repository, conflict: &Conflict) -> Result<Sight> {
    let versions = &conflict.versions;
    let read = |version: &Option<Version>| -> Result<Option<Side>> {
        version
            .map(|version| Side::read(repository, version))
            .transpose()
    };
    let (base, ours, theirs) = (
        read(&versions.base)?,
        read(&versions.ours)?,
        read(&versions.theirs)?,
    );
    let of_text = [&base, &ours, &theirs]
        .iter()
        .all(|side| side.as_ref().is_none_or(Side::is_text));
    if of_text && conflict.kind != ConflictKind::Binary {
        let text = |side: &Option<Side>| side.as_ref().map(|side| side.bytes.clone());
        let (base, ours, theirs) = (text(&base), text(&ours), text(&theirs));
        let found = contests(base.as_deref(), ours.as_deref(), theirs.as_deref());
        if !found.is_empty() {
            return Ok(Sight::Lines(found));
        }
    }
    let words = |side: Option<Side>| side.map(|side| side.words());
    Ok(Sight::Words {
        base: words(base),
        ours: words(ours),
        theirs: words(theirs),
    })
}

/// A version with its content.
struct Side {
    version: Version,
    bytes: Vec<u8>,
}

impl Side {
    fn read(repository: &Repository, version: Version) -> Result<Self> {
        let bytes = if version.mode == SUBMODULE {
            Vec::new()
        } else {
            repository.blob(version.id)?
        };
        Ok(Self { version, bytes })
    }

    fn is_text(&self) -> bool {
        let start = &self.bytes[..self.bytes.len().min(BINARY_LOOKS_AT)];
        let is_file = self.version.mode != SUBMODULE && self.version.mode != LINK;
        is_file && self.bytes.len() <= LARGEST && !start.contains(&0)
    }

    fn words(&self) -> String {
        let bytes = self.bytes.len();
        match self.version.mode {
            SUBMODULE => format!("a submodule at {}", self.version.id.short()),
            LINK => format!("a link to {}", String::from_utf8_lossy(&self.bytes)),
            0o100_755 => format!("an executable file of {bytes} bytes"),
            _ => format!("a file of {bytes} bytes"),
        }
    }
}
