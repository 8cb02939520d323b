//! What past changes said and touched, ready to be compared with a goal.

use std::collections::HashMap;

use crate::git::{MainlineChange, RepoPath};
use crate::survey::history::moves;

use super::index::Index;

/// Takes past changes in, which are told newest first; the index holds the files that are there
/// after the newest.
pub fn add_past(index: &mut Index, changes: &[MainlineChange]) {
    let names = names_today(changes);
    for change in changes.iter().rev() {
        let paths = change
            .touched
            .iter()
            .map(|file| names.get(&file.path).unwrap_or(&file.path));
        let documents = paths.filter_map(|path| index.document(&path.to_text()));
        let documents: Vec<u32> = documents.collect();
        let (title, body) = said(change);
        index.add_change(&title, &body, documents, change.touched.len());
    }
}

/// The title of a change and what follows it. A merge is called after what it merged.
pub fn said(change: &MainlineChange) -> (String, String) {
    let mut lines = change.message.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let only_merges = ["Merge ", "Auto merge of "];
    let only_merges = only_merges.iter().any(|start| first.starts_with(start));
    match rest.split_first() {
        Some((title, body)) if change.is_merge && only_merges => {
            ((*title).to_owned(), body.join("\n"))
        }
        _ => (first.to_owned(), rest.join("\n")),
    }
}

/// For every path of an older change, the name that the file has at the end of these.
fn names_today(changes: &[MainlineChange]) -> HashMap<RepoPath, RepoPath> {
    let mut names: HashMap<RepoPath, RepoPath> = HashMap::new();
    for change in changes {
        for (old, new) in moves(&change.touched) {
            let now = names.get(new).unwrap_or(new).clone();
            names.entry(old.clone()).or_insert(now);
        }
    }
    names
}
