//! What is to be checked: what was typed, or what there is to check by itself.

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::integrate::{Asked, Target};
use crate::store::{RunState, Selection, Store, TaskState};
use crate::ui::text;

use super::Args;
use crate::commands::select::{self, Pointed};

/// What is to be checked, and where the list comes from.
pub struct Chosen {
    pub target: Target,
    pub asked: Vec<Asked>,
    /// For the user: "the 5 branches of r1 against main".
    pub what: String,
}

/// Chooses.
pub fn choose(context: &Context, repository: &Repository, args: &Args) -> Result<Chosen> {
    let store = Store::of(repository.common_dir());
    if args.revisions.is_empty() && args.branches.is_none() {
        return by_default(repository, &store, args);
    }
    let mut asked = Vec::new();
    let mut planned = None;
    for typed in &args.revisions {
        match find(context, repository, &store, typed)? {
            Found::One(one) => asked.push(one),
            Found::Tasks(selection) => {
                asked.extend(of_tasks(repository, &selection));
                planned.get_or_insert(selection.run.target);
            }
        }
    }
    let target = target(repository, args, planned.as_deref())?;
    if let Some(glob) = &args.branches {
        let branches = repository.branches(Some(glob))?.into_iter();
        let others = branches.filter(|branch| branch.name != target.name);
        asked.extend(others.map(|branch| Asked::revision(&branch.name, branch.commit)));
    }
    let mut seen = std::collections::BTreeSet::new();
    asked.retain(|one| seen.insert(one.name.clone()));
    let number = text::count(asked.len(), "revision", "revisions");
    Ok(Chosen {
        what: format!("{number} against {}", target.name),
        target,
        asked,
    })
}

/// What a word on the command line stands for.
pub enum Found {
    One(Asked),
    /// A whole run.
    Tasks(Box<Selection>),
}

/// Looks a word up.
pub fn find(
    context: &Context,
    repository: &Repository,
    store: &Store,
    typed: &str,
) -> Result<Found> {
    if let Some((base, tip)) = typed.split_once("..") {
        if tip.starts_with('.') {
            return Err(Failure::usage(format!(
                "'{typed}' has three dots: BASE..TIP, with two, is the work of TIP since BASE"
            ))
            .next("git parallel check --help"));
        }
        let or_head = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
        let base = repository.commit(&or_head(base))?;
        let tip = repository.commit(&or_head(tip))?;
        return Ok(Found::One(Asked::range(typed, base, tip)));
    }
    Ok(
        match select::point(repository, store, &context.screen, typed)? {
            Pointed::Revision { name, commit } => Found::One(Asked::revision(&name, commit)),
            Pointed::Selection(selection) => {
                let branched = of_tasks(repository, &selection);
                match (selection.task, branched.into_iter().next()) {
                    (Some(_), None) => return Err(no_branch(typed, &selection)),
                    (Some(_), Some(mut one)) => {
                        typed.clone_into(&mut one.name);
                        Found::One(one)
                    }
                    (None, _) => Found::Tasks(Box::new(selection)),
                }
            }
        },
    )
}

/// The selected tasks that have a branch, by their names.
fn of_tasks(repository: &Repository, selection: &Selection) -> Vec<Asked> {
    let of_task = |task| of_task(repository, &selection.run, task);
    selection.tasks().filter_map(of_task).collect()
}

/// A task's branch, as far as it has one.
pub fn of_task(repository: &Repository, run: &RunState, task: &TaskState) -> Option<Asked> {
    let name_of = |id| run.task(id).map(|task| task.name.clone());
    let branch = task.branch.as_ref()?;
    let tip = repository.find_ref(&format!("refs/heads/{branch}"))?;
    Some(Asked {
        // A base that is gone (a history rewritten) says nothing.
        start: task
            .base
            .filter(|base| repository.find_commit(&base.to_string()).is_some()),
        depends: task.depends.iter().copied().filter_map(name_of).collect(),
        ..Asked::revision(&task.name, tip)
    })
}

fn target(repository: &Repository, args: &Args, planned: Option<&str>) -> Result<Target> {
    let name = select::target(repository, args.into.as_deref(), planned)?;
    let commit = repository.commit(&format!("refs/heads/{name}"))?;
    Ok(Target { name, commit })
}

/// The latest run's branches, else those of linked worktrees, else all that are ahead of the
/// target: the first of these that are any.
fn by_default(repository: &Repository, store: &Store, args: &Args) -> Result<Chosen> {
    if let Some(run) = store.latest_run()? {
        let selection = Selection {
            run: store.load_run(run)?,
            task: None,
        };
        let target = target(repository, args, Some(&selection.run.target))?;
        let asked = ahead(repository, &target, of_tasks(repository, &selection))?;
        if !asked.is_empty() {
            let number = text::count(asked.len(), "branch", "branches");
            let what = format!("the {number} of {run} against {}", target.name);
            return Ok(Chosen {
                target,
                asked,
                what,
            });
        }
    }
    let target = target(repository, args, None)?;
    let linked = ahead(repository, &target, in_worktrees(repository)?)?;
    let (asked, whose) = if linked.is_empty() {
        let branches = repository.branches(None)?;
        let all = branches
            .iter()
            .map(|b| Asked::revision(&b.name, b.commit))
            .collect();
        (ahead(repository, &target, all)?, "local")
    } else {
        (linked, "worktree")
    };
    let one = format!("{whose} branch");
    let number = text::count(asked.len(), &one, &format!("{one}es"));
    Ok(Chosen {
        what: format!("{number} ahead of {}", target.name),
        target,
        asked,
    })
}

/// What is checked out in linked worktrees, by branch, or by folder where there is no branch.
fn in_worktrees(repository: &Repository) -> Result<Vec<Asked>> {
    let linked = repository.worktrees()?.into_iter().skip(1);
    let asked = linked.filter_map(|worktree| {
        let name = worktree
            .branch
            .unwrap_or_else(|| worktree.path.display().to_string());
        worktree.commit.map(|commit| Asked::revision(&name, commit))
    });
    Ok(asked.collect())
}

/// Those that the target does not hold already.
fn ahead(repository: &Repository, target: &Target, asked: Vec<Asked>) -> Result<Vec<Asked>> {
    let mut ahead = Vec::new();
    for one in asked {
        if !repository.is_ancestor(one.commit, target.commit)? {
            ahead.push(one);
        }
    }
    Ok(ahead)
}

/// A task that has nothing to look at.
pub fn no_branch(typed: &str, selection: &Selection) -> Failure {
    Failure::unable(format!("the task '{typed}' has no branch (yet)"))
        .next(format!("git parallel status {}", selection.run.run))
}
