//! Which commands of which repository the user has approved: a file for each repository and
//! content, outside of every repository, so that none can approve itself. What is not there word
//! for word is not approved.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Failure, OnPath, Result};

use super::digest::digest;
use super::{read_json, write_json};

const VERSION: u64 = 1;

/// Everything that one user has approved.
#[derive(Clone, Debug)]
pub struct Approvals {
    root: PathBuf,
}

/// Commands that were approved together, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub version: u64,
    /// The repository's common git directory; what is not UTF-8 is replaced.
    pub repository: String,
    pub approved: Timestamp,
    pub commands: Vec<ApprovedCommand>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedCommand {
    /// The key that names it: `parallel.setup`.
    pub key: String,
    /// For `sh -c`.
    pub line: String,
}

impl Approvals {
    /// Those below the user's state folder (`$XDG_STATE_HOME`).
    pub fn below(state_home: &Path) -> Self {
        Self {
            root: state_home.join("git-parallel/approved"),
        }
    }

    /// Whether exactly these commands were approved for this repository. None need no approval.
    pub fn hold(&self, common_dir: &Path, commands: &[ApprovedCommand]) -> bool {
        commands.is_empty()
            || read_json(&self.file(common_dir, commands), VERSION)
                .is_ok_and(|approval: Approval| approval.commands == commands)
    }

    /// Approves them.
    pub fn approve(&self, common_dir: &Path, commands: Vec<ApprovedCommand>) -> Result<()> {
        let path = self.file(common_dir, &commands);
        let approval = Approval {
            version: VERSION,
            repository: common_dir.to_string_lossy().into_owned(),
            approved: Timestamp::now(),
            commands,
        };
        write_json(&path, &approval)
    }

    /// All of a repository, the oldest first.
    pub fn list(&self, common_dir: &Path) -> Result<Vec<Approval>> {
        let folder = self.folder(common_dir);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.on_path("read", &folder)?,
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let ours = |path: &PathBuf| path.extension().is_some_and(|e| e == "json");
        let mut all = paths
            .filter(ours)
            .map(|path| read_json(&path, VERSION))
            .collect::<Result<Vec<Approval>>>()?;
        all.sort_by_key(|approval| approval.approved);
        Ok(all)
    }

    /// Takes back everything that was approved for a repository.
    pub fn revoke(&self, common_dir: &Path) -> Result<()> {
        let folder = self.folder(common_dir);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::io("remove", &folder, &error))
            }
            _ => Ok(()),
        }
    }

    fn folder(&self, common_dir: &Path) -> PathBuf {
        self.root
            .join(digest(&[common_dir.as_os_str().as_encoded_bytes()]))
    }

    fn file(&self, common_dir: &Path, commands: &[ApprovedCommand]) -> PathBuf {
        let parts = commands
            .iter()
            .flat_map(|one| [one.key.as_bytes(), one.line.as_bytes()]);
        let parts: Vec<&[u8]> = parts.collect();
        let name = format!("{}.json", digest(&parts));
        self.folder(common_dir).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(lines: &[&str]) -> Vec<ApprovedCommand> {
        let command = |line: &&str| ApprovedCommand {
            key: "parallel.setup".to_owned(),
            line: (*line).to_owned(),
        };
        lines.iter().map(command).collect()
    }

    #[test]
    fn only_what_was_approved_word_for_word_holds_and_only_there() {
        let home = tempfile::tempdir().unwrap();
        let approvals = Approvals::below(home.path());
        let (here, there) = (Path::new("/a/.git"), Path::new("/b/.git"));
        assert!(approvals.hold(here, &[]));
        let approved = commands(&["npm ci", "make deps"]);
        assert!(!approvals.hold(here, &approved));
        approvals.approve(here, approved.clone()).unwrap();
        assert!(approvals.hold(here, &approved));
        assert!(!approvals.hold(there, &approved));
        for other in [
            &["npm ci"][..],
            &["make deps", "npm ci"],
            &["npm ci", "make deps "],
            &["npm cimake deps"],
        ] {
            assert!(!approvals.hold(here, &commands(other)), "{other:?}");
        }
        assert_eq!(approvals.list(here).unwrap().len(), 1);
        approvals.revoke(here).unwrap();
        assert!(!approvals.hold(here, &approved));
        assert!(approvals.list(here).unwrap().is_empty());
    }

    #[test]
    fn an_approval_that_was_tampered_with_holds_nothing() {
        let home = tempfile::tempdir().unwrap();
        let approvals = Approvals::below(home.path());
        let here = Path::new("/a/.git");
        approvals.approve(here, commands(&["true"])).unwrap();
        let wanted = commands(&["rm -rf /"]);
        fs::rename(
            approvals.file(here, &commands(&["true"])),
            approvals.file(here, &wanted),
        )
        .unwrap();
        assert!(!approvals.hold(here, &wanted));
    }
}
