//! What `merge` answers: a sentence, what landed, who is in whose way; or all of it as JSON.

use serde::Serialize;

use crate::error::shell_word;
use crate::id::{Oid, RunId};
use crate::integrate::{MergeOutcome, MergeResult, Stack};
use crate::store::{Landed, RunState, TaskState};

use super::check::{self, BlockedDocument};
use super::look::Look;
use super::paint::Paint;
use super::run_words;
use super::text::{clean, clean_lines, count, pad, width};

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub outcome: &'a MergeOutcome,
    pub left_out: &'a [LeftOut],
    /// The run that was merged, if one was.
    pub run: Option<RunId>,
    /// What was pointed at, as typed.
    pub typed: &'a [String],
}

/// A task that was meant and does not land.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    name: String,
    reason: String,
    /// There are commits that would land if it were named.
    #[serde(skip)]
    has_work: bool,
}

impl LeftOut {
    /// It is not done.
    pub fn of(run: &RunState, task: &TaskState) -> Self {
        Self {
            name: task.name.clone(),
            reason: run_words::standing(run, task),
            has_work: task.commits > 0,
        }
    }

    /// Its branch is not there any more: as a rule it landed and was cleaned up.
    pub fn gone(task: &TaskState) -> Self {
        Self {
            name: task.name.clone(),
            reason: "its branch is gone".to_owned(),
            has_work: false,
        }
    }
}

/// For people.
pub fn render(report: &Report<'_>, look: Look) -> String {
    let paint = look.paint;
    let mut lines = vec![paint.bold(&sentence(report))];
    match &report.outcome.result {
        MergeResult::Landed { stack, .. } => {
            lines.push(String::new());
            lines.extend(landed(stack, |landed| landed.merge.short(), paint));
        }
        MergeResult::WouldLand(stack) => {
            lines.push(String::new());
            lines.extend(landed(stack, |_| String::new(), paint));
        }
        MergeResult::Blocked(found) => lines.extend(check::details(found, look)),
        MergeResult::Failed(_) | MergeResult::Nothing => {}
    }
    if let Some(failed) = report.outcome.verification.as_ref().filter(|v| !v.passed) {
        lines.push(String::new());
        lines.extend(
            clean_lines(&failed.output)
                .lines()
                .map(|l| format!("  {l}")),
        );
    }
    lines.extend(left_out(report, paint));
    lines.join("\n")
}

fn landed(stack: &Stack, id: impl Fn(&Landed) -> String, paint: Paint) -> Vec<String> {
    let names: Vec<String> = stack.landed.iter().map(title).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let line = |(name, landed): (&String, &Landed)| {
        let line = format!("  {}  {}", pad(name, widest), paint.dim(&id(landed)));
        line.trim_end().to_owned()
    };
    names.iter().zip(&stack.landed).map(line).collect()
}

/// `T001 schema`, or the branch.
fn title(landed: &Landed) -> String {
    let name = clean(&landed.name);
    match landed.task {
        Some(task) => format!("{task} {name}"),
        None => name.into_owned(),
    }
}

fn left_out(report: &Report<'_>, paint: Paint) -> Vec<String> {
    if report.left_out.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), paint.yellow("left out")];
    let names = report.left_out.iter().map(|left| width(&clean(&left.name)));
    let widest = names.max().unwrap_or(0);
    lines.extend(report.left_out.iter().map(|left| {
        let name = pad(&clean(&left.name), widest);
        format!("  {name}  {}", clean(&left.reason))
    }));
    lines
}

/// "4 branches landed on main", or why none did.
pub fn sentence(report: &Report<'_>) -> String {
    let outcome = report.outcome;
    let target = clean(&outcome.target.name).into_owned();
    let branches = |stack: &Stack| count(stack.landed.len(), "branch", "branches");
    match &outcome.result {
        MergeResult::Landed { stack, .. } => {
            format!(
                "{} landed on {target}{}",
                branches(stack),
                verified(outcome)
            )
        }
        MergeResult::WouldLand(stack) => {
            format!(
                "{} would land on {target}{}",
                branches(stack),
                verified(outcome)
            )
        }
        MergeResult::Blocked(found) => {
            format!("nothing was merged: {}", check::reasons(found))
        }
        MergeResult::Failed(_) => {
            let failed = outcome.verification.as_ref();
            let failed = failed.map(|v| format!("{} ({})", clean(&v.command), v.ended));
            let failed = failed.unwrap_or_default();
            format!("nothing was merged: the merged result fails {failed}")
        }
        MergeResult::Nothing => match (outcome.already.len(), report.left_out.len()) {
            (0, 0) => "nothing to merge".to_owned(),
            (0, _) => "nothing to merge: no task is done".to_owned(),
            (1, _) => format!("nothing to merge: {target} holds it already"),
            (all, _) => format!("nothing to merge: {target} holds all {all} already"),
        },
    }
}

fn verified(outcome: &MergeOutcome) -> String {
    let passed = outcome.verification.as_ref();
    passed.map_or_else(String::new, |v| {
        format!(", verified by {}", clean(&v.command))
    })
}

