//! `git parallel analyze [PATH…]`: what the repository looks like to who wants to divide work.

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::{Head, Pathspecs, Repository};
use crate::id::Oid;
use crate::settings::Settings;
use crate::store::{RunPhase, Store};
use crate::survey::{self, Evaluation, Forecast, Surroundings};
use crate::ui::analyze::{self as show, Limits, Report};
use crate::ui::{evaluation, scope};

use super::FormatArgs;
use super::goal::goal;

/// Tell what the repository is made of, what changes together, and how many could work side by side
///
/// Counts the files of the current commit and reads the history of its branch. With --goal, only the
/// words of the goal are compared with what files hold and past changes said. With --evaluate, the
/// changes of the past are taken in pairs: would they have conflicted, had they run side by side, and
/// would the forecast have known? Nothing is written but the tool's own cache.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these folders and files, as pathspecs [default: everything]
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Instead, which files a goal is probably about
    #[arg(long, value_name = "TEXT", value_parser = goal)]
    goal: Option<String>,
    /// Instead, how well the conflict forecast would have done on the latest 2,000 changes
    #[arg(long, conflicts_with_all = ["paths", "goal"])]
    evaluate: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let (branch, commit) = head(&repository)?;
        let mut pathspecs = match self.paths.as_slice() {
            [] => None,
            typed => Some(Pathspecs::new(&repository, &context.folder, typed)?),
        };
        let shelf = context.shelf(&repository);
        if self.evaluate {
            let evaluation = survey::evaluation(&repository, commit, &shelf)?;
            self.show_evaluation(context, commit, &evaluation);
            return Ok(Verdict::Done);
        }
        if let Some(goal) = &self.goal {
            let (forecast, around) =
                survey::goal(&repository, commit, goal, pathspecs.as_mut(), &shelf)?;
            self.show_forecast(context, goal, commit, (&forecast, &around));
            return Ok(Verdict::finding_if(forecast.files.is_empty()));
        }
        let survey = survey::survey(&repository, commit, pathspecs.as_mut(), &shelf)?;
        if survey.files.is_empty() && pathspecs.is_some() {
            return Err(Failure::unable(format!(
                "no file of the current commit is in {}",
                self.paths.join(" ")
            ))
            .next("git ls-files"));
        }
        let name = repository.name();
        let report = Report {
            repository: &name,
            branch: branch.as_deref(),
            survey: &survey,
            is_shallow: repository.is_shallow(),
            limits: limits(&repository)?,
        };
        if self.format.is_json() {
            context.screen.answer_json(&show::document(&report));
        } else {
            context
                .screen
                .answer(&show::render(&report, context.screen.look()));
            let next = "git parallel split 'WHAT TO REACH'";
            let paint = context.screen.paint_narration();
            context
                .screen
                .narrate(&format!("next: {}", paint.cyan(next)));
        }
        Ok(Verdict::Done)
    }

    fn show_evaluation(&self, context: &Context, commit: Oid, evaluation: &Evaluation) {
        let screen = &context.screen;
        if self.format.is_json() {
            screen.answer_json(&evaluation::document(commit, evaluation));
        } else {
            screen.answer(&evaluation::render(evaluation, screen.look()));
        }
    }

    fn show_forecast(
        &self,
        context: &Context,
        goal: &str,
        commit: Oid,
        (forecast, around): (&Forecast, &Surroundings),
    ) {
        let screen = &context.screen;
        if self.format.is_json() {
            screen.answer_json(&scope::document(goal, commit, forecast, around));
        } else {
            screen.answer(&scope::render(goal, forecast, around, screen.look()));
        }
    }
}

fn head(repository: &Repository) -> Result<(Option<String>, Oid)> {
    match repository.head()? {
        Head::Branch { name, commit } => Ok((Some(name), commit)),
        Head::Detached { commit } => Ok((None, commit)),
        Head::Unborn { name } => Err(Failure::unable(format!(
            "the branch '{name}' has no commit yet, so there is nothing to look at"
        ))
        .next("git commit --allow-empty -m 'Start'")),
    }
}

fn limits(repository: &Repository) -> Result<Limits> {
    let settings = Settings::read(repository)?;
    let store = Store::of(repository.common_dir());
    let linked = repository.worktrees()?.len().saturating_sub(1);
    let mut running = 0;
    for run in store.run_ids()? {
        // A damaged run is its own command's trouble.
        let Ok(state) = store.load_run(run) else {
            continue;
        };
        if state.phase == RunPhase::Running {
            running += state
                .tasks
                .iter()
                .filter(|task| task.phase.is_active())
                .count();
        }
    }
    Ok(Limits {
        worktrees: linked,
        most_worktrees: settings.worktrees,
        sessions: running,
        most_sessions: settings.sessions,
    })
}
