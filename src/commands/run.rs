//! `git parallel run`: worktrees, sessions, supervision until every task has an outcome.

use std::time::Duration;

use crate::context::Context;
use crate::duration;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::RunId;
use crate::plan::ValidPlan;
use crate::process::{self, StopSignal, Tmux, slurm};
use crate::run::{self, Again, Herald, Naming, OpenRun, Request, Supervised};
use crate::settings::Settings;
use crate::store::{
    LauncherKind, Outcome, RunOptions, RunPhase, RunState, SessionCommand, Store, TaskPhase,
    TaskState,
};
use crate::ui::text::clean;
use crate::ui::{self, RunProgress};

use super::goal::goal;
use super::planning::{Found, PlanningArgs, draw_plan, find_plan};
use super::splitter::Asked;
use super::task_source::SourceArgs;
use super::{FormatArgs, agent_choice, select, setup, standing};

/// Run a plan: a worktree, a branch and a session for every task
///
/// Sessions run at once as far as dependencies, priorities and --workers allow; what a session
/// leaves uncommitted is committed for it (parallel.commit). Ctrl-C ends the sessions gently, a
/// second one kills them; after either, and after a crash, --resume goes on. Exits with 0 when
/// every task that is not optional is done, else with 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An id such as p1, a .json or .md file, or a goal in words [default: a task file that is newer
    /// than all plans, else the newest plan not yet run]
    #[arg(value_name = "PLAN|GOAL", value_parser = goal, conflicts_with_all = ["from", "tasks"])]
    plan: Option<String>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    planning: PlanningArgs,
    /// Let this agent work in each worktree, with its narrowest permissions that suffice; what
    /// follows -- is added to its arguments [default: parallel.agent]
    #[arg(long, value_name = "NAME", conflicts_with = "exec")]
    agent: Option<String>,
    /// Run this line with sh -c in each worktree
    #[arg(long, value_name = "SHELL LINE", conflicts_with = "command")]
    exec: Option<String>,
    /// Where sessions run: local, as processes beside this one; tmux, each in a window that `git
    /// parallel attach` shows; or slurm, each as a job on a node that shares this repository's
    /// folder [default: parallel.launcher, or local]
    #[arg(long, value_name = "LAUNCHER")]
    launcher: Option<LauncherKind>,
    /// How many sessions at once [default: parallel.workers, or 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    workers: Option<u16>,
    /// End a session after this long [default: parallel.timeout, or 1h]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    timeout: Option<Duration>,
    /// Try a task that failed this often again
    #[arg(long, value_name = "N", default_value_t = 0)]
    retries: u32,
    /// Start nothing new once so many tasks have failed; those at work go on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_fail: Option<u16>,
    /// A shell line that must succeed in a task's worktree before the task is done
    #[arg(long, value_name = "CMD")]
    verify: Option<String>,
    /// Tell this shell line what happens: the event as JSON on standard input, its name in
    /// $GIT_PARALLEL_EVENT; it has 10 s each time and cannot hold the run up [default:
    /// parallel.onEvent]
    #[arg(long, value_name = "SHELL LINE")]
    on_event: Option<String>,
    /// Ring the terminal's bell when a task needs somebody, and at the end [default: parallel.bell]
    #[arg(long)]
    bell: bool,
    /// Go on with a run that was stopped, interrupted or has failed tasks [default: the latest]
    #[arg(
        long,
        value_name = "RUN",
        num_args = 0..=1,
        conflicts_with_all = ["plan", "from", "tasks", "agent", "exec", "command", "launcher", "workers", "timeout", "retries", "max_fail", "verify", "no_launch", "on_event", "bell"]
    )]
    resume: Option<Option<String>>,
    /// Make the worktrees and start nothing in them
    #[arg(long, conflicts_with_all = ["agent", "exec", "command", "launcher"])]
    no_launch: bool,
    /// Go on in the background, whatever becomes of this terminal
    #[arg(long, conflicts_with = "dry_run")]
    detach: bool,
    /// Show what would be made, and make nothing
    #[arg(short = 'n', long, conflicts_with = "resume")]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArgs,
    /// Run this program in each worktree; no shell reads its arguments. With --agent: further
    /// arguments for the agent
    #[arg(last = true, value_name = "CMD")]
    command: Vec<String>,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let settings = Settings::read(&repository)?;
        if let Some(run) = &self.resume {
            let selection = select::selection(&store, run.as_deref())?;
            let run = selection.run.run;
            if self.detach {
                return detach(context, &store, run, Again::Unfinished, self.format);
            }
            let naming = naming(&settings);
            let open = run::resume(&repository, &store, run, naming, Again::Unfinished)?;
            return supervise(context, &store, open, self.format);
        }
        let mut options = self.options(context, &repository, &settings)?;
        let found = self.find_plan(context, &repository, &store)?;
        let plan = &found.plan;
        let own = &settings.setup;
        let brings = setup::brings(context, &repository, own, &plan.target, Some(plan.base))?;
        options.setup = setup::options(&repository, &settings, &brings)?;
        if self.dry_run {
            return self.preview(context, &repository, &settings, &options, plan);
        }
        setup::insist_on_approval(context, &repository, &brings)?;
        insist_on_launcher(&options)?;
        let plan = found.keep(&store)?;
        let request = Request {
            repository: &repository,
            store: &store,
            options,
            naming: naming(&settings),
        };
        let open = run::begin(request, &plan)?;
        tell_where(context, &store, open.state())?;
        if self.detach {
            let run = open.state().run;
            // The right to supervise is handed over.
            drop(open);
            return detach(context, &store, run, Again::Nothing, self.format);
        }
        supervise(context, &store, open, self.format)
    }

    fn find_plan(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
    ) -> Result<Found> {
        let planning = &PlanningArgs {
            asked: Asked {
                agent: self.agent.clone(),
                ..Asked::default()
            },
            ..self.planning.clone()
        };
        match self.source.source() {
            Some(source) => {
                draw_plan(context, repository, store, &source, planning).map(Found::new)
            }
            None => find_plan(context, repository, store, self.plan.as_deref(), planning),
        }
    }

    fn options(
        &self,
        context: &Context,
        repository: &Repository,
        settings: &Settings,
    ) -> Result<RunOptions> {
        let wanted = self.workers.map_or(settings.workers, usize::from);
        if wanted > settings.sessions && self.workers.is_some() {
            context.screen.warn(&format!(
                "{} sessions at once, as parallel.sessions allows no more",
                settings.sessions
            ));
        }
        Ok(RunOptions {
            command: self.session_command(context, repository, settings)?,
            workers: wanted.min(settings.sessions),
            worktrees: settings.worktrees,
            retries: self.retries,
            timeout_seconds: self.timeout.unwrap_or(settings.timeout).as_secs().max(1),
            silence_seconds: settings.silence.as_secs(),
            commit: settings.commit,
            max_fail: self.max_fail.map(usize::from),
            verify: self.verify.clone(),
            patience_seconds: settings.patience.as_secs().max(1),
            launcher: self.launcher.unwrap_or(settings.launcher),
            on_event: self.on_event.clone().or_else(|| settings.on_event.clone()),
            bell: self.bell || settings.bell,
            setup: None,
        })
    }

    fn session_command(
        &self,
        context: &Context,
        repository: &Repository,
        settings: &Settings,
    ) -> Result<SessionCommand> {
        let named = |name: &str| agent_choice::named(context, repository, name, &self.command);
        match (
            &self.exec,
            &self.agent,
            self.command.as_slice(),
            &settings.agent,
        ) {
            (Some(line), ..) => Ok(SessionCommand::Exec(line.clone())),
            (_, Some(name), ..) => named(name),
            (_, _, [_, ..], _) => Ok(SessionCommand::Program(self.command.clone())),
            _ if self.no_launch => Ok(SessionCommand::None),
            (.., Some(name)) => named(name),
            _ if self.dry_run => Ok(SessionCommand::None),
            _ => Err(Failure::usage(
                "nothing says what is to work at the tasks: no agent is started that was not named",
            )
            .next("git parallel run --agent NAME")
            .next("git parallel run --exec 'SHELL LINE'")
            .next("git parallel run -- CMD ARG…")
            .next("git parallel run --no-launch")),
        }
    }

    fn preview(
        &self,
        context: &Context,
        repository: &Repository,
        settings: &Settings,
        options: &RunOptions,
        plan: &ValidPlan,
    ) -> Result<Verdict> {
        let places = run::places(repository, naming(settings), plan)?;
        if self.format.is_json() {
            context
                .screen
                .answer_json(&ui::preview::json(plan, options, &places));
        } else {
            let text = ui::preview::render(plan, options, &places, context.screen.paint());
            context.screen.answer(&text);
        }
        Ok(Verdict::Done)
    }
}

