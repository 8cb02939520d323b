//! Whether the user's own checkout moved while a run's sessions worked. Each of them has a worktree
//! of its own; one that leaves it is noticed here, as far as it was not the user who worked.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::git::{Checkout, Repository};
use crate::id::RunId;
use crate::store::{Drift, Moved, Store, read_json, write_json};

const VERSION: u64 = 1;

/// How the checkouts stood when the run began.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    version: u64,
    checkouts: Vec<Checkout>,
}

/// Writes down how the main checkout stands, and the one that the run is started in.
pub fn note(repository: &Repository, store: &Store, run: RunId) -> Result<()> {
    let checkouts = checkouts(repository)?;
    let looked = checkouts.iter().map(|path| repository.checkout(path));
    let before = Before {
        version: VERSION,
        checkouts: looked.collect::<Result<_>>()?,
    };
    write_json(&file(store, run), &before)
}

fn file(store: &Store, run: RunId) -> PathBuf {
    store.run_dir(run).join("checkouts.json")
}

/// The main checkout and the one we stand in, unless it is a task's.
fn checkouts(repository: &Repository) -> Result<Vec<PathBuf>> {
    let here = repository.work_dir();
    let all = repository.worktrees()?.into_iter().enumerate();
    let users = all.filter(|(number, worktree)| {
        let ours = worktree.locked.as_deref();
        let ours = ours.is_some_and(|reason| reason.starts_with("git-parallel "));
        let wanted = *number == 0 || Some(worktree.path.as_path()) == here;
        wanted && !worktree.bare && !ours
    });
    Ok(users.map(|(_, worktree)| worktree.path).collect())
}

/// What moved in them since; empty when nothing did, `None` when that cannot be told.
pub fn drift(repository: &Repository, store: &Store, run: RunId) -> Option<Vec<Drift>> {
    let before: Before = read_json(&file(store, run), VERSION).ok()?;
    let now = |path: &Path| repository.checkout(path).ok();
    let mut found = Vec::new();
    for then in &before.checkouts {
        found.extend(compare(then, &now(&then.worktree)?));
    }
    Some(found)
}

fn compare(then: &Checkout, now: &Checkout) -> Option<Drift> {
    let moved = then.changed.iter().filter(|(path, change)| {
        let now = now.changed.get(*path);
        now != Some(*change)
    });
    let new = now
        .changed
        .keys()
        .filter(|path| !then.changed.contains_key(*path));
    let mut paths: Vec<String> = moved.map(|(path, _)| path).chain(new).cloned().collect();
    paths.sort();
    let drift = Drift {
        worktree: then.worktree.clone(),
        commit: changed(&then.commit, &now.commit),
        branch: changed(&then.branch, &now.branch),
        paths,
    };
    let nothing = drift.commit.is_none() && drift.branch.is_none() && drift.paths.is_empty();
    (!nothing).then_some(drift)
}

fn changed<T: Clone + PartialEq>(from: &T, to: &T) -> Option<Moved<T>> {
    (from != to).then(|| Moved {
        from: from.clone(),
        to: to.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::oid;

    fn checkout(commit: u8, changed: &[(&str, u64)]) -> Checkout {
        let mut checkout = Checkout {
            worktree: PathBuf::from("/w"),
            commit: Some(oid(commit)),
            branch: Some("main".to_owned()),
            ..Checkout::default()
        };
        for (path, size) in changed {
            checkout.changed.entry((*path).to_owned()).or_default().size = *size;
        }
        checkout
    }

    #[test]
    fn what_was_changed_before_and_is_still_the_same_is_no_drift() {
        let then = checkout(1, &[("a", 1), ("b", 1), ("c", 1)]);
        assert_eq!(compare(&then, &then), None);
        let now = checkout(2, &[("a", 1), ("b", 2), ("d", 1)]);
        let drift = compare(&then, &now).unwrap();
        assert_eq!(drift.paths, ["b", "c", "d"]);
        assert!(drift.branch.is_none() && drift.commit.is_some());
    }
}
