//! What there is to know and to type after a merge.

use crate::error::shell_word;
use crate::id::Oid;
use crate::integrate::{MergeResult, Why};
use crate::store::Strategy;
use crate::ui::paint::Paint;
use crate::ui::text::clean;

use super::Report;

/// What there is to know and to type next.
pub fn next(report: &Report<'_>, paint: Paint) -> Vec<String> {
    let outcome = report.outcome;
    let target = clean(&outcome.target.name);
    let mut lines = Vec::new();
    if outcome.settled > 0 {
        lines.push("an earlier merge was interrupted; it is settled now".to_owned());
    }
    if !outcome.already.is_empty() && outcome.result != MergeResult::Nothing {
        let held: Vec<_> = outcome.already.iter().map(|one| clean(&one.name)).collect();
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
            let cleans = report.run.is_some() && report.cleaned.is_none();
            let clean = cleans.then(|| format!("git parallel clean{run}"));
            let landed = matches!(report.outcome.result, MergeResult::Landed { .. });
            let tidied = report
                .cleaned
                .is_some_and(|clean| !clean.operations.is_empty());
            let comment = match tidied {
                true => "brings the branches back; again: takes the merge back",
                false => "takes it back",
            };
            let undo = format!("git parallel undo     # {comment}");
            let behind = behind(report).into_iter();
            behind.chain(clean).chain(landed.then_some(undo)).collect()
        }
        MergeResult::WouldLand(_) => vec![again(report, &[])],
        MergeResult::Failed(fault) => {
            let look = look(fault.look);
            let others = fault.stack.landed.len() > 1 && !fault.target;
            let partial = others.then(|| again(report, &["--partial"]));
            partial.into_iter().chain([look]).collect()
        }
        MergeResult::Blocked => blocked(report),
    }
}

/// The same call with more to it.
fn again(report: &Report<'_>, more: &[&str]) -> String {
    let mut words: Vec<String> = report.typed.iter().map(|word| shell_word(word)).collect();
    words.splice(1..1, more.iter().map(|more| (*more).to_owned()));
    format!("git parallel {}", words.join(" "))
}

fn blocked(report: &Report<'_>) -> Vec<String> {
    let outcome = report.outcome;
    let Some(found) = &outcome.conflicts else {
        return behind(report);
    };
    let lands = found.order.lands().iter();
    let lands: Vec<String> = lands
        .map(|&at| shell_word(&found.revisions[at].name))
        .collect();
    let mut commands = Vec::new();
    // A branch outside a run is resolved with the target alone, which is in the way of the first
    // only where nothing lands.
    if report.run.is_some() || lands.is_empty() {
        let first = found.order.waits().first();
        commands.extend(first.map(|&at| resolve(&found.revisions[at].name)));
    }
    if !lands.is_empty() {
        commands.push(merge(report, &[], &lands.join(" ")));
    }
    commands
}

/// What to do about the first that does not land.
fn behind(report: &Report<'_>) -> Vec<String> {
    let outcome = report.outcome;
    let Some(first) = outcome.behind.first() else {
        return Vec::new();
    };
    let name = shell_word(&first.name);
    match &first.why {
        Why::Blocked { .. } | Why::Conflict(_) if report.run.is_some() => {
            vec![resolve(&first.name)]
        }
        Why::Step { .. } | Why::Differs => [Strategy::Merge, Strategy::Squash]
            .map(|strategy| merge(report, &["--strategy", strategy.as_str()], &name))
            .to_vec(),
        Why::Refused(_) => vec![merge(report, &["--no-verify"], &name)],
        Why::Breaks(breaks) => vec![look(breaks.commit)],
        _ => vec![format!("git parallel check --patch {name}")],
    }
}

/// Another merge, to the same place and on the same terms.
fn merge(report: &Report<'_>, more: &[&str], names: &str) -> String {
    let flags = report.flags.iter().map(|flag| shell_word(flag));
    let more = more.iter().map(|more| (*more).to_owned());
    let start = ["git parallel merge".to_owned()].into_iter();
    let words = start.chain(more).chain(flags).chain([names.to_owned()]);
    words.collect::<Vec<_>>().join(" ")
}

fn look(commit: Oid) -> String {
    format!("git worktree add --detach ../look {}", commit.short())
}

fn resolve(name: &str) -> String {
    format!("git parallel resolve {}", shell_word(name))
}
