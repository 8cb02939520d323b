//! Many lines of work one on top of the other: proven to merge cleanly all the way, without making
//! the merges. What each brings is laid over what lies below it, path by path; where several edited
//! one text, the text alone is merged, again and again.

use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::Kind;

use crate::error::Result;
use crate::git::at_once::at_once;
use crate::git::objects::ObjectSpace;
use crate::git::repository::Repository;
use crate::hashed::HashMap;
use crate::id::Oid;

use super::MergePair;
use super::bases;
use super::compare::{Edits, Told, compare};
use super::prover::{Prover, content, hunks};
use super::recall::Recall;
use super::sides::{Change, Entry, Side};
use super::text::{self, Fate, Hunks};

/// Whether merging `tips` onto `start`, in this order, is proven to be clean to the last one. What
/// is not proven may be so all the same.
pub fn pile_is_clean(space: &ObjectSpace, start: Oid, tips: &[Oid]) -> Result<bool> {
    let repository = space.repository();
    let local = repository.local();
    let mut known = space.known();
    let mut prover = Prover {
        local: &local,
        known: &mut known,
        recall: Recall::of(repository.memory()),
    };
    let clean = match Pile::heap(&mut prover, space, start, tips) {
        Some(pile) => pile.texts_are_clean(&mut prover, repository)?,
        None => false,
    };
    prover.recall.keep();
    Ok(clean)
}

/// What lies on the start, if all of it is clean.
#[derive(Debug, Default)]
struct Pile {
    /// From the start to the top.
    laid: HashMap<BString, Change>,
    /// What several edited, as it stands on the top.
    texts: HashMap<ObjectId, Text>,
}

/// A text that is an edit laid over another text. It goes by a hash of what it is made of: what it
/// reads may never be found out.
#[derive(Clone, Copy, Debug)]
struct Text {
    below: ObjectId,
    base: ObjectId,
    tip: ObjectId,
}

impl Pile {
    /// Lays all of them over the start; `None` where that may not be clean, whatever is in the
    /// texts.
    fn heap(
        prover: &mut Prover<'_>,
        space: &ObjectSpace,
        start: Oid,
        tips: &[Oid],
    ) -> Option<Self> {
        let bases = own_bases(prover, space, start, tips)?;
        let start = ObjectId::try_from(start.as_bytes()).ok()?;
        let mut pile = Self::default();
        for (tip, base) in tips.iter().zip(bases) {
            let tip = ObjectId::try_from(tip.as_bytes()).ok()?;
            let below = prover.side(base, start)?;
            let side = prover.side(base, tip)?;
            // What is removed could have been renamed, with all that comes before or after it.
            if side.removes {
                return None;
            }
            let changes = pile.laid.iter().map(|(path, laid)| {
                let before = below.changes.get(path).map_or(laid.before, |c| c.before);
                let after = laid.after;
                (path.clone(), Change { before, after })
            });
            let top = Side::laid_over(&below, changes);
            match compare(&top, &side) {
                Told::Clean { .. } => pile.lay(&below, &side, &[])?,
                Told::Texts(files) => pile.lay(&below, &side, &files)?,
                Told::Unknown => return None,
            }
        }
        Some(pile)
    }

    /// Lays what one brings over the top.
    fn lay(&mut self, below: &Side, side: &Side, files: &[Edits]) -> Option<()> {
        for file in files {
            let text = Text {
                below: file.ours,
                base: file.base,
                tip: file.theirs,
            };
            let id = text.id()?;
            self.texts.insert(id, text);
            let mode = file.mode;
            let before = Entry {
                mode,
                id: file.base,
            };
            self.put(below, &file.path, Some(before), Some(Entry { mode, id }));
        }
        for (path, change) in &side.changes {
            if !files.iter().any(|file| file.path == *path) {
                self.put(below, path, change.before, change.after);
            }
        }
        Some(())
    }

    /// Puts what stands at a path now; `base` is what the one that comes knows there.
    fn put(&mut self, below: &Side, path: &BString, base: Option<Entry>, after: Option<Entry>) {
        let at_start = below.changes.get(path).map_or(base, |change| change.after);
        let laid = self.laid.entry(path.clone());
        let laid = laid.or_insert(Change {
            before: at_start,
            after: None,
        });
        laid.after = after;
    }

