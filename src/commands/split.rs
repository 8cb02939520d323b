//! `split`: decide whether and how to divide the work, and keep the plan.

use std::path::PathBuf;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::plan::{self, Plan};
use crate::store::{Store, write_atomic};
use crate::ui;

use super::planning::{PlanningArgs, draw_plan, make_plan};
use super::task_source::{Source, SourceArgs, newest_task_file};

/// Decide whether and how to divide the work, and keep the plan
///
/// With neither --from nor --tasks, the newest task file in the usual places is taken: tasks.md,
/// TASKS.md, docs/tasks.md, .claude/tasks.md, .claude/tasks/*.md, .tmp/*/tasks.md,
/// specs/*/tasks.md.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to reach, in words
    #[arg(value_name = "GOAL", conflicts_with_all = ["from", "tasks"])]
    goal: Option<String>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    planning: PlanningArgs,
    /// Also write the plan to a file: JSON, or a task file where it ends in .md
    #[arg(short, long, value_name = "FILE", conflicts_with = "dry_run")]
    output: Option<PathBuf>,
    /// Overwrite that file
    #[arg(short, long, requires = "output")]
    force: bool,
    /// Show the plan and store nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// How the plan is wanted
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How a plan is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one document, documented and versioned
    Json,
    /// A task file, which split and run read again
    Markdown,
}

impl Args {
    /// Makes the plan, keeps it, shows it.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        if let Some(goal) = &self.goal {
            return Err(not_from_words(context, goal));
        }
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let source = match self.source.source() {
            Some(source) => source,
            None => {
                let path = newest_task_file(context, &repository)?;
                context.screen.narrate(&format!(
                    "Taking {}, the newest task file in the usual places.",
                    ui::text::clean(&path.to_string_lossy())
                ));
                Source::File(path)
            }
        };
        self.check_output(context)?;
        let plan = if self.dry_run {
            draw_plan(context, &repository, &store, &source, &self.planning)?
        } else {
            let plan = make_plan(context, &repository, &store, &source, &self.planning)?;
            let path = store.plan_path(plan.id);
            let path = path.to_string_lossy();
            context
                .screen
                .detail(&format!("stored as {}", ui::text::clean(&path)));
            plan
        };
        self.write_output(context, &plan)?;
        self.show(context, &plan);
        Ok(Verdict::Done)
    }

    /// Refuses to overwrite a file before anything is done.
    fn check_output(&self, context: &Context) -> Result<()> {
        match &self.output {
            Some(path) if !self.force && context.folder.join(path).exists() => Err(
                Failure::refused(format!("{} exists already", path.display()))
                    .kept("the file as it is; no plan was stored")
                    .next("git parallel split --force …"),
            ),
            _ => Ok(()),
        }
    }

    fn write_output(&self, context: &Context, plan: &Plan) -> Result<()> {
        let Some(path) = &self.output else {
            return Ok(());
        };
        let text = if path.extension().is_some_and(|e| e == "md") {
            plan::print(&plan.draft())
        } else {
            let json = serde_json::to_string_pretty(plan);
            json.map_err(|error| Failure::unable(format!("cannot write the plan: {error}")))? + "\n"
        };
        write_atomic(&context.folder.join(path), text.as_bytes())
    }

    fn show(&self, context: &Context, plan: &Plan) {
        let screen = &context.screen;
        match self.format {
            _ if self.json => screen.answer_json(plan),
            Format::Json => screen.answer_json(plan),
            Format::Markdown => screen.answer_raw(plan::print(&plan.draft()).as_bytes()),
            Format::Text => {
                screen.answer(&ui::plan::render(
                    plan,
                    !self.dry_run,
                    screen.paint(),
                    screen.columns(),
                ));
            }
        }
    }
}

fn not_from_words(context: &Context, goal: &str) -> Failure {
    let mut failure = Failure::usage(format!(
        "this version cannot divide a goal in words ('{goal}'): name its parts, or write them down as tasks"
    ));
    if context.folder.join(goal).is_file() {
        failure = failure.next(format!("git parallel split --from {goal}"));
    }
    failure
        .next(format!(
            "git parallel split --tasks a,b,c --prompt '{goal}'"
        ))
        .next("git parallel split --from tasks.md")
}
