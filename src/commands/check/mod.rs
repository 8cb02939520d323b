//! `git parallel check`: do these go together?

mod choose;
mod lines;
mod planned;
mod tasks;
mod worktrees;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict, shell_word};
use crate::git::{Merged, ObjectSpace, Pathspecs, Want};
use crate::integrate::{self, Report, Scope};
use crate::store::Store;
use crate::ui::{check as show, text};

use super::FormatArgs;

pub use tasks::{no_branch, of_task};

/// Tell which branches merge with each other, pair by pair, and which land together
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Branches, commits, BASE..TIP, folders of worktrees, runs or tasks [default: the latest run's
    /// branches, else those of linked worktrees, else local branches ahead of the target]
    #[arg(value_name = "REV")]
    revisions: Vec<String>,
    /// All local branches, or those that match GLOB
    #[arg(long, value_name = "GLOB", num_args = 0..=1, require_equals = true, default_missing_value = "*")]
    branches: Option<String>,
    /// All remote-tracking branches, or those that match GLOB
    #[arg(long, value_name = "GLOB", num_args = 0..=1, require_equals = true, default_missing_value = "*")]
    remotes: Option<String>,
    /// All worktrees, with what is not committed there
    #[arg(long)]
    worktrees: bool,
    /// The tasks of a plan, by what they declare, before any code exists
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["revisions", "branches", "remotes", "worktrees", "into", "patch", "records", "pathspecs"])]
    plan: Option<String>,
    /// Branch that results go to; conflicts with it count
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Also the conflicting lines: of the base and of both sides
    #[arg(long, conflicts_with_all = ["format", "json", "name_only", "stdin"])]
    patch: bool,
    /// Only the conflicted paths, one a line
    #[arg(long, group = "records", conflicts_with_all = ["format", "json"])]
    name_only: bool,
    /// Read lines of two or more revisions and answer each with one line of JSON
    #[arg(long, group = "records", conflicts_with_all = ["revisions", "branches", "remotes", "worktrees", "into", "format", "pathspecs"])]
    stdin: bool,
    /// With --name-only: end each path in NUL. With --stdin: each revision ends in NUL, and each
    /// line in one more
    #[arg(short, requires = "records")]
    z: bool,
    /// Only overlaps and conflicts on these paths count
    #[arg(value_name = "PATHSPEC", last = true)]
    pathspecs: Vec<String>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    fn names_revisions(&self) -> bool {
        let by_kind = self.branches.is_some() || self.remotes.is_some() || self.worktrees;
        by_kind || !self.revisions.is_empty()
    }

    /// Runs the command.
    pub fn run(&self, context: &Context) -> Result<Verdict> {
        check(context, self)
    }
}

fn check(context: &Context, args: &Args) -> Result<Verdict> {
    let repository = context.remembering_repository()?;
    if args.stdin {
        return lines::answer(context, &repository, args.z);
    }
    if let Some(plan) = &args.plan {
        return planned::check(context, &repository, plan, args.format.is_json());
    }
    // Only programs ask for the trees; people are answered sooner without.
    let want = if args.format.is_json() {
        Want::TreeIds
    } else {
        Want::Verdicts
    };
    let space = ObjectSpace::scratch(&repository);
    let chosen = choose::choose(context, &space, args)?;
    let mut scope = match args.pathspecs.as_slice() {
        [] => Scope::default(),
        typed => Scope::within(Pathspecs::new(&repository, &context.folder, typed)?),
    };
    let report = ask(&space, &chosen, want, &mut scope)?;
    let counts_target = args.into.is_some() || report.revisions.len() == 1;
    let verdict = overall(&report, counts_target);
    context.screen.detail(&effort(&report));
    let screen = &context.screen;
    if args.format.is_json() {
        let lines = integrate::line_counts(space.repository(), &report.revisions)?;
        screen.answer_json(&show::document(&report, &lines, verdict));
    } else if args.name_only {
        let paths = show::conflicted(&report, counts_target);
        screen.answer_raw(&show::name_only(
            &paths,
            args.z,
            screen.answers_to_terminal(),
        ));
    } else {
        screen.narrate(&format!("checking {}", text::clean(&chosen.what)));
        let patches = args
            .patch
            .then(|| integrate::patches(space.repository(), &report));
        let patches = patches.transpose()?;
        screen.answer(&show::render(&report, patches.as_ref(), screen.look()));
        let commands = show::next(&report, chosen.run, args.patch);
        let paint = screen.paint_narration();
        for command in commands {
            screen.narrate(&format!("next: {}", paint.cyan(&text::clean(&command))));
        }
    }
    match verdict {
        show::Overall::Clean => Ok(Verdict::Done),
        show::Overall::Conflict => Ok(Verdict::Finding),
        show::Overall::Error => Err(undecided(&report, counts_target)),
    }
}

/// Asks, with what came onto some branch in another form taken for what it is.
fn ask(
    space: &ObjectSpace,
    chosen: &choose::Chosen,
    want: Want,
    scope: &mut Scope,
) -> Result<Report> {
    let known = integrate::reformed(&Store::of(space.repository().common_dir()))?;
    let target = chosen.target.clone();
    integrate::check_within(space, &known, target, &chosen.asked, want, scope)
}

/// How much of the answer was proven in this process, and how much git was asked.
fn effort(report: &Report) -> String {
    let matrix = &report.matrix;
    let pairs = matrix.pairs.iter().map(|pair| &pair.merged);
    let answers: Vec<&Merged> = pairs.chain(&matrix.against_target).collect();
    let apart = |merged: &&&Merged| matches!(merged, Merged::Clean { apart: true, .. });
    format!(
        "{} merges, {} of them of branches that touch nothing in common",
        answers.len(),
        answers.iter().filter(apart).count()
    )
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

/// The first thing that could not be told.
fn undecided(report: &Report, counts_target: bool) -> Failure {
    let troubled = report.revisions.iter().find_map(|revision| {
        let worktree = revision.worktree.as_ref()?;
        Some((worktree, worktree.trouble.as_ref()?))
    });
    if let Some((worktree, trouble)) = troubled {
        let folder = worktree.path.to_string_lossy();
        return Failure::unable(&trouble.message)
            .next(format!("git -C {} status", shell_word(&folder)));
    }
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
            Merged::Error(error) => Some((a, b, error)),
            _ => None,
        });
    match first {
        Some((a, b, error)) => Failure::unable(format!(
            "git cannot merge {a} and {b} at all: {}",
            error.message
        ))
        .next(error.remedy(a, b)),
        None => Failure::unable("git gave no answer"),
    }
}
