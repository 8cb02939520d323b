//! `git parallel merge`: branches onto the target, all or none.

use std::collections::BTreeMap;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::{Oid, RunId, TaskId};
use crate::integrate::{
    self, Asked, Candidate, CleanOptions, Cleaned, MergeOptions, MergeOutcome, MergeResult, Probe,
    TaskOf,
};
use crate::settings::Settings;
use crate::store::{Outcome, RunState, Selection, Store, Strategy, TaskPhase, TaskState};
use crate::ui::clean as cleaning;
use crate::ui::merge::{self as show, LeftOut};

use super::select::{self, Pointed};
use super::{FormatArgs, check, pull_request};

/// Land branches on the target, all or none, in the best order
///
/// Everything is merged in memory first. Only when all of it goes together, and passes --verify,
/// the target moves, in one step. Without REV: the tasks of the latest run that are done.
///
/// When --verify fails on all of them together, it is run on fewer, by halves, until the branch is
/// found that breaks it; nothing lands then. With --partial, what conflicts, what breaks the
/// verification and what needs these is left out and named with its reason (exit code 1), and the
/// rest lands. The worktree of the verification is one for all runs: files that git ignores stay
/// from one to the next, as with git bisect run.
///
/// A merge makes a merge commit for each branch. A squash makes one commit for each, with the
/// author of its commits where that is one person. A rebase takes over its commits one by one, with
/// author, date and message; it leaves out what the target has already, and merges within the
/// branch. The branches themselves stay as they are. What stands on a branch that was squashed or
/// rebased here still merges from where it left that branch.
///
/// Hooks are asked as git asks them: for a merge pre-merge-commit, prepare-commit-msg and
/// commit-msg; for a squash prepare-commit-msg and commit-msg (not pre-commit, which looks at a
/// worktree, and there is none: use --verify); for a rebase prepare-commit-msg.
///
/// With --pr nothing is merged: the branches are pushed to the target's remote, and each gets a
/// pull request, through `gh` on GitHub and the options of a push on GitLab; elsewhere the address
/// is printed on which to open it. Its title and description come from the plan and the run, so
/// both are published, prompts included. A task that depends on one other is stacked on its branch.
/// A second call pushes what is new and brings base and description up to date; what people wrote
/// stays.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Branches, commits, runs or tasks [default: the latest run]
    #[arg(value_name = "REV|TASK")]
    revisions: Vec<String>,
    /// Branch that results go to [default: the run's, else the one checked out]
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// How work comes in: merge, squash or rebase [default: git's parallel.strategy, else merge]
    #[arg(long, value_name = "STRATEGY", hide_possible_values = true,
          value_parser = PossibleValuesParser::new(Strategy::NAMES).try_map(|name| name.parse::<Strategy>()))]
    strategy: Option<Strategy>,
    /// Land what lands, and name the rest with the reason
    #[arg(long)]
    partial: bool,
    /// A shell line that must succeed on the merged result before anything moves
    #[arg(long, value_name = "CMD")]
    verify: Option<String>,
    /// Push the branches and open a pull request for each, instead of merging
    #[arg(long, conflicts_with_all = ["verify", "strategy", "partial", "clean"])]
    pr: bool,
    /// Open pull requests as drafts
    #[arg(long, requires = "pr")]
    draft: bool,
    /// Skip the hooks pre-merge-commit, prepare-commit-msg and commit-msg; with --pr pre-push
    #[arg(long)]
    no_verify: bool,
    /// Then clean up after the tasks that landed, as clean does
    #[arg(long)]
    clean: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let settings = Settings::read(&repository)?;
        let gathered = self.gather(context, &repository, &store)?;
        let target = select::target(
            &repository,
            self.into.as_deref(),
            gathered.planned.as_deref(),
        )?;
        if self.pr {
            let asked = self.requests(&target, &gathered);
            return pull_request::run(context, &repository, &store, &settings, &asked);
        }
        let none_done = gathered.candidates.is_empty() && !gathered.left_out.is_empty();
        let options = MergeOptions {
            target: &target,
            strategy: self.strategy.unwrap_or(settings.strategy),
            partial: self.partial,
            verify: self.verify.as_deref(),
            hooks: !self.no_verify,
            dry_run: self.dry_run,
            purpose: self.purpose(),
        };
        let tell = |probe: &Probe<'_>| context.screen.narrate(&show::progress(probe));
        let candidates = gathered.candidates.clone();
        let outcome = integrate::merge(&repository, &store, &options, candidates, &tell)?;
        let swept = match self.cleans(&outcome) {
            true => Some(gathered.clean(context, &repository, &store, &target, &outcome)?),
            false => None,
        };
        self.show(context, &gathered, &outcome, swept.as_ref());
        let finding = match outcome.result {
            MergeResult::Nothing => none_done,
            MergeResult::Blocked | MergeResult::Failed(_) => true,
            MergeResult::WouldLand(_) | MergeResult::Landed { .. } => !outcome.behind.is_empty(),
        };
        match swept {
            Some(swept) if !finding => super::clean::judge(&swept.cleaned, &[], true),
            _ => Ok(Verdict::finding_if(finding)),
        }
    }

    /// Whether there is anything to clean up after.
    fn cleans(&self, outcome: &MergeOutcome) -> bool {
        let landed = match &outcome.result {
            MergeResult::Landed { .. } => true,
            MergeResult::Nothing => !outcome.already.is_empty(),
            _ => false,
        };
        self.clean && landed && !self.dry_run
    }

    fn show(
        &self,
        context: &Context,
        gathered: &Gathered,
        outcome: &MergeOutcome,
        swept: Option<&Swept>,
    ) {
        let cleaned = swept.map(|swept| cleaning::Report {
            cleaned: &swept.cleaned,
            operations: &swept.operations,
            dry_run: false,
            deleting: swept.deleting,
        });
        let report = show::Report {
            outcome,
            left_out: &gathered.left_out,
            run: gathered.run,
            typed: &self.again(),
            flags: &self.flags(),
            cleaned: cleaned.as_ref(),
        };
        if self.format.is_json() {
            context.screen.answer_json(&show::document(&report));
            return;
        }
        let look = context.screen.look();
        context.screen.answer(&show::render(&report, look));
        let paint = context.screen.paint_narration();
        for line in show::next(&report, paint) {
            context.screen.narrate(&line);
        }
    }

    /// The same call, to be typed once more.
    fn again(&self) -> Vec<String> {
        let mut words = vec!["merge".to_owned()];
        words.extend(self.flags());
        let strategy = self.strategy.map(|strategy| strategy.to_string());
        words.extend(
            strategy
                .into_iter()
                .flat_map(|s| ["--strategy".to_owned(), s]),
        );
        let given = [
            ("--partial", self.partial),
            ("--clean", self.clean),
            ("--pr", self.pr),
            ("--draft", self.draft),
        ];
        let given = given.into_iter().filter(|(_, given)| *given);
        words.extend(given.map(|(flag, _)| flag.to_owned()));
        words.extend(self.revisions.iter().cloned());
        words
    }

    /// Where to, and what must hold.
    fn flags(&self) -> Vec<String> {
        let valued = [("--into", &self.into), ("--verify", &self.verify)];
        let mut words = Vec::new();
        for (flag, value) in valued {
            words.extend(
                value
                    .iter()
                    .flat_map(|value| [flag.to_owned(), value.clone()]),
            );
        }
        words.extend(self.no_verify.then(|| "--no-verify".to_owned()));
        words
    }

    fn requests<'a>(&'a self, target: &'a str, gathered: &'a Gathered) -> pull_request::Asked<'a> {
        pull_request::Asked {
            target,
            candidates: &gathered.candidates,
            left_out: &gathered.left_out,
            again: self.again(),
            draft: self.draft,
            hooks: !self.no_verify,
            dry_run: self.dry_run,
            json: self.format.is_json(),
        }
    }

    fn purpose(&self) -> String {
        let mut words = vec!["parallel merge".to_owned()];
        words.extend(self.revisions.iter().cloned());
        words.join(" ")
    }

    fn gather(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
    ) -> Result<Gathered> {
        let mut gathered = Gathered::default();
        if self.revisions.is_empty() {
            let latest = select::selection(store, None)?;
            gathered.add_selection(repository, &latest)?;
        }
        for typed in &self.revisions {
            match select::point(repository, store, &context.screen, typed)? {
                Pointed::Revision { name, commit } => gathered.add_revision(&name, commit),
                Pointed::Selection(selection) => gathered.add_selection(repository, &selection)?,
            }
        }
        Ok(gathered)
    }
}

