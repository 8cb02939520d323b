//! Pairs that merge cleanly beyond doubt, told apart in this process, so that git has to be asked
//! about the others only.
//!
//! A pair is proven clean when one side contains the other, or when there is one merge base, no
//! path was changed on both sides but in ways that cannot disturb each other (the same change
//! twice, or edits of a text far apart), and no rename, of a file or of a folder, could carry the
//! changes of one side onto those of the other. What is not proven is not a conflict: it is not
//! known.

use std::collections::HashSet;
use std::sync::Arc;

use gix::ObjectId;
use gix::prelude::FindExt;

use crate::error::Result;
use crate::git::objects::ObjectSpace;
use crate::git::repository::Repository;

use super::compare::{Edits, Told, compare};
use super::hunks::{Touched, apart, combined, touched};
use super::known::Known;
use super::recall::Recall;
use super::sides::Side;
use super::trees::{Trees, Workshop};
use super::{MergePair, Want};

/// git looks for a NUL in so many bytes to tell binary files from text.
const BINARY_LOOKS_AT: usize = 8000;
/// Larger files are left to git.
const LARGEST_TEXT: usize = 16 << 20;

/// The commits of a merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Commits {
    pub base: ObjectId,
    pub ours: ObjectId,
    pub theirs: ObjectId,
}

/// Proves. Of what cannot be read, nothing is known.
pub(super) struct Prover<'a> {
    pub local: &'a gix::Repository,
    pub known: &'a mut Known,
    pub recall: Recall<'a>,
}

impl Prover<'_> {
    /// The commits of each pair that has one merge base.
    pub fn commits(&mut self, space: &ObjectSpace, pairs: &[MergePair]) -> Vec<Option<Commits>> {
        let id = |oid: crate::id::Oid| ObjectId::try_from(oid.as_bytes()).ok();
        let sides: Vec<_> = pairs
            .iter()
            .map(|pair| id(pair.ours).zip(id(pair.theirs)))
            .collect();
        let mut unknown: Vec<(ObjectId, ObjectId)> = pairs
            .iter()
            .zip(&sides)
            .filter_map(|(pair, sides)| sides.filter(|_| pair.base.is_none()))
            .filter(|sides| !self.known.bases.contains_key(sides))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|(ours, theirs)| {
            let recalled = self.recall.base(*ours, *theirs);
            if let Some(base) = recalled {
                self.known.bases.insert((*ours, *theirs), Some(base));
            }
            recalled.is_none()
        });
        let found = space.repository().only_bases(&unknown);
        for ((ours, theirs), base) in unknown.iter().zip(&found) {
            if let Some(base) = base {
                self.recall.base_found(*ours, *theirs, *base);
            }
        }
        self.known.bases.extend(unknown.into_iter().zip(found));
        let commits = pairs.iter().zip(sides).map(|(pair, sides)| {
            let (ours, theirs) = sides?;
            let base = match pair.base {
                Some(base) => id(base)?,
                None => (*self.known.bases.get(&(ours, theirs))?)?,
            };
            Some(Commits { base, ours, theirs })
        });
        commits.collect()
    }

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

    fn side(&mut self, base: ObjectId, tip: ObjectId) -> Option<Arc<Side>> {
        if let Some(known) = self.known.sides.get(&(base, tip)) {
            return known.clone();
        }
        let recalled = self.recall.side(base, tip);
        let side = recalled.or_else(|| {
            let side = self.compare_trees(base, tip)?;
            self.recall.side_found(base, tip, &side);
            Some(side)
        });
        let side = side.map(Arc::new);
        self.known.sides.insert((base, tip), side.clone());
        side
    }

    fn compare_trees(&self, base: ObjectId, tip: ObjectId) -> Option<Side> {
        let (mut base_buffer, mut tip_buffer) = (Vec::new(), Vec::new());
        let (base, tip) = (self.tree(base)?, self.tree(tip)?);
        let objects = &self.local.objects;
        let mut recorder = gix::diff::tree::Recorder::default();
        gix::diff::tree(
            objects.find_tree_iter(&base, &mut base_buffer).ok()?,
            objects.find_tree_iter(&tip, &mut tip_buffer).ok()?,
            gix::diff::tree::State::default(),
            objects,
            &mut recorder,
        )
        .ok()?;
        Some(Side::of(recorder.records))
    }

    fn tree(&self, commit: ObjectId) -> Option<ObjectId> {
        let tree = self.local.find_commit(commit).ok()?.tree_id().ok()?;
        Some(tree.detach())
    }

    /// Whether all these files are merged as text, and the edits of each are apart.
    pub fn all_apart(&mut self, files: &[Edits]) -> bool {
        let plain = |file: &Edits| self.known.attributes.is_plain(&file.path);
        files.iter().all(plain) && files.iter().all(|file| self.are_apart(file))
    }

    /// Finds out how git merges those files that are in question, for so many pairs.
    pub fn ask_attributes(&mut self, repository: &Repository, asked: &[&[Edits]]) -> Result<()> {
        let paths: HashSet<_> = asked
            .iter()
            .copied()
            .flatten()
            .map(|file| &file.path)
            .collect();
        self.known.attributes.ask(repository, &paths)
    }

    fn are_apart(&mut self, file: &Edits) -> bool {
        let ours = self.text(file.base, file.ours);
        let theirs = self.text(file.base, file.theirs);
        ours.zip(theirs)
            .is_some_and(|(ours, theirs)| apart(&ours, &theirs))
    }

    fn text(&mut self, base: ObjectId, tip: ObjectId) -> Option<Arc<Touched>> {
        if let Some(known) = self.known.texts.get(&(base, tip)) {
            return known.clone();
        }
        let found = match self.recall.text(base, tip) {
            Some(recalled) => recalled,
            None => {
                let (before, after) = (self.content(base)?, self.content(tip)?);
                let found = is_text(&before) && is_text(&after);
                let found = found.then(|| touched(&before, &after));
                self.recall.text_found(base, tip, found.as_ref());
                found
            }
        };
        let found = found.map(Arc::new);
        self.known.texts.insert((base, tip), found.clone());
        found
    }

    fn content(&self, blob: ObjectId) -> Option<Vec<u8>> {
        Some(self.local.find_object(blob).ok()?.detach().data)
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
        let sides = [self.tree(*base)?, self.tree(*ours)?, self.tree(*theirs)?];
        let local = self.local;
        let mut combine = |[base, ours, theirs]: [ObjectId; 3]| {
            let (one, other) = (self.text(base, ours)?, self.text(base, theirs)?);
            let [base, ours, theirs] = [base, ours, theirs].map(|id| self.content(id));
            let (base, ours, theirs) = (base?, ours?, theirs?);
            apart(&one, &other).then(|| combined(&base, (&ours, &one), (&theirs, &other)))
        };
        let mut workshop = Workshop {
            local,
            writer,
            combine: &mut combine,
        };
        trees.merge(&mut workshop, sides)
    }
}

fn is_text(data: &[u8]) -> bool {
    data.len() <= LARGEST_TEXT && !data[..data.len().min(BINARY_LOOKS_AT)].contains(&0)
}
