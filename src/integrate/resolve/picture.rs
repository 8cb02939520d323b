//! What there is to know about a conflict before resolving it: whose sides, which commits of each
//! touched which path, the lines that are contested.

use std::path::PathBuf;

use crate::error::Result;
use crate::git::{Conflict, RepoPath, SideCommit};
use crate::integrate::patch::{Sight, sight};

use super::desk::Desk;
use super::progress::Progress;
use super::standing::Note;

/// The whole of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub worktree: PathBuf,
    pub note: Note,
    pub paths: Vec<Contested>,
    /// Commits of each side that touched these paths, newest first.
    pub ours: Vec<SideCommit>,
    pub theirs: Vec<SideCommit>,
}

/// A conflicted path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    pub conflict: Conflict,
    pub progress: Progress,
    pub sight: Sight,
}

impl Picture {
    /// Those with something left to do.
    pub fn open(&self) -> impl Iterator<Item = &Contested> {
        self.paths.iter().filter(|one| one.progress.is_open())
    }

    /// How many rerere resolved.
    pub fn replayed(&self) -> usize {
        let replayed = |one: &&Contested| one.progress == Progress::Replayed;
        self.paths.iter().filter(replayed).count()
    }
}

impl Desk<'_> {
    /// Looks at a merge that is under way.
    pub fn picture(&self, note: &Note) -> Result<Picture> {
        let overview = self.overview(note, false)?;
        let mut paths = Vec::new();
        for one in overview.paths {
            paths.push(Contested {
                sight: sight(overview.space.repository(), &one.conflict)?,
                conflict: one.conflict,
                progress: one.progress,
            });
        }
        let touched: Vec<RepoPath> = paths.iter().map(|one| one.conflict.path.clone()).collect();
        let repository = self.repository();
        Ok(Picture {
            worktree: self.worktree.clone(),
            note: note.clone(),
            ours: repository.side_log(note.theirs, note.head, &touched)?,
            theirs: repository.side_log(note.head, note.theirs, &touched)?,
            paths,
        })
    }
}
