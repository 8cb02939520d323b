//! Which files is a goal about? Told from the goal's words alone: no model, no network.
//!
//! Asked are the files' contents, names and definitions, and what past changes of similar words
//! touched. How well that does on a repository's own past, `evaluate` measures.

mod bm25;
mod definitions;
mod evaluate;
mod feedback;
mod file_terms;
mod index;
mod past;
mod rank;
mod sayings;
mod tokens;

use std::collections::HashSet;

use crate::error::Result;
use crate::git::{Pathspecs, Repository};
use crate::id::Oid;

pub(super) use file_terms::FileTerms;
use index::Index;

pub use bm25::Bm25;
pub use tokens::terms;

/// Larger files are data.
const LARGEST: u64 = 1 << 20;
/// Files whose terms are in memory at once before they are numbered.
const AT_ONCE: usize = 512;
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
    /// The sum of seven signals, each at most its weight: 3.7 at most.
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
) -> Result<Forecast> {
    let index = index(repository, commit)?;
    let mut ranked = rank::rank(&index, goal);
    if let Some(pathspecs) = within {
        let mut files = repository.files(commit)?;
        files.retain(|file| pathspecs.mean(&file.path));
        let meant: HashSet<_> = files.iter().map(|file| file.path.to_text()).collect();
        ranked.retain(|one| meant.contains(index.path(one.document)));
    }
    Ok(told(&index, &ranked))
}

/// Which of the files of `commit` each of these goals is about.
pub fn forecasts(repository: &Repository, commit: Oid, goals: &[&str]) -> Result<Vec<Forecast>> {
    let index = index(repository, commit)?;
    let told = |goal: &&str| told(&index, &rank::rank(&index, goal));
    Ok(goals.iter().map(told).collect())
}

fn index(repository: &Repository, commit: Oid) -> Result<Index> {
    let files = repository.files(commit)?;
    let mut index = Index::default();
    for some in files.chunks(AT_ONCE) {
        let blobs: Vec<Oid> = some.iter().map(|file| file.blob).collect();
        let read = repository.read_blobs(&blobs, LARGEST, FileTerms::of)?;
        for (file, terms) in some.iter().zip(read) {
            index.put_file(None, &file.path.to_text(), &terms.unwrap_or_default());
        }
    }
    past::add_past(&mut index, &repository.mainline(commit, None)?.changes);
    Ok(index)
}

fn told(index: &Index, ranked: &[rank::Ranked]) -> Forecast {
    let mean = |from: usize, to: usize| {
        let scores = ranked
            .iter()
            .skip(from)
            .take(to - from)
            .map(|one| one.score);
        scores.sum::<f32>() / (to - from) as f32
    };
    let best = ranked.first().map_or(0.0, |one| one.score);
    let candidate = |one: &rank::Ranked| Candidate {
        path: index.path(one.document).to_owned(),
        score: one.score,
        likely: one.score >= LIKELY * best,
    };
    Forecast {
        files: ranked.iter().take(MOST).map(candidate).collect(),
        confidence: mean(0, 5) - mean(10, 20),
    }
}
