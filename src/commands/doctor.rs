//! `git parallel doctor`: what a run needs, what was left behind, and mending it.

use crate::context::Context;
use crate::doctor::{Configured, Finding, examine, mend};
use crate::error::{Result, Verdict};
use crate::git::Repository;
use crate::settings::{self, Settings};
use crate::store::Store;
use crate::ui::doctor as show;

use super::FormatArgs;

/// Look for what is missing or was left behind, and mend it
///
/// Looks at git and the programs that are used where they are there, agents among them, at git's
/// registry of worktrees, at lock files with who holds them, at runs, plans and journals, and at the trash.
/// With --fix whatever can be mended without a loss is: what nobody can make sense of is moved
/// aside to parallel/aside in the git directory, never deleted. Lock files of git and worktrees
/// with work in them are left alone; the command that settles them is shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Mend what can be mended without a loss
    #[arg(long)]
    fix: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let mut found = examine(&repository, &store, configured(context, &repository))?;
        if self.fix {
            mend(&repository, &store, &mut found);
        }
        if self.format.is_json() {
            context.screen.answer_json(&show::document(&found));
        } else {
            let look = context.screen.look();
            context.screen.answer(&show::render(&found, look));
            for line in show::next(&found, context.screen.paint_narration()) {
                context.screen.narrate(&line);
            }
        }
        Ok(Verdict::finding_if(found.iter().any(Finding::is_open)))
    }
}

/// What can be read of the configuration, and what cannot.
fn configured(context: &Context, repository: &Repository) -> Configured {
    let mut failures = Vec::new();
    let settings = Settings::read(repository).map_err(|failure| failures.push(failure));
    let agents = settings::agents(repository).map_err(|failure| failures.push(failure));
    Configured {
        agents: agents.unwrap_or_default(),
        agent: settings.ok().and_then(|settings| settings.agent),
        folders: context.program_folders(),
        failures,
    }
}
