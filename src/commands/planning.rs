//! From what people point at to a plan: a stored plan, a task file, a list of tasks.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::context::Context;
use crate::duration;
use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::id::{Oid, PlanId, RunId};
use crate::plan::{
    self, BuiltIn, EstimateSource, Learned, OverheadSource, Overheads, Plan, PlanKind, PlanOptions,
    Problem, ValidPlan,
};
use crate::settings::{Settings, SplitterSetting};
use crate::store::{self, Store};
use crate::survey;
use crate::ui;

use super::learned::experience;
use super::present::present;
use super::select;
use super::specialists::specialists;
use super::splitter::{Asked, divide};
use super::task_source::{Source, Tasks, in_file, newest_task_file, read};

/// What a plan is made for, as typed.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct PlanningArgs {
    /// The commit that worktrees start from [default: the branch that results go to]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// The branch that results go to [default: the current branch]
    #[arg(long, value_name = "BRANCH")]
    pub into: Option<String>,
    /// How much work it is: small, medium, large, xlarge or a time such as 45m
    #[arg(long, value_name = "SIZE", value_parser = scope)]
    pub scope: Option<f64>,
    /// How many tasks to work on at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub splits: Option<u16>,
    /// Who divides a goal [default: parallel.splitter, or auto]
    #[arg(long, value_enum, value_name = "NAME")]
    pub splitter: Option<SplitterSetting>,
    /// Whom a splitter asks: each command has its own flags for that.
    #[arg(skip)]
    pub asked: Asked,
    /// Whether a goal is to be divided although that does not pay off: only `split` is asked that.
    #[arg(skip)]
    pub forced: bool,
}

impl PlanningArgs {
    /// Which splitter is wanted, and whom it is to ask.
    fn asking(&self) -> (SplitterSetting, &Asked) {
        (self.splitter.unwrap_or_default(), &self.asked)
    }

    /// Refuses what was typed for a splitter, which only a goal in words needs.
    fn refuse_to_divide(&self, tasks: &Tasks, name: &impl Display) -> Result<()> {
        let asks = self.splitter.is_some() || self.asked.names_a_server();
        if !asks || matches!(tasks, Tasks::Goal(_)) {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "--splitter and --model say who divides a goal in words, and {name} needs no dividing"
        ))
        .next("git parallel split --help"))
    }

    /// Refuses what would not change a plan that was written to a file.
    fn refuse_for_file(&self, name: &impl Display) -> Result<()> {
        if self.scope.is_none() && self.splits.is_none() {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{name} is a finished plan: --scope and --splits would not change it"
        )))
    }

    /// Refuses what would not change a plan that is finished.
    fn refuse_for(&self, plan: PlanId) -> Result<()> {
        let asked = self.asked.clone();
        if *self
            == (Self {
                asked,
                ..Self::default()
            })
        {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{plan} is a finished plan: --base, --into, --scope, --splits and --splitter would not change it"
        ))
        .next(format!("git parallel run {plan}")))
    }
}

/// Seconds of work that a size stands for, as published with the cost rule.
fn scope(text: &str) -> Result<f64, String> {
    let minutes = |number: u32| Ok(f64::from(number) * 60.0);
    match text {
        "small" => minutes(5),
        "medium" => minutes(20),
        "large" => minutes(60),
        "xlarge" => minutes(180),
        _ => duration::parse(text)
            .map(|time| time.as_secs_f64())
            .map_err(|expected| format!("expected small, medium, large, xlarge or {expected}")),
    }
}

/// A plan, and whether it has to be stored before it can be run.
#[derive(Debug)]
pub struct Found {
    pub plan: ValidPlan,
    is_new: bool,
}

impl Found {
    /// A plan that was just drawn.
    pub fn new(plan: ValidPlan) -> Self {
        Self { plan, is_new: true }
    }

    fn stored(plan: ValidPlan) -> Self {
        Self {
            plan,
            is_new: false,
        }
    }

    /// The plan, stored.
    pub fn keep(self, store: &Store) -> Result<ValidPlan> {
        match self.is_new {
            true => keep_plan(store, self.plan),
            false => Ok(self.plan),
        }
    }
}

/// The plan that was typed: an id such as `p1`, or a `.json` or `.md` file, which is planned; or the
/// newest stored plan that was not run yet. Nothing is stored.
pub fn find_plan(
    context: &Context,
    repository: &Repository,
    store: &Store,
    typed: Option<&str>,
    planning: &PlanningArgs,
) -> Result<Found> {
    let draw =
        |source: &Source| draw_plan(context, repository, store, source, planning).map(Found::new);
    let Some(typed) = typed else {
        if let Some(path) = task_file_newer_than_plans(context, repository, store)? {
            context.screen.narrate(&format!(
                "Taking {}, the newest task file in the usual places.",
                ui::text::clean(&path.to_string_lossy())
            ));
            return draw(&Source::File(path));
        }
        let plan = stored(store, newest_not_run(store)?)?;
        planning.refuse_for(plan.id)?;
        context.screen.narrate(&format!(
            "Taking {}, the newest plan not yet run: {}",
            plan.id,
            ui::text::clean(&plan.goal)
        ));
        return Ok(Found::stored(plan));
    };
    if let Ok(id) = typed.parse::<PlanId>() {
        planning.refuse_for(id)?;
        return stored(store, id).map(Found::stored);
    }
    let is_file = typed == "-" || typed.ends_with(".json") || typed.ends_with(".md");
    if is_file || context.folder.join(typed).is_file() {
        return draw(&Source::File(PathBuf::from(typed)));
    }
    if plan::is_in_words(typed) {
        return goal_to_run(context, repository, store, typed, planning).map(Found::new);
    }
    Err(Failure::usage(format!(
        "'{typed}' is no plan: expected an id such as p1, a .json or .md file, or a goal in words"
    ))
    .next("git parallel split"))
}

