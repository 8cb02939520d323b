//! A plan on one screen: what to do, what it saves, who waits for whom, what to type next.

use std::collections::BTreeMap;

use crate::error::shell_word;
use crate::plan::{
    CostRow, EstimateSource, GoalScope, Measured, OverheadSource, Overheads, Overlap, Plan,
    PlanKind, Risk, Splitter, Strategy, Task, is_in_words, time,
};

use super::paint::Paint;
use super::table::align;
use super::text::{clean, count, pad, width, wrap};

/// Below this many columns the overhead is left out, so that the marks stay.
const NARROW: usize = 60;
/// Paths that are named before "and N more".
const PATHS_SHOWN: usize = 6;
/// A longer goal is not repeated in a command to paste.
const LONGEST_TO_PASTE: usize = 400;
/// Stands for whatever the user has work.
const AGENT: &str = "--exec 'agent < \"$GIT_PARALLEL_PROMPT_FILE\"'";
/// A schedule that gains this share of the work with more at once is told.
const NOTABLE_GAIN: f64 = 0.05;
/// Overlaps that are shown before "and N more".
const OVERLAPS_SHOWN: usize = 40;
/// Likely files of a goal that are named.
const SCOPE_SHOWN: usize = 8;

/// What became of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It is kept, and can be run by its id.
    Stored,
    /// Nothing was to be kept.
    DryRun,
    /// It is not kept, since dividing does not pay off; with the goal as it was typed.
    NotWorth(&'a str),
}

/// A plan for people; one that is not stored has no id that anything could be done with.
pub fn render(plan: &Plan, standing: Standing<'_>, paint: Paint, columns: usize) -> String {
    let page = Page { paint, columns };
    let mut lines = page.paragraph(&sentence(plan), Paint::bold);
    lines.extend(page.paragraph(&basis(plan), |_, text| text.to_owned()));
    let header = page.paragraph(&header(plan, standing), Paint::dim);
    lines.extend(header);
    if let Some(scope) = &plan.scope {
        lines.extend(page.section(&scope_heading(scope), page.scope(scope)));
    }
    let heading = match is_worth(plan) {
        true => "Cost by how many work at once",
        false => "Cost by how many work at once, if the work could be divided",
    };
    lines.extend(page.section(heading, page.cost(plan)));
    if let Standing::NotWorth(goal) = standing {
        lines.extend(page.section("Next", page.undivided(plan, goal)));
        return lines.join("\n");
    }
    lines.extend(page.schedule(plan));
    for (number, wave) in (1..).zip(&plan.waves) {
        let tasks = plan.tasks.iter().filter(|task| wave.contains(&task.id));
        let heading = match (plan.waves.len(), wave.len()) {
            (1, _) => count(wave.len(), "task", "tasks, all at once"),
            (_, 1) => format!("Wave {number}"),
            (_, wide) => format!("Wave {number}, {wide} at once"),
        };
        let mut tasks: Vec<&Task> = tasks.collect();
        tasks.sort_by_key(|task| task.priority);
        let tasks = tasks.into_iter().flat_map(|task| page.task(plan, task));
        lines.extend(page.section(&heading, tasks.collect()));
    }
    lines.extend(page.section("Overlaps", page.overlaps(plan)));
    lines.extend(page.section("Who suits", page.roles(plan)));
    let standing_line = risk_and_strategy(plan);
    lines.extend(page.section("Together", page.entry("", &standing_line)));
    let notes = plan.problems.iter().map(ToString::to_string);
    let notes = notes.flat_map(|note| page.entry("", &note));
    lines.extend(page.section("Notes", notes.collect()));
    lines.extend(page.section("Next", next(plan, standing, paint)));
    lines.join("\n")
}

