//! How commits descend from each other.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;

use crate::error::Result;
use crate::id::Oid;

use super::ancestry::{Ancestry, Commits};
use super::repository::{Repository, gix_id, oid};

impl Repository {
    /// The best common ancestor of two commits; `None` where their histories are unrelated. Where
    /// there are several (a criss-cross), git's first.
    pub fn merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>> {
        let mut bases = self.merge_bases(&[(one, two)])?;
        Ok(bases.pop().flatten())
    }

    /// The same for many pairs, in order: what was read of the history for one is known for all.
    pub fn merge_bases(&self, pairs: &[(Oid, Oid)]) -> Result<Vec<Option<Oid>>> {
        let ids = pairs.iter().map(|&(one, two)| gix_id(one).zip(gix_id(two)));
        let ids: Option<Vec<_>> = ids.collect();
        let found = ids.map_or_else(|| vec![None; pairs.len()], |ids| self.only_bases(&ids));
        let bases = pairs
            .iter()
            .zip(found)
            .map(|(&(one, two), base)| match base {
                _ if one == two => Ok(Some(one)),
                Some(base) => Ok(oid(&base)),
                // No base, several, or no answer (a graft, a commit that is only promised): git's word
                // is final.
                None => self.ask_merge_base(one, two),
            });
        bases.collect()
    }

    /// The merge base of each pair that has exactly one.
    pub(super) fn only_bases(&self, pairs: &[(ObjectId, ObjectId)]) -> Vec<Option<ObjectId>> {
        let only = |bases: Vec<ObjectId>| match bases.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        self.best_bases(pairs).into_iter().map(only).collect()
    }

    /// The merge bases of each pair; where there are several, perhaps some in the history of others.
    pub(super) fn best_bases(&self, pairs: &[(ObjectId, ObjectId)]) -> Vec<Vec<ObjectId>> {
        let local = self.local();
        let commit_graph = local.commit_graph_if_enabled().ok().flatten();
        let Some(mut commits) = Commits::of(&local, commit_graph.as_ref()) else {
            return vec![Vec::new(); pairs.len()];
        };
        // A poisoned history is one that was left in the middle of a question: start anew.
        let mut known = self.ancestry().lock().unwrap_or_else(|poisoned| {
            let mut known = poisoned.into_inner();
            *known = Ancestry::default();
            known
        });
        if commits.are_cut() {
            // Where they are cut may change while we run.
            *known = Ancestry::default();
        }
        let bases = |(one, two): &(ObjectId, ObjectId)| known.bases(&mut commits, *one, *two);
        pairs.iter().map(bases).collect()
    }

    /// Whether the history ends somewhere before its beginning.
    pub fn is_shallow(&self) -> bool {
        is_shallow(&self.local())
    }

    /// Whether everything in `ancestor`'s history is in `descendant`'s, too.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        Ok(self.merge_base(ancestor, descendant)? == Some(ancestor))
    }

    /// For each of `commits`, which of the others are in its history, beyond what is in `known`'s.
    /// One walk for all of them.
    pub fn containments(&self, commits: &[Oid], known: Oid) -> Result<Vec<Vec<usize>>> {
        if commits.len() < 2 {
            return Ok(vec![Vec::new(); commits.len()]);
        }
        let parents = self.parents_beyond(commits, known)?;
        let contained = |at: usize| {
            let history = history(commits[at], &parents);
            let others = (0..commits.len()).filter(|&other| commits[other] != commits[at]);
            others
                .filter(|&other| history.contains(&commits[other]))
                .collect()
        };
        Ok((0..commits.len()).map(contained).collect())
    }

    /// The parents of every commit in the history of `tips` and not in that of `known`.
    pub(super) fn parents_beyond(
        &self,
        tips: &[Oid],
        known: Oid,
    ) -> Result<HashMap<Oid, Vec<Oid>>> {
        match self.read_parents(tips, known) {
            Some(parents) => Ok(parents),
            None => self.ask_parents(tips, known),
        }
    }

    /// The same by gix; `None` where a commit cannot be read.
    fn read_parents(&self, tips: &[Oid], known: Oid) -> Option<HashMap<Oid, Vec<Oid>>> {
        let local = self.local();
        if has_grafts(&local) {
            return None;
        }
        let tips: Vec<ObjectId> = tips.iter().copied().map(gix_id).collect::<Option<_>>()?;
        let walk = local.rev_walk(tips).with_hidden(gix_id(known)).all().ok()?;
        walk.map(|commit| {
            let commit = commit.ok()?;
            let parents = commit.parent_ids.iter().map(|parent| oid(parent));
            Some((oid(&commit.id)?, parents.collect::<Option<_>>()?))
        })
        .collect()
    }

    fn ask_parents(&self, tips: &[Oid], known: Oid) -> Result<HashMap<Oid, Vec<Oid>>> {
        let tips: String = tips.iter().map(|tip| format!("{tip}\n")).collect();
        let output = self
            .git("rev-list")
            .args(["--parents", "--stdin"])
            .input(format!("{tips}^{known}\n"))
            .run()?;
        Ok(parse_parents(&output.text()))
    }

    fn ask_merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>> {
        let output = self
            .git("merge-base")
            .args([one.to_string(), two.to_string()])
            .ask()?;
        match output.status.code() {
            Some(0) => Ok(output.text().parse().ok()),
            Some(1) => Ok(None),
            _ => Err(super::program::complaint("merge-base", &output)),
        }
    }
}

fn is_shallow(local: &gix::Repository) -> bool {
    // Where that cannot be read, git knows better than what we would find.
    local.is_shallow().unwrap_or(true)
}

/// Whether some commits have other parents to git than those that they name, or none, since there a
/// shallow clone ends. gix goes by what they name.
fn has_grafts(local: &gix::Repository) -> bool {
    is_shallow(local) || local.common_dir().join("info/grafts").exists()
}

/// Reads a line `commit parent…` for every commit.
fn parse_parents(text: &str) -> HashMap<Oid, Vec<Oid>> {
    let line = |line: &str| {
        let mut ids = line.split(' ').filter_map(|id| id.parse().ok());
        Some((ids.next()?, ids.collect()))
    };
    text.lines().filter_map(line).collect()
}

/// The commits of `tip`'s history among those whose parents are known.
pub(super) fn history(tip: Oid, parents: &HashMap<Oid, Vec<Oid>>) -> HashSet<Oid> {
    let mut seen = HashSet::new();
    let mut left = vec![tip];
    while let Some(commit) = left.pop() {
        if let Some(parents) = parents.get(&commit)
            && seen.insert(commit)
        {
            left.extend(parents);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn whatever_comes_is_read_as_commits_and_prints_as_what_is_read_the_same() {
        fuzz::each_text(&fuzz::files_of("fuzz/git"), |text| {
            let read = parse_parents(text);
            let line = |(commit, parents): (&Oid, &Vec<Oid>)| {
                let ids = std::iter::once(commit).chain(parents);
                ids.map(Oid::to_string).collect::<Vec<_>>().join(" ") + "\n"
            };
            let printed: String = read.iter().map(line).collect();
            assert_eq!(parse_parents(&printed), read);
            for tip in read.keys() {
                assert!(history(*tip, &read).len() <= read.len());
            }
        });
    }
}