/// A plan for a goal in words; of one task, where dividing it does not pay off.
fn goal_to_run(
    context: &Context,
    repository: &Repository,
    store: &Store,
    goal: &str,
    planning: &PlanningArgs,
) -> Result<ValidPlan> {
    let source = Source::Goal(goal.to_owned());
    let mut plan = draw_plan(context, repository, store, &source, planning)?;
    if !plan.worth {
        context.screen.narrate(&format!(
            "One session for all of it, since dividing it does not pay off: {}.",
            ui::text::clean(&plan.reason)
        ));
        let whole = Source::Titles {
            titles: vec![goal.to_owned()],
            prompt: None,
            documents: false,
        };
        plan = draw_plan(context, repository, store, &whole, planning)?;
    }
    Ok(plan)
}

fn stored(store: &Store, id: PlanId) -> Result<ValidPlan> {
    plan::validate(store.load_plan(id)?).map_err(|problems| {
        Failure::unable(told(&store.plan_path(id).display(), &problems)).kept("the plan as it is")
    })
}

/// The newest task file in the usual places, if it was written after the newest plan was made.
fn task_file_newer_than_plans(
    context: &Context,
    repository: &Repository,
    store: &Store,
) -> Result<Option<PathBuf>> {
    let Some((path, written)) = newest_task_file(context, repository) else {
        return Ok(None);
    };
    let newest = match store.plan_ids()?.last() {
        Some(id) => Some(store.load_plan::<Plan>(*id)?.created),
        None => None,
    };
    let written = Timestamp::try_from(written).ok();
    Ok(Some(path).filter(|_| newest.is_none() || written > newest))
}

fn newest_not_run(store: &Store) -> Result<PlanId> {
    let ids = store.plan_ids()?;
    let mut run = HashSet::new();
    for id in store.run_ids()? {
        run.insert(plan_that_was_run(store, id)?);
    }
    let open = ids.iter().rev().find(|id| !run.contains(id));
    open.copied().ok_or_else(|| match ids.last() {
        None => Failure::unable("there is no plan yet").next("git parallel split --from FILE"),
        Some(last) => Failure::unable(format!("all plans were run; {last} is the newest"))
            .next(format!("git parallel run {last}"))
            .next("git parallel split --from FILE"),
    })
}

/// The plan of a run; that of one with a damaged journal, too.
fn plan_that_was_run(store: &Store, run: RunId) -> Result<PlanId> {
    store.load_run(run).map_or_else(
        |failure| match store.run_plan::<Plan>(run) {
            Ok(plan) => Ok(plan.id),
            Err(_) => Err(failure),
        },
        |state| Ok(state.plan),
    )
}

/// Stores a plan that was drawn, under the store's lock, with the next free id.
pub fn keep_plan(store: &Store, made: ValidPlan) -> Result<ValidPlan> {
    let _lock = store.lock("split")?;
    let made = made.with_id(store.next_plan_id()?);
    store.save_plan(made.id, made.plan())?;
    Ok(made)
}

/// Makes a plan with the id that it would get, and stores nothing.
pub fn draw_plan(
    context: &Context,
    repository: &Repository,
    store: &Store,
    source: &Source,
    args: &PlanningArgs,
) -> Result<ValidPlan> {
    let settings = Settings::read(repository)?;
    let (name, tasks) = read(context, source)?;
    let planned = match &tasks {
        Tasks::Draft(_) | Tasks::Goal(_) | Tasks::Takes(_) => None,
        Tasks::Stored(plan) => Some((plan.target.as_str(), plan.base)),
    };
    let (target, base) = ends(repository, args, planned)?;
    let learned = plan::learn(&experience(store)?, built_in(&settings));
    let options = PlanOptions {
        id: store.next_plan_id()?,
        kind: PlanKind::Tasks,
        present: HashSet::new(),
        base,
        target,
        created: Timestamp::now(),
        total: args.scope.map(|seconds| (seconds, EstimateSource::Scope)),
        scope: None,
        objection: None,
        forced: args.forced,
        notes: Vec::new(),
        splits: allowed(args.splits, &settings)?,
        overheads: overheads(&settings, learned),
        learned,
        strategy: strategy(settings.strategy),
        sessions: settings.sessions,
    };
    args.refuse_to_divide(&tasks, &name)?;
    let (draft, mut options) = match tasks {
        Tasks::Stored(plan) => {
            args.refuse_for_file(&name)?;
            return adopt(*plan, options, &name);
        }
        Tasks::Draft(draft) => (draft, options),
        Tasks::Takes(draft) => {
            let kind = PlanKind::Variants;
            (draft, PlanOptions { kind, ..options })
        }
        Tasks::Goal(text) => divide(
            context,
            repository,
            &settings,
            args.asking(),
            &text,
            options,
        )?,
    };
    options.present = present(repository, base, &draft)?;
    let crowded = too_many(repository, &settings, draft.tasks.len())?;
    options.notes.extend(crowded);
    let plan = plan::assemble(draft, options).map_err(|mistakes| in_file(&name, &mistakes))?;
    foreseen(context, repository, plan)
}

