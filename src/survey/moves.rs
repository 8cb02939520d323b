//! Which files a change moved.

use std::collections::HashMap;
use std::hash::Hash;

use crate::git::{RepoPath, TouchedFile};

/// Old and new name of every file that a change moved: the same content elsewhere, or a file of the
/// same name that went in one folder and came in another.
pub(super) fn moves(touched: &[TouchedFile]) -> Vec<(&RepoPath, &RepoPath)> {
    let gone = || touched.iter().filter(|file| file.after.is_none());
    let come = || touched.iter().filter(|file| file.before.is_none());
    if gone().next().is_none() || come().next().is_none() {
        return Vec::new();
    }
    // Two with one content, or of one name, are not told apart.
    let by_content = unique(come().filter_map(|file| Some((file.after?, &file.path))));
    let by_name = unique(come().map(|file| (last_part(&file.path), &file.path)));
    let gone_names = unique(gone().map(|file| (last_part(&file.path), &file.path)));
    gone()
        .filter_map(|file| {
            let same_content = file.before.and_then(|blob| *by_content.get(&blob)?);
            let name = last_part(&file.path);
            let same_name = || {
                gone_names.get(name).copied().flatten()?;
                *by_name.get(name)?
            };
            Some((&file.path, same_content.or_else(same_name)?))
        })
        .collect()
}

/// What each key stands for; `None` where there are several.
fn unique<K: Hash + Eq, V>(pairs: impl Iterator<Item = (K, V)>) -> HashMap<K, Option<V>> {
    let mut known = HashMap::new();
    for (key, value) in pairs {
        known
            .entry(key)
            .and_modify(|known| *known = None)
            .or_insert(Some(value));
    }
    known
}

fn last_part(path: &RepoPath) -> &[u8] {
    let bytes = path.as_bytes();
    let start = bytes
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at + 1);
    &bytes[start..]
}
