//! Branches, as a list.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::id::Oid;

use super::repository::Repository;

/// A branch, local or of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its short name; what is not UTF-8 is replaced.
    pub name: String,
    pub commit: Oid,
}

impl Repository {
    /// Local branches in git's order. A `glob` picks some as `git log --branches=GLOB` does: `*`
    /// crosses slashes, and a plain word is a folder.
    pub fn branches(&self, glob: Option<&str>) -> Result<Vec<Branch>> {
        let picked = glob.map(|glob| self.pick(&format!("--branches={glob}")));
        self.refs("refs/heads/", picked.transpose()?.as_deref())
    }

    /// Remote-tracking branches that match a glob, as `git log --remotes=GLOB` has it, without
    /// those that only point to another (`origin/HEAD`).
    pub fn remote_branches(&self, glob: &str) -> Result<Vec<Branch>> {
        let picked = self.pick(&format!("--remotes={glob}"))?;
        self.refs("refs/remotes/", Some(&picked))
    }

    /// Refs below a folder, by their names from there on; only those on the list of full names,
    /// where there is one.
    fn refs(&self, folder: &str, picked: Option<&str>) -> Result<Vec<Branch>> {
        let picked: Option<BTreeSet<&str>> = picked.map(|picked| picked.lines().collect());
        let all = self
            .git("for-each-ref")
            .args(["--format=%(objectname) %(symref)%00%(refname)", folder])
            .run()?
            .text();
        let branches = all.lines().filter_map(|line| {
            let (id, rest) = line.split_once(' ')?;
            let (symref, name) = rest.split_once('\0')?;
            let wanted = picked.as_ref().is_none_or(|picked| picked.contains(name));
            // A local branch may be another name of another; a remote's HEAD is no branch.
            let wanted = wanted && (symref.is_empty() || folder == "refs/heads/");
            let name = name.strip_prefix(folder)?.to_owned();
            let commit = id.parse().ok()?;
            wanted.then_some(Branch { name, commit })
        });
        Ok(branches.collect())
    }

    fn pick(&self, flag: &str) -> Result<String> {
        let output = self
            .git("rev-parse")
            .args(["--symbolic-full-name", flag])
            .run()?;
        Ok(output.text())
    }
}