/// What there is to know and to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let outcome = report.outcome;
    let target = clean(&outcome.target.name);
    let mut lines = Vec::new();
    if outcome.settled > 0 {
        lines.push("an earlier merge was interrupted; it is settled now".to_owned());
    }
    if !outcome.already.is_empty() && outcome.result != MergeResult::Nothing {
        let held: Vec<_> = outcome.already.iter().map(|name| clean(name)).collect();
        lines.push(format!("{target} held already: {}", held.join(", ")));
    }
    if let MergeResult::Landed {
        stack, worktree, ..
    } = &outcome.result
    {
        let step = format!("{} -> {}", stack.target.commit.short(), stack.tip.short());
        let checked_out = worktree.as_ref().map(|folder| {
            let folder = folder.to_string_lossy();
            format!(", checked out in {}", clean(&folder))
        });
        lines.push(format!(
            "{target}: {step}{}",
            checked_out.unwrap_or_default()
        ));
    }
    let commands = commands(report);
    lines.extend(
        commands
            .iter()
            .map(|command| format!("next: {}", paint.cyan(&clean(command)))),
    );
    lines
}

fn commands(report: &Report<'_>) -> Vec<String> {
    let run = report.run.map_or_else(String::new, |run| format!(" {run}"));
    match &report.outcome.result {
        // What is left out lands all the same when it is named.
        MergeResult::Nothing if !report.left_out.is_empty() => {
            let named = report.left_out.iter().filter(|one| one.has_work);
            named
                .map(|one| format!("git parallel merge{run}/{}", one.name))
                .take(1)
                .collect()
        }
        MergeResult::Landed { .. } | MergeResult::Nothing => {
            let clean = report.run.map(|_| format!("git parallel clean{run}"));
            let landed = matches!(report.outcome.result, MergeResult::Landed { .. });
            let undo = "git parallel undo     # takes it back".to_owned();
            clean.into_iter().chain(landed.then_some(undo)).collect()
        }
        MergeResult::WouldLand(_) => {
            let typed = report.typed.iter().map(|typed| shell_word(typed));
            let command = format!("git parallel merge {}", typed.collect::<Vec<_>>().join(" "));
            vec![command.trim_end().to_owned()]
        }
        MergeResult::Failed(stack) => {
            vec![format!(
                "git worktree add --detach ../look {}",
                stack.tip.short()
            )]
        }
        MergeResult::Blocked(found) => {
            let mut commands = Vec::new();
            if report.run.is_some() {
                let first = found.order.waits().first();
                commands.extend(first.map(|&at| {
                    format!(
                        "git parallel resolve {}",
                        shell_word(&found.revisions[at].name)
                    )
                }));
            }
            let lands = found.order.lands().iter();
            let lands: Vec<String> = lands
                .map(|&at| shell_word(&found.revisions[at].name))
                .collect();
            if !lands.is_empty() {
                commands.push(format!("git parallel merge {}", lands.join(" ")));
            }
            commands
        }
    }
}

/// For programs.
pub fn document(report: &Report<'_>) -> impl Serialize {
    let outcome = report.outcome;
    let (state, stack) = match &outcome.result {
        MergeResult::Nothing => ("nothing", None),
        MergeResult::Blocked(_) => ("conflict", None),
        MergeResult::Failed(stack) => ("verification-failed", Some(stack)),
        MergeResult::WouldLand(stack) => ("would-land", Some(stack)),
        MergeResult::Landed { stack, .. } => ("landed", Some(stack)),
    };
    let operation = match outcome.result {
        MergeResult::Landed { operation, .. } => Some(operation),
        _ => None,
    };
    let blocked = match &outcome.result {
        MergeResult::Blocked(found) => BlockedDocument::all(found),
        _ => Vec::new(),
    };
    Document {
        version: 1,
        sentence: sentence(report),
        state,
        target: TargetDocument {
            name: outcome.target.name.clone(),
            before: outcome.target.commit,
            after: stack.map(|stack| stack.tip),
        },
        operation,
        landed: stack.map(|stack| stack.landed.clone()).unwrap_or_default(),
        already: outcome.already.clone(),
        left_out: report.left_out.to_vec(),
        blocked,
        verification: outcome.verification.as_ref().map(|v| VerificationDocument {
            command: v.command.clone(),
            passed: v.passed,
            output: v.output.clone(),
        }),
    }
}

#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    sentence: String,
    /// `landed`, `would-land`, `nothing`, `conflict` or `verification-failed`.
    state: &'static str,
    target: TargetDocument,
    /// By this number `undo` takes it back; null where nothing landed.
    operation: Option<u64>,
    landed: Vec<Landed>,
    already: Vec<String>,
    left_out: Vec<LeftOut>,
    blocked: Vec<BlockedDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationDocument>,
}

#[derive(Debug, Serialize)]
struct TargetDocument {
    name: String,
    before: Oid,
    /// Where it is now, or would be.
    after: Option<Oid>,
}

#[derive(Debug, Serialize)]
struct VerificationDocument {
    command: String,
    passed: bool,
    output: String,
}
