//! Would two tasks conflict? Told from what this repository's own neighbouring changes would have
//! done to each other, had they run side by side (`replay`); what may be known before the work
//! begins is weighed by a `model` that is fitted to them. What two tasks do to each other without
//! touching the same lines, nobody can tell from here: that is what verification is for.

mod evaluate;
mod forecast;
mod kept;
mod lines;
mod model;
mod replay;
mod score;

use crate::error::Result;
use crate::git::{FileEdit, MainlineChange, Repository};
use crate::id::Oid;

use super::pack::Shelf;

use model::{Model, Pair};
use replay::Replay;
use score::{Told, best_threshold};

pub use evaluate::{Evaluation, evaluate};
pub use forecast::{Collisions, ConflictForecast, Danger};

/// Older changes than this many are not replayed: they cost time, and say little about today.
const REPLAYED: usize = 2_000;
/// Under which name the replay is kept.
const NAME: &str = "collisions";
/// Larger files are data.
const LARGEST: u64 = 1 << 20;
/// Where the past has no conflict to learn from, this much is a high risk.
const USUAL_THRESHOLD: f64 = 0.4;

/// What the past of `commit` says about conflicts to come.
pub fn collisions(repository: &Repository, commit: Oid, shelf: &dyn Shelf) -> Result<Collisions> {
    let replay = replay(repository, commit, shelf)?;
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
    Ok(Collisions::new(replay, model, threshold))
}

/// How well that would have done on the past of `commit`. Always replayed anew: what was kept may
/// reach further back, and figures are to be comparable.
pub fn evaluation(repository: &Repository, commit: Oid) -> Result<Evaluation> {
    let latest = repository.latest_changes(commit, |_| false, REPLAYED)?;
    let mut replay = Replay::default();
    go_on(repository, &mut replay, &latest.changes)?;
    Ok(evaluate(&replay))
}

/// The replay up to `commit`: from where an earlier call left it, if that lies below, otherwise
/// from the beginning of what is replayed.
fn replay(repository: &Repository, commit: Oid, shelf: &dyn Shelf) -> Result<Replay> {
    let left = shelf.take(NAME).and_then(|bytes| kept::unpack(&bytes));
    let left = left.filter(|(_, replay)| replay.widths.len() < 2 * REPLAYED);
    let known = left.as_ref().map(|(tip, _)| *tip);
    if let Some((_, replay)) = left.as_ref().filter(|_| known == Some(commit)) {
        return Ok(replay.clone());
    }
    let latest = repository.latest_changes(commit, |id| known == Some(id), REPLAYED)?;
    let mut replay = match left {
        Some((_, replay)) if latest.met.is_some() => replay,
        _ => Replay::default(),
    };
    go_on(repository, &mut replay, &latest.changes)?;
    shelf.put(NAME, &kept::pack(commit, &replay));
    Ok(replay)
}

/// Replays changes, which are told newest first.
fn go_on(repository: &Repository, replay: &mut Replay, changes: &[MainlineChange]) -> Result<()> {
    let edits = edits(repository, changes)?;
    for (change, edits) in changes.iter().zip(edits).rev() {
        replay.add(change, &edits);
    }
    Ok(())
}

/// The edit of every file of every change. All are read at once, those of one file one after the
/// other, newest first: git keeps the older as a difference from the newer.
fn edits(
    repository: &Repository,
    changes: &[MainlineChange],
) -> Result<Vec<Vec<Option<FileEdit>>>> {
    let mut all = Vec::new();
    for (change, files) in changes.iter().map(|change| &change.touched).enumerate() {
        for (at, file) in files.iter().enumerate() {
            if let (Some(before), Some(after)) = (file.before, file.after) {
                all.push((&file.path, change, at, (before, after)));
            }
        }
    }
    all.sort_unstable_by_key(|(path, change, ..)| (*path, *change));
    let blobs: Vec<(Oid, Oid)> = all.iter().map(|(.., blobs)| *blobs).collect();
    let found = repository.edits(&blobs, LARGEST)?;
    let none = |change: &MainlineChange| change.touched.iter().map(|_| None).collect();
    let mut edits: Vec<Vec<Option<FileEdit>>> = changes.iter().map(none).collect();
    for ((_, change, at, _), edit) in all.into_iter().zip(found) {
        edits[change][at] = edit;
    }
    Ok(edits)
}
