//! Which files that a draft speaks of are there.

use std::collections::HashSet;

use crate::error::Result;
use crate::git::Repository;
use crate::id::Oid;
use crate::plan::Draft;

/// Which of the declared paths the base holds.
pub fn present(repository: &Repository, base: Oid, draft: &Draft) -> Result<HashSet<String>> {
    let paths: Vec<&str> = draft
        .tasks
        .iter()
        .flat_map(|task| task.files.all())
        .collect();
    let held = repository.holds(base, &paths)?;
    let present = paths.iter().zip(held).filter(|(_, held)| *held);
    Ok(present.map(|(path, _)| (*path).to_owned()).collect())
}
