//! Why this order, and what to type next.

use crate::error::shell_word;
use crate::git::Merged;
use crate::id::RunId;
use crate::integrate::Report;
use crate::ui::text::count;

/// Why these land and in this order, where that was a choice.
pub fn order(report: &Report) -> Option<String> {
    if report.revisions.len() < 2 {
        return None;
    }
    let order = &report.order;
    let has_needs = report.revisions.iter().any(|one| !one.depends.is_empty());
    let built = "each after what it builds on";
    if order.waits().is_empty() {
        return (has_needs && !order.order.is_sorted()).then(|| format!("order: {built}"));
    }
    let paths = left_out(report);
    let counted = count(paths, "conflicting path", "conflicting paths");
    let choice = match (order.exact, paths) {
        (true, 0) => "order: no other choice lands more".to_owned(),
        (true, _) => {
            format!("order: no other choice lands more, or leaves fewer than {counted}")
        }
        (false, _) => {
            format!("order: a good choice, if not proven the best; it leaves {counted}")
        }
    };
    Some(if has_needs {
        format!("{choice}; {built}")
    } else {
        choice
    })
}

/// How many conflicting paths there are between those that land and those that wait.
fn left_out(report: &Report) -> usize {
    let (lands, waits) = (report.order.lands(), report.order.waits());
    let pairs = report.matrix.pairs.iter();
    let apart = pairs.filter(|pair| {
        let parted = |a, b| lands.contains(a) && waits.contains(b);
        parted(&pair.a, &pair.b) || parted(&pair.b, &pair.a)
    });
    apart.map(|pair| pair.merged.conflicts().len()).sum()
}

/// Commands to paste; `run` is the one whose tasks these are.
pub fn next(report: &Report, run: Option<RunId>, patch_shown: bool) -> Vec<String> {
    let mut commands = Vec::new();
    if !patch_shown {
        commands.extend(look_closer(report));
    }
    commands.extend(match (run, report.order.waits().first()) {
        (Some(run), None) => Some(format!("git parallel merge {run}")),
        (Some(_), Some(&first)) => {
            let task = shell_word(&report.revisions[first].name);
            Some(format!("git parallel resolve {task}"))
        }
        (None, _) => land(report),
    });
    commands
}

/// Shows the first conflict.
fn look_closer(report: &Report) -> Option<String> {
    let word = |at: usize| shell_word(&report.revisions[at].name);
    let is_conflict = |merged: &Merged| matches!(merged, Merged::Conflict { .. });
    let mut pairs = report.matrix.pairs.iter();
    if let Some(pair) = pairs.find(|pair| is_conflict(&pair.merged)) {
        return Some(format!(
            "git parallel check --patch {} {}",
            word(pair.a),
            word(pair.b)
        ));
    }
    let mut against_target = report.matrix.against_target.iter();
    let at = against_target.position(is_conflict)?;
    Some(format!(
        "git parallel check --patch {} --into {}",
        word(at),
        shell_word(&report.target.name)
    ))
}

/// Lands those that land, or commits what first must be.
fn land(report: &Report) -> Option<String> {
    let lands = report.order.lands().iter().map(|&at| &report.revisions[at]);
    if let Some(dirty) = lands
        .clone()
        .filter_map(|one| one.worktree.as_ref())
        .find(|w| w.dirty)
    {
        let folder = shell_word(&dirty.path.to_string_lossy());
        return Some(format!(
            "git -C {folder} add --all && git -C {folder} commit"
        ));
    }
    let is_range = lands.clone().any(|one| one.merge_base.is_some());
    if is_range || report.order.lands().is_empty() || !report.within.is_empty() {
        return None;
    }
    let names: Vec<String> = lands
        .filter(|one| !one.changes.paths.is_empty())
        .map(|one| shell_word(&one.name))
        .collect();
    (!names.is_empty()).then(|| format!("git parallel merge {}", names.join(" ")))
}
