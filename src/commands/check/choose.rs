//! What is to be checked: what was typed, or what there is to check by itself.

use std::cell::OnceCell;

use crate::context::Context;
use crate::error::{Failure, Result};
use crate::git::{ObjectSpace, Repository, Worktree, seats};
use crate::id::{Oid, RunId};
use crate::integrate::{self, Asked, Target};
use crate::store::{Selection, Store};
use crate::ui::text;

use super::tasks::{no_branch, of_tasks};
use super::{Args, worktrees};
use crate::commands::select::{self, Pointed};

/// What is to be checked, and where the list comes from.
pub struct Chosen {
    pub target: Target,
    pub asked: Vec<Asked>,
    /// For the user: "the 5 branches of r1 against main".
    pub what: String,
    /// The run whose tasks these are, where it was not typed.
    pub run: Option<RunId>,
}

/// Chooses; what worktrees hold uncommitted goes into `space`.
pub fn choose(context: &Context, space: &ObjectSpace, args: &Args) -> Result<Chosen> {
    let chooser = Chooser {
        context,
        space,
        repository: space.repository(),
        store: Store::of(space.repository().common_dir()),
        args,
        worktrees: OnceCell::new(),
    };
    if args.names_revisions() {
        chooser.as_typed()
    } else {
        chooser.by_default()
    }
}

struct Chooser<'a> {
    context: &'a Context,
    space: &'a ObjectSpace,
    repository: &'a Repository,
    store: Store,
    args: &'a Args,
    /// Listed when the first folder was typed.
    worktrees: OnceCell<Vec<Worktree>>,
}

impl Chooser<'_> {
    fn as_typed(&self) -> Result<Chosen> {
        let mut found = Vec::new();
        let mut planned = None;
        for typed in &self.args.revisions {
            if let Some(one) = self.worktree(typed)? {
                found.push(one);
                continue;
            }
            match find(self.context, self.repository, &self.store, typed)? {
                Found::One(one) => found.push((*one, None)),
                Found::Tasks(selection) => {
                    let tasks = of_tasks(self.repository, &selection);
                    found.extend(tasks.into_iter().map(|task| (task, None)));
                    planned.get_or_insert(selection.run.target);
                }
            }
        }
        let mut asked = worktrees::look(self.space, found)?;
        let target = self.target(planned.as_deref())?;
        let listed = self.listed(&target)?;
        let number = listed.len();
        let ahead = self.ahead(&target, listed)?;
        let held = number - ahead.len();
        asked.extend(ahead);
        let asked = each_once(asked);
        let mut what = format!(
            "{} against {}",
            text::count(asked.len(), "revision", "revisions"),
            target.name
        );
        if held > 0 {
            what.push_str(&format!(", which holds {held} more already"));
        }
        Ok(Chosen {
            what,
            target,
            asked,
            run: None,
        })
    }

    /// What was asked for by kind.
    fn listed(&self, target: &Target) -> Result<Vec<Asked>> {
        let mut listed = Vec::new();
        if let Some(glob) = &self.args.branches {
            listed.extend(self.repository.branches(Some(glob))?);
        }
        if let Some(glob) = &self.args.remotes {
            listed.extend(self.repository.remote_branches(glob)?);
        }
        let mut listed: Vec<Asked> = listed
            .iter()
            .filter(|branch| branch.name != target.name)
            .map(|branch| Asked::revision(&branch.name, branch.commit))
            .collect();
        if self.args.worktrees {
            listed.extend(worktrees::all(self.space, target)?);
        }
        Ok(listed)
    }

    /// The worktree whose folder was typed, where nothing else bears that name.
    fn worktree(&self, typed: &str) -> Result<Option<worktrees::Found>> {
        let folder = self.context.folder.join(typed);
        if !folder.is_dir() || self.repository.find_commit(typed).is_some() {
            return Ok(None);
        }
        let worktrees = match self.worktrees.get() {
            Some(worktrees) => worktrees,
            None => {
                let listed = self.repository.worktrees()?;
                self.worktrees.get_or_init(|| listed)
            }
        };
        Ok(worktrees::at(worktrees, &folder, typed))
    }

    fn target(&self, planned: Option<&str>) -> Result<Target> {
        let name = select::target(self.repository, self.args.into.as_deref(), planned)?;
        let commit = self.repository.commit(&format!("refs/heads/{name}"))?;
        Ok(Target { name, commit })
    }

    /// The latest run's branches, else those of linked worktrees, both with what is not committed
    /// there, else all branches that are ahead of the target: the first of these that are any.
    fn by_default(&self) -> Result<Chosen> {
        if let Some(run) = self.store.latest_run()? {
            let selection = Selection {
                run: self.store.load_run(run)?,
                task: None,
            };
            let target = self.target(Some(&selection.run.target))?;
            let asked = worktrees::of_tasks(self.space, &selection)?;
            let asked = self.ahead(&target, asked)?;
            if !asked.is_empty() {
                let number = text::count(asked.len(), "branch", "branches");
                let what = format!("the {number} of {run} against {}", target.name);
                return Ok(Chosen {
                    what: what + &uncommitted(&asked),
                    target,
                    asked,
                    run: Some(run),
                });
            }
        }
        let target = self.target(None)?;
        let linked = worktrees::linked(self.space, &target)?;
        let linked = self.ahead(&target, linked)?;
        let (asked, whose) = if linked.is_empty() {
            let branches = self.repository.branches(None)?;
            let all = branches
                .iter()
                .map(|b| Asked::revision(&b.name, b.commit))
                .collect();
            (self.ahead(&target, all)?, "local")
        } else {
            (linked, "worktree")
        };
        let one = format!("{whose} branch");
        let number = text::count(asked.len(), &one, &format!("{one}es"));
        let what = format!("{number} ahead of {}", target.name);
        Ok(Chosen {
            what: what + &uncommitted(&asked),
            target,
            asked,
            run: None,
        })
    }

    /// Those that the target does not hold already, in this form or in another.
    fn ahead(&self, target: &Target, asked: Vec<Asked>) -> Result<Vec<Asked>> {
        if asked.is_empty() {
            return Ok(asked);
        }
        let commits: Vec<Oid> = asked.iter().map(|one| one.commit).collect();
        let known = integrate::reformed(&self.store)?;
        let held = seats(self.space, &known, target.commit, &commits)?.target;
        let with_target = commits.iter().map(|&commit| (held, commit));
        let bases = self
            .repository
            .merge_bases(&with_target.collect::<Vec<_>>())?;
        let troubled = |one: &Asked| one.worktree.as_ref().is_some_and(|w| w.trouble.is_some());
        let asked = asked.into_iter().zip(bases);
        let ahead = asked.filter(|(one, base)| troubled(one) || *base != Some(one.commit));
        Ok(ahead.map(|(one, _)| one).collect())
    }
}

