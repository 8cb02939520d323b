//! `git parallel`: one goal in, several finished branches and one clean history out.
//!
//! # The house
//!
//! A goal walks in at the door and leaves as one clean history. The rooms stand in the order in
//! which it passes them, and each hands plain data to the next.
//!
//! ```text
//! main.rs      exit code, nothing else
//! lib.rs       the map of the house; the module list
//! cli.rs       the command tree: names, flags, help texts
//! context.rs   the world, read once: folder, terminal, configuration, clock
//! error.rs     what can go wrong, as the user needs it; the exit codes
//! settings.rs  what the user configured: parallel.* in git config
//! team.rs      what a repository brings along: its .gitparallel
//! id.rs        the names that things go by
//! hashed.rs    maps and sets by a quick hash
//! duration.rs  how long things take, as people type it
//! size.rs      how large things are, as people read it
//! commands/    one file a command: its Args and run(): gather → decide → act → show
//!
//! integrate/   branches → one history: matrix, risk, order, landing, verification, clean-up
//! run/         plan → finished branches: dispatcher, sessions and their shim, outcome, report
//! angles/      target + question → findings: decomposition, chunks, evidence, combination
//! plan/        goal + survey → plan: task files, cost, overlaps, waves
//! survey/      repository → survey: files, modules, what changes together, complexity
//!
//! doctor/      what a run needs, what is left behind, how to mend it
//! demo/        a small real project and a scripted agent, to show the whole way
//! agents/      what programs can work, how they are spoken to, and in which roles
//! git/         the only room that knows gix and the git program
//! store/       what lies under $GIT_COMMON_DIR/parallel: atomic files, locks, journals
//! process/     the only door to other programs
//! llm/         the client of Ollama and what speaks like it
//!
//! ui/          data → text, tables, JSON, progress; the only room that prints
//! ```
//!
//! # Floors
//!
//! `main → cli → commands → {doctor, demo} → {integrate, run, angles} → plan → survey → {agents,
//! git, store, process, llm}`, and below them `agents → process`, `git → process`, `store → agents`
//! (a journal keeps how an agent is called). `error`, `id`, `hashed`, `duration` and `size` are the ground
//! itself: everybody stands on them, they know nobody. `plan` is pure: what it needs of the world is
//! handed in. `ui` is used by commands alone and knows the data types. Nothing imports upward, there
//! are no circles, no gix type leaves `git`. `run` takes what it needs of merging from the engine in
//! `git`, not from `integrate`. `Context` stops at `commands`.
//!
//! Inside a room, deciding is apart from doing: pure functions over plain data, and one thin file
//! that touches the world. Async lives where things wait on each other (`run`, `angles`, and the
//! client in `llm`), nowhere else.
//!
//! The rules are tests: see `tests/tidy.rs`.
//!
//! # Names
//!
//! `*Args` as typed, `*Options` as resolved, `*Plan` intended, `*Outcome` happened, `*Report`
//! shown. Newtypes for ids. Functions rather than "doer" objects. On-disk JSON has a version and
//! explicit fields.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stderr))]

mod agents;
mod angles;
mod cli;
mod commands;
mod context;
mod demo;
mod doctor;
mod duration;
mod error;
mod fuzz;
pub mod fuzzing;
mod git;
mod hashed;
mod id;
mod integrate;
mod llm;
mod plan;
mod process;
mod run;
mod settings;
mod size;
mod store;
mod survey;
mod team;
mod ui;

use std::io;
use std::process::ExitCode;

use context::Context;
use error::{Failure, Verdict};
use ui::{Screen, Verbosity};

/// The whole program: reads the command line and the world, runs the command, prints what went
/// wrong exactly once, and says how it ended.
pub fn main() -> ExitCode {
    process::outlive_limits_of_files();
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(usage) => return explained(&usage),
    };
    let context = match Context::read(cli.global.color, cli.global.verbosity()) {
        Ok(context) => context,
        Err(failure) => {
            return failed(&Screen::new(cli.global.verbosity(), false, false), &failure);
        }
    };
    let ended = cli.command.run(&context);
    match (ended, context.screen.trouble()) {
        (Err(failure), _) => failed(&context.screen, &failure),
        (Ok(_), Some(error)) => failed(
            &context.screen,
            &Failure::unable(format!("cannot write the answer: {error}")),
        ),
        (Ok(verdict), None) => exit_code(verdict),
    }
}

/// Help, the version or what is wrong with the command line, in clap's words. As everywhere, a
/// reader that went away is no error, and a full disk is.
fn explained(usage: &clap::Error) -> ExitCode {
    match usage.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => failed(
            &Screen::new(Verbosity::Normal, false, false),
            &Failure::unable(format!("cannot write the answer: {error}")),
        ),
        _ => ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2)),
    }
}

fn exit_code(verdict: Verdict) -> ExitCode {
    ExitCode::from(verdict.exit_code())
}

fn failed(screen: &Screen, failure: &Failure) -> ExitCode {
    screen.fail(failure);
    ExitCode::from(failure.kind.exit_code())
}
