//! Repository in, survey out: its files and modules, what changes often and together, how complex
//! it is, and how many could work on it side by side. Everything is counted, nothing guessed.

mod census;
mod collisions;
mod companions;
mod complexity;
mod counted;
mod coupling;
mod history;
mod kind;
mod language;
mod lines;
mod modules;
mod moves;
mod pack;
mod partition;
mod past;
mod scope;
mod surroundings;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, HashSet};

use crate::error::Result;
use crate::git::{Pathspecs, Repository};
use crate::id::Oid;

use past::past;

pub use census::SurveyedFile;
pub use collisions::{Collisions, Danger, Evaluation, collisions, evaluation};
pub use complexity::Complexity;
pub use coupling::Coupling;
pub use history::{Heat, History, RECENT, Together};
pub use kind::{FileKind, is_lock_file, kind_of};
pub use lines::is_generated;
pub use modules::Module;
pub use pack::Shelf;
pub use partition::{Partition, bonds};
pub use scope::{Bm25, Candidate, FIRST_FILES, Forecast, LIKELY, forecasts, is_guess, terms};
pub use surroundings::{Surroundings, Usual, goal};

/// What a repository looks like to who wants to divide work on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    pub commit: Oid,
    /// Sorted by path.
    pub files: Vec<SurveyedFile>,
    /// The largest first.
    pub modules: Vec<Module>,
    pub history: History,
    pub coupling: Coupling,
    pub complexity: Complexity,
    /// Name, files and lines (not blank) of every language, the most lines first.
    pub languages: Vec<LanguageShare>,
}

/// How much is written in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageShare {
    pub name: &'static str,
    pub files: u64,
    pub lines: u64,
}

/// Surveys a commit: all of it, or what is `within`.
pub fn survey(
    repository: &Repository,
    commit: Oid,
    within: Option<&mut Pathspecs>,
    shelf: &dyn Shelf,
) -> Result<Survey> {
    let files = census::census(repository, commit, within, shelf)?;
    let history = History::of(census::paths(&files), &past(repository, commit, shelf)?);
    let modules = modules::modules(&files);
    let coupling = coupling::coupling(&files, &modules, &history);
    let work: Vec<&SurveyedFile> = files.iter().filter(|file| file.is_work()).collect();
    let spoken: HashSet<_> = work.iter().filter_map(|file| file.language).collect();
    let counts = complexity::Counts {
        lines: work.iter().map(|file| file.weight()).sum(),
        files: work.len() as u64,
        modules: modules.len() as u64,
        languages: spoken.len() as u64,
    };
    Ok(Survey {
        commit,
        complexity: complexity::complexity(counts, &coupling),
        languages: languages(&files),
        modules,
        history,
        coupling,
        files,
    })
}

fn languages(files: &[SurveyedFile]) -> Vec<LanguageShare> {
    let mut shares: BTreeMap<&'static str, LanguageShare> = BTreeMap::new();
    let own = files.iter().filter(|file| file.kind != FileKind::Vendored);
    for (file, name) in own.filter_map(|file| Some((file, file.language?))) {
        let share = shares.entry(name).or_insert(LanguageShare {
            name,
            files: 0,
            lines: 0,
        });
        share.files += 1;
        share.lines += file.weight();
    }
    let mut shares: Vec<LanguageShare> = shares.into_values().collect();
    shares.sort_by(|a, b| b.lines.cmp(&a.lines).then(a.name.cmp(b.name)));
    shares
}
