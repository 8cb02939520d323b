//! What `resolve` answers: where the conflict waits, whose sides meet there, and what to type.

mod advice;
mod answer;
mod document;
mod next;
mod progress;
mod prompt;

pub use answer::{Agent, Answer};
pub use document::document;
pub use next::next;
pub use progress::ResolveProgress;
pub use prompt::{Party, prompt};

use std::path::Path;

use crate::git::{Conflict, RepoPath, SideCommit};
use crate::integrate::{Committed, Left, OpponentReason, Picture, Progress};
use crate::store::{RunState, TaskState};

use super::check::hunks;
use super::look::Look;
use super::text::{clean, clean_lines, count, fit};

/// What the sides are called, as in `git checkout --ours`.
const SIDES: [&str; 2] = ["ours", "theirs"];
/// Commits that are named of a path on one side.
const COMMITS_SHOWN: usize = 3;
/// Paths that are named where they matter less.
const PATHS_NAMED: usize = 3;

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// As the user knows the branch.
    pub name: &'a str,
    pub branch: &'a str,
    pub task: Option<&'a TaskState>,
    pub run: Option<&'a RunState>,
    pub answer: &'a Answer,
}

/// For people.
pub fn render(report: &Report<'_>, look: Look) -> String {
    let paint = look.paint;
    let mut lines = vec![paint.bold(&sentence(report))];
    lines.extend(report.answer.agent().map(Agent::line));
    match report.answer {
        Answer::Open {
            picture, reason, ..
        } => {
            let reason = reason.map(|reason| explained(reason, &picture.note.with));
            lines.extend(reason.map(|words| paint.dim(&words)));
            lines.extend(sides(report, &picture.note.with, look));
            lines.extend(picture_lines(picture, look));
        }
        Answer::Merged { with, reason } => {
            lines.push(paint.dim(&explained(*reason, with)));
        }
        Answer::Left { left, .. } => {
            lines.extend(left.iter().flat_map(|one| left_lines(one, look)));
        }
        Answer::Failed { verification, .. } => {
            lines.push(String::new());
            let output = clean_lines(&verification.output);
            lines.extend(output.lines().map(|line| format!("  {line}")));
        }
        Answer::Committed { committed, .. } => lines.extend(committed_lines(committed)),
        Answer::Nothing
        | Answer::TakenBack { .. }
        | Answer::MovedOn { .. }
        | Answer::Aborted { .. } => {}
    }
    lines.join("\n")
}

/// What came of it, in a sentence.
pub fn sentence(report: &Report<'_>) -> String {
    let name = clean(report.name);
    match report.answer {
        Answer::Nothing => format!("{name} conflicts with nothing"),
        Answer::Aborted { .. } => format!("{name} is as it was before"),
        Answer::Merged { with, .. } => format!(
            "{name} holds {} now; there was nothing to resolve",
            clean(with)
        ),
        Answer::Open { picture, .. } => open_sentence(picture),
        Answer::Committed {
            with, committed, ..
        } => committed_sentence(&name, with, committed),
        Answer::TakenBack { with, edits, .. } => {
            let edits = if *edits {
                "; its worktree has uncommitted work"
            } else {
                ""
            };
            let with = clean(with);
            format!("the merge of {with} was taken back: {name} is where it was{edits}")
        }
        Answer::MovedOn {
            with,
            before,
            after,
            ..
        } => format!(
            "{name} does not hold {}: its branch went from {} to {}",
            clean(with),
            before.short(),
            after.short()
        ),
        unfinished => unfinished_sentence(unfinished),
    }
}

fn committed_sentence(name: &str, with: &str, committed: &Committed) -> String {
    let verified = committed.verification.as_ref();
    let verified = verified.map(|v| format!(", verified by {}", clean(&v.command)));
    format!(
        "the conflicts of {name} with {} are resolved and committed as {}{}",
        clean(with),
        committed.commit.short(),
        verified.unwrap_or_default()
    )
}

/// Of what is left to resolve, or does not pass.
fn unfinished_sentence(answer: &Answer) -> String {
    match answer {
        Answer::Left {
            worktree,
            with,
            left,
            committed,
            ..
        } => {
            let (with, folder) = (clean(with), shown(worktree));
            let paths = count(left.len(), "path", "paths");
            match committed.map(|commit| commit.short()) {
                Some(commit) => format!(
                    "the merge of {with} was committed as {commit} with markers in {paths}, in {folder}"
                ),
                None => format!(
                    "{} left to resolve merging {with} in {folder}",
                    are(left.len())
                ),
            }
        }
        Answer::Failed {
            with,
            verification,
            committed,
            ..
        } => {
            let failed = format!("{} ({})", clean(&verification.command), verification.ended);
            let with = clean(with);
            match committed.map(|commit| commit.short()) {
                Some(commit) => {
                    format!("the merge of {with}, committed as {commit}, fails {failed}")
                }
                None => {
                    format!("nothing was committed: the resolved merge of {with} fails {failed}")
                }
            }
        }
        _ => String::new(),
    }
}

fn open_sentence(picture: &Picture) -> String {
    let with = clean(&picture.note.with);
    let folder = shown(&picture.worktree);
    let (open, replayed) = (picture.open().count(), picture.replayed());
    let all = picture.paths.len();
    let before = format!("{replayed} of {all} resolved as you did before (rerere)");
    match (open, replayed) {
        (0, 0) => format!("nothing is left to resolve merging {with} in {folder}"),
        (0, _) => format!("{before}, merging {with} in {folder}"),
        (_, 0) => format!("{} left to resolve merging {with} in {folder}", are(open)),
        _ => format!(
            "{} left to resolve merging {with} in {folder}; {before}",
            are(open)
        ),
    }
}

