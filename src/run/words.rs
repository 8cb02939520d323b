//! What sessions write for people to read while they work, in `.parallel/` of their worktree: the
//! last line of `progress.txt`, and the messages in `messages/`. Believed to be words, nothing more.

use std::fs;
use std::path::Path;

use super::from_agent::beginning;
use super::report::{Message, RunReport};
use super::workspace::session_dir;

/// More than this of one file nobody reads at a glance.
const MOST_BYTES: u64 = 16 << 10;
/// Of all messages the latest, by name.
const MOST_MESSAGES: usize = 20;

/// Adds to a report what its sessions have written.
pub fn read_words(report: &mut RunReport) {
    for task in &mut report.tasks {
        let Some(worktree) = &task.worktree else {
            continue;
        };
        let folder = session_dir(Path::new(worktree));
        let progress = text(&folder.join("progress.txt")).unwrap_or_default();
        let last = progress.lines().rfind(|line| !line.trim().is_empty());
        task.progress = last.map(|line| line.trim().to_owned());
        task.messages = messages(&folder.join("messages"));
    }
}

fn messages(folder: &Path) -> Vec<Message> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let latest = paths.len().saturating_sub(MOST_MESSAGES);
    let messages = paths[latest..].iter().filter_map(|path| {
        Some(Message {
            name: path.file_name()?.to_string_lossy().into_owned(),
            text: text(path)?.trim_end().to_owned(),
        })
    });
    messages.collect()
}

/// The beginning of a file.
fn text(path: &Path) -> Option<String> {
    let bytes = beginning(path, MOST_BYTES)?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
