//! `git parallel session …`: what sessions, agents and hooks call, not people.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::context::Context;
use crate::error::{Failure, Kind, OrFail, Result, Verdict};
use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::integrate;
use crate::process;
use crate::run::{self, Again, Seat};
use crate::store::Store;
use crate::ui::logs::{Retelling, shown};
use crate::ui::session as show;

use super::{FormatArgs, run as running, select};

/// What sessions, agents and hooks call
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Be the process that owns the session in this folder
    #[command(hide = true)]
    Shim { folder: PathBuf },
    /// Be the job that owns the session in this folder
    #[command(hide = true)]
    Job { folder: PathBuf },
    /// Be the window of the session in the folder where it begins
    #[command(hide = true)]
    Window,
    /// Be the supervisor of a run, away from any terminal
    #[command(hide = true)]
    Supervise {
        run: RunId,
        /// Do again what has ended without success
        #[arg(long, conflicts_with = "task")]
        unfinished: bool,
        /// Do this task again
        #[arg(long)]
        task: Option<TaskId>,
    },
    /// Be the process that deletes what clean-ups gave up in the repository of this git directory
    #[command(hide = true)]
    Dispose { folder: PathBuf },
    /// May this session edit this file? Exits with 0 for yes and 1 for no
    ///
    /// No, when the file lies outside of the session's worktree, or when another task of the run
    /// that works now has declared or leased it. Called from inside a session; advice, not a wall:
    /// a shell that edits the file does not ask.
    Guard {
        /// The file, from here
        #[arg(required_unless_present_any = ["hook", "settings"], conflicts_with_all = ["hook", "settings"])]
        file: Option<PathBuf>,
        /// Be this agent's hook: read its question on standard input, and answer in its way
        #[arg(long, value_name = "AGENT", conflicts_with = "settings")]
        hook: Option<HookOf>,
        /// Print the settings with which this agent asks before each edit: claude --settings takes
        /// them
        #[arg(long, value_name = "AGENT")]
        settings: Option<HookOf>,
    },
    /// Take a lease on files, all or none, so that no other task of the run edits them
    ///
    /// It ends with the session, or by `unlock`. Exits with 5 and the owner's name when one is
    /// taken.
    Lock {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Give leases back
    Unlock {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the leases of a run
    Locks {
        /// A run [default: the session's own, else the latest]
        #[arg(value_name = "RUN")]
        run: Option<String>,
        #[command(flatten)]
        format: FormatArgs,
    },
}

/// Agents whose hooks are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum HookOf {
    Claude,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        match self.command {
            Command::Shim { folder } => run::shim(folder)?,
            Command::Job { folder } => run::job(folder)?,
            Command::Window => window(context)?,
            Command::Supervise {
                run,
                unfinished,
                task,
            } => {
                let again = match task {
                    Some(task) => Again::Task(task),
                    None if unfinished => Again::Unfinished,
                    None => Again::Nothing,
                };
                return running::supervise_in_background(context, run, again);
            }
            Command::Dispose { folder } => {
                process::leave_terminal();
                integrate::dispose_of_all(&Store::of(&folder))?;
            }
            Command::Guard {
                hook: Some(HookOf::Claude),
                ..
            } => return closed(|| claude(context)),
            Command::Guard {
                settings: Some(HookOf::Claude),
                ..
            } => context
                .screen
                .answer_json_line(&run::claude_settings(&context.program)),
            Command::Guard { file, .. } => return guard(context, &file.unwrap_or_default()),
            Command::Lock { files } => lock(context, &files)?,
            Command::Unlock { files } => unlock(context, &files)?,
            Command::Locks { run, format } => locks(context, run.as_deref(), format)?,
        }
        Ok(Verdict::Done)
    }
}

/// Starts the session that lies in this folder, and shows what it prints.
fn window(context: &Context) -> Result<()> {
    let screen = &context.screen;
    let mut retelling: Option<Option<Retelling>> = None;
    run::window(&context.program, &context.folder, &mut |command, bytes| {
        let new = || Retelling::new(command.events(), screen.look());
        let text = match retelling.get_or_insert_with(new) {
            Some(retelling) => retelling.retell(bytes),
            None => shown(bytes),
        };
        screen.answer_raw(text.as_bytes());
    })
}

