//! The command tree: names, flags, help texts. Manual page and completions are made from it.

use std::ffi::OsString;

use clap::error::ErrorKind;
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
    Analyze(Deferred<commands::analyze::Args>),
    Split(Deferred<commands::split::Args>),
    Run(Deferred<commands::run::Args>),
    Status(Deferred<commands::status::Args>),
    Logs(Deferred<commands::logs::Args>),
    Attach(Deferred<commands::attach::Args>),
    Stop(Deferred<commands::stop::Args>),
    Retry(Deferred<commands::retry::Args>),
    Wait(Deferred<commands::wait::Args>),
    Each(Deferred<commands::each::Args>),
    Check(Deferred<commands::check::Args>),
    Resolve(Deferred<commands::resolve::Args>),
    Merge(Deferred<commands::merge::Args>),
    #[command(visible_alias = "remove")]
    Clean(Deferred<commands::clean::Args>),
    Undo(Deferred<commands::undo::Args>),
    Report(Deferred<commands::report::Args>),
    Approve(Deferred<commands::approve::Args>),
    Angles(Deferred<commands::angles::Args>),
    Doctor(Deferred<commands::doctor::Args>),
    Demo(Deferred<commands::demo::Args>),
    Agents(Deferred<commands::agents::Args>),
    Completions(Deferred<commands::completions::Args>),
    Man(Deferred<commands::man::Args>),
    #[command(hide = true)]
    Session(Deferred<commands::session::Args>),
}

impl Command {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        match self {
            Self::Analyze(args) => args.0.run(context),
            Self::Split(args) => args.0.run(context),
            Self::Run(args) => args.0.run(context),
            Self::Status(args) => args.0.run(context),
            Self::Logs(args) => args.0.run(context),
            Self::Attach(args) => args.0.run(context),
            Self::Stop(args) => args.0.run(context),
            Self::Retry(args) => args.0.run(context),
            Self::Wait(args) => args.0.run(context),
            Self::Each(args) => args.0.run(context),
            Self::Check(args) => args.0.run(context),
            Self::Resolve(args) => args.0.run(context),
            Self::Merge(args) => args.0.run(context),
            Self::Clean(args) => args.0.run(context),
            Self::Undo(args) => args.0.run(context),
            Self::Report(args) => args.0.run(context),
            Self::Approve(args) => args.0.run(context),
            Self::Angles(args) => args.0.run(context),
            Self::Doctor(args) => args.0.run(context),
            Self::Demo(args) => args.0.run(context),
            Self::Agents(args) => args.0.run(context),
            Self::Completions(args) => args.0.run(context, &tree()),
            Self::Man(args) => args.0.run(context, &Cli::command()),
            Self::Session(args) => args.0.run(context),
        }
    }
}

/// A command's flags, described when that command is asked for: to describe those of all commands
/// takes longer than to check two branches.
#[derive(Debug)]
pub struct Deferred<T>(T);

impl<T: clap::Args> clap::Args for Deferred<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(T::augment_args)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command.defer(T::augment_args_for_update)
    }
}

impl<T: clap::FromArgMatches> clap::FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &clap::ArgMatches) -> clap::error::Result<Self> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> clap::error::Result<()> {
        self.0.update_from_arg_matches(matches)
    }
}

/// The whole tree, the flags of every command described.
fn tree() -> clap::Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}

/// Reads the command line. Help, version and mistakes are clap's to word; they come back as its
/// error, with their own exit code.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> clap::error::Result<Cli> {
    let args: Vec<_> = args.into_iter().map(worded).collect();
    Cli::try_parse_from(&args).map_err(|error| match error.kind() {
        ErrorKind::DisplayVersion => error,
        // Help lists what every command is for, and a mistake may be another command's flag.
        _ => tree().try_get_matches_from(&args).err().unwrap_or(error),
    })
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
