//! Pairs of which is known beyond doubt what they come to, told apart in this process, so that git
//! has to be asked about the others only.
//!
//! That is so when one side contains the other, or when there is one merge base, no path was changed
//! on both sides but in ways that cannot disturb each other (the same change twice) or that git
//! merges as texts, and no rename, of a file or of a folder, could carry the changes of one side onto
//! those of the other. What is not proven is not a conflict: it is not known.

use std::sync::Arc;

use gix::ObjectId;

use crate::error::Result;
use crate::git::at_once::at_once;
use crate::git::objects::ObjectSpace;
use crate::git::path::RepoPath;
use crate::git::repository::{Repository, oid};
use crate::hashed::HashSet;

use super::bases::Commits;
use super::compare::{Edits, Told, compare};
use super::known::Known;
use super::recall::Recall;
use super::sides::{Side, changes_between, tree};
use super::text::{self, Fate, Hunks};
use super::trees::{Trees, Workshop};
use super::{Conflict, ConflictKind, Version, Versions, Want};

/// So many comparisons of trees are worth the way to another thread.
const SIDES_AT_ONCE: usize = 4;
/// So many edits are worth the way to another thread.
const EDITS_AT_ONCE: usize = 8;

/// Proves. Of what cannot be read, nothing is known.
pub(super) struct Prover<'a> {
    pub local: &'a gix::Repository,
    pub known: &'a mut Known,
    pub recall: Recall<'a>,
}