/// Nothing is made for sessions that could not be started.
fn insist_on_launcher(options: &RunOptions) -> Result<()> {
    let launcher = match options.command {
        SessionCommand::None => LauncherKind::Local,
        _ => options.launcher,
    };
    let obstacle = match launcher {
        LauncherKind::Local => None,
        LauncherKind::Tmux if Tmux::is_installed() => None,
        LauncherKind::Tmux => Some(Failure::unable("tmux is not installed, or not on PATH")),
        LauncherKind::Slurm => slurm::answers().err(),
    };
    obstacle.map_or(Ok(()), |failure| {
        Err(failure
            .next("git parallel run --launcher local")
            .next("git parallel doctor"))
    })
}

/// Says how to look on, where sessions have windows.
fn tell_where(context: &Context, store: &Store, state: &RunState) -> Result<()> {
    if state.options.launcher == LauncherKind::Tmux {
        let line = run::attach_line(store, state.run, None)?;
        context.screen.narrate(&format!("to look on: {line}"));
    }
    Ok(())
}

/// Supervises a run to its end, shows where it stands then, and exits as `run` does.
pub fn supervise(
    context: &Context,
    store: &Store,
    open: OpenRun,
    format: FormatArgs,
) -> Result<Verdict> {
    let run = open.state().run;
    let ended = watch_over(context, store, open)?;
    standing::answer(context, store, run, None, format.is_json())?;
    match ended.stopped_by {
        Some(signal) => Err(stopped(signal, &ended.state)),
        None => Ok(Verdict::finding_if(is_finding(&ended.state))),
    }
}

