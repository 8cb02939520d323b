//! What git would say about a merge.

use crate::error::Result;
use crate::id::Oid;

use super::repository::Repository;

impl Repository {
    /// The message that `git merge NAME` would give its commit: `merge.log`, `merge.suppressDest`
    /// and the like hold.
    pub fn merge_message(&self, name: &str, commit: Oid, target: &str) -> Result<String> {
        let is_branch = self.find_ref(&format!("refs/heads/{name}")).is_some();
        let what = if is_branch {
            format!("branch '{name}' of .")
        } else {
            format!("commit '{name}'")
        };
        let message = self
            .git("fmt-merge-msg")
            .args(["--into-name", target])
            .input(format!("{commit}\t\t{what}\n"))
            .run()?;
        Ok(String::from_utf8_lossy(&message.stdout).into_owned())
    }
}
