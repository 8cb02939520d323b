//! `git parallel check`: do these go together?

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::{Merged, ObjectSpace, Repository, Want};
use crate::integrate::{self, Asked, Report, Target};
use crate::store::{RunState, Selection, Store, TaskState};
use crate::ui::{check as show, text};

use super::FormatArgs;
use super::select::{self, Pointed};

/// Tell which branches merge with each other, pair by pair, and which land together
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Branches, commits, BASE..TIP, runs or tasks [default: the latest run's branches, else those
    /// of linked worktrees, else local branches ahead of the target]
    #[arg(value_name = "REV")]
    revisions: Vec<String>,
    /// All local branches, or those that match GLOB
    #[arg(long, value_name = "GLOB", num_args = 0..=1, require_equals = true, default_missing_value = "*")]
    branches: Option<String>,
    /// Branch that results go to; conflicts with it count
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Only the conflicted paths, one a line
    #[arg(long, conflicts_with_all = ["format", "json"])]
    name_only: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<Verdict> {
        check(context, self)
    }
}

fn check(context: &Context, args: &Args) -> Result<Verdict> {
    let repository = context.repository()?;
    let chosen = choose(context, &repository, args)?;
    // Only programs ask for the trees; people are answered sooner without.
    let want = if args.format.is_json() {
        Want::Trees
    } else {
        Want::Verdicts
    };
    let report = {
        let space = ObjectSpace::scratch(&repository)?;
        integrate::check(&space, chosen.target, &chosen.asked, want)?
    };
    let counts_target = args.into.is_some() || report.revisions.len() == 1;
    let verdict = overall(&report, counts_target);
    let screen = &context.screen;
    if args.format.is_json() {
        screen.answer_json(&show::document(&report, verdict));
    } else if args.name_only {
        screen.answer_raw(&show::name_only(
            &report,
            counts_target,
            screen.answers_to_terminal(),
        ));
    } else {
        screen.narrate(&format!("checking {}", text::clean(&chosen.what)));
        screen.answer(&show::render(&report, screen.paint()));
    }
    match verdict {
        show::Overall::Clean => Ok(Verdict::Done),
        show::Overall::Conflict => Ok(Verdict::Finding),
        show::Overall::Error => Err(undecided(&report, counts_target)),
    }
}

/// What is to be checked, and where the list comes from.
struct Chosen {
    target: Target,
    asked: Vec<Asked>,
    /// For the user: "the 5 branches of r1 against main".
    what: String,
}

fn choose(context: &Context, repository: &Repository, args: &Args) -> Result<Chosen> {
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
enum Found {
    One(Asked),
    Tasks(Box<Selection>),
}

fn find(context: &Context, repository: &Repository, store: &Store, typed: &str) -> Result<Found> {
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

fn overall(report: &Report, counts_target: bool) -> show::Overall {
    let against_target = report
        .matrix
        .against_target
        .iter()
        .filter(|_| counts_target);
    let pairs = report.matrix.pairs.iter().map(|pair| &pair.merged);
    pairs
        .chain(against_target)
        .map(show::verdict)
        .max()
        .unwrap_or(show::Overall::Clean)
}

fn undecided(report: &Report, counts_target: bool) -> Failure {
    let name = |at: usize| report.revisions[at].name.as_str();
    let pairs = report.matrix.pairs.iter();
    let pairs = pairs.map(|pair| (name(pair.a), name(pair.b), &pair.merged));
    let against_target = report.matrix.against_target.iter().enumerate();
    let against_target = against_target
        .filter(|_| counts_target)
        .map(|(at, merged)| (report.target.name.as_str(), name(at), merged));
    let first = pairs
        .chain(against_target)
        .find_map(|(a, b, merged)| match merged {
            Merged::Error(error) => Some((a, b, &error.message)),
            _ => None,
        });
    match first {
        Some((a, b, said)) => {
            Failure::unable(format!("git cannot merge {a} and {b} at all: {said}"))
                .next(format!("git merge-base {a} {b}"))
        }
        None => Failure::unable("git gave no answer"),
    }
}

fn no_branch(typed: &str, selection: &Selection) -> Failure {
    Failure::unable(format!("the task '{typed}' has no branch (yet)"))
        .next(format!("git parallel status {}", selection.run.run))
}
