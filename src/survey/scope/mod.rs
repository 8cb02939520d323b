//! Which files is a goal about? Told from the goal's words alone: no model, no network.
//!
//! Asked are the files' contents, names and definitions, and what past changes of similar words
//! touched. How well that does on a repository's own past, `evaluate` measures.

mod bm25;
mod build;
mod definitions;
mod evaluate;
mod feedback;
mod file_terms;
mod gathered;
mod index;
mod kept;
mod messages;
mod rank;
mod reader;
mod sayings;
#[cfg(test)]
mod testing;
mod tokens;

use std::collections::HashSet;

use crate::error::Result;
use crate::git::{Pathspecs, Repository};
use crate::id::Oid;

use super::pack::Shelf;

pub(super) use file_terms::FileTerms;
use index::Index;

pub use bm25::Bm25;
pub use tokens::terms;

/// Files that are named.
const MOST: usize = 20;
/// A file with at least this share of the best score is likely meant.
const LIKELY: f32 = 0.6;
/// With less confidence than this the forecast is a guess.
const CONFIDENT: f32 = 0.6;

/// The files that a goal is probably about.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The likeliest first.
    pub files: Vec<Candidate>,
    /// How far the first files stand out: the mean score of the first five less that of the
    /// eleventh to twentieth.
    pub confidence: f32,
}

/// A file that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub path: String,
    /// The sum of ten signals, each at most its weight: 4.0 at most.
    pub score: f32,
    /// Whether it stands close to the best.
    pub likely: bool,
}

impl Forecast {
    /// Whether so little stands out that it is no more than a guess.
    pub fn is_guess(&self) -> bool {
        self.confidence < CONFIDENT
    }
}

/// Which of the files of `commit`, or of those `within`, this goal is about.
pub fn forecast(
    repository: &Repository,
    commit: Oid,
    goal: &str,
    within: Option<&mut Pathspecs>,
    shelf: &dyn Shelf,
) -> Result<Forecast> {
    let bytes = kept::index(repository, commit, shelf)?;
    let index = kept::read(&bytes)?;
    let mut ranked = rank::rank(&index, goal);
    if let Some(pathspecs) = within {
        let mut files = repository.files(commit)?;
        files.retain(|file| pathspecs.mean(&file.path));
        let meant: HashSet<_> = files.iter().map(|file| file.path.to_text()).collect();
        ranked.retain(|one| meant.contains(index.path(one.file)));
    }
    Ok(told(&index, &ranked))
}

/// Which of the files of `commit` each of these goals is about.
pub fn forecasts(
    repository: &Repository,
    commit: Oid,
    goals: &[&str],
    shelf: &dyn Shelf,
) -> Result<Vec<Forecast>> {
    let bytes = kept::index(repository, commit, shelf)?;
    let index = kept::read(&bytes)?;
    let told = |goal: &&str| told(&index, &rank::rank(&index, goal));
    Ok(goals.iter().map(told).collect())
}

fn told(index: &Index<'_>, ranked: &[index::Ranked]) -> Forecast {
    let mean = |from: usize, to: usize| {
        let scores = ranked
            .iter()
            .skip(from)
            .take(to - from)
            .map(|one| one.score);
        scores.sum::<f32>() / (to - from) as f32
    };
    let best = ranked.first().map_or(0.0, |one| one.score);
    let candidate = |one: &index::Ranked| Candidate {
        path: index.path(one.file).to_owned(),
        score: one.score,
        likely: one.score >= LIKELY * best,
    };
    Forecast {
        files: ranked.iter().take(MOST).map(candidate).collect(),
        confidence: mean(0, 5) - mean(10, 20),
    }
}
