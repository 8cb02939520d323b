//! What is known of a goal in words before it is divided, and its division without any model.

use crate::error::Result;
use crate::git::Repository;
use crate::id::Oid;
use crate::plan::{self, Goal, Limits, Part, Scoped, Structured};
use crate::survey::{self, Shelf, Survey};

/// A goal as it is typed: it needs words.
pub fn goal(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("there are no words in it".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// A goal, the repository, and what the one is probably about in the other.
pub struct Known {
    pub goal: Goal,
    pub survey: Survey,
    /// What all of it is about.
    whole: Scoped,
    /// What each part is about that the goal names.
    parts: Vec<Scoped>,
}

/// Looks up what a goal is about.
pub fn look_up(repository: &Repository, base: Oid, text: &str, shelf: &dyn Shelf) -> Result<Known> {
    let goal = plan::understand(text);
    let survey = survey::survey(repository, base, None, shelf)?;
    let mut words = vec![text.to_owned()];
    words.extend(goal.parts.iter().map(Part::words));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let forecasts = survey::forecasts(repository, base, &words, shelf)?;
    let mut parts: Vec<Scoped> = words
        .iter()
        .zip(&forecasts)
        .map(|(words, forecast)| Scoped::of(words, forecast, &survey))
        .collect();
    let whole = parts.remove(0);
    Ok(Known {
        goal,
        survey,
        whole,
        parts,
    })
}

impl Known {
    /// Whether the goal names its parts, of which each is a task of usual size.
    pub fn has_parts(&self) -> bool {
        !self.parts.is_empty()
    }

    /// What the goal is about.
    pub fn scope(&self) -> Scoped {
        match self.has_parts() {
            true => Scoped::together(&self.parts),
            false => self.whole.clone(),
        }
    }

    /// Divides it without any model: by the parts that it names, else by what changes together.
    pub fn by_structure(
        &self,
        repository: &Repository,
        limits: impl Fn(&Scoped) -> Limits,
    ) -> Result<Structured> {
        let (goal, survey) = (&self.goal, &self.survey);
        if self.has_parts() {
            return Ok(plan::by_parts(goal, &self.parts, survey));
        }
        let whole = &self.whole;
        let set: Vec<u32> = whole.likely().map(|file| file.at).collect();
        let bonds = survey::bonds(repository, &survey.files, &survey.history, &set)?;
        let divide = |parts| bonds.partition(parts);
        Ok(plan::by_coupling(
            goal,
            whole,
            survey,
            limits(whole),
            divide,
        ))
    }
}