/// What to do and what it saves.
fn sentence(plan: &Plan) -> String {
    let tasks = match plan.kind {
        PlanKind::Variants => count(plan.tasks.len(), "take", "takes"),
        PlanKind::Split | PlanKind::Tasks => count(plan.tasks.len(), "task", "tasks"),
    };
    let whole = plan.estimate.sequential_seconds;
    if !is_worth(plan) {
        return "Dividing this does not pay off: one session does it as well.".to_owned();
    }
    let row = plan.cost.get(plan.recommended.saturating_sub(1));
    let Some(row) = row.filter(|row| row.splits > 1) else {
        return match plan.tasks.len() {
            1 => "There is one task: nothing to divide.".to_owned(),
            _ => {
                format!("Run {tasks} one after the other: dividing the work does not pay off here.")
            }
        };
    };
    // The cost rule knows nothing of who waits for whom; nothing is faster than the longest chain.
    let (chain, decides) = (plan.longest_chain_seconds, decides(plan));
    let (about, total) = match chain > row.total_seconds && !decides {
        true => ("at least", chain),
        false => ("about", expected(plan, row)),
    };
    let saved = 100.0 * (whole - total) / whole;
    let saved = if saved > 0.0 {
        format!("{saved:.0} % less")
    } else {
        "which saves nothing".to_owned()
    };
    let (total, whole) = (time(total), time(whole));
    format!(
        "Run {tasks}, {} at once: {about} {total} instead of {whole}, {saved}.",
        row.splits
    )
}

/// What so many at once probably take: what the schedule says where it decided, and not less than
/// that elsewhere, since the cost rule takes work for divisible to the size of what is left.
fn expected(plan: &Plan, row: &CostRow) -> f64 {
    let scheduled = plan.schedule.as_ref();
    match scheduled.and_then(|known| known.totals.get(row.splits - 1)) {
        Some(total) if decides(plan) => *total,
        Some(total) => total.max(row.total_seconds),
        None => row.total_seconds,
    }
}

/// Whether the schedule of these very tasks says how many at once.
fn decides(plan: &Plan) -> bool {
    plan.schedule.as_ref().is_some_and(|known| known.decides)
}

/// Whether dividing pays off; who wrote tasks down has decided that already.
fn is_worth(plan: &Plan) -> bool {
    plan.worth || plan.kind != PlanKind::Split
}

/// "risk low; merge strategy merge, all or none"; of takes of one goal, one is merged.
fn risk_and_strategy(plan: &Plan) -> String {
    if plan.kind == PlanKind::Variants {
        return "each take does all of the work, and one of them is merged: compare them with git \
                parallel report, then git parallel merge RUN/TASK"
            .to_owned();
    }
    let risk = match plan.risk {
        Risk::Low if rests_on(plan, |task| task.foreseen && !task.files.is_empty()) => {
            "low, if the guessed files are right: no two tasks change the same ones at once"
        }
        Risk::Low if rests_on(plan, |task| task.files.is_empty()) => {
            "low as far as files are declared: no two tasks change the same ones at once"
        }
        Risk::Low => "low: no two tasks change the same files at once",
        Risk::Medium => {
            "medium: some files are changed by two at once, though hardly the same lines"
        }
        Risk::High => "high: some tasks will probably conflict; git parallel check while they work",
    };
    let strategy = match plan.strategy {
        Strategy::Merge => "merge commits",
        Strategy::Squash => "one commit a branch",
        Strategy::Rebase => "each branch's own commits",
        Strategy::Pr => "pull requests",
    };
    format!("risk {risk}; landed all or none, as {strategy}")
}

/// Whether several tasks could be in each other's way, and this is so of one of them.
fn rests_on(plan: &Plan, is_so: impl Fn(&Task) -> bool) -> bool {
    plan.tasks.len() > 1 && plan.tasks.iter().any(is_so)
}

/// Five steps of how sure something is.
pub(super) fn bar(score: f64) -> String {
    let full = (score * 5.0).round().clamp(0.0, 5.0) as usize;
    format!("[{}{}]", "#".repeat(full), "-".repeat(5 - full))
}

