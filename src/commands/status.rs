//! `git parallel status [RUN|TASK]`: where things stand. Reads the journal; there is no daemon.

use jiff::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::run::{Herald, drift, integration, listen_in, look_for_life, report};
use crate::settings::Settings;
use crate::store::{RunPhase, Runs, Selection, Store};
use crate::ui::status;

use super::standing::{plan_of, show};
use super::watch::{self, Calling};
use super::{FormatArgs, clean, select};

/// Show where a run or a task stands
///
/// The first line is a sentence; then the tasks with what there is to see of them, then what to
/// type next. With -q only the counts. --watch takes the whole terminal: who needs somebody comes
/// first, each task with what its state shows by and how long ago that was seen; commits and files
/// are those on its branch by now. q or Ctrl-C leaves, and the run goes on. After a kill -9 of it the
/// terminal is left as it was set: `reset` gives it back.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run (r1), a task of the latest run (T001, or its name), or RUN/TASK; @, the default, is
    /// the latest run
    #[arg(value_name = "RUN|TASK")]
    selector: Option<String>,
    /// Stay and show the run as it goes on, until it has ended; exits as run does then
    #[arg(short, long)]
    watch: bool,
    /// With --watch: ring the terminal's bell when a task needs somebody, and at the end [default:
    /// parallel.bell]
    #[arg(long, requires = "watch")]
    bell: bool,
    /// With --watch: tell this shell line what happens, as run --on-event does
    #[arg(long, value_name = "SHELL LINE", requires = "watch")]
    on_event: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let (selection, unread) = match &self.selector {
            Some(typed) => (Some(select::selection(&store, Some(typed))?), None),
            None => newest_readable(context, &store)?,
        };
        match &selection {
            Some(selection) if self.watch => {
                self.insist_on_a_run(selection)?;
                let calling = Calling {
                    bell: self.bell || Settings::read(&repository)?.bell,
                    herald: self
                        .on_event
                        .as_ref()
                        .map(|line| Herald::new(line, &context.folder)),
                };
                return watch::watch(context, &repository, &store, selection.run.run, calling);
            }
            Some(selection) => self.show(context, &repository, &store, selection)?,
            None if unread.is_none() => nothing_yet(context, &store, self.format)?,
            None => {}
        }
        unread.map_or(Ok(Verdict::Done), Err)
    }

    fn show(
        &self,
        context: &Context,
        repository: &Repository,
        store: &Store,
        selection: &Selection,
    ) -> Result<()> {
        let state = &selection.run;
        if !context.screen.narrates() && !self.format.is_json() {
            context.screen.answer(&status::counts(state));
            return Ok(());
        }
        let integration = integration(repository, state)?;
        let plan = plan_of(store, state);
        let now = Timestamp::now();
        let mut report = report(state, plan.as_ref(), &integration, now);
        look_for_life(store, state, &mut report, now);
        if matches!(state.phase, RunPhase::Running | RunPhase::Interrupted) {
            report.drift = drift(repository, store, state.run).unwrap_or(report.drift);
        }
        listen_in(store, state, &mut report);
        if self.format.is_json() {
            context.screen.answer_json(&report);
            return Ok(());
        }
        show(context, store, selection, &report, self.selector.is_none())?;
        // Where the run stands does not hang on what can be told of the trash.
        let _ = clean::tell_of_much_trash(context, repository, store);
        Ok(())
    }

    /// What is drawn on the whole terminal is a run, and for people.
    fn insist_on_a_run(&self, selection: &Selection) -> Result<()> {
        let run = selection.run.run;
        if self.format.is_json() {
            return Err(
                Failure::usage("--watch draws for people: JSON is for one look")
                    .next(format!("git parallel status --json {run}"))
                    .next(format!("git parallel wait --json {run}")),
            );
        }
        match selection.task {
            None => Ok(()),
            Some(task) => Err(Failure::usage("--watch shows a run as a whole")
                .next(format!("git parallel status --watch {run}"))
                .next(format!("git parallel logs --follow {run}/{task}"))),
        }
    }
}

/// The newest run that can be read, and what is the matter with a newer one: that is told in the
/// end, and what is the matter with others on the way.
fn newest_readable(
    context: &Context,
    store: &Store,
) -> Result<(Option<Selection>, Option<Failure>)> {
    let Runs {
        mut read,
        mut unread,
    } = store.load_runs()?;
    let run = read.pop();
    let newest = run.as_ref().map(|run| run.run);
    let newer = unread.pop_if(|(id, _)| newest.is_none_or(|newest| *id > newest));
    select::tell_of_unread(&context.screen, &unread);
    let selection = run.map(|run| Selection { run, task: None });
    Ok((selection, newer.map(|(_, failure)| failure)))
}

/// No run yet is an answer, and it says how to come to one.
fn nothing_yet(context: &Context, store: &Store, format: FormatArgs) -> Result<()> {
    if format.is_json() {
        let none = json!({"version": 1, "run": null, "plan": null, "state": null, "tasks": []});
        context.screen.answer_json(&none);
        return Ok(());
    }
    let next = match store.plan_ids()?.last() {
        Some(plan) => format!("git parallel run {plan}"),
        None => "git parallel split --tasks first,second".to_owned(),
    };
    context.screen.answer(&format!(
        "nothing was run in this repository yet\nnext: {}",
        context.screen.paint().cyan(&next)
    ));
    Ok(())
}
