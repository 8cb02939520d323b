//! How far the conflicts of a merge are resolved: path by path, with the reason where one is not.
//!
//! A text file whose markers are gone counts as resolved, and so does the deletion of a file that
//! one side deleted. Whatever leaves room for doubt (no markers to begin with, a binary file, a
//! name given twice) has to be staged by who decided it.

use std::fs;
use std::path::Path;

use crate::error::Result;
use crate::git::{
    Conflict, ConflictKind, Marker, MergePair, ObjectSpace, RepoPath, Unmerged, Versions, leftover,
    merge,
};
use crate::id::Oid;

use super::desk::Desk;
use super::standing::Note;

/// Where a conflicted path stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A conflict marker is left.
    Marker(Marker),
    /// Nobody has staged what it is to be.
    Undecided,
    /// rerere did again what was done before.
    Replayed,
    Resolved,
}

impl Progress {
    /// Whether something is left to do.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Marker(_) | Self::Undecided)
    }
}

/// A path that git could not merge by itself, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicted {
    pub conflict: Conflict,
    pub progress: Progress,
    /// It is resolved in its file, and not staged yet.
    unstaged: bool,
}

/// All of them, with the objects that show them.
#[derive(Debug)]
pub struct Overview {
    pub space: ObjectSpace,
    pub paths: Vec<Conflicted>,
}

impl Overview {
    /// Those with something left to do.
    pub fn open(&self) -> impl Iterator<Item = &Conflicted> {
        self.paths.iter().filter(|one| one.progress.is_open())
    }

    /// Those to be staged.
    pub fn to_stage(&self) -> Vec<RepoPath> {
        let unstaged = self.paths.iter().filter(|one| one.unstaged);
        unstaged.map(|one| one.conflict.path.clone()).collect()
    }
}

impl Desk<'_> {
    /// Looks at every conflict of the merge. With `files`, what counts of a staged path is its
    /// file, not what is staged.
    pub(super) fn overview(&self, note: &Note, files: bool) -> Result<Overview> {
        let space = ObjectSpace::scratch(self.repository());
        let unmerged = self.repository().unmerged(&self.worktree)?;
        let conflicts = together(conflicts(&space, note)?, &unmerged);
        let paths: Vec<RepoPath> = conflicts.iter().map(|one| one.path.clone()).collect();
        let look = Look {
            desk: self,
            replayed: &note.replayed,
            staged: self.repository().staged_files(&self.worktree, &paths)?,
            unmerged,
            files,
        };
        let sizes = self.repository().marker_sizes(&self.worktree, &paths)?;
        let paths = conflicts.into_iter().zip(sizes);
        let paths = paths.map(|(conflict, size)| look.at(conflict, size));
        Ok(Overview {
            paths: paths.collect::<Result<_>>()?,
            space,
        })
    }

    /// The first conflict markers that were committed at the conflicted paths.
    pub(super) fn committed_markers(
        &self,
        note: &Note,
        commit: Oid,
    ) -> Result<Vec<(Conflict, Marker)>> {
        let space = ObjectSpace::scratch(self.repository());
        let conflicts = conflicts(&space, note)?;
        let paths: Vec<RepoPath> = conflicts.iter().map(|one| one.path.clone()).collect();
        let sizes = self.repository().marker_sizes(&self.worktree, &paths)?;
        let mut found = Vec::new();
        for (conflict, size) in conflicts.into_iter().zip(sizes) {
            let blob = self.repository().blob_at(commit, &conflict.path)?;
            let Some(content) = blob else { continue };
            if let Some(marker) = self.marker(&content, &conflict.versions, size)? {
                found.push((conflict, marker));
            }
        }
        Ok(found)
    }

    /// The paths that git could not merge.
    pub(super) fn conflicted(&self, note: &Note) -> Result<Vec<RepoPath>> {
        let space = ObjectSpace::scratch(self.repository());
        let conflicts = conflicts(&space, note)?;
        Ok(conflicts.into_iter().map(|one| one.path).collect())
    }

    fn marker(&self, content: &[u8], versions: &Versions, size: usize) -> Result<Option<Marker>> {
        // Only a file that has any is worth reading both sides.
        if leftover(content, &[], size).is_none() {
            return Ok(None);
        }
        let mut sides = Vec::new();
        for version in [versions.ours, versions.theirs].into_iter().flatten() {
            if version.is_file() {
                sides.push(self.repository().blob(version.id)?);
            }
        }
        Ok(leftover(content, &sides, size))
    }
}

