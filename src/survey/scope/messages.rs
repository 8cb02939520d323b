//! What a commit message says: its title, and the rest.

use crate::git::CommitMessage;

/// The title of a change and what follows it. A merge is called after what it merged.
pub fn said(message: &CommitMessage) -> (String, String) {
    let mut lines = message.text.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let only_merges = ["Merge ", "Auto merge of "];
    let only_merges = only_merges.iter().any(|start| first.starts_with(start));
    match rest.split_first() {
        Some((title, body)) if message.is_merge && only_merges => {
            ((*title).to_owned(), body.join("\n"))
        }
        _ => (first.to_owned(), rest.join("\n")),
    }
}
