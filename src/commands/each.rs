//! `git parallel each [RUN|TASK]… -- CMD`: one command in every worktree of a run.

use std::time::Duration;

use crate::context::Context;
use crate::duration;
use crate::error::{Failure, Result, Verdict};
use crate::process::Interrupt;
use crate::run::{self, Round, Site, Visit};
use crate::settings::Settings;
use crate::store::Store;
use crate::ui::each::{self, LeftOut};

use super::{FormatArgs, select};

/// Run a command in every worktree of a run at once
///
/// What it prints is shown task by task, in the plan's order. It is no session: nothing is
/// committed, and agents at work go on. Its environment names the task, as a session's does. Exits
/// with 1 when it failed somewhere.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Runs (r1), tasks of the latest run (T001, or its name), or RUN/TASK; @, the default, is the
    /// latest run
    #[arg(value_name = "RUN|TASK")]
    selectors: Vec<String>,
    /// How many at once [default: parallel.workers, or 5]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// End the command in a worktree after this long [default: parallel.timeout, or 1h]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    timeout: Option<Duration>,
    #[command(flatten)]
    format: FormatArgs,
    /// The program and its arguments; no shell reads them (sh -c 'LINE' has one)
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<String>,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let (sites, left_out) = self.sites(&store)?;
        let [first, ..] = &sites[..] else {
            return Err(none(&left_out));
        };
        let screen = &context.screen;
        for one in &left_out {
            screen.warn(&each::left_out(one));
        }
        let named = sites.iter().any(|site| site.run != first.run);
        let settings = Settings::read(&repository)?;
        let interrupt = Interrupt::watch()?;
        let mut visits: Vec<Visit> = Vec::new();
        let round = Round {
            command: &self.command,
            jobs: self.jobs.map_or(settings.workers, usize::from),
            limit: self.timeout.unwrap_or(settings.timeout),
        };
        run::each(&sites, round, &interrupt, &mut |visit| {
            if !self.format.is_json() {
                screen.answer(&each::visit(&visit, named, screen.signs(), screen.paint()));
            }
            visits.push(visit);
        });
        if self.format.is_json() {
            screen.answer_json(&each::document(&self.command, &visits, &left_out));
        } else if !interrupt.came() {
            screen.answer(&screen.paint().bold(&each::sentence(&visits)));
        }
        interrupt.check("the command, at work in the worktrees")?;
        let fine = |visit: &Visit| visit.code == Some(0);
        Ok(Verdict::finding_if(!visits.iter().all(fine)))
    }

    /// The worktrees of all that was selected, each once, and the tasks that have none.
    fn sites(&self, store: &Store) -> Result<(Vec<Site>, Vec<LeftOut>)> {
        let (mut sites, mut left_out) = (Vec::new(), Vec::new());
        for selection in select::selections(store, &self.selectors)? {
            let run = selection.run.run;
            for task in selection.tasks() {
                let worktree = task.worktree.clone().filter(|path| path.is_dir());
                let (id, name) = (task.id, task.name.clone());
                match worktree.filter(|_| task.worktree_ready) {
                    Some(worktree) => sites.push(Site {
                        run,
                        task: id,
                        name,
                        worktree,
                    }),
                    None => left_out.push(LeftOut { run, id, name }),
                }
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        sites.retain(|site: &Site| seen.insert((site.run, site.task)));
        Ok((sites, left_out))
    }
}

fn none(left_out: &[LeftOut]) -> Failure {
    let run = left_out
        .first()
        .map_or_else(|| "@".to_owned(), |one| one.run.to_string());
    Failure::unable("none of these tasks has a worktree")
        .kept("nothing was run")
        .next(format!("git parallel status {run}"))
}
