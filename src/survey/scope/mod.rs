//! Which files is a goal about? Told from the goal's words alone: no model, no network.
//!
//! Asked are the files' contents, names and definitions, and what past changes of similar words
//! touched. How well that does on a repository's own past, `evaluate` measures.

mod bm25;
mod build;
mod company;
mod definitions;
mod evaluate;
mod exact;
mod feedback;
mod fields;
mod file_terms;
mod fit;
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
use index::{Index, Ranked};

pub use bm25::Bm25;
pub use tokens::terms;

/// Files that are named.
const MOST: usize = 20;
/// A file that is at least this share as likely as the best is likely meant.
pub const LIKELY: f64 = 0.2;
/// So many of the first files are to be right …
pub const FIRST_FILES: usize = 5;
/// … as far as this share of all that is meant is among them, or the forecast is a guess.
const CONFIDENT: f32 = 0.35;

/// The files that a goal is probably about.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The likeliest first.
    pub files: Vec<Candidate>,
    /// The share of what is meant that is expected among the first five: 0 to 1.
    pub confidence: f32,
}

/// A file that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub path: String,
    /// How likely it is the one that is meant, of all files: 0 to 1.
    pub score: f32,
    /// Whether it stands close to the best.
    pub likely: bool,
}

impl Forecast {
    /// Whether so little is expected of it that it is no more than a guess.
    pub fn is_guess(&self) -> bool {
        is_guess(self.confidence)
    }
}

/// Whether files that are expected to hold this share of what is meant are no more than a guess.
pub fn is_guess(confidence: f32) -> bool {
    confidence < CONFIDENT
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

fn told(index: &Index<'_>, ranked: &[Ranked]) -> Forecast {
    let candidate = |one: &Ranked| Candidate {
        path: index.path(one.file).to_owned(),
        score: one.score,
        likely: is_likely(one, ranked),
    };
    Forecast {
        files: ranked.iter().take(MOST).map(candidate).collect(),
        confidence: expected(ranked, FIRST_FILES),
    }
}

fn is_likely(one: &Ranked, ranked: &[Ranked]) -> bool {
    let best = ranked.first().map_or(0.0, |best| best.score);
    one.score >= LIKELY as f32 * best
}

/// The share of what is meant that is expected among the first so many.
fn expected(ranked: &[Ranked], most: usize) -> f32 {
    ranked.iter().take(most).map(|one| one.score).sum()
}