/// `1 path is`, `2 paths are`.
fn are(number: usize) -> String {
    count(number, "path is", "paths are")
}

/// Why it is this branch that is merged.
fn explained(reason: OpponentReason, with: &str) -> String {
    let with = clean(with);
    match reason {
        OpponentReason::Named => format!("{with}, as you asked"),
        OpponentReason::Target => format!("{with}: results go there, and it conflicts"),
        OpponentReason::LandsFirst => format!("{with}: they conflict, and it lands first"),
        OpponentReason::Conflicts => format!("{with}: they conflict, and neither lands yet"),
        OpponentReason::Together => {
            format!("{with}: with what lands before it, the two do not go together")
        }
    }
}

/// Whose sides they are, by the names that `git checkout --ours` and `--theirs` have for them.
fn sides(report: &Report<'_>, with: &str, look: Look) -> Vec<String> {
    let theirs = report.run.and_then(|run| {
        let mut tasks = run.tasks.iter();
        tasks.find(|task| task.branch.as_deref() == Some(with))
    });
    let side = |label: &str, branch: &str, task: Option<&TaskState>| {
        let branch = clean(branch);
        let line = match task {
            Some(task) => format!("  {label:6}  {branch}  {}: {}", task.id, clean(&task.title)),
            None => format!("  {label:6}  {branch}"),
        };
        look.fit(&line, look.columns)
    };
    let [ours, other] = SIDES;
    vec![
        side(ours, report.branch, report.task),
        side(other, with, theirs),
    ]
}

fn picture_lines(picture: &Picture, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &picture.paths {
        let conflict = &one.conflict;
        let state = progress_words(&one.progress);
        let head = format!(
            "{}  {}{state}",
            path(&conflict.path),
            conflict.kind.as_str()
        );
        lines.push(String::new());
        lines.push(look.paint.yellow(&head));
        lines.extend(hunks(&one.sight, SIDES, look));
        for (name, commits) in SIDES.into_iter().zip([&picture.ours, &picture.theirs]) {
            lines.extend(commit_lines(name, commits, &conflict.path, look));
        }
        if one.progress == Progress::Undecided {
            lines.extend(advice_lines(conflict));
        }
    }
    lines
}

fn progress_words(progress: &Progress) -> String {
    match progress {
        Progress::Marker(marker) => format!(", marker at line {}", marker.line),
        Progress::Undecided => String::new(),
        Progress::Replayed => ", resolved as you did before (rerere)".to_owned(),
        Progress::Resolved => ", resolved".to_owned(),
    }
}

/// The commits of a side that touched a path.
fn commit_lines(name: &str, commits: &[SideCommit], at: &RepoPath, look: Look) -> Vec<String> {
    let touched: Vec<&SideCommit> = commits
        .iter()
        .filter(|commit| commit.paths.contains(at))
        .collect();
    let mut lines: Vec<String> = touched
        .iter()
        .take(COMMITS_SHOWN)
        .map(|commit| {
            let subject = clean(&commit.subject);
            let line = format!("    {name:6} {} {subject}", commit.id.short());
            look.paint.dim(&look.fit(&line, look.columns))
        })
        .collect();
    if touched.len() > COMMITS_SHOWN {
        let more = touched.len() - COMMITS_SHOWN;
        lines.push(look.paint.dim(&format!("    {name:6} and {more} more")));
    }
    lines
}

fn left_lines(left: &Left, look: Look) -> Vec<String> {
    let conflict = &left.conflict;
    match &left.marker {
        Some(marker) => {
            let at = format!("  {}:{}", path(&conflict.path), marker.line);
            vec![look.fit(&format!("{at}: {}", clean(&marker.text)), look.columns)]
        }
        None => {
            let head = format!("  {}  {}", path(&conflict.path), conflict.kind.as_str());
            std::iter::once(head)
                .chain(advice_lines(conflict))
                .collect()
        }
    }
}

fn advice_lines(conflict: &Conflict) -> Vec<String> {
    let advice = advice::advice(conflict);
    advice
        .iter()
        .map(|line| format!("    {}", clean(line)))
        .collect()
}

fn committed_lines(committed: &Committed) -> Vec<String> {
    let mut lines = Vec::new();
    if !committed.besides.is_empty() {
        lines.push(format!("also changed: {}", named(&committed.besides)));
    }
    if !committed.uncommitted.is_empty() {
        lines.push(format!(
            "not committed, since not staged: {}",
            named(&committed.uncommitted)
        ));
    }
    lines
}

fn named(paths: &[RepoPath]) -> String {
    let shown: Vec<String> = paths.iter().take(PATHS_NAMED).map(path).collect();
    let more = paths.len().saturating_sub(PATHS_NAMED);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn shown(folder: &Path) -> String {
    clean(&folder.to_string_lossy()).into_owned()
}

fn path(path: &RepoPath) -> String {
    clean(&path.to_text()).into_owned()
}

/// The first line of a text, cut to what fits.
fn first_line(text: &str, columns: usize) -> String {
    fit(&clean(text.lines().next().unwrap_or_default()), columns).into_owned()
}