    /// Whether all texts that several edited merge cleanly, each edit onto those below it.
    fn texts_are_clean(&self, prover: &mut Prover<'_>, repository: &Repository) -> Result<bool> {
        let tops = self.laid.iter().filter_map(|(path, change)| {
            let id = change.after?.id;
            self.texts.contains_key(&id).then_some((path, id))
        });
        let mut unknown = Vec::new();
        for (path, top) in tops {
            if !prover.known.attributes.is_plain(path) {
                return Ok(false);
            }
            match prover.recall.pile(top) {
                Some(false) => return Ok(false),
                Some(true) => {}
                None => unknown.push(top),
            }
        }
        let texts = &prover.known.texts;
        let found = at_once(&unknown, |top| {
            self.is_clean(&repository.local(), texts, *top)
        });
        let clean: Vec<bool> = found.into_iter().map(|clean| clean.is_some()).collect();
        for (top, clean) in unknown.iter().zip(&clean) {
            prover.recall.pile_found(*top, *clean);
        }
        Ok(clean.iter().all(|clean| *clean))
    }

    /// Says so where all edits of a text merge cleanly. What is known of edits is in `texts`.
    fn is_clean(&self, local: &gix::Repository, texts: &Texts, top: ObjectId) -> Option<()> {
        let mut edits: Vec<&Text> = Vec::new();
        let mut at = top;
        while let Some(text) = self.texts.get(&at) {
            edits.push(text);
            at = text.below;
        }
        let known = |base: ObjectId, tip: ObjectId| match texts.get(&(base, tip)) {
            Some(known) => known.clone(),
            None => hunks(local, (base, tip)).flatten().map(Arc::new),
        };
        let mut merged: Option<Vec<u8>> = None;
        for (left, Text { below, base, tip }) in edits.into_iter().enumerate().rev() {
            let theirs = known(*base, *tip)?;
            let ours = match &merged {
                Some(merged) => Arc::new(text::hunks(&content(local, *base)?, merged)?),
                None => known(*base, *below)?,
            };
            if text::fate(&ours, &theirs, |_, _| None) != Fate::Clean {
                return None;
            }
            if left > 0 {
                let below = merged.map_or_else(|| content(local, *below), Some)?;
                merged = Some(text::woven(
                    (&below, &ours),
                    (&content(local, *tip)?, &theirs),
                ));
            }
        }
        Some(())
    }
}

/// The hunks of edits, by their blobs.
type Texts = HashMap<(ObjectId, ObjectId), Option<Arc<Hunks>>>;

impl Text {
    fn id(&self) -> Option<ObjectId> {
        let ids = [self.below, self.base, self.tip];
        let bytes: Vec<u8> = ids
            .iter()
            .flat_map(gix::ObjectId::as_slice)
            .copied()
            .collect();
        // Of another kind than any text, so that it is no text's id.
        gix::objs::compute_hash(self.base.kind(), Kind::Tag, &bytes).ok()
    }
}

/// The merge base of each tip and what lies below it, where that is its base with the start: what
/// it has in common with those below lies in the start's history.
fn own_bases(
    prover: &mut Prover<'_>,
    space: &ObjectSpace,
    start: Oid,
    tips: &[Oid],
) -> Option<Vec<ObjectId>> {
    let with_start = tips.iter().map(|&tip| MergePair::new(start, tip));
    let number = tips.len();
    let with_others =
        (0..number).flat_map(|a| (a + 1..number).map(move |b| MergePair::new(tips[a], tips[b])));
    let pairs: Vec<MergePair> = with_start.chain(with_others).collect();
    let commits = bases::commits(space, prover.known, &mut prover.recall, &pairs);
    let bases: Vec<ObjectId> = commits
        .into_iter()
        .map(|commits| Some(commits?.base))
        .collect::<Option<_>>()?;
    let (own, others) = bases.split_at(number);
    let pairs = (0..number).flat_map(|a| (a + 1..number).map(move |b| (a, b)));
    let mut further: Vec<(ObjectId, ObjectId)> = pairs
        .zip(others)
        .filter(|((_, b), base)| **base != own[*b])
        .map(|((_, b), base)| (*base, own[b]))
        .collect();
    further.sort_unstable();
    further.dedup();
    let found = space.repository().only_bases(&further);
    let within = further
        .iter()
        .zip(found)
        .all(|((base, _), found)| found == Some(*base));
    within.then(|| own.to_vec())
}
