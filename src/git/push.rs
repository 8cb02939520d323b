//! Pushing: what goes where, under which condition, and what became of it.

use crate::error::Result;
use crate::id::Oid;

use super::program::complaint;
use super::repository::Repository;

/// A branch that is to go to a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Its short name, here and there.
    pub branch: String,
    /// The commit that it is to point to.
    pub commit: Oid,
    pub way: PushWay,
}

/// What a push does to the branch that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushWay {
    /// There is none yet.
    New,
    /// It goes forward.
    Forward,
    /// It is replaced, if it still stands at this commit.
    Replace { lease: Oid },
}

/// What a remote said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The lines that the remote itself printed.
    pub remote: Vec<String>,
}

impl Repository {
    /// Pushes all of these, or none where the remote can do that. Nothing is ever replaced that
    /// does not stand where it is said to. Hooks run as git would.
    pub fn push(
        &self,
        remote: &str,
        pushes: &[Push],
        options: &[String],
        hooks: bool,
    ) -> Result<Pushed> {
        let atomic = pushes.len() > 1;
        let mut output = self.push_once(remote, pushes, options, hooks, atomic)?;
        if atomic && !output.status.success() && lacks(&output.complaint(), "--atomic") {
            output = self.push_once(remote, pushes, options, hooks, false)?;
        }
        if !output.status.success() {
            return Err(complaint("push", &output));
        }
        Ok(Pushed {
            remote: remote_lines(&output.complaint()),
        })
    }

    fn push_once(
        &self,
        remote: &str,
        pushes: &[Push],
        options: &[String],
        hooks: bool,
        atomic: bool,
    ) -> Result<crate::process::Output> {
        let mut git = self.talk("push").arg("--no-progress");
        if atomic {
            git = git.arg("--atomic");
        }
        if !hooks {
            git = git.arg("--no-verify");
        }
        for option in options {
            git = git.arg(format!("--push-option={option}"));
        }
        for push in pushes {
            if let PushWay::Replace { lease } = push.way {
                git = git.arg(format!(
                    "--force-with-lease=refs/heads/{}:{lease}",
                    push.branch
                ));
            }
        }
        let refs = pushes
            .iter()
            .map(|push| format!("{}:refs/heads/{}", push.commit, push.branch));
        git.args(["--", remote]).args(refs).ask()
    }
}

/// Whether git complains that the other side cannot do this.
fn lacks(complaint: &str, what: &str) -> bool {
    complaint.contains(&format!("does not support {what}"))
}

/// The lines `remote: …`, without that word. git pads them with spaces, to overwrite progress.
fn remote_lines(said: &str) -> Vec<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("remote:"));
    lines.map(|line| line.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_remote_printed_is_told_apart_from_git() {
        let said = "remote: \nremote: View it:        \nremote:   https://x/1   \nTo /x\n * [new]";
        assert_eq!(remote_lines(said), ["", "View it:", "https://x/1"]);
        assert!(lacks(
            "fatal: the receiving end does not support --atomic push",
            "--atomic"
        ));
    }
}
