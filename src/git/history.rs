//! How commits descend from each other.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::id::Oid;

use super::repository::{Repository, oid};

impl Repository {
    /// The best common ancestor of two commits; `None` where their histories are unrelated. Where
    /// there are several (a criss-cross), git's first.
    pub fn merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>> {
        if one == two {
            return Ok(Some(one));
        }
        let local = self.inner().to_thread_local();
        let ids = gix_id(one).zip(gix_id(two));
        match ids.map(|(one, two)| local.merge_base(one, two)) {
            Some(Ok(Some(base))) => Ok(oid(&base)),
            // No base, or no answer (a graft, a commit that is only promised): git's word is final.
            _ => self.ask_merge_base(one, two),
        }
    }

    /// Whether everything in `ancestor`'s history is in `descendant`'s, too.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        Ok(self.merge_base(ancestor, descendant)? == Some(ancestor))
    }

    /// For each of `commits`, which of the others are in its history, beyond what is in `known`'s.
    /// One call of git for all of them.
    pub fn containments(&self, commits: &[Oid], known: Oid) -> Result<Vec<Vec<usize>>> {
        if commits.len() < 2 {
            return Ok(vec![Vec::new(); commits.len()]);
        }
        let asked: Vec<String> = commits.iter().map(|commit| format!("{commit}\n")).collect();
        let output = self
            .git("rev-list")
            .args(["--parents", "--stdin"])
            .input(format!("{}^{known}\n", asked.concat()))
            .run()?;
        let parents = parse_parents(&output.text());
        let contained = |at: usize| {
            let history = history(commits[at], &parents);
            let others = (0..commits.len()).filter(|&other| commits[other] != commits[at]);
            others
                .filter(|&other| history.contains(&commits[other]))
                .collect()
        };
        Ok((0..commits.len()).map(contained).collect())
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

/// Reads a line `commit parent…` for every commit.
fn parse_parents(text: &str) -> HashMap<Oid, Vec<Oid>> {
    let line = |line: &str| {
        let mut ids = line.split(' ').filter_map(|id| id.parse().ok());
        Some((ids.next()?, ids.collect()))
    };
    text.lines().filter_map(line).collect()
}

fn history(tip: Oid, parents: &HashMap<Oid, Vec<Oid>>) -> HashSet<Oid> {
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

fn gix_id(id: Oid) -> Option<gix::ObjectId> {
    gix::ObjectId::try_from(id.as_bytes()).ok()
}
