//! The files of a commit: how long, in what language, what for.

use crate::error::Result;
use crate::git::{Pathspecs, RepoPath, Repository, TreeFile};
use crate::id::Oid;

use super::counted::counted;
use super::kind::{FileKind, kind_of};
use super::language::{is_code, language_of};
use super::lines::Lines;
use super::pack::Shelf;

/// A regular file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedFile {
    /// Relative to the root; bytes that are no UTF-8 replaced.
    pub path: String,
    /// What git calls it, where that is no UTF-8.
    pub exact: Option<RepoPath>,
    pub blob: Oid,
    pub kind: FileKind,
    pub language: Option<&'static str>,
    /// `None` for what is no text, too large, or not here (a partial clone).
    pub lines: Option<Lines>,
}

impl SurveyedFile {
    /// Its lines that are not blank; 0 where they were not counted.
    pub fn weight(&self) -> u64 {
        self.lines.map_or(0, |lines| lines.all - lines.blank)
    }

    /// Whether it is part of the program or of its tests: what modules are made of.
    pub fn is_work(&self) -> bool {
        let written = matches!(self.kind, FileKind::Source | FileKind::Test);
        written && self.language.is_some_and(is_code)
    }

    /// Whether it is part of the program itself.
    pub fn is_source(&self) -> bool {
        self.kind == FileKind::Source && self.is_work()
    }
}

/// Where they lie, in their order, as git has it.
pub fn paths(files: &[SurveyedFile]) -> impl Iterator<Item = &[u8]> {
    files.iter().map(|file| match &file.exact {
        Some(exact) => exact.as_bytes(),
        None => file.path.as_bytes(),
    })
}

/// Every file of `commit`, or those that are `within`.
pub fn census(
    repository: &Repository,
    commit: Oid,
    within: Option<&mut Pathspecs>,
    shelf: &dyn Shelf,
) -> Result<Vec<SurveyedFile>> {
    let all = repository.files(commit)?;
    let files: Vec<TreeFile> = match within {
        None => all.clone(),
        Some(pathspecs) => {
            let meant = all.iter().filter(|file| pathspecs.mean(&file.path));
            meant.cloned().collect()
        }
    };
    let counted = counted(repository, &all, &files, shelf)?;
    let surveyed = files.iter().zip(counted).map(|(file, lines)| {
        let path = file.path.to_text().into_owned();
        let kind = match kind_of(&path) {
            FileKind::Source if lines.is_some_and(|lines| lines.generated) => FileKind::Generated,
            kind => kind,
        };
        SurveyedFile {
            language: language_of(&path),
            path,
            exact: (!file.path.is_utf8()).then(|| file.path.clone()),
            blob: file.blob,
            kind,
            lines,
        }
    });
    Ok(surveyed.collect())
}
