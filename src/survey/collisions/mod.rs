//! Would two tasks conflict? Told from what this repository's own neighbouring changes would have
//! done to each other, had they run side by side (`replay`); what may be known before the work
//! begins is weighed by a `model` that is fitted to them. What two tasks do to each other without
//! touching the same lines, nobody can tell from here: that is what verification is for.

mod evaluate;
mod followed;
mod forecast;
mod kept;
mod lines;
mod model;
mod replay;
mod score;
#[cfg(test)]
mod testing;

use std::collections::HashSet;

use crate::error::Result;
use crate::git::{MainlineChange, Repository};
use crate::id::Oid;

use super::pack::Shelf;

use followed::{Blobs, Followed};
use kept::{Edits, Kept};
use model::{Model, Pair};
use replay::Replay;
use score::{Told, best_threshold};

pub use evaluate::{Evaluation, evaluate};
pub use forecast::{Collisions, ConflictForecast, Danger};

/// Older changes than this many are not replayed: they cost time, and say little about today.
const REPLAYED: usize = 2_000;
/// Under which name what was read of them is kept.
const NAME: &str = "collisions";
/// Larger files are data.
const LARGEST: u64 = 1 << 20;
/// Where the past has no conflict to learn from, this much is a high risk.
const USUAL_THRESHOLD: f64 = 0.4;

/// What the past of `commit` says about conflicts to come in these files.
pub fn collisions(
    repository: &Repository,
    commit: Oid,
    files: &[&str],
    shelf: &dyn Shelf,
) -> Result<Collisions> {
    let (followed, replay) = kept_replay(repository, commit, files, shelf)?;
    let pairs: Vec<Pair> = model::pairs(&replay)
        .into_iter()
        .map(|(.., pair)| pair)
        .collect();
    let model = Model::fit(&pairs);
    let told: Vec<Told> = pairs
        .iter()
        .map(|pair| Told {
            probability: model.at_all(&pair.shared),
            conflict: pair.conflict,
            shares: true,
        })
        .collect();
    let threshold = if pairs.iter().any(|pair| pair.conflict) {
        best_threshold(&told)
    } else {
        USUAL_THRESHOLD
    };
    let known = files.iter().filter_map(|path| {
        let file = followed.file(path)?;
        Some(((*path).to_owned(), replay.past(file)))
    });
    Ok(Collisions::new(known.collect(), model, threshold))
}

/// How well that would have done on the past of `commit`.
pub fn evaluation(repository: &Repository, commit: Oid, shelf: &dyn Shelf) -> Result<Evaluation> {
    Ok(evaluate(&kept_replay(repository, commit, &[], shelf)?.1))
}

/// Keeps which files the latest changes up to `commit` touched, newest first, for whoever asks about
/// conflicts later: who reads the whole past has them at hand.
pub fn keep_latest(
    repository: &Repository,
    commit: Oid,
    changes: Vec<MainlineChange>,
    shelf: &dyn Shelf,
) {
    if !repository.is_as_named() {
        return;
    }
    let left = shelf.take(NAME).and_then(|bytes| kept::unpack(&bytes));
    let changes = changes.into_iter().take(REPLAYED);
    let kept = Kept {
        tip: commit,
        changes: changes.map(|change| change.touched).collect(),
        edits: left.map_or_else(Edits::new, |left| left.edits),
    };
    shelf.put(NAME, &kept::pack(&kept));
}

/// The replay of the latest changes up to `commit`, of those of their files that teach something, and
/// of these. What an earlier call read is not read again.
fn kept_replay(
    repository: &Repository,
    commit: Oid,
    files: &[&str],
    shelf: &dyn Shelf,
) -> Result<(Followed, Replay)> {
    let keeps = repository.is_as_named();
    let left = shelf.take(NAME).filter(|_| keeps);
    let left = left.and_then(|bytes| kept::unpack(&bytes));
    let before = left.as_ref().map(|kept| (kept.tip, kept.edits.len()));
    let mut kept = latest(repository, commit, left)?;
    let mut followed = Followed::default();
    for touched in kept.changes.iter().rev() {
        followed.add(touched);
    }
    let mut wanted = followed.shared();
    for file in files.iter().filter_map(|path| followed.file(path)) {
        wanted[file as usize] = true;
    }
    read(repository, &followed, &wanted, &mut kept.edits)?;
    if keeps && before != Some((kept.tip, kept.edits.len())) {
        shelf.put(NAME, &kept::pack(&kept));
    }
    let edit = |blobs: &Blobs| kept.edits.get(blobs)?.as_ref();
    let replay = Replay::of(&followed, &wanted, edit);
    Ok((followed, replay))
}

/// The latest changes, from where an earlier call left them, if that lies below.
fn latest(repository: &Repository, commit: Oid, mut left: Option<Kept>) -> Result<Kept> {
    let known = left.as_ref().map(|kept| kept.tip);
    if let Some(left) = left.take_if(|left| left.tip == commit) {
        return Ok(left);
    }
    let new = repository.latest_changes(commit, |id| known == Some(id), REPLAYED)?;
    let touched = new.changes.into_iter().map(|change| change.touched);
    let mut changes: Vec<_> = touched.collect();
    let mut edits = Edits::new();
    if let Some(left) = left {
        if new.met.is_some() {
            changes.extend(left.changes);
            changes.truncate(REPLAYED);
        }
        edits = left.edits;
    }
    Ok(Kept {
        tip: commit,
        changes,
        edits,
    })
}

/// Reads the edits of the wanted files that are not known yet, all at once: those of one file one
/// after the other, newest first, since git keeps the older as a difference from the newer.
fn read(
    repository: &Repository,
    followed: &Followed,
    wanted: &[bool],
    edits: &mut Edits,
) -> Result<()> {
    let mut new: Vec<(u32, Blobs)> = Vec::new();
    for touch in followed.changes.iter().rev().flatten() {
        let blobs = touch.blobs.filter(|_| wanted[touch.file as usize]);
        new.extend(blobs.map(|blobs| (touch.file, blobs)));
    }
    let mut seen = HashSet::new();
    new.retain(|(_, blobs)| !edits.contains_key(blobs) && seen.insert(*blobs));
    // Stable: the changes of a file stay in their order.
    new.sort_by_key(|(file, _)| *file);
    let new: Vec<Blobs> = new.into_iter().map(|(_, blobs)| blobs).collect();
    let found = repository.edits(&new, LARGEST)?;
    edits.extend(new.into_iter().zip(found));
    Ok(())
}