/// What git could not merge, with the sides named as in the worktree.
fn conflicts(space: &ObjectSpace, note: &Note) -> Result<Vec<Conflict>> {
    let mut merged = merge(space, MergePair::new(note.head, note.theirs))?;
    merged.rename_side(note.head, "HEAD");
    merged.rename_side(note.theirs, &note.with);
    Ok(merged.conflicts().to_vec())
}

/// The same with what else has a conflict in the index.
fn together(mut conflicts: Vec<Conflict>, unmerged: &[Unmerged]) -> Vec<Conflict> {
    for one in unmerged {
        match conflicts.iter_mut().find(|c| c.path == one.path) {
            Some(known) => known.versions = one.versions.clone(),
            None => conflicts.push(Conflict {
                path: one.path.clone(),
                kind: kind_of(&one.versions),
                versions: one.versions.clone(),
            }),
        }
    }
    conflicts
}

fn kind_of(versions: &Versions) -> ConflictKind {
    match (versions.base, versions.ours, versions.theirs) {
        (Some(_), Some(_), Some(_)) => ConflictKind::Content,
        (None, Some(_), Some(_)) => ConflictKind::AddAdd,
        (Some(_), _, _) => ConflictKind::ModifyDelete,
        _ => ConflictKind::Rename,
    }
}

struct Look<'a> {
    desk: &'a Desk<'a>,
    replayed: &'a [String],
    unmerged: Vec<Unmerged>,
    staged: Vec<(RepoPath, Oid)>,
    files: bool,
}

impl Look<'_> {
    fn at(&self, conflict: Conflict, size: usize) -> Result<Conflicted> {
        let path = &conflict.path;
        let is_unmerged = self.unmerged.iter().any(|one| one.path == *path);
        let mut progress = if is_unmerged {
            self.unmerged_at(&conflict, size)?
        } else {
            self.staged_at(&conflict, size)?
        };
        if progress == Progress::Resolved && self.was_replayed(path) {
            progress = Progress::Replayed;
        }
        Ok(Conflicted {
            unstaged: is_unmerged && !progress.is_open(),
            conflict,
            progress,
        })
    }

    fn unmerged_at(&self, conflict: &Conflict, size: usize) -> Result<Progress> {
        let versions = &conflict.versions;
        let file = self.desk.worktree.join(conflict.path.as_path());
        let is_there = file.symlink_metadata().is_ok();
        let (Some(ours), Some(theirs)) = (versions.ours, versions.theirs) else {
            // git leaves what one side kept: it is gone because somebody decided so.
            return Ok(decided(!is_there));
        };
        let Some(content) = text_of(&file).filter(|_| ours.is_file() && theirs.is_file()) else {
            return Ok(Progress::Undecided);
        };
        if let Some(marker) = self.desk.marker(&content, versions, size)? {
            return Ok(Progress::Marker(marker));
        }
        if self.was_replayed(&conflict.path) {
            return Ok(Progress::Resolved);
        }
        // As it was on our side, it may as well be that git put no markers in (`-merge` in
        // .gitattributes) and nobody has looked.
        let git = self
            .desk
            .repository()
            .git_in(&self.desk.worktree, "hash-object");
        let now = git.arg("--").arg(&file).run()?;
        Ok(decided(now.text() != ours.id.to_string()))
    }

    fn staged_at(&self, conflict: &Conflict, size: usize) -> Result<Progress> {
        let file = self.desk.worktree.join(conflict.path.as_path());
        let staged = self.staged.iter().find(|(path, _)| *path == conflict.path);
        let content = match staged {
            _ if self.files => text_of(&file),
            Some((_, id)) => Some(self.desk.repository().blob(*id)?),
            None => None,
        };
        let marker = match content {
            Some(content) => self.desk.marker(&content, &conflict.versions, size)?,
            None => None,
        };
        Ok(marker.map_or(Progress::Resolved, Progress::Marker))
    }

    fn was_replayed(&self, path: &RepoPath) -> bool {
        self.replayed.iter().any(|one| *one == path.to_string())
    }
}

fn decided(decided: bool) -> Progress {
    if decided {
        Progress::Resolved
    } else {
        Progress::Undecided
    }
}

/// A regular file that could hold markers.
fn text_of(path: &Path) -> Option<Vec<u8>> {
    let is_file = path.symlink_metadata().is_ok_and(|meta| meta.is_file());
    let content = is_file.then(|| fs::read(path).ok()).flatten()?;
    (!content.contains(&0)).then_some(content)
}