/// Whether a run ended otherwise than it was meant to. Where nothing was to be launched, worktrees
/// that wait for somebody are what was asked for.
fn is_finding(state: &RunState) -> bool {
    let unsuccessful = |task: &TaskState| {
        let ended = task.outcome.is_some_and(|outcome| outcome != Outcome::Done);
        !task.optional && (ended || task.phase == TaskPhase::Blocked)
    };
    match (&state.options.command, state.phase) {
        (_, RunPhase::Done) => false,
        (SessionCommand::None, _) => state.tasks.iter().any(unsuccessful),
        _ => true,
    }
}

/// Supervises a run to its end, with its progress on the screen.
pub fn watch_over(context: &Context, store: &Store, open: OpenRun) -> Result<Supervised> {
    let waves = standing::plan_of(store, open.state()).map_or_else(Vec::new, |plan| plan.waves);
    let mut progress = RunProgress::new(&context.screen, &waves);
    let RunOptions { on_event, bell, .. } = open.state().options.clone();
    let mut herald = on_event.map(|line| Herald::new(&line, &context.folder));
    let ended = run::supervise(open, &mut |step| {
        progress.show(step);
        let Some(event) = step.event else {
            return;
        };
        if bell && event.calls() {
            context.screen.ring();
        }
        if let Some(herald) = &mut herald {
            herald.tell(step.state, step.at, event);
        }
    });
    progress.finish();
    if let Some(trouble) = herald.and_then(Herald::finish) {
        context.screen.warn(&clean(&trouble));
    }
    ended
}

/// Is the supervisor that [`detach`] started: nobody looks on, and all it says goes to a log.
pub fn supervise_in_background(context: &Context, run: RunId, again: Again) -> Result<Verdict> {
    process::leave_terminal();
    let repository = context.repository()?;
    let store = Store::of(repository.common_dir());
    let naming = naming(&Settings::read(&repository)?);
    let open = run::resume(&repository, &store, run, naming, again)?;
    supervise(context, &store, open, FormatArgs::default())
}

/// Lets a run go on in the background, and says how to follow it.
pub fn detach(
    context: &Context,
    store: &Store,
    run: RunId,
    again: Again,
    format: FormatArgs,
) -> Result<Verdict> {
    let log = run::detach(store, run, again)?;
    context
        .screen
        .detail(&format!("its supervisor writes to {}", log.display()));
    if format.is_json() {
        standing::answer(context, store, run, None, true)?;
    } else {
        let look = context.screen.paint();
        context.screen.answer(&ui::waited::detached(run, look));
    }
    Ok(Verdict::Done)
}

/// How worktrees and branches are named here.
pub fn naming(settings: &Settings) -> Naming {
    Naming {
        worktree_path: settings.worktree_path.clone(),
        branch_format: settings.branch_format.clone(),
    }
}

fn stopped(signal: StopSignal, state: &RunState) -> Failure {
    let run = state.run;
    let failure = match signal {
        StopSignal::Interrupt => Failure::interrupted(format!("{run} was interrupted")),
        StopSignal::Terminate => Failure::terminated(format!("{run} was terminated")),
    };
    failure
        .kept("every branch and worktree, with what the sessions had done")
        .next(format!("git parallel run --resume {run}"))
}
