//! Commits with the history that they have in truth. A branch that was squashed or rebased into
//! another is in that one's content, and git cannot see it: what stands on the branch would seem to
//! bring the work again. Who knows where it came in can say so: a stand-in commit has the same
//! tree, and the branch among its parents.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::id::Oid;

use super::history::history;
use super::objects::{NewCommit, ObjectSpace};
use super::repository::{Repository, gix_id};

/// A line of work that came onto a branch in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reformed {
    /// Its tip.
    pub tip: Oid,
    /// The last commit that it came in by.
    pub form: Oid,
}

/// What `target` and each of `commits` are to be merged as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    pub target: Oid,
    pub commits: Vec<Oid>,
}

/// Finds out who holds what in another form. Most of the time that changes nothing, and everybody
/// is merged as it is; stand-ins go into `space`, whose commits must be nobody's.
pub fn seats(
    space: &ObjectSpace,
    reformed: &[Reformed],
    target: Oid,
    commits: &[Oid],
) -> Result<Seats> {
    let repository = space.repository();
    let known = related(repository, reformed, target, commits)?;
    let seat = |commit: Oid| -> Result<Oid> {
        let mut parents = vec![commit];
        for one in &known {
            let holds = repository.is_ancestor(one.form, commit)?;
            if holds && !parents.contains(&one.tip) {
                parents.push(one.tip);
            }
        }
        if parents.len() == 1 {
            return Ok(commit);
        }
        space.commit_tree(&NewCommit {
            tree: repository.tree_of(commit)?,
            parents: &parents,
            message: "Stand-in with all that it holds\n",
        })
    };
    Ok(Seats {
        target: seat(target)?,
        commits: commits
            .iter()
            .map(|commit| seat(*commit))
            .collect::<Result<_>>()?,
    })
}

/// Those that share work with one of `commits` that is not in the target's history: others have
/// no say in what merges from where.
fn related(
    repository: &Repository,
    reformed: &[Reformed],
    target: Oid,
    commits: &[Oid],
) -> Result<Vec<Reformed>> {
    let local = repository.local();
    // What is only promised would have to be fetched; nobody works on that.
    let exists = |commit: Oid| gix_id(commit).is_some_and(|id| local.has_object(id));
    let there = |one: &&Reformed| exists(one.tip) && exists(one.form);
    let there: Vec<Reformed> = reformed.iter().filter(there).copied().collect();
    if there.is_empty() {
        return Ok(there);
    }
    let mut asked: Vec<Oid> = commits.to_vec();
    asked.extend(there.iter().map(|one| one.tip));
    let parents: HashMap<Oid, Vec<Oid>> = repository.parents_beyond(&asked, target)?;
    let mut wanted: HashSet<Oid> = HashSet::new();
    for commit in commits {
        wanted.extend(history(*commit, &parents));
    }
    let shares = |one: &Reformed| !history(one.tip, &parents).is_disjoint(&wanted);
    Ok(there.into_iter().filter(shares).collect())
}
