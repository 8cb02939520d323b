//! What sessions write for people to read while they work, in `.parallel/` of their worktree: the
//! last line of `progress.txt`, and the messages in `messages/`. Believed to be words, nothing more.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

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

/// The beginning of a file; any other kind (a pipe, a link) would be a trap.
fn text(path: &Path) -> Option<String> {
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
