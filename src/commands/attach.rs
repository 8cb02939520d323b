//! `git parallel attach [RUN|TASK]`: look on where a session works.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::run;
use crate::store::{LauncherKind, RunPhase, Selection, Store, TaskPhase};

use super::{logs, select};

/// Look on while sessions work
///
/// Attaches this terminal to the tmux of a run that was started with --launcher tmux, at the
/// window of the task; C-b d detaches, and closing a window ends the view, not the session. Where
/// there is no tmux (another launcher, or a server that was killed), the log is followed instead,
/// and that is said; of a session that Slurm runs, so is the line for a shell beside it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run (r1), a task of the latest run (T001, or its name), or RUN/TASK; @, the default, is
    /// the latest run
    #[arg(value_name = "RUN|TASK")]
    selector: Option<String>,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let selection = select::selection(&store, self.selector.as_deref())?;
        if !goes_on(&store, &selection) {
            return Err(nothing_to_see(&selection));
        }
        let (run, task) = (selection.run.run, selection.task);
        match selection.run.options.launcher {
            LauncherKind::Local => {
                context.screen.narrate(&format!(
                    "{run} works without tmux: following what it prints, Ctrl-C leaves"
                ));
                return logs::follow(context, &store, selection);
            }
            LauncherKind::Slurm => {
                for line in beside(&selection) {
                    context.screen.narrate(&line);
                }
                return logs::follow(context, &store, selection);
            }
            LauncherKind::Tmux => {}
        }
        let tmux = run::tmux_of(&store, run)?;
        let (session, window) = (run.to_string(), task.map(|task| task.to_string()));
        if !tmux.has(&session, window.as_deref()) {
            context.screen.narrate(&format!(
                "no window of tmux shows {}: following what it prints, Ctrl-C leaves",
                whole(&selection)
            ));
            return logs::follow(context, &store, selection);
        }
        let line = tmux.attach_line(&session, window.as_deref());
        if !context.screen.is_interactive() {
            return Err(Failure::usage("attach needs a terminal").next(line));
        }
        context.screen.narrate(&line);
        tmux.attach(&session, window.as_deref())?;
        Ok(Verdict::Done)
    }
}

/// How to get a shell beside each session that Slurm runs now.
fn beside(selection: &Selection) -> Vec<String> {
    let run = selection.run.run;
    let working = selection
        .tasks()
        .filter(|task| task.phase == TaskPhase::Running);
    let jobs = working.filter_map(|task| Some((task.id, task.sessions.last()?.job?)));
    let shells = jobs.map(|(task, job)| {
        format!("a shell beside {run}/{task}: srun --jobid={job} --overlap --pty sh")
    });
    let follows = format!("{run} works in jobs of Slurm: following what it prints, Ctrl-C leaves");
    shells.chain([follows]).collect()
}

/// Whether a session of the selection works now, or will.
fn goes_on(store: &Store, selection: &Selection) -> bool {
    let state = &selection.run;
    match (state.phase, selection.task) {
        (RunPhase::Running, None) => true,
        (RunPhase::Running | RunPhase::Interrupted, _) => selection
            .tasks()
            .any(|task| run::lives(store, state.run, task)),
        _ => false,
    }
}

fn whole(selection: &Selection) -> String {
    let run = selection.run.run;
    selection
        .task
        .map_or_else(|| run.to_string(), |task| format!("{run}/{task}"))
}

fn nothing_to_see(selection: &Selection) -> Failure {
    let whole = whole(selection);
    Failure::unable(format!("no session of {whole} works now"))
        .next(format!("git parallel logs {whole}"))
        .next(format!("git parallel status {whole}"))
}
