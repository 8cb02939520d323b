//! Where a task starts from: the run's base, the tip of the one task it depends on, or a commit
//! that merges several, kept under a ref of its own.

use crate::error::Result;
use crate::git::{MergePair, Merged, NewCommit, ObjectSpace, Repository, Want, merge, merge_all};
use crate::id::{Oid, RunId, TaskId};

/// The result of a task that another one depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    pub task: TaskId,
    pub name: String,
    pub branch: Option<String>,
    pub tip: Oid,
}

/// What a task can start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// This commit.
    Commit(Oid),
    /// This commit, which was made for it and is kept under this ref.
    Made { name: String, commit: Oid },
    /// Nothing: what it depends on does not go together, for this reason.
    Conflict(String),
}

/// Finds what a task starts from, or makes it. `from` is where tasks without dependencies start.
pub fn find(
    repository: &Repository,
    run: RunId,
    task: TaskId,
    from: Oid,
    depends: &[Dependency],
) -> Result<Base> {
    let depends = topmost(repository, from, depends)?;
    match depends.as_slice() {
        [] => Ok(Base::Commit(from)),
        [one] => Ok(Base::Commit(one.tip)),
        several => {
            if let Some(reason) = conflict(repository, several)? {
                return Ok(Base::Conflict(reason));
            }
            made(repository, run, task, several)
        }
    }
}

/// Those that are in the history of none of the others, nor of the run's base.
fn topmost<'a>(
    repository: &Repository,
    from: Oid,
    depends: &'a [Dependency],
) -> Result<Vec<&'a Dependency>> {
    let mut top: Vec<&Dependency> = Vec::new();
    for (index, one) in depends.iter().enumerate() {
        let mut contained = one.tip == from;
        for (other_index, other) in depends.iter().enumerate() {
            if contained || index == other_index {
                continue;
            }
            // Of two that stand at the same commit the first is taken.
            contained = if one.tip == other.tip {
                other_index < index
            } else {
                repository.is_ancestor(one.tip, other.tip)?
            };
        }
        if !contained {
            top.push(one);
        }
    }
    Ok(top)
}

/// The first two that do not merge, and where.
fn conflict(repository: &Repository, depends: &[&Dependency]) -> Result<Option<String>> {
    let mut asked = Vec::new();
    for (index, a) in depends.iter().enumerate() {
        asked.extend(depends[index + 1..].iter().map(|b| (*a, *b)));
    }
    let pairs: Vec<MergePair> = asked
        .iter()
        .map(|(a, b)| MergePair::new(a.tip, b.tip))
        .collect();
    let merged = merge_all(&ObjectSpace::scratch(repository), &pairs, Want::Verdicts)?;
    let mut found = asked.iter().zip(&merged);
    Ok(found.find_map(|((a, b), merged)| {
        let where_ = obstacle(merged)?;
        Some(format!(
            "{} ({}) and {} ({}) conflict{where_}",
            a.task, a.name, b.task, b.name
        ))
    }))
}

/// ` in src/a.rs, src/b.rs`, or `None` where the merge is clean.
fn obstacle(merged: &Merged) -> Option<String> {
    match merged {
        Merged::Clean { .. } => None,
        Merged::Conflict { conflicts } if conflicts.is_empty() => Some(String::new()),
        Merged::Conflict { conflicts } => {
            let paths: Vec<String> = conflicts.iter().map(|c| c.path.to_string()).collect();
            Some(format!(" in {}", paths.join(", ")))
        }
        Merged::Error(error) => Some(format!(": {}", error.message)),
    }
}

/// Merges one after another; every step is a commit with two parents.
fn made(
    repository: &Repository,
    run: RunId,
    task: TaskId,
    depends: &[&Dependency],
) -> Result<Base> {
    let space = ObjectSpace::kept(repository);
    let mut commit = depends[0].tip;
    let mut names = depends[0].task.to_string();
    for next in &depends[1..] {
        let tree = match merge(&space, MergePair::new(commit, next.tip))? {
            Merged::Clean {
                tree: Some(tree), ..
            } => tree,
            other => {
                let where_ = obstacle(&other).unwrap_or_default();
                let next = format!("{} ({})", next.task, next.name);
                return Ok(Base::Conflict(format!(
                    "{names} and {next} conflict{where_}"
                )));
            }
        };
        names = format!("{names}, {}", next.task);
        commit = space.commit_tree(&NewCommit {
            tree,
            parents: &[commit, next.tip],
            message: &format!(
                "Merge {names} to start {task} from\n\nParallel-Task: {run}/{task}\n"
            ),
        })?;
    }
    let name = format!("refs/parallel/{run}/base/{task}");
    repository
        .git("update-ref")
        .args([&name, &commit.to_string()])
        .run()?;
    Ok(Base::Made { name, commit })
}
