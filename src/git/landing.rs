//! Moving a branch to a commit and back: wholly, or not at all, and with the files of the worktree
//! that has it checked out.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OrFail, Result, shell_word};
use crate::id::Oid;

use super::program::{Git, complaint, unfetched};
use super::repository::Repository;

/// A step of a branch.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Its short name.
    pub branch: &'a str,
    /// Where it must stand now.
    pub before: Oid,
    pub after: Oid,
    /// For the reflog.
    pub reason: &'a str,
    /// The open, locked file under which branches move: git inherits it, so that whoever comes
    /// after us, should we be killed, waits for the git that we left behind. Without it a step is
    /// only looked at.
    pub lock: Option<&'a File>,
}

/// Proof that a step was looked at, and nothing is in its way.
#[derive(Debug)]
pub struct Way {
    /// The worktree that has the branch checked out, whose files come along.
    pub worktree: Option<PathBuf>,
}

impl Repository {
    /// Looks whether a branch can make a step now. Refuses where uncommitted work, of any kind, is
    /// where files would change, and while somebody is in the middle of something there.
    pub fn way(&self, step: &Step<'_>) -> Result<Way> {
        let worktree = self.place_of(step)?;
        if let Some(worktree) = &worktree {
            self.nothing_in_the_way(worktree, step)?;
        }
        Ok(Way { worktree })
    }

    /// Moves a branch forward. Where it is checked out nowhere, that is one compare-and-swap; where
    /// it is, git itself fast-forwards that worktree, and has the last word.
    pub fn advance(&self, step: &Step<'_>, way: &Way) -> Result<()> {
        match &way.worktree {
            Some(worktree) => self.fast_forward(worktree, step),
            None => self.compare_and_swap(step, None),
        }
    }

    /// Moves a branch back to a commit that it came from. What the worktree that has it checked out
    /// holds besides commits, staged or not, stays as it is.
    pub fn retreat(&self, step: &Step<'_>, way: &Way) -> Result<()> {
        let Some(worktree) = &way.worktree else {
            return self.compare_and_swap(step, None);
        };
        let moved = self.bring_files(worktree, step.before, step.after, step.lock);
        let moved = moved.and_then(|()| self.compare_and_swap(step, Some(worktree)));
        if moved.is_err() {
            self.put_back(step)?;
        }
        moved
    }

    /// Undoes what a step that came to nothing did to the files of a worktree: git moves them
    /// first, and the branch only then.
    pub fn put_back(&self, step: &Step<'_>) -> Result<()> {
        let is_there = self.find_ref(&format!("refs/heads/{}", step.branch)) == Some(step.before);
        let Some(worktree) = self.worktree_of(step.branch)? else {
            return Ok(());
        };
        let worktree = worktree.path;
        if !is_there || !worktree.is_dir() {
            return Ok(());
        }
        if self.files_have_moved(&worktree, step)? {
            return self.bring_files(&worktree, step.after, step.before, step.lock);
        }
        self.mend_files(&worktree, step)
    }

    /// Brings files and index from one commit to another, and leaves alone what does not differ
    /// between the two.
    fn bring_files(&self, worktree: &Path, from: Oid, to: Oid, lock: Option<&File>) -> Result<()> {
        // A file that was only touched is no edit; read-tree does not look inside.
        self.guarded(worktree, "update-index", lock)?
            .args(["-q", "--refresh"])
            .ask()?;
        self.guarded(worktree, "read-tree", lock)?
            .args(["-m", "-u", "--no-recurse-submodules"])
            .args([from.to_string(), to.to_string()])
            .run()
            .map(drop)
    }

    fn compare_and_swap(&self, step: &Step<'_>, worktree: Option<&Path>) -> Result<()> {
        let name = format!("refs/heads/{}", step.branch);
        // In its worktree, so that the reflog of HEAD there tells of it, too.
        let git = match worktree {
            Some(worktree) => self.guarded(worktree, "update-ref", step.lock)?,
            None => self.git("update-ref"),
        };
        let output = git
            .args(["-m", step.reason, &name])
            .args([step.after.to_string(), step.before.to_string()])
            .ask()?;
        if output.status.success() {
            Ok(())
        } else if self.find_ref(&name) != Some(step.before) {
            Err(moved(step))
        } else {
            self.no_lock_is_held(step, worktree)?;
            Err(complaint("update-ref", &output).kept("nothing was moved"))
        }
    }

    fn fast_forward(&self, worktree: &Path, step: &Step<'_>) -> Result<()> {
        let output = self
            .guarded(worktree, "merge", step.lock)?
            .args(["--ff-only", "--no-autostash", "--no-stat", "--quiet"])
            .arg("--no-overwrite-ignore")
            .env("GIT_REFLOG_ACTION", step.reason)
            .arg(step.after.to_string())
            .ask()?;
        if output.status.success() {
            return Ok(());
        }
        let now = self.find_ref(&format!("refs/heads/{}", step.branch));
        if now != Some(step.before) {
            return Err(moved(step));
        }
        self.put_back(step)?;
        self.no_lock_is_held(step, Some(worktree))?;
        let said = format!("{}\n{}", output.complaint(), output.text());
        if let Some(failure) = unfetched(&said) {
            return Err(failure.kept("nothing was moved"));
        }
        let at = shell_word(&worktree.to_string_lossy());
        Err(Failure::refused(format!(
            "'{}' is checked out in {}, and git does not bring it forward:\n{}",
            step.branch,
            worktree.display(),
            said.trim()
        ))
        .kept(format!(
            "nothing was moved; the merged history is {}",
            step.after
        ))
        .next(format!("git -C {at} status")))
    }

    /// A call of git that Ctrl-C does not reach and that holds the lock until it has ended: it
    /// writes many files and must not stop in the middle.
    fn guarded(&self, worktree: &Path, subcommand: &str, lock: Option<&File>) -> Result<Git> {
        let git = self.git_in(worktree, subcommand).own_group();
        Ok(match lock {
            Some(lock) => git.holding(lock.try_clone().or_unable(|| "cannot share a lock")?),
            None => git,
        })
    }
}

pub(super) fn moved(step: &Step<'_>) -> Failure {
    Failure::unable(format!(
        "'{}' moved meanwhile: it is no longer at {}",
        step.branch,
        step.before.short()
    ))
    .kept("nothing was moved by this command")
    .next(format!("git log --oneline -3 {}", shell_word(step.branch)))
    .next("git parallel merge")
}