impl Prover<'_> {
    /// What the changes of both sides tell, without reading files.
    pub fn tell(&mut self, commits: Option<&Commits>) -> Told {
        let Some(commits) = commits else {
            return Told::Unknown;
        };
        if commits.base == commits.ours || commits.base == commits.theirs {
            return Told::Clean { apart: false };
        }
        let sides = self.sides(commits);
        sides.map_or(Told::Unknown, |[ours, theirs]| compare(&ours, &theirs))
    }

    /// What both sides did.
    pub fn sides(&mut self, commits: &Commits) -> Option<[Arc<Side>; 2]> {
        let ours = self.side(commits.base, commits.ours)?;
        Some([ours, self.side(commits.base, commits.theirs)?])
    }

    /// Finds out what so many sides did, side by side.
    pub fn read_sides(
        &mut self,
        repository: &Repository,
        sides: impl Iterator<Item = (ObjectId, ObjectId)>,
    ) {
        let unknown: HashSet<_> = sides
            .filter(|side| !self.known.sides.contains_key(side))
            .collect();
        let mut unknown: Vec<_> = unknown.into_iter().collect();
        unknown.retain(|&(base, tip)| {
            let recalled = self.recall.side(base, tip);
            let is_new = recalled.is_none();
            if let Some(side) = recalled {
                self.known.sides.insert((base, tip), Some(Arc::new(side)));
            }
            is_new
        });
        let parts: Vec<&[(ObjectId, ObjectId)]> = unknown.chunks(SIDES_AT_ONCE).collect();
        let read = at_once(&parts, |sides| {
            let local = repository.local();
            let read = sides
                .iter()
                .map(|&(base, tip)| compare_commits(&local, base, tip));
            read.collect::<Vec<_>>()
        });
        for (&(base, tip), side) in unknown.iter().zip(read.into_iter().flatten()) {
            self.keep_side(base, tip, side);
        }
    }

    /// What one did.
    pub fn side(&mut self, base: ObjectId, tip: ObjectId) -> Option<Arc<Side>> {
        if let Some(known) = self.known.sides.get(&(base, tip)) {
            return known.clone();
        }
        match self.recall.side(base, tip) {
            Some(side) => {
                let side = Some(Arc::new(side));
                self.known.sides.insert((base, tip), side.clone());
                side
            }
            None => self.keep_side(base, tip, compare_commits(self.local, base, tip)),
        }
    }

    fn keep_side(
        &mut self,
        base: ObjectId,
        tip: ObjectId,
        side: Option<Side>,
    ) -> Option<Arc<Side>> {
        if let Some(side) = &side {
            self.recall.side_found(base, tip, side);
        }
        let side = side.map(Arc::new);
        self.known.sides.insert((base, tip), side.clone());
        side
    }

    /// Finds out all that is needed to tell how these files merge, of so many pairs: whether git
    /// takes them for plain text, and the hunks of each edit.
    pub fn read_texts(&mut self, repository: &Repository, asked: &[&[Edits]]) -> Result<()> {
        let files = || asked.iter().copied().flatten();
        let paths: HashSet<_> = files().map(|file| &file.path).collect();
        self.known.attributes.ask(repository, &paths)?;
        let edits = files().flat_map(|file| [(file.base, file.ours), (file.base, file.theirs)]);
        let unknown: HashSet<_> = edits
            .filter(|edit| !self.known.texts.contains_key(edit))
            .collect();
        let mut unknown: Vec<_> = unknown.into_iter().collect();
        unknown.retain(|&(base, tip)| match self.recall.text(base, tip) {
            Some(recalled) => {
                let recalled = recalled.map(Arc::new);
                self.known.texts.insert((base, tip), recalled);
                false
            }
            None => true,
        });
        let parts: Vec<&[Edit]> = unknown.chunks(EDITS_AT_ONCE).collect();
        let drawn = at_once(&parts, |edits| {
            let local = repository.local();
            edits
                .iter()
                .map(|&edit| hunks(&local, edit))
                .collect::<Vec<_>>()
        });
        for (edit, hunks) in unknown.iter().zip(drawn.into_iter().flatten()) {
            self.keep_text(*edit, hunks);
        }
        Ok(())
    }

    /// The conflicts of these files, in the order of their paths; `None` where git alone can tell.
    pub fn conflicts(&mut self, files: &[Edits]) -> Option<Vec<Conflict>> {
        let plain = |file: &Edits| self.known.attributes.is_plain(&file.path);
        if !files.iter().all(plain) {
            return None;
        }
        let mut conflicts = Vec::new();
        for file in files {
            match self.fate(file) {
                Fate::Clean => {}
                Fate::Conflict => conflicts.push(conflict(file)?),
                Fate::Unknown => return None,
            }
        }
        conflicts.sort_by(|one, other| one.path.cmp(&other.path));
        Some(conflicts)
    }

    fn fate(&mut self, file: &Edits) -> Fate {
        let ours = self.text((file.base, file.ours));
        let Some((ours, theirs)) = ours.zip(self.text((file.base, file.theirs))) else {
            return Fate::Unknown;
        };
        let (local, contents) = (self.local, &mut self.known.contents);
        text::fate(&ours, &theirs, |one, other| {
            let ours = contents.of(file.ours, || content(local, file.ours))?;
            let theirs = contents.of(file.theirs, || content(local, file.theirs))?;
            Some(ours.range(one)? == theirs.range(other)?)
        })
    }

    /// The hunks of an edit.
    fn text(&mut self, edit: Edit) -> Option<Arc<Hunks>> {
        if let Some(known) = self.known.texts.get(&edit) {
            return known.clone();
        }
        match self.recall.text(edit.0, edit.1) {
            Some(recalled) => {
                let recalled = recalled.map(Arc::new);
                self.known.texts.insert(edit, recalled.clone());
                recalled
            }
            None => self.keep_text(edit, hunks(self.local, edit)),
        }
    }

    fn keep_text(&mut self, edit: Edit, hunks: Option<Option<Hunks>>) -> Option<Arc<Hunks>> {
        if let Some(hunks) = &hunks {
            self.recall.text_found(edit.0, edit.1, hunks.as_ref());
        }
        let hunks = hunks.flatten().map(Arc::new);
        self.known.texts.insert(edit, hunks.clone());
        hunks
    }

    /// The tree that each proven pair comes to; `None` where it cannot be made here. Objects of the
    /// repository itself are written by git alone.
    pub fn trees(
        &mut self,
        space: &ObjectSpace,
        want: Want,
        proven: &[Option<Commits>],
    ) -> Vec<Option<ObjectId>> {
        let write = want == Want::Trees;
        let writer = write.then(|| space.repository().writer_of_all()).flatten();
        if write && writer.is_none() {
            return vec![None; proven.len()];
        }
        let mut trees = std::mem::take(&mut self.known.trees);
        if write && !self.known.written {
            trees.forget_made();
        }
        self.known.written = write;
        let made = proven.iter().map(|commits| {
            let Commits { base, ours, theirs } = (*commits)?;
            let key = [base, ours, theirs];
            if let Some(tree) = self.recall.tree(&key).filter(|_| !write) {
                return Some(tree);
            }
            let tree = self.merged_tree(&mut trees, writer.as_deref(), &key)?;
            self.recall.tree_found(&key, tree);
            Some(tree)
        });
        let made = made.collect();
        self.known.trees = trees;
        made
    }

    fn merged_tree(
        &mut self,
        trees: &mut Trees,
        writer: Option<&gix::Repository>,
        [base, ours, theirs]: &[ObjectId; 3],
    ) -> Option<ObjectId> {
        let local = self.local;
        let sides = [
            tree(local, *base)?,
            tree(local, *ours)?,
            tree(local, *theirs)?,
        ];
        let mut combine = |[base, ours, theirs]: [ObjectId; 3]| {
            let (one, other) = (self.text((base, ours))?, self.text((base, theirs))?);
            let contents = &mut self.known.contents;
            let ours = contents.of(ours, || content(local, ours))?;
            let theirs = contents.of(theirs, || content(local, theirs))?;
            Some(text::woven((ours.text(), &one), (theirs.text(), &other)))
        };
        let mut workshop = Workshop {
            local,
            writer,
            combine: &mut combine,
            unrenamed: true,
        };
        trees.merge(&mut workshop, sides)
    }
}

/// What differs between two commits.
fn compare_commits(local: &gix::Repository, base: ObjectId, tip: ObjectId) -> Option<Side> {
    changes_between(local, tree(local, base)?, tree(local, tip)?)
}

/// The blobs of a text before and after an edit.
type Edit = (ObjectId, ObjectId);

/// The hunks of an edit, as far as they can be told here; `None` where it cannot be read.
pub(super) fn hunks(local: &gix::Repository, (base, tip): Edit) -> Option<Option<Hunks>> {
    Some(text::hunks(&content(local, base)?, &content(local, tip)?))
}

/// What is in a blob.
pub(super) fn content(local: &gix::Repository, blob: ObjectId) -> Option<Vec<u8>> {
    Some(local.find_object(blob).ok()?.detach().data)
}

fn conflict(file: &Edits) -> Option<Conflict> {
    let version = |id: ObjectId| {
        let (mode, id) = (file.mode.value().into(), oid(&id)?);
        Some(Some(Version { mode, id }))
    };
    Some(Conflict {
        path: RepoPath::new(file.path.as_slice()),
        kind: ConflictKind::Content,
        versions: Versions {
            base: version(file.base)?,
            ours: version(file.ours)?,
            theirs: version(file.theirs)?,
        },
    })
}