/// Why, and where the numbers come from.
fn basis(plan: &Plan) -> String {
    let estimate = &plan.estimate;
    let work = time(estimate.sequential_seconds);
    let from = match estimate.source {
        EstimateSource::Default if plan.kind == PlanKind::Split => {
            format!("{work} in all are assumed, --scope says it better")
        }
        EstimateSource::Default => {
            let each = time(estimate.sequential_seconds / plan.tasks.len().max(1) as f64);
            format!("{each} a task are assumed, {work} in all")
        }
        EstimateSource::Scope if plan.kind == PlanKind::Variants => {
            let each = time(estimate.sequential_seconds / plan.tasks.len().max(1) as f64);
            format!("{each} a take, as you said, since each does all of the work")
        }
        EstimateSource::Scope => format!("{work} in all, as you said"),
        EstimateSource::Tasks => format!("{work} in all, as the tasks say"),
        EstimateSource::Learned => {
            let runs = count(estimate.runs, "run", "runs");
            format!("{work} in all, learned from {runs}")
        }
    };
    let recommended = plan.cost.get(plan.recommended.saturating_sub(1));
    let chain = match recommended.filter(|row| row.total_seconds < plan.longest_chain_seconds) {
        Some(_) => {
            "; the longest chain of tasks that wait for each other takes longer than the cost rule's total"
        }
        None => "",
    };
    let tokens = estimate.tokens.map_or_else(String::new, |tokens| {
        format!(
            "; agents would read and write some {}k tokens",
            tokens / 1000
        )
    });
    let overhead = overhead(&plan.overheads);
    format!("Why: {}{chain}. {from}; {overhead}{tokens}.", plan.reason)
}

/// What each one at work adds, and where that and what the slowest of them takes longer comes from.
fn overhead(overheads: &Overheads) -> String {
    let each = format!("each one at work adds {:.0} s", overheads.per_split());
    let each = match (overheads.source, overheads.measured) {
        (OverheadSource::Configured, _) => format!("{each}, as configured"),
        (OverheadSource::Learned, Some(measured)) => {
            format!("{each}: {}", terms(overheads, measured))
        }
        _ => format!("{each}, the built-in figure"),
    };
    match (overheads.spread, overheads.measured) {
        (Some(spread), Some(measured)) => format!(
            "{each}; times differ by a factor of {:.1} ({})",
            spread.exp(),
            count(measured.tasks, "finished task", "finished tasks")
        ),
        _ => each,
    }
}

/// The terms of a measured overhead, each with what it was measured from.
fn terms(overheads: &Overheads, measured: Measured) -> String {
    let start = overheads.worktree_seconds + overheads.startup_seconds;
    let tasks = count(measured.tasks, "finished task", "finished tasks");
    let mut terms = vec![format!("{start:.1} to start ({tasks})")];
    if overheads.context_seconds > 0.0 {
        let seconds = overheads.context_seconds;
        let sessions = from(measured.contexts, "session", "sessions");
        terms.push(format!("{seconds:.1} to read ({sessions})"));
    }
    let merges = from(measured.merges, "merged branch", "merged branches");
    let seconds = overheads.merge_seconds;
    terms.push(format!("{seconds:.1} to merge ({merges})"));
    terms.join(", ")
}

fn from(measured: usize, one: &str, many: &str) -> String {
    match measured {
        0 => "built in".to_owned(),
        measured => count(measured, one, many),
    }
}

fn header(plan: &Plan, standing: Standing<'_>) -> String {
    let id = match standing {
        Standing::Stored => plan.id.to_string(),
        Standing::DryRun => "dry run".to_owned(),
        Standing::NotWorth(_) => "not planned".to_owned(),
    };
    format!(
        "{id}: {} - from {} onto {}{}",
        plan.goal,
        plan.base.short(),
        plan.target,
        plan.scope.as_ref().map_or_else(String::new, divided_by)
    )
}

/// Who was asked to divide the goal, if anybody.
fn divided_by(scope: &GoalScope) -> String {
    match (scope.splitter, &scope.model) {
        (Splitter::Agent, Some(name)) => format!(", divided by the agent {name}"),
        (_, Some(name)) => format!(", divided by the model {name}"),
        (_, None) => String::new(),
    }
}

