//! What the commits of a merge say, and in whose name.

use crate::error::Result;
use crate::git::{Author, Repository};
use crate::id::Oid;
use crate::integrate::landing::{Candidate, TaskOf};

/// A squashed commit to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Squash {
    pub message: String,
    /// `None` = the user.
    pub author: Option<Author>,
}

/// "Merge T001: Add the schema", with a trailer that says whose work it is; what is no task's is
/// called what `git merge` calls it.
pub fn merge(repository: &Repository, candidate: &Candidate, target: &str) -> Result<String> {
    match &candidate.task {
        Some(task) => Ok(format!(
            "Merge {}: {}\n\n{}",
            task.id,
            task.title(),
            trailer(task)
        )),
        None => repository.merge_message(&candidate.asked.name, candidate.asked.commit, target),
    }
}

/// What a squash of `candidate` onto `onto` says. Work of a single author stays that author's, as
/// it would in every other form; of several, it is the user's who puts it together, as with git,
/// and the list says who wrote what.
pub fn squash(repository: &Repository, onto: Oid, candidate: &Candidate) -> Result<Squash> {
    let commit = candidate.asked.commit;
    let commits = repository.to_squash(onto, commit)?;
    let author = commits.first().map(|first| &first.author);
    let author = author.filter(|author| commits.iter().all(|one| one.author == **author));
    let message = match (&candidate.task, commits.as_slice()) {
        (Some(task), [_] | []) => format!("{}\n\n{}", task.title(), trailer(task)),
        (Some(task), many) => {
            let subjects = many.iter().rev().map(|one| format!("* {}\n", one.subject));
            let subjects: String = subjects.collect();
            format!("{}\n\n{subjects}\n{}", task.title(), trailer(task))
        }
        (None, [_]) => repository.squash_messages(onto, commit)? + "\n",
        (None, _) => {
            let list = repository.squash_list(onto, commit)?;
            let name = &candidate.asked.name;
            let is_branch = repository.find_ref(&format!("refs/heads/{name}")).is_some();
            let what = if is_branch { "branch" } else { "commit" };
            format!("Squash {what} '{name}'\n\n{list}\n")
        }
    };
    Ok(Squash {
        message,
        author: author.cloned(),
    })
}

fn trailer(task: &TaskOf) -> String {
    format!("Parallel-Task: {}/{}\n", task.run, task.id)
}
