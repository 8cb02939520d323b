//! What people point at: the branch that results go to, runs, tasks, revisions.

use crate::error::{Failure, Result};
use crate::git::{Head, Repository};
use crate::id::{Oid, RunId};
use crate::store::{Selection, Selector, Store};
use crate::ui::Screen;

/// What an argument stands for where both revisions and selectors may be given.
#[derive(Clone, Debug, PartialEq)]
pub enum Pointed {
    /// A commit, by the name that was typed.
    Revision { name: String, commit: Oid },
    /// A run, or one task of it.
    Selection(Box<Selection>),
}

/// The run or task that was typed, or the latest run.
pub fn selection(store: &Store, typed: Option<&str>) -> Result<Selection> {
    let selector = typed.map_or(Ok(Selector::LATEST), parse)?;
    store.select(&selector)
}

/// What so many words select, each by itself; without any, the latest run.
pub fn selections(store: &Store, typed: &[String]) -> Result<Vec<Selection>> {
    if typed.is_empty() {
        return Ok(vec![selection(store, None)?]);
    }
    let each = typed.iter().map(|typed| selection(store, Some(typed)));
    each.collect()
}

/// Tells of runs that cannot be read, where it is about others.
pub fn tell_of_unread(screen: &Screen, unread: &[(RunId, Failure)]) {
    for (_, failure) in unread {
        screen.warn(&format!("{}: {}", failure.what, failure.next.join(", ")));
    }
}

/// Looks a word up as a revision, then as a selector. A revision of that name wins, with a note;
/// only `@` alone, git's short way to say HEAD, always means the latest run.
pub fn point(
    repository: &Repository,
    store: &Store,
    screen: &Screen,
    typed: &str,
) -> Result<Pointed> {
    let revision = Some(typed)
        .filter(|typed| *typed != "@")
        .and_then(|typed| repository.find_commit(typed));
    let selector: Option<Selector> = typed.parse().ok();
    let selected = selector.as_ref().map(|selector| store.select(selector));
    match (revision, selected) {
        (Some(commit), selected) => {
            if let Some(Ok(selection)) = selected {
                screen.warn(&both(typed, &selection));
            }
            Ok(Pointed::Revision {
                name: typed.to_owned(),
                commit,
            })
        }
        (None, Some(Ok(selection))) => Ok(Pointed::Selection(Box::new(selection))),
        (None, Some(Err(failure))) if !selector.is_some_and(|s| s.is_any_word()) => Err(failure),
        (None, _) => Err(nothing(typed)),
    }
}

fn parse(typed: &str) -> Result<Selector> {
    typed
        .parse()
        .map_err(|expected: String| Failure::usage(expected).next("git parallel status"))
}

fn both(typed: &str, selection: &Selection) -> String {
    let run = selection.run.run;
    let whole = selection
        .task
        .map_or_else(|| run.to_string(), |task| format!("{run}/{task}"));
    format!("'{typed}' is a revision and {whole}: the revision is taken")
}

fn nothing(typed: &str) -> Failure {
    Failure::unable(format!(
        "'{typed}' names no commit, no run and no task of this repository"
    ))
    .next("git branch --all")
    .next("git parallel status")
}

/// The branch that results go to, by its short name: `--into`, else what was `planned`, else the
/// branch that is checked out. Never a hard-coded `main`.
pub fn target(
    repository: &Repository,
    into: Option<&str>,
    planned: Option<&str>,
) -> Result<String> {
    let Some(name) = into.or(planned) else {
        return checked_out(&repository.head()?);
    };
    if repository.find_ref(&format!("refs/heads/{name}")).is_some() {
        return Ok(name.to_owned());
    }
    Err(Failure::unable(format!(
        "the target '{name}' is not a branch of this repository"
    ))
    .next("git branch --list"))
}

fn checked_out(head: &Head) -> Result<String> {
    match head {
        Head::Branch { name, .. } => Ok(name.clone()),
        Head::Detached { .. } => Err(Failure::usage(
            "HEAD is on no branch here: say which branch the results go to with --into BRANCH",
        )
        .next("git branch --list")),
        Head::Unborn { name } => Err(Failure::unable(format!(
            "the branch '{name}' has no commit yet, so nothing can start from it"
        ))
        .next("git commit --allow-empty -m 'Start'")),
    }
}
