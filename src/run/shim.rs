//! The process that owns a session: its log, its time limit, its process tree, its result. One a
//! session; it outlives the supervisor, the terminal and Ctrl-C, and ends when the session does.

use std::path::PathBuf;
use std::time::Duration;

use crate::agents::{Account, Events, Holes, Way};
use crate::error::Result;
use crate::git::local_variables;
use crate::process::{self, Ears, Ended, Ending, Identity, Limits, Log, Program, Signals};
use crate::store::{SessionCommand, SessionEnd};

use super::account::Ledger;
use super::session::{SessionFolder, SessionResult, SessionSpec, Started, VERSION};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(10);

/// For what a program leaves running when it exits.
const DRAIN: Duration = Duration::from_secs(2);

/// Is the shim of the session in `folder`, from its start to its result.
pub fn shim(folder: PathBuf) -> Result<()> {
    shim_that(folder, drop)
}

/// The same, with something to do once signals only ask it to end.
pub(super) fn shim_that(folder: PathBuf, begins: impl FnOnce(SessionFolder)) -> Result<()> {
    process::detach();
    let signals = Signals::catch()?;
    let folder = SessionFolder::new(folder);
    begins(folder.clone());
    let spec = folder.read_spec()?;
    let result = match work(&folder, &spec, signals) {
        Ok((ended, agent)) => SessionResult {
            agent: agent.map(Box::new),
            ..result_of(ended)
        },
        Err(failure) => SessionResult::unstarted(failure.what),
    };
    folder.write_result(&result)
}

fn work(
    folder: &SessionFolder,
    spec: &SessionSpec,
    signals: Signals,
) -> Result<(Ended, Option<Account>)> {
    let log = Log::open(&folder.log())?;
    let limits = Limits {
        time: Duration::from_secs(spec.timeout_seconds),
        silence: Some(spec.silence_seconds)
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs),
        grace: GRACE,
        drain: DRAIN,
    };
    let program = program(spec)?;
    let (ears, ledger) = ears(spec, folder, log);
    let ended = process::watch(program, ears, limits, signals, |pid| {
        let shim = Identity::of(std::process::id());
        if let Some(shim) = shim {
            // Without it, only a session that lost its shim would be harder to clean up.
            let _ = folder.write_started(&Started {
                version: VERSION,
                shim,
                program: pid,
            });
        }
    })?;
    Ok((ended, ledger.map(Ledger::close)))
}

/// Who takes what the session prints: its log, and where its agent tells what it does, a ledger.
fn ears(spec: &SessionSpec, folder: &SessionFolder, mut log: Log) -> (Ears, Option<Ledger>) {
    let events = spec.command.events();
    if events == Events::None {
        // On a full disk the log has a gap; a blocked program would be worse.
        return (
            Ears::One(Box::new(move |bytes| drop(log.write(bytes)))),
            None,
        );
    }
    let ledger = Ledger::new(events, folder.clone(), log);
    let (told, complained) = (ledger.clone(), ledger.clone());
    let ears = Ears::Two(
        Box::new(move |bytes| told.tell(bytes)),
        Box::new(move |bytes| complained.complain(bytes)),
    );
    (ears, Some(ledger))
}

/// The session's command in its worktree, with the documented environment.
fn program(spec: &SessionSpec) -> Result<Program> {
    let program = match &spec.command {
        SessionCommand::Exec(line) => Program::shell(line),
        SessionCommand::Program(words) => words.split_first().map_or_else(
            || Program::new("true"),
            |(name, args)| Program::new(name).args(args),
        ),
        SessionCommand::Agent(agent) => agent.call(way(spec), &holes(spec)).program()?,
        SessionCommand::None => Program::new("true"),
    };
    let ports = spec.ports.into_iter().flat_map(|ports| {
        [
            ("GIT_PARALLEL_PORT", ports.first),
            ("GIT_PARALLEL_PORTS", ports.count),
        ]
    });
    let program = ports.fold(program, |program, (key, value)| {
        program.env(key, value.to_string())
    });
    Ok(program
        .dir(&spec.worktree)
        .without_env(local_variables())
        .env("PWD", &spec.worktree)
        .env("GIT_PARALLEL_RUN", spec.run.to_string())
        .env("GIT_PARALLEL_TASK", spec.task.to_string())
        .env("GIT_PARALLEL_NAME", &spec.name)
        .env("GIT_PARALLEL_PROMPT_FILE", &spec.prompt_file)
        .env("GIT_PARALLEL_SESSION_DIR", &spec.session_dir))
}

fn way(spec: &SessionSpec) -> Way<'_> {
    spec.conversation.as_deref().map_or(Way::Begin, Way::Resume)
}

fn holes(spec: &SessionSpec) -> Holes<'_> {
    Holes {
        prompt: &spec.prompt_file,
        dir: &spec.session_dir,
        schema: None,
    }
}

fn result_of(ended: Ended) -> SessionResult {
    let end = match ended.ending {
        Ending::Exited(code) => SessionEnd::Exited(code),
        Ending::Signalled(signal) => SessionEnd::Signalled(signal),
        Ending::TimedOut => SessionEnd::TimedOut,
        Ending::Silent => SessionEnd::Silent,
        Ending::Cancelled => SessionEnd::Cancelled,
    };
    SessionResult {
        version: VERSION,
        end,
        seconds: ended.took.as_secs_f64(),
        bytes: ended.bytes,
        complaint: None,
        agent: None,
    }
}
