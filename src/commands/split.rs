//! `split`: decide whether and how to divide the work, and keep the plan.

use std::path::PathBuf;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict, shell_word};
use crate::git::Repository;
use crate::plan::{self, Plan, PlanKind};
use crate::store::{Store, write_atomic};
use crate::ui;
use crate::ui::plan::Standing;

use super::goal::goal;
use super::model_server::ServerArgs;
use super::planning::{PlanningArgs, draw_plan, keep_plan};
use super::splitter::Asked;
use super::task_source::{Source, SourceArgs, goal_or_file, newest_task_file, no_task_file};

/// Decide whether and how to divide the work, and keep the plan
///
/// A goal in words is divided by the parts that it names, or by which of its likely files change
/// together; no model is asked, unless --splitter or parallel.splitter says so. Which files those
/// are is a forecast. What an agent or a model answers is checked as any plan is, and sent back with
/// what is wrong with it, three times at most. Where dividing does not pay off, that is the answer,
/// and the exit code is 1. With no goal, --from or --tasks, the newest
/// task file in the usual places is taken: tasks.md, TASKS.md, docs/tasks.md, .claude/tasks.md,
/// .claude/tasks/*.md, .tmp/*/tasks.md, specs/*/tasks.md.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to reach, in words; or a task file
    #[arg(value_name = "GOAL", value_parser = goal, conflicts_with_all = ["from", "tasks"])]
    goal: Option<String>,
    /// Do not divide the goal: have so many try all of it, and keep the best take
    #[arg(long, value_name = "N", requires = "goal", value_parser = clap::value_parser!(u32).range(2..=15))]
    variants: Option<u32>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    planning: PlanningArgs,
    /// With --splitter agent: which agent is asked [default: parallel.agent]
    #[arg(long, value_name = "NAME", requires = "splitter")]
    agent: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
    /// Also write the plan to a file: JSON, or a task file where it ends in .md
    #[arg(short, long, value_name = "FILE", conflicts_with = "dry_run")]
    output: Option<PathBuf>,
    /// Plan a goal although dividing it does not pay off; overwrite the file of --output
    #[arg(short, long)]
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
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let source = self.source(context, &repository)?;
        self.check_output(context)?;
        let planning = PlanningArgs {
            asked: Asked {
                agent: self.agent.clone(),
                server: self.server.clone(),
            },
            forced: self.force,
            ..self.planning.clone()
        };
        let plan = draw_plan(context, &repository, &store, &source, &planning)?;
        let pays = plan.kind != PlanKind::Split || plan.worth || self.force;
        if self.dry_run || !pays {
            self.show(context, &plan, pays, false);
            return Ok(Verdict::finding_if(!pays));
        }
        let plan = keep_plan(&store, plan)?;
        let path = store.plan_path(plan.id);
        let path = path.to_string_lossy();
        context
            .screen
            .detail(&format!("stored as {}", ui::text::clean(&path)));
        self.write_output(context, &plan)?;
        self.show(context, &plan, true, true);
        Ok(Verdict::Done)
    }

    /// What to plan: what was pointed at, else the newest task file, which is named.
    fn source(&self, context: &Context, repository: &Repository) -> Result<Source> {
        if let (Some(goal), Some(takes)) = (&self.goal, self.variants) {
            return Ok(Source::Takes(goal.clone(), takes));
        }
        if let Some(goal) = &self.goal {
            return goal_or_file(context, goal);
        }
        if let Some(source) = self.source.source() {
            return Ok(source);
        }
        let (path, _) = newest_task_file(context, repository).ok_or_else(no_task_file)?;
        context.screen.narrate(&format!(
            "Taking {}, the newest task file in the usual places.",
            ui::text::clean(&path.to_string_lossy())
        ));
        Ok(Source::File(path))
    }

    /// Refuses to overwrite a file before anything is done.
    fn check_output(&self, context: &Context) -> Result<()> {
        match &self.output {
            Some(path) if !self.force && context.folder.join(path).exists() => Err(
                Failure::refused(format!("{} exists already", path.display()))
                    .kept("the file as it is; no plan was stored")
                    .next(context.again_with("--force", "split")),
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
        write_atomic(&context.folder.join(path), text.as_bytes())?;
        let word = shell_word(&path.to_string_lossy());
        context.screen.narrate(&format!(
            "Written to {word}. Once you have edited it: git parallel check --plan {word}, then git parallel run {word}"
        ));
        Ok(())
    }

    fn show(&self, context: &Context, plan: &Plan, pays: bool, stored: bool) {
        let screen = &context.screen;
        match self.format {
            _ if self.json => screen.answer_json(plan),
            Format::Json => screen.answer_json(plan),
            Format::Markdown => screen.answer_raw(plan::print(&plan.draft()).as_bytes()),
            Format::Text => {
                let standing = match (pays, stored) {
                    (false, _) => Standing::NotWorth(self.goal.as_deref().unwrap_or(&plan.goal)),
                    (true, false) => Standing::DryRun,
                    (true, true) => Standing::Stored,
                };
                let page = ui::plan::render(plan, standing, screen.paint(), screen.columns());
                screen.answer(&page);
            }
        }
    }
}