/// What was cleaned up after it.
#[derive(Default)]
struct Swept {
    cleaned: Vec<Cleaned>,
    /// Their numbers in the operations' journal.
    operations: Vec<u64>,
    /// Files are still being deleted, in the background.
    deleting: bool,
}

/// What is to land, and what was meant but cannot.
#[derive(Default)]
struct Gathered {
    candidates: Vec<Candidate>,
    left_out: Vec<LeftOut>,
    /// The target that the plan names.
    planned: Option<String>,
    run: Option<RunId>,
}

impl Gathered {
    fn add_revision(&mut self, name: &str, commit: Oid) {
        self.add(Candidate {
            asked: Asked::revision(name, commit),
            task: None,
        });
    }

    /// The tasks that are done. A task that was pointed at by itself lands whatever its outcome,
    /// once nobody works on it.
    fn add_selection(&mut self, repository: &Repository, selection: &Selection) -> Result<()> {
        let run = &selection.run;
        self.planned.get_or_insert_with(|| run.target.clone());
        self.run.get_or_insert(run.run);
        for task in selection.tasks() {
            let done = task.outcome == Some(Outcome::Done);
            if selection.task.is_some() && task.phase != TaskPhase::Finished {
                return Err(still_open(run, task));
            }
            let chosen = selection.task.is_some() && task.branch.is_some();
            match check::of_task(repository, run, task) {
                Some(asked) if done || chosen => self.add(Candidate {
                    asked,
                    task: Some(TaskOf {
                        run: run.run,
                        id: task.id,
                        title: task.title.clone(),
                    }),
                }),
                None if done => self.left_out.push(LeftOut::gone(task)),
                _ => self.left_out.push(LeftOut::of(run, task)),
            }
        }
        Ok(())
    }

