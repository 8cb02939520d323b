//! What the past says around the files of a goal: what usually comes along, and how they divide.

use std::collections::HashMap;

use crate::error::Result;
use crate::git::{Pathspecs, RepoPath, Repository};
use crate::id::Oid;

use super::census::{self, census};
use super::collisions::{ConflictForecast, collisions};
use super::companions::companions;
use super::history::History;
use super::pack::Shelf;
use super::partition::{Partition, bonds};
use super::past::past;
use super::scope::{Forecast, forecast};

/// Files that come along and are named.
const MOST: usize = 5;
/// Divisions into so many parts are looked at.
const PARTS: std::ops::RangeInclusive<usize> = 2..=4;
/// A part of fewer files is no work of its own.
const FEWEST_FILES: usize = 2;

/// A file that usually changes with one of the goal's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usual {
    pub path: String,
    /// The file that it goes with.
    pub with: String,
    /// Changes that touched both, and those that touched `with`.
    pub both: u32,
    pub of: u32,
}

/// What is around the likely files of a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct Surroundings {
    /// None of the likely files; the likeliest first.
    pub usual: Vec<Usual>,
    /// The likely files, to whose positions the divisions refer.
    pub likely: Vec<String>,
    /// In two, three and four parts, as far as each has two files at least.
    pub divisions: Vec<Partition>,
    /// What to expect of another task in the very same files.
    pub twin: ConflictForecast,
    /// What git calls the files whose paths are no UTF-8, by what they are called here.
    pub exact: HashMap<String, RepoPath>,
}

/// Which of the files of `commit`, or of those `within`, a goal is about, and what is around them.
pub fn goal(
    repository: &Repository,
    commit: Oid,
    goal: &str,
    within: Option<&mut Pathspecs>,
    shelf: &dyn Shelf,
) -> Result<(Forecast, Surroundings)> {
    let forecast = forecast(repository, commit, goal, within, shelf)?;
    let around = surroundings(repository, commit, &forecast, shelf)?;
    Ok((forecast, around))
}

/// Looks around the likely files of a forecast.
fn surroundings(
    repository: &Repository,
    commit: Oid,
    forecast: &Forecast,
    shelf: &dyn Shelf,
) -> Result<Surroundings> {
    let files = census(repository, commit, None, shelf)?;
    let history = History::of(census::paths(&files), &past(repository, commit, shelf)?);
    let positions: HashMap<&str, u32> = files
        .iter()
        .map(|file| file.path.as_str())
        .zip(0..)
        .collect();
    let likely = forecast.files.iter().filter(|file| file.likely);
    let likely: Vec<u32> = likely
        .filter_map(|file| positions.get(file.path.as_str()).copied())
        .collect();
    let path = |file: u32| files[file as usize].path.clone();
    let usual = companions(&history, &likely)
        .into_iter()
        .take(MOST)
        .map(|one| Usual {
            path: path(one.file),
            with: path(one.with),
            both: one.both,
            of: one.of,
        });
    let bonds = bonds(repository, &files, &history, &likely)?;
    let paths: Vec<&str> = likely
        .iter()
        .map(|&file| files[file as usize].path.as_str())
        .collect();
    let exact = files.iter();
    let exact = exact.filter_map(|file| Some((file.path.clone(), file.exact.clone()?)));
    let parts = PARTS.filter(|parts| likely.len() >= parts * FEWEST_FILES);
    Ok(Surroundings {
        usual: usual.collect(),
        divisions: parts.map(|parts| bonds.partition(parts)).collect(),
        twin: collisions(repository, commit, &paths, shelf)?.forecast(&paths, &paths),
        exact: exact.collect(),
        likely: paths.into_iter().map(str::to_owned).collect(),
    })
}