/// The task in whose session we are, as its environment tells.
fn seat(context: &Context) -> Result<Seat> {
    let missing = || {
        Failure::unable("this is for sessions of a run, and there is none here")
            .next("git parallel run --exec 'git parallel session guard FILE'")
    };
    let text = |name: &str| {
        let value = context.variable(name).ok_or_else(missing)?;
        Ok::<_, Failure>(value.to_string_lossy().into_owned())
    };
    let wrong = |name: &str| Failure::usage(format!("{name} does not name a run and a task"));
    let run: RunId = text("GIT_PARALLEL_RUN")?
        .parse()
        .map_err(|_| wrong("GIT_PARALLEL_RUN"))?;
    let task: TaskId = text("GIT_PARALLEL_TASK")?
        .parse()
        .map_err(|_| wrong("GIT_PARALLEL_TASK"))?;
    let dir = context.variable("GIT_PARALLEL_SESSION_DIR");
    let dir = PathBuf::from(dir.ok_or_else(missing)?);
    let repository = Repository::discover(dir.parent().unwrap_or(&dir))?;
    Seat::of(Store::of(repository.common_dir()), run, task, &dir)
}

fn guard(context: &Context, file: &Path) -> Result<Verdict> {
    let objection = seat(context)?.objection(&context.folder, file)?;
    let Some(objection) = objection else {
        return Ok(Verdict::Done);
    };
    context.screen.answer(&show::objection(file, &objection));
    Ok(Verdict::Finding)
}

/// Claude Code goes on after every exit code but 2, which blocks, with what is said on standard
/// error: so whatever goes wrong has to end with that.
fn closed(ask: impl FnOnce() -> Result<Verdict>) -> Result<Verdict> {
    let answer = catch_unwind(AssertUnwindSafe(ask));
    let answer = answer.unwrap_or_else(|_| Err(Failure::unable("the guard broke off")));
    answer.map_err(|failure| Failure {
        kind: Kind::Usage,
        ..failure
    })
}

fn claude(context: &Context) -> Result<Verdict> {
    let mut input = Vec::new();
    io::stdin()
        .read_to_end(&mut input)
        .or_unable(|| "cannot read what the hook was given")?;
    let question = run::claude_question(&input)?;
    let folder = question.folder.as_ref().unwrap_or(&context.folder);
    let seat = seat(context)?;
    match seat.objection(folder, &question.file)? {
        None => {
            if let Some(news) = run::news(&seat) {
                let answer = run::claude_context(&news);
                context.screen.answer_json_line(&answer);
            }
            Ok(Verdict::Done)
        }
        Some(objection) => Err(Failure::refused(show::objection(
            &question.file,
            &objection,
        ))),
    }
}

fn lock(context: &Context, files: &[PathBuf]) -> Result<()> {
    let refused = seat(context)?.lock(&context.folder, files)?;
    if refused.is_empty() {
        return Ok(());
    }
    let reasons = refused
        .iter()
        .map(|(file, objection)| show::objection(file, objection));
    let reasons: Vec<String> = reasons.collect();
    Err(Failure::busy(reasons.join("\n"))
        .kept("no lease was taken")
        .next("git parallel session locks"))
}

fn unlock(context: &Context, files: &[PathBuf]) -> Result<()> {
    let freed = seat(context)?.unlock(&context.folder, files)?;
    if freed.len() < files.len() {
        context
            .screen
            .warn("not all of these were leased by this task");
    }
    Ok(())
}

fn locks(context: &Context, typed: Option<&str>, format: FormatArgs) -> Result<()> {
    let store = Store::of(context.repository()?.common_dir());
    let own = context.variable("GIT_PARALLEL_RUN");
    let own = own.map(|run| run.to_string_lossy().into_owned());
    let run = select::selection(&store, typed.or(own.as_deref()))?.run;
    let leases = run::living_leases(&store, &run)?;
    if format.is_json() {
        context
            .screen
            .answer_json(&show::document(run.run, &leases));
    } else {
        context.screen.answer(&show::leases(run.run, &leases));
    }
    Ok(())
}