fn scope_heading(scope: &GoalScope) -> String {
    let likely = scope.files.iter().filter(|file| file.likely).count();
    match (likely, scope.guess) {
        (0, _) => "No file has anything to do with these words".to_owned(),
        (_, true) => "A guess at the files, since hardly any stands out".to_owned(),
        (_, false) => "Files that the words speak of: a forecast, never all of them".to_owned(),
    }
}

/// What to type.
fn next(plan: &Plan, standing: Standing<'_>, paint: Paint) -> Vec<String> {
    if standing != Standing::Stored {
        return vec!["  Nothing was stored. The same without --dry-run keeps the plan.".to_owned()];
    }
    let run = format!(
        "git parallel run {} --workers {}",
        plan.id, plan.recommended
    );
    vec![format!("  {}", paint.cyan(&format!("{run} {AGENT}")))]
}

/// The look of a page.
#[derive(Clone, Copy)]
struct Page {
    paint: Paint,
    columns: usize,
}

impl Page {
    /// A blank line, a heading and what belongs to it; nothing where nothing belongs to it.
    fn section(self, heading: &str, body: Vec<String>) -> Vec<String> {
        if body.is_empty() {
            return body;
        }
        let heading = vec![String::new(), self.paint.bold(heading)];
        [heading, body].concat()
    }

    fn paragraph(self, text: &str, painted: impl Fn(Paint, &str) -> String) -> Vec<String> {
        let lines = wrap(&clean(text), self.columns);
        lines.iter().map(|line| painted(self.paint, line)).collect()
    }

    /// Text behind a label, its further lines under its first.
    fn entry(self, label: &str, text: &str) -> Vec<String> {
        let label = format!("  {label}");
        let room = self.columns.saturating_sub(width(&label)).max(20);
        let mut front = label.clone();
        wrap(&clean(text), room)
            .into_iter()
            .map(|line| {
                let line = format!("{front}{line}");
                front = " ".repeat(width(&label));
                line
            })
            .collect()
    }

