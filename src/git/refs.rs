//! Branches, as a list.

use crate::error::Result;
use crate::id::Oid;

use super::repository::Repository;

/// A local branch.
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
        let all = self
            .git("for-each-ref")
            .args(["--format=%(objectname) %(refname)", "refs/heads/"])
            .run()?
            .text();
        let picked = glob.map(|glob| self.ask_branches(glob)).transpose()?;
        let branches = all.lines().filter_map(|line| {
            let (id, name) = line.split_once(' ')?;
            let wanted = picked
                .as_ref()
                .is_none_or(|picked| picked.lines().any(|full| full == name));
            let name = name.strip_prefix("refs/heads/")?.to_owned();
            let commit = id.parse().ok()?;
            wanted.then_some(Branch { name, commit })
        });
        Ok(branches.collect())
    }

    fn ask_branches(&self, glob: &str) -> Result<String> {
        let flag = format!("--branches={glob}");
        let output = self
            .git("rev-parse")
            .args(["--symbolic-full-name", &flag])
            .run()?;
        Ok(output.text())
    }
}