    fn add(&mut self, candidate: Candidate) {
        let known = |one: &Candidate| one.asked.name == candidate.asked.name;
        if !self.candidates.iter().any(known) {
            self.candidates.push(candidate);
        }
    }

    /// Cleans up after the tasks that the target holds now.
    fn clean(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
        target: &str,
        outcome: &MergeOutcome,
    ) -> Result<Swept> {
        let behind = |one: &Candidate| outcome.behind.iter().any(|b| b.name == one.asked.name);
        let landed = self.candidates.iter().filter(|one| !behind(one));
        let mut runs: BTreeMap<RunId, Vec<TaskId>> = BTreeMap::new();
        for task in landed.filter_map(|one| one.task.as_ref()) {
            runs.entry(task.run).or_default().push(task.id);
        }
        let options = CleanOptions {
            target,
            force: false,
            dry_run: false,
            folder: &context.folder,
        };
        let mut swept = Swept::default();
        for (run, tasks) in runs {
            let outcome = integrate::clean(repository, store, run, &tasks, &options)?;
            swept.cleaned.extend(outcome.cleaned);
            swept.operations.extend(outcome.operation);
            swept.deleting |= outcome.deleting;
        }
        Ok(swept)
    }
}

fn still_open(run: &RunState, task: &TaskState) -> Failure {
    Failure::refused(format!(
        "{}/{} {} has no outcome yet",
        run.run, task.id, task.name
    ))
    .kept("nothing was moved")
    .next(format!("git parallel status {}", run.run))
}