    /// The likely files of a goal, in as few lines as they need.
    fn scope(self, scope: &GoalScope) -> Vec<String> {
        let likely: Vec<&str> = scope
            .files
            .iter()
            .filter(|file| file.likely)
            .map(|file| file.path.as_str())
            .collect();
        let shown = likely[..likely.len().min(SCOPE_SHOWN)].join(", ");
        let more = match likely.len().saturating_sub(SCOPE_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.entry("", &format!("{shown}{more}"))
    }

    /// What these very tasks take, where who waits for whom makes a difference.
    fn schedule(self, plan: &Plan) -> Vec<String> {
        let Some(schedule) = plan.schedule.as_ref().filter(|_| plan.tasks.len() > 1) else {
            return Vec::new();
        };
        let slots = plan.recommended.min(schedule.totals.len()).max(1);
        let (total, bound) = (schedule.totals[slots - 1], schedule.lower_bound_seconds);
        let more = match bound < total {
            true => format!("however many, never under {}", time(bound)),
            false => "no number of them is faster".to_owned(),
        };
        // The cost rule takes work for divisible at will; tasks are not.
        let gain = NOTABLE_GAIN * schedule.totals[0];
        let notable = |after: &usize| total - schedule.totals[after - 1] >= gain;
        let wider = (slots + 1..=schedule.totals.len()).find(notable);
        let wider = wider.map_or_else(String::new, |at_once| {
            let total = time(schedule.totals[at_once - 1]);
            format!(", {total} with {at_once}")
        });
        let text = format!(
            "scheduled with who waits for whom, starts and merges: {} with {slots} at once{wider}; {more}",
            time(total),
        );
        let lines = self.entry("", &text);
        lines.iter().map(|line| self.paint.dim(line)).collect()
    }

    /// Each role with the tasks that it suits, with how sure that is and why.
    fn roles(self, plan: &Plan) -> Vec<String> {
        let mut lines = Vec::new();
        for task in &plan.tasks {
            let Some(role) = &task.role else { continue };
            let bar = bar(role.score);
            let here = match (role.installed, &role.skill) {
                (true, None) => String::new(),
                (true, Some(skill)) => format!(" with {skill}"),
                (false, None) => ", which is not installed".to_owned(),
                (false, Some(skill)) => format!(", which is not installed, with {skill}"),
            };
            let text = format!(
                "{bar} {:.0} %  {}{} ({})",
                role.score * 100.0,
                role.name,
                here,
                role.matched.join(", ")
            );
            lines.extend(self.entry(&format!("{}  ", task.id), &text));
        }
        lines.extend(self.assignments(plan));
        lines
    }

    /// "security-engineer: auth-api, auth-page", where somebody has more than one task.
    fn assignments(self, plan: &Plan) -> Vec<String> {
        let mut by_role: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for task in &plan.tasks {
            if let Some(role) = &task.role {
                by_role.entry(&role.name).or_default().push(&task.name);
            }
        }
        let mut lines = Vec::new();
        for (role, tasks) in by_role {
            lines.extend(self.entry(&format!("{role}: "), &tasks.join(", ")));
        }
        lines
    }

    /// What to do with a goal, as it was typed, that is better not divided.
    fn undivided(self, plan: &Plan, typed: &str) -> Vec<String> {
        let typed = typed.trim();
        let is_long = typed.contains('\n') || width(typed) > LONGEST_TO_PASTE;
        let (from, goal) = match is_long {
            true => (", from a FILE,", "\"$(cat FILE)\"".to_owned()),
            false => ("", shell_word(&clean(typed))),
        };
        let line = |text: String| format!("  {}", self.paint.cyan(&text));
        // To `run`, one word alone is the name of something.
        let run = match is_long || is_in_words(typed) {
            true => format!("git parallel run {goal} {AGENT}"),
            false => format!("git parallel run --tasks {goal} {AGENT}"),
        };
        let nothing_found = |scope: &GoalScope| scope.files.is_empty();
        let divide = match plan.scope.as_ref().is_some_and(nothing_found) {
            // There is nothing to divide by, so who knows better has to say.
            true => format!("git parallel split --tasks first,second --prompt {goal}"),
            false => format!("git parallel split --force {goal}"),
        };
        vec![
            format!("  Give it{from} to one session, or divide it all the same:"),
            line(run),
            line(divide),
        ]
    }

    fn cost(self, plan: &Plan) -> Vec<String> {
        let heading = ["at once", "total", "overhead", "saved", "gain", ""].map(str::to_owned);
        let mut rows = vec![heading.to_vec()];
        rows.extend(plan.cost.iter().map(|row| cost_row(plan, row)));
        for (at, least) in [7, 9, 9, 5, 5].into_iter().enumerate() {
            let widest = rows.iter().map(|row| width(&row[at])).max();
            let columns = widest.unwrap_or(0).max(least);
            let aligned = |row: &mut Vec<String>| row[at] = format!("{:>columns$}", row[at]);
            rows.iter_mut().for_each(aligned);
        }
        if self.columns < NARROW {
            rows.iter_mut().for_each(|row| row[2].clear());
        }
        let at_most = plan.waves.iter().map(Vec::len).max().unwrap_or(1);
        let lines = align(&rows, Some(self.columns.saturating_sub(2)));
        let painted = lines.iter().enumerate().map(|(number, line)| match number {
            0 => self.paint.dim(line),
            n if n == plan.recommended && is_worth(plan) => self.paint.green(line),
            n if n > at_most => self.paint.dim(line),
            _ => line.clone(),
        });
        painted.map(|line| format!("  {line}")).collect()
    }

    fn task(self, plan: &Plan, task: &Task) -> Vec<String> {
        let label = format!("{}  {}  ", task.id, task.priority.label());
        let indent = " ".repeat(width(&label));
        let mut title = task.title.clone();
        if task.document {
            title.push_str(" (a document)");
        }
        if task.optional {
            title.push_str(" (optional)");
        }
        let mut lines = self.entry(&label, &title);
        let success = task.success.as_ref().map(|how| format!("success: {how}"));
        for detail in [files(task), waits(plan, task), success.unwrap_or_default()] {
            if !detail.is_empty() {
                let detail = self.entry(&indent, &detail);
                lines.extend(detail.iter().map(|line| self.paint.dim(line)));
            }
        }
        lines
    }

    /// The pairs that touch a path in common, the riskiest first.
    fn overlaps(self, plan: &Plan) -> Vec<String> {
        let (shown, more) = riskiest(plan);
        let mut lines: Vec<String> = shown.iter().flat_map(|one| self.overlap(one)).collect();
        if more > 0 {
            let text = format!(
                "and {} at no higher risk: --json has all",
                count(more, "pair", "pairs")
            );
            lines.extend(self.entry("", &text));
        }
        lines
    }

    fn overlap(self, overlap: &Overlap) -> Vec<String> {
        let (risk, painted) = match overlap.risk {
            Risk::High => ("high", self.paint.red("high")),
            Risk::Medium => ("medium", self.paint.yellow("medium")),
            Risk::Low => ("low", self.paint.dim("low")),
        };
        let more = match overlap.paths.len() {
            0 | 1 => String::new(),
            paths => format!(" and {}", count(paths - 1, "path more", "paths more")),
        };
        let label = format!("{} {} {}  ", pad(risk, 7), overlap.a, overlap.b);
        let mut lines = self.entry(&label, &format!("{}{more}", overlap.reason));
        if let Some(first) = lines.first_mut() {
            *first = first.replacen(risk, &painted, 1);
        }
        lines
    }
}

fn cost_row(plan: &Plan, row: &CostRow) -> Vec<String> {
    let mut marks = Vec::new();
    if row.splits == plan.recommended && is_worth(plan) {
        marks.push("recommended");
    }
    if row.splits == plan.fastest {
        marks.push("fastest");
    }
    if Some(row.splits) == plan.break_even {
        marks.push("break-even");
    }
    let gain = match row.splits {
        1 => String::new(),
        _ => format!("{:+.1}", row.marginal_percent),
    };
    vec![
        row.splits.to_string(),
        time(row.total_seconds),
        time(row.overhead_seconds),
        format!("{:.0} %", row.savings_percent),
        gain,
        marks.join(", "),
    ]
}

/// The riskiest overlaps, as many as somebody reads, and how many more there are.
pub(super) fn riskiest(plan: &Plan) -> (Vec<&Overlap>, usize) {
    let mut all: Vec<&Overlap> = plan.overlaps.iter().collect();
    all.sort_by_key(|overlap| std::cmp::Reverse(overlap.risk));
    let more = all.len().saturating_sub(OVERLAPS_SHOWN);
    all.truncate(OVERLAPS_SHOWN);
    (all, more)
}

/// "modifies a, b; creates c".
fn files(task: &Task) -> String {
    let lists = [
        ("modifies", &task.files.modify),
        ("creates", &task.files.create),
        ("reads", &task.files.read),
    ];
    let told = lists
        .iter()
        .filter(|(_, paths)| !paths.is_empty())
        .map(|(verb, paths)| {
            let shown = paths[..paths.len().min(PATHS_SHOWN)].join(", ");
            match paths.len().saturating_sub(PATHS_SHOWN) {
                0 => format!("{verb} {shown}"),
                more => format!("{verb} {shown} and {more} more"),
            }
        });
    told.collect::<Vec<_>>().join("; ")
}

/// "after T001, T002 (T002 creates x, which T003 modifies)".
fn waits(plan: &Plan, task: &Task) -> String {
    let on = task.depends.iter().map(|on| {
        let implied = plan
            .implied
            .iter()
            .find(|i| (i.task, i.on) == (task.id, *on));
        implied.map_or_else(
            || on.to_string(),
            |implied| format!("{on} ({})", implied.reason),
        )
    });
    let on: Vec<String> = on.collect();
    if on.is_empty() {
        String::new()
    } else {
        format!("after {}", on.join(", "))
    }
}
