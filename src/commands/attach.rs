//! `git parallel attach [RUN|TASK]`: look on where a session works.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::run;
use crate::store::{Launcher, RunPhase, Selection, Store};

use super::{logs, select};

/// Look on while sessions work
///
/// Attaches this terminal to the tmux of a run that was started with --launcher tmux, at the
/// window of the task; C-b d detaches, and closing a window ends the view, not the session. Where
/// there is no tmux (the local launcher, or a server that was killed), the log is followed instead,
/// and that is said.
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
        if selection.run.options.launcher == Launcher::Local {
            context.screen.narrate(&format!(
                "{run} works without tmux: following what it prints, Ctrl-C leaves"
            ));
            return logs::follow(context, &store, selection);
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
