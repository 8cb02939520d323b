//! What `clean --empty-trash` answers: what went for good, or would; or all of it as JSON.

use jiff::Timestamp;
use serde::Serialize;

use crate::id::{RunId, TaskId};
use crate::integrate::{MUCH_TRASH, Trashed};
use crate::size;

use super::paint::Paint;
use super::text::{clean, count};

/// All there is to say.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Oldest first.
    pub gone: &'a [Trashed],
    pub dry_run: bool,
    /// Files are still being deleted, in the background.
    pub deleting: bool,
}

/// For people.
pub fn render(report: &Report<'_>, paint: Paint) -> String {
    let mut lines = vec![paint.bold(&sentence(report))];
    for one in report.gone {
        let since = one.since.strftime("%Y-%m-%d %H:%M");
        let what = match &one.folder {
            Some(folder) => {
                let folder = folder.to_string_lossy();
                format!("{}  {}", size::spell(one.bytes), clean(&folder))
            }
            None => count(one.refs.len(), "ref", "refs"),
        };
        lines.push(format!("  {}/{}  {since}  {what}", one.run, one.task));
    }
    lines.join("\n")
}

fn sentence(report: &Report<'_>) -> String {
    if report.gone.is_empty() {
        return "nothing in the trash".to_owned();
    }
    let worktrees = report.gone.iter().filter(|one| one.folder.is_some());
    let bytes = report.gone.iter().map(|one| one.bytes).sum();
    let refs = report.gone.iter().map(|one| one.refs.len()).sum();
    let what = format!(
        "{} ({}) and {}",
        count(worktrees.count(), "worktree", "worktrees"),
        size::spell(bytes),
        count(refs, "ref", "refs")
    );
    match report.dry_run {
        true => format!("{what} would go for good"),
        false => format!("{what} gone for good"),
    }
}

/// What there is to say of a trash that has grown large, and what to type about it.
pub fn much(waiting: &[Trashed], now: Timestamp, paint: Paint) -> Option<[String; 2]> {
    let bytes = waiting.iter().map(|one| one.bytes).sum();
    let oldest = waiting.first()?.age(now).as_hours() / 24;
    let command = match oldest {
        // A command that deletes nothing would be no help.
        ..OLD_DAYS => "git parallel clean --empty-trash -n",
        _ => "git parallel clean --empty-trash --older-than 720h",
    };
    (bytes >= MUCH_TRASH).then(|| {
        let days = count(oldest as usize, "day", "days");
        let held = format!(
            "the trash holds {}, the oldest for {days}",
            size::spell(bytes)
        );
        [held, format!("next: {}", paint.cyan(command))]
    })
}

/// What has waited for so long is hardly wanted back: the 720 hours above.
const OLD_DAYS: i64 = 30;

/// For programs.
pub fn document(report: &Report<'_>) -> Document {
    let entries = report.gone.iter().map(|one| Entry {
        run: one.run,
        task: one.task,
        since: one.since,
        worktree: one
            .folder
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned()),
        refs: one.refs.clone(),
        bytes: one.bytes,
    });
    Document {
        version: 1,
        sentence: sentence(report),
        dry_run: report.dry_run,
        deleting: report.deleting,
        trash: entries.collect(),
    }
}

/// All that there is to say, for programs.
#[derive(Debug, Serialize)]
pub struct Document {
    version: u32,
    sentence: String,
    dry_run: bool,
    /// Files are still being deleted, in the background.
    deleting: bool,
    /// What went for good, or would, oldest first.
    trash: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    run: RunId,
    task: TaskId,
    /// When a clean-up put it there.
    since: Timestamp,
    /// Where its files waited; null where it held none of its own.
    worktree: Option<String>,
    refs: Vec<String>,
    bytes: u64,
}
