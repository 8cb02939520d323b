//! `git parallel approve`: the user's word on commands that a repository brings along.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::settings::Settings;
use crate::store::Approvals;
use crate::ui::approve as show;

use super::setup::{Brings, brings};
use super::{FormatArgs, select};

/// Approve the commands that this repository brings along, after a look at them
///
/// A repository may say in `.gitparallel` how its worktrees are made ready: commands that run on
/// your computer. They run only once you have approved them, word for word; when they change, you
/// are asked again. Approvals are kept in your own state folder, outside of every repository.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The branch whose `.gitparallel` is meant: the target of the run [default: the current one]
    #[arg(value_name = "BRANCH", conflicts_with_all = ["list", "revoke"])]
    branch: Option<String>,
    /// List what was approved for this repository
    #[arg(short, long)]
    list: bool,
    /// Take back everything that was approved for this repository
    #[arg(long, conflicts_with = "list")]
    revoke: bool,
    /// Only show what would be approved
    #[arg(short = 'n', long, conflicts_with_all = ["list", "revoke"])]
    dry_run: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let common_dir = repository.common_dir();
        let approvals = Approvals::below(&context.state_home()?);
        if self.list || self.revoke {
            let all = approvals.list(common_dir)?;
            if self.revoke {
                approvals.revoke(common_dir)?;
            }
            self.answer(
                context,
                &show::list_document(&all, self.revoke),
                &show::list(&all, self.revoke),
            );
            return Ok(Verdict::Done);
        }
        let branch = select::target(&repository, self.branch.as_deref(), None)?;
        let settings = Settings::read(&repository)?;
        let found = brings(context, &repository, &settings.setup, &branch, None)?;
        let step = step(&found, self.dry_run);
        if step == show::Step::Approved {
            not_from_a_session(context)?;
            approvals.approve(common_dir, found.commands.clone())?;
        }
        self.answer(
            context,
            &show::document(&branch, &found.commands, step),
            &show::render(&branch, &found.commands, step),
        );
        Ok(Verdict::Done)
    }

    fn answer(&self, context: &Context, document: &serde_json::Value, text: &str) {
        if self.format.is_json() {
            context.screen.answer_json(document);
        } else {
            context.screen.answer(text);
        }
    }
}

fn step(found: &Brings, dry_run: bool) -> show::Step {
    match found {
        found if found.commands.is_empty() => show::Step::Nothing,
        found if found.approved => show::Step::Known,
        _ if dry_run => show::Step::Waiting,
        _ => show::Step::Approved,
    }
}

/// An agent must not give the user's word. This is no wall, since it runs as the user; but none
/// gets here by mistake.
fn not_from_a_session(context: &Context) -> Result<()> {
    if context.variable("GIT_PARALLEL_TASK").is_none() {
        return Ok(());
    }
    Err(
        Failure::refused("a session of a run cannot approve commands: that is for the user to do")
            .kept("nothing was approved")
            .next("git parallel approve     # in a terminal of your own"),
    )
}