/// The plan with what the past and the installed specialists say of it.
fn foreseen(context: &Context, repository: &Repository, plan: ValidPlan) -> Result<ValidPlan> {
    let contested: Vec<&str> = plan.contested_files().into_iter().collect();
    let plan = if contested.is_empty() {
        plan
    } else {
        let shelf = context.shelf(repository);
        let past = survey::collisions(repository, plan.base, &contested, &shelf)?;
        plan::foresee_conflicts(plan, &past)
    };
    Ok(plan::cast(plan, &specialists(context, repository)))
}

/// What to know where more worktrees are needed than there may be.
fn too_many(repository: &Repository, settings: &Settings, tasks: usize) -> Result<Option<Problem>> {
    let linked = repository.worktrees()?.len().saturating_sub(1);
    let free = settings.worktrees.saturating_sub(linked);
    Ok((tasks > free).then(|| Problem {
        code: "limits".to_owned(),
        message: format!(
            "{tasks} tasks and {free} of {} worktrees to be had: the rest waits until some are released (parallel.worktrees)",
            settings.worktrees
        ),
        task: None,
    }))
}

fn strategy(configured: store::Strategy) -> plan::Strategy {
    match configured {
        store::Strategy::Merge => plan::Strategy::Merge,
        store::Strategy::Squash => plan::Strategy::Squash,
        store::Strategy::Rebase => plan::Strategy::Rebase,
    }
}

/// The branch that results go to, and the commit that worktrees start from.
fn ends(
    repository: &Repository,
    args: &PlanningArgs,
    planned: Option<(&str, Oid)>,
) -> Result<(String, Oid)> {
    let into = args.into.as_deref();
    let target = select::target(repository, into, planned.map(|(target, _)| target))?;
    let base = match (&args.base, planned) {
        (Some(revision), _) => repository.commit(revision)?,
        (None, Some((_, base))) => repository.commit(&base.to_string())?,
        (None, None) => repository.commit(&format!("refs/heads/{target}"))?,
    };
    Ok((target, base))
}

/// Takes over a plan that was written to a file.
fn adopt(plan: Plan, options: PlanOptions, name: &str) -> Result<ValidPlan> {
    let plan = Plan {
        id: options.id,
        base: options.base,
        target: options.target,
        ..plan
    };
    plan::validate(plan).map_err(|problems| Failure::usage(told(&name, &problems)))
}

fn allowed(splits: Option<u16>, settings: &Settings) -> Result<Option<usize>> {
    let splits = splits.map(usize::from);
    match splits.filter(|splits| *splits > settings.sessions) {
        None => Ok(splits),
        Some(splits) => Err(Failure::usage(format!(
            "--splits {splits} is more than the {} sessions that may run at once",
            settings.sessions
        ))
        .next(format!("git config parallel.sessions {splits}"))),
    }
}

/// What holds as long as nothing is measured.
fn built_in(settings: &Settings) -> BuiltIn {
    let overheads = settings.overheads;
    BuiltIn {
        task: plan::DEFAULT_TASK_SECONDS,
        start: overheads.worktree + overheads.startup,
        context: overheads.context,
        merge: overheads.merge,
    }
}

/// As configured; else as measured, where anything was; else as published. The spread is nobody's
/// to configure.
fn overheads(settings: &Settings, learned: Option<Learned>) -> Overheads {
    let own = settings.overheads;
    let is_configured = own != Settings::default().overheads;
    let given = Overheads {
        worktree_seconds: own.worktree,
        startup_seconds: own.startup,
        context_seconds: own.context,
        merge_seconds: own.merge,
        source: match is_configured {
            true => OverheadSource::Configured,
            false => OverheadSource::Default,
        },
        spread: learned.map(|learned| learned.spread),
        measured: learned.map(|learned| learned.measured),
    };
    match learned.filter(|_| !is_configured) {
        None => given,
        Some(learned) => Overheads {
            worktree_seconds: learned.start_seconds,
            startup_seconds: 0.0,
            context_seconds: learned.context_seconds.unwrap_or(own.context),
            merge_seconds: learned.merge_seconds,
            source: OverheadSource::Learned,
            ..given
        },
    }
}

/// Problems as "file: T001: what", one a line.
fn told(name: &dyn std::fmt::Display, problems: &[Problem]) -> String {
    let told = |problem: &Problem| format!("{name}: {problem}");
    let lines: Vec<String> = problems.iter().map(told).collect();
    lines.join("\n")
}
