//! From a goal in words to a plan: what it is about, its parts, whether dividing it pays off.

use crate::error::Result;
use crate::git::Repository;
use crate::id::Oid;
use crate::plan::{self, Limits, Scoped, Splitter, Structured};
use crate::survey::{self, Shelf};

/// What a splitter made of a goal.
pub struct Divided {
    pub structured: Structured,
    pub scope: Scoped,
    pub splitter: Splitter,
    /// Whether the goal names its parts, of which each is a task of usual size.
    pub by_parts: bool,
}

/// Divides a goal without any model: by the parts that it names, else by what changes together.
pub fn by_structure(
    repository: &Repository,
    base: Oid,
    text: &str,
    limits: impl Fn(&Scoped) -> Limits,
    shelf: &dyn Shelf,
) -> Result<Divided> {
    let goal = plan::understand(text);
    let survey = survey::survey(repository, base, None, shelf)?;
    let mut words = vec![text.to_owned()];
    words.extend(goal.parts.iter().map(plan::Part::words));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let forecasts = survey::forecasts(repository, base, &words, shelf)?;
    let mut scopes: Vec<Scoped> = words
        .iter()
        .zip(&forecasts)
        .map(|(words, forecast)| Scoped::of(words, forecast, &survey))
        .collect();
    let whole = scopes.remove(0);
    let structured = if goal.parts.is_empty() {
        let limits = limits(&whole);
        let set: Vec<u32> = whole.likely().map(|file| file.at).collect();
        let bonds = survey::bonds(repository, &survey.files, &survey.history, &set)?;
        plan::by_coupling(&goal, &whole, &survey, limits, |parts| {
            bonds.partition(parts)
        })
    } else {
        plan::by_parts(&goal, &scopes, &survey)
    };
    let scope = if goal.parts.is_empty() {
        whole
    } else {
        Scoped::together(&scopes)
    };
    Ok(Divided {
        structured,
        scope,
        splitter: Splitter::Structure,
        by_parts: !goal.parts.is_empty(),
    })
}
