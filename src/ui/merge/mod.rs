//! What `merge` answers: a sentence, what landed, who is in whose way; or all of it as JSON.

mod behind;
mod document;
mod next;
mod verification;

use serde::Serialize;

use crate::id::RunId;
use crate::integrate::{Fault, MergeOutcome, MergeResult, Stack, Why};
use crate::store::{Landed, RunState, Strategy, TaskState};

use super::check;
use super::clean as cleaning;
use super::look::Look;
use super::paint::Paint;
use super::run_words;
use super::text::{clean, count, pad, width};

pub use document::document;
pub use next::next;
pub use verification::progress;

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    pub outcome: &'a MergeOutcome,
    pub left_out: &'a [LeftOut],
    /// The run that was merged, if one was.
    pub run: Option<RunId>,
    /// The command as typed, less the program's name: what a next one begins with.
    pub typed: &'a [String],
    /// Those of its flags that any next merge needs, too: where to, and what must hold.
    pub flags: &'a [String],
    /// What was cleaned after it, where that was asked for.
    pub cleaned: Option<&'a cleaning::Report<'a>>,
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

    /// A line each, below a word that says what they are.
    pub fn lines(left_out: &[Self], paint: Paint) -> Vec<String> {
        let mut lines = vec![paint.yellow("left out")];
        let names = left_out.iter().map(|left| width(&clean(&left.name)));
        let widest = names.max().unwrap_or(0);
        lines.extend(left_out.iter().map(|left| {
            let name = pad(&clean(&left.name), widest);
            format!("  {name}  {}", clean(&left.reason))
        }));
        lines
    }
}

/// For people.
pub fn render(report: &Report<'_>, look: Look) -> String {
    let paint = look.paint;
    let outcome = report.outcome;
    let mut lines = check::folded(&sentence(report), look, |line| paint.bold(line));
    match &outcome.result {
        MergeResult::Landed { stack, .. } => {
            lines.extend(landed(stack, |landed| landed.merge.short(), paint));
        }
        MergeResult::WouldLand(stack) => {
            lines.extend(landed(stack, |_| String::new(), paint));
        }
        MergeResult::Blocked | MergeResult::Failed(_) | MergeResult::Nothing => {}
    }
    match (&outcome.result, &outcome.conflicts) {
        (MergeResult::Blocked, Some(found)) => lines.extend(check::details(found, look)),
        // The sentence says it all.
        (MergeResult::Blocked | MergeResult::Failed(_), None) if outcome.behind.len() == 1 => {}
        _ => lines.extend(behind::table(&outcome.behind, look)),
    }
    lines.extend(verification::failures(outcome, paint));
    lines.extend(left_out(report, paint));
    if let Some(cleaned) = report.cleaned {
        lines.push(String::new());
        lines.push(cleaning::render(cleaned, paint));
    }
    lines.join("\n")
}

fn landed(stack: &Stack, id: impl Fn(&Landed) -> String, paint: Paint) -> Vec<String> {
    let names: Vec<String> = stack.landed.iter().map(title).collect();
    let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
    let line = |(name, landed): (&String, &Landed)| {
        let line = format!("  {}  {}", pad(name, widest), paint.dim(&id(landed)));
        line.trim_end().to_owned()
    };
    let lines = names.iter().zip(&stack.landed).map(line);
    std::iter::once(String::new()).chain(lines).collect()
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
    let mut lines = vec![String::new()];
    lines.extend(LeftOut::lines(report.left_out, paint));
    lines
}

/// "4 branches landed on main", or why none did.
pub fn sentence(report: &Report<'_>) -> String {
    let outcome = report.outcome;
    let target = clean(&outcome.target.name).into_owned();
    match &outcome.result {
        MergeResult::Landed { stack, .. } => {
            format!(
                "{} landed on {target}{}",
                number(report, stack),
                how(report)
            )
        }
        MergeResult::WouldLand(stack) => {
            format!(
                "{} would land on {target}{}",
                number(report, stack),
                how(report)
            )
        }
        MergeResult::Blocked => format!("nothing was merged: {}", why_blocked(report)),
        MergeResult::Failed(fault) => format!("nothing was merged: {}", why_failed(report, fault)),
        MergeResult::Nothing => match (outcome.already.len(), report.left_out.len()) {
            (0, 0) => "nothing to merge".to_owned(),
            (0, _) => "nothing to merge: no task is done".to_owned(),
            (1, _) => format!("nothing to merge: {target} holds it already"),
            (all, _) => format!("nothing to merge: {target} holds all {all} already"),
        },
    }
}

/// "4 branches", or "3 of 4 branches".
fn number(report: &Report<'_>, stack: &Stack) -> String {
    let landed = stack.landed.len();
    match report.outcome.behind.len() {
        0 => count(landed, "branch", "branches"),
        behind => format!("{landed} of {} branches", landed + behind),
    }
}

/// ", squashed, verified by cargo test".
fn how(report: &Report<'_>) -> String {
    let strategy = match report.outcome.strategy {
        Strategy::Merge => "",
        Strategy::Squash => ", squashed",
        Strategy::Rebase => ", rebased",
    };
    let passed = report.outcome.verification.as_ref();
    let verified = passed.map(|v| format!(", verified by {}", clean(&v.command)));
    format!("{strategy}{}", verified.unwrap_or_default())
}

fn why_blocked(report: &Report<'_>) -> String {
    let outcome = report.outcome;
    match (&outcome.conflicts, outcome.behind.as_slice()) {
        (Some(found), _) => check::reasons(found),
        (None, [first, ..]) => behind::words(first),
        (None, []) => "not all go together".to_owned(),
    }
}

fn why_failed(report: &Report<'_>, fault: &Fault) -> String {
    let outcome = report.outcome;
    let ended = outcome.verification.as_ref().map(|v| v.ended.as_str());
    let ended = ended.unwrap_or_default();
    if fault.target {
        let target = clean(&outcome.target.name);
        return format!("{target} fails the verification already ({ended}), without any branch");
    }
    let culprits = outcome.behind.iter();
    let mut culprits = culprits.filter(|one| matches!(one.why, Why::Breaks(_)));
    match (culprits.next(), culprits.next()) {
        (Some(only), None) => format!("{} ({ended})", behind::words(only)),
        _ => format!("the merged result fails the verification ({ended})"),
    }
}