/// Every name once: as a worktree's, with what is not committed there, or else as it came first.
fn each_once(asked: Vec<Asked>) -> Vec<Asked> {
    let mut once: Vec<Asked> = Vec::new();
    for one in asked {
        match once.iter_mut().find(|known| known.name == one.name) {
            Some(known) if known.worktree.is_none() && one.worktree.is_some() => *known = one,
            Some(_) => {}
            None => once.push(one),
        }
    }
    once
}

/// ", 2 of them with uncommitted work", or nothing.
fn uncommitted(asked: &[Asked]) -> String {
    let dirty = |one: &&Asked| one.worktree.as_ref().is_some_and(|w| w.dirty);
    match asked.iter().filter(dirty).count() {
        0 => String::new(),
        number => format!(", {number} of them with uncommitted work"),
    }
}

/// What a word on the command line stands for.
pub enum Found {
    One(Box<Asked>),
    /// A whole run.
    Tasks(Box<Selection>),
}

/// Looks a word up that names a revision, a run or a task.
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
        return Ok(Found::One(Box::new(Asked::range(typed, base, tip))));
    }
    Ok(
        match select::point(repository, store, &context.screen, typed)? {
            Pointed::Revision { name, commit } => {
                Found::One(Box::new(Asked::revision(&name, commit)))
            }
            Pointed::Selection(selection) => {
                let branched = of_tasks(repository, &selection);
                match (selection.task, branched.into_iter().next()) {
                    (Some(_), None) => return Err(no_branch(typed, &selection)),
                    (Some(_), Some(mut one)) => {
                        typed.clone_into(&mut one.name);
                        Found::One(Box::new(one))
                    }
                    (None, _) => Found::Tasks(selection),
                }
            }
        },
    )
}
