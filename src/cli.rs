//! The command tree: names, flags, help texts. Manual page and completions are made from it.

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands;
use crate::context::{Color, Context};
use crate::error::{Result, Verdict};
use crate::ui::Verbosity;

/// Turn one goal into several finished branches and one clean history
///
/// `split` turns a list of tasks into a plan. `run` gives every task of it a branch, a worktree and
/// a session of whatever does the work: an agent, a script, any command. `check` says which of the
/// branches merge with each other, before and without any merge. `merge` lands them in the best
/// order, all or none. `clean` removes what is safely landed and keeps the rest. `undo` takes
/// the last merge or clean-up back.
#[derive(Debug, Parser)]
#[command(
    name = "git-parallel",
    bin_name = "git parallel",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    infer_subcommands = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that hold everywhere.
#[derive(Debug, clap::Args)]
pub struct GlobalArgs {
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Common options"
    )]
    pub color: Color,
    /// Answers and errors only
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Common options"
    )]
    pub quiet: bool,
    /// Also say what is done on the way
    #[arg(short, long, global = true, help_heading = "Common options")]
    pub verbose: bool,
}

impl GlobalArgs {
    /// How much narration these flags ask for.
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// What there is to do, in the order in which a goal passes it.
#[derive(Debug, Subcommand)]
pub enum Command {
    Analyze(commands::analyze::Args),
    Split(commands::split::Args),
    Run(commands::run::Args),
    Status(commands::status::Args),
    Logs(commands::logs::Args),
    Attach(commands::attach::Args),
    Stop(commands::stop::Args),
    Retry(commands::retry::Args),
    Wait(commands::wait::Args),
    Each(commands::each::Args),
    Check(commands::check::Args),
    Resolve(commands::resolve::Args),
    Merge(commands::merge::Args),
    #[command(visible_alias = "remove")]
    Clean(commands::clean::Args),
    Undo(commands::undo::Args),
    Report(commands::report::Args),
    Approve(commands::approve::Args),
    Angles(commands::angles::Args),
    Doctor(commands::doctor::Args),
    Demo(commands::demo::Args),
    Agents(commands::agents::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
    #[command(hide = true)]
    Session(commands::session::Args),
}

impl Command {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        match self {
            Self::Analyze(args) => args.run(context),
            Self::Split(args) => args.run(context),
            Self::Run(args) => args.run(context),
            Self::Status(args) => args.run(context),
            Self::Logs(args) => args.run(context),
            Self::Attach(args) => args.run(context),
            Self::Stop(args) => args.run(context),
            Self::Retry(args) => args.run(context),
            Self::Wait(args) => args.run(context),
            Self::Each(args) => args.run(context),
            Self::Check(args) => args.run(context),
            Self::Resolve(args) => args.run(context),
            Self::Merge(args) => args.run(context),
            Self::Clean(args) => args.run(context),
            Self::Undo(args) => args.run(context),
            Self::Report(args) => args.run(context),
            Self::Approve(args) => args.run(context),
            Self::Angles(args) => args.run(context),
            Self::Doctor(args) => args.run(context),
            Self::Demo(args) => args.run(context),
            Self::Agents(args) => args.run(context),
            Self::Completions(args) => args.run(context, &Cli::command()),
            Self::Man(args) => args.run(context, &Cli::command()),
            Self::Session(args) => args.run(context),
        }
    }
}

/// Reads the command line. Help, version and mistakes are clap's to word; they come back as its
/// error, with their own exit code.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> clap::error::Result<Cli> {
    Cli::try_parse_from(args.into_iter().map(worded))
}

/// A goal may be a list: a dash and a blank begin no flag, but an item of it. With a blank in front
/// it is taken as any other text.
fn worded(arg: OsString) -> OsString {
    let is_item = arg.to_str().is_some_and(|text| text.starts_with("- "));
    if !is_item {
        return arg;
    }
    let mut text = OsString::from(" ");
    text.push(arg);
    text
}
