//! What people point at: the branch that results go to.

use crate::error::{Failure, Result};
use crate::git::{Head, Repository};

/// The branch that results go to, by its short name: `--into`, else what was `planned`, else the
/// branch that is checked out. Never a hard-coded `main`.
pub fn target(
    repository: &Repository,
    into: Option<&str>,
    planned: Option<&str>,
) -> Result<String> {
    let Some(name) = into.or(planned) else {
        return checked_out(&repository.head()?);
    };
    if repository.find_ref(&format!("refs/heads/{name}")).is_some() {
        return Ok(name.to_owned());
    }
    Err(Failure::unable(format!(
        "the target '{name}' is not a branch of this repository"
    ))
    .next("git branch --list"))
}

fn checked_out(head: &Head) -> Result<String> {
    match head {
        Head::Branch { name, .. } => Ok(name.clone()),
        Head::Detached { .. } => Err(Failure::usage(
            "HEAD is on no branch here: say which branch the results go to with --into BRANCH",
        )
        .next("git branch --list")),
        Head::Unborn { name } => Err(Failure::unable(format!(
            "the branch '{name}' has no commit yet, so nothing can start from it"
        ))
        .next("git commit --allow-empty -m 'Start'")),
    }
}
