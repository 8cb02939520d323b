//! What stands in the way of moving a branch: looked at before anything moves.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Failure, Result, shell_word};
use crate::id::Oid;

use super::changes::Span;
use super::landing::{Step, moved};
use super::path::RepoPath;
use super::patience::seconds_held;
use super::repository::Repository;
use super::worktree_list::Worktree;

/// How long another git may hold a lock of its own before we say so.
const LOCK_LIMIT: Duration = Duration::from_secs(3);

/// Paths that are named before "and N more".
const PATHS_NAMED: usize = 5;

impl Repository {
    /// The worktree whose files have to come along when this branch moves; `None` where it is
    /// checked out nowhere. Refuses while somebody is in the middle of something with it.
    pub(super) fn place_of(&self, step: &Step<'_>) -> Result<Option<PathBuf>> {
        if let Some(folder) = self.rebased_in(step.branch) {
            return Err(being_rebased(step, &folder));
        }
        if self.find_ref(&format!("refs/heads/{}", step.branch)) != Some(step.before) {
            return Err(moved(step));
        }
        let mut places = self.worktrees()?;
        places.retain(|worktree| worktree.branch.as_deref() == Some(step.branch));
        match &places[..] {
            [] => {
                self.no_lock_is_held(step, None)?;
                Ok(None)
            }
            [one] if one.path == self.common_dir() => Err(files_unknown(step, one)),
            [one] => {
                must_be_there(step, one)?;
                self.nothing_is_paused(step, &one.path)?;
                self.nothing_is_hidden(step, &one.path)?;
                self.no_lock_is_held(step, Some(&one.path))?;
                Ok(Some(one.path.clone()))
            }
            [one, two, ..] => Err(checked_out_twice(step, one, two)),
        }
    }

    /// Refuses where uncommitted work of a worktree, of any kind, is on a path that a step touches.
    pub(super) fn nothing_in_the_way(&self, worktree: &Path, step: &Step<'_>) -> Result<()> {
        let touched = self.touched(step)?;
        // With a conflict anywhere git moves nothing.
        let unmerged = self.unmerged(worktree)?.into_iter();
        let mut found: BTreeSet<RepoPath> = unmerged.map(|one| one.path).collect();
        found.extend(self.edited(worktree)?.intersection(&touched).cloned());
        found.extend(self.occupied(worktree, &touched)?);
        if found.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "'{}' is checked out in {}, and uncommitted work is in the way there: {}",
            step.branch,
            worktree.display(),
            named(&found)
        ))
        .kept("nothing was moved")
        .next(format!("git -C {} status --ignored", word(worktree))))
    }

    /// Whether index and files of a worktree were brought along by a step whose branch did not
    /// move.
    pub(super) fn files_have_moved(&self, worktree: &Path, step: &Step<'_>) -> Result<bool> {
        let touched = self.touched(step)?;
        let staged = |commit: Oid| -> Result<bool> {
            let output = self
                .git_in(worktree, "diff-index")
                .args(["--cached", "--name-only", "--no-renames", "-z"])
                .arg(commit.to_string())
                .run()?;
            let mut staged = output.stdout.split(|byte| *byte == 0).map(RepoPath::new);
            Ok(staged.any(|path| touched.contains(&path)))
        };
        Ok(!touched.is_empty() && staged(step.before)? && !staged(step.after)?)
    }

    /// Says who holds what a move needs, once it has been waited for.
    pub(super) fn no_lock_is_held(&self, step: &Step<'_>, worktree: Option<&Path>) -> Result<()> {
        let mut locks = vec![
            self.common_dir()
                .join(format!("refs/heads/{}.lock", step.branch)),
            self.common_dir().join("reftable/tables.list.lock"),
        ];
        if let Some(worktree) = worktree {
            let git_dir = self.git_dir_of(worktree)?;
            locks.extend(["index.lock", "HEAD.lock"].map(|name| git_dir.join(name)));
        }
        let start = Instant::now();
        while let Some(held) = locks.iter().find(|lock| lock.exists()) {
            if start.elapsed() >= LOCK_LIMIT {
                return Err(held_by_git(step, held));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Paths that differ between the ends of a step.
    fn touched(&self, step: &Step<'_>) -> Result<BTreeSet<RepoPath>> {
        let span = Span {
            base: Some(step.before),
            tip: step.after,
        };
        let changes = self.changes(&[span])?;
        Ok(changes.into_iter().flat_map(|one| one.paths).collect())
    }

    /// Tracked paths of a worktree that are not as its HEAD has them, staged or not.
    fn edited(&self, worktree: &Path) -> Result<BTreeSet<RepoPath>> {
        let output = self
            .git_in(worktree, "status")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .args(["--porcelain", "-z", "--no-renames", "--untracked-files=no"])
            // A submodule's own checkout is never touched.
            .arg("--ignore-submodules=all")
            .run()?;
        let entries = output.stdout.split(|byte| *byte == 0);
        // `XY path`
        Ok(entries
            .filter_map(|e| e.get(3..))
            .map(RepoPath::new)
            .collect())
    }

    /// What lies, untracked or ignored, where a step puts a file.
    fn occupied(
        &self,
        worktree: &Path,
        touched: &BTreeSet<RepoPath>,
    ) -> Result<BTreeSet<RepoPath>> {
        let tracked = self.index_entries(worktree)?;
        let tracked: BTreeSet<&RepoPath> = tracked.iter().map(|entry| &entry.path).collect();
        let mut found = BTreeSet::new();
        for path in touched.iter().filter(|path| !tracked.contains(path)) {
            let file = worktree.join(path.as_path());
            let mut around = file.ancestors().take_while(|above| *above != worktree);
            // The file itself, or what is no folder where one is needed.
            let taken = around.find(|above| above.symlink_metadata().is_ok());
            let Some(taken) = taken else { continue };
            let inside = taken.strip_prefix(worktree).unwrap_or(taken);
            let inside = RepoPath::new(inside.as_os_str().as_bytes());
            if taken.is_dir() && !taken.is_symlink() {
                if taken == file && self.holds_untracked(worktree, path)? {
                    found.insert(path.clone());
                }
            } else if !tracked.contains(&inside) {
                found.insert(inside);
            }
        }
        Ok(found)
    }

    fn holds_untracked(&self, worktree: &Path, folder: &RepoPath) -> Result<bool> {
        let output = self
            .git_in(worktree, "ls-files")
            .args(["--others", "-z", "--"])
            .arg(literal(folder))
            .run()?;
        Ok(!output.stdout.is_empty())
    }

    /// Edits that git was told not to look at: it would overwrite them.
    fn nothing_is_hidden(&self, step: &Step<'_>, worktree: &Path) -> Result<()> {
        let mut index = self.index_entries(worktree)?;
        index.retain(|entry| entry.hidden);
        if index.is_empty() {
            return Ok(());
        }
        let touched = self.touched(step)?;
        index.retain(|entry| touched.contains(&entry.path));
        let hidden: BTreeSet<_> = self.hidden_edits(worktree, &index)?.into_iter().collect();
        if hidden.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "'{}' is checked out in {}, and files that git was told to overlook are edited there: {}",
            step.branch,
            worktree.display(),
            named(&hidden)
        ))
        .kept("nothing was moved")
        .next(format!("git -C {} ls-files -v", word(worktree))))
    }

    fn nothing_is_paused(&self, step: &Step<'_>, worktree: &Path) -> Result<()> {
        let paused = self.paused_operation(worktree)?;
        // A bisect stands on no branch and comes back to this one, wherever it is then.
        let Some(what) = paused.filter(|what| *what != "bisect") else {
            return Ok(());
        };
        Err(Failure::refused(format!(
            "'{}' is checked out in {}, which is in the middle of a {what}",
            step.branch,
            worktree.display()
        ))
        .kept("nothing was moved")
        .next(format!("git -C {} status", word(worktree))))
    }

    /// The worktree in which this branch is being rebased: git shows that one as detached.
    fn rebased_in(&self, branch: &str) -> Option<PathBuf> {
        let full = format!("refs/heads/{branch}");
        let linked = fs::read_dir(self.common_dir().join("worktrees"));
        let linked = linked.into_iter().flatten().flatten().map(|e| e.path());
        let mut git_dirs = std::iter::once(self.common_dir().to_owned()).chain(linked);
        let rebasing = git_dirs.find(|git_dir| {
            ["rebase-merge", "rebase-apply"].iter().any(|state| {
                let head = fs::read_to_string(git_dir.join(state).join("head-name"));
                head.is_ok_and(|head| head.trim_end() == full)
            })
        })?;
        Some(folder_of(&rebasing))
    }
}

/// The worktree that a git directory belongs to, as well as it can be told.
fn folder_of(git_dir: &Path) -> PathBuf {
    match fs::read_to_string(git_dir.join("gitdir")) {
        // Relative to it, with `worktree.useRelativePaths`.
        Ok(link) => git_dir.join(link.trim_end().trim_end_matches("/.git")),
        Err(_) => git_dir.parent().unwrap_or(git_dir).to_owned(),
    }
}

fn must_be_there(step: &Step<'_>, worktree: &Worktree) -> Result<()> {
    if worktree.path.is_dir() {
        return Ok(());
    }
    let failure = Failure::refused(format!(
        "'{}' is checked out in {}, which is not there",
        step.branch,
        worktree.path.display()
    ))
    .kept("nothing was moved");
    Err(match &worktree.locked {
        // git keeps the entry of a disk that is not plugged in.
        Some(_) => failure.next(format!("git worktree unlock {}", word(&worktree.path))),
        None => failure.next("git worktree prune --verbose"),
    })
}

/// Of a main worktree whose git directory lies elsewhere, seen from another worktree.
fn files_unknown(step: &Step<'_>, main: &Worktree) -> Failure {
    Failure::refused(format!(
        "'{}' is checked out in the main worktree, and {} does not say where that is: \
         run this there, or tell git once where it is",
        step.branch,
        main.path.display()
    ))
    .kept("nothing was moved")
    .next(format!(
        "git --git-dir={} config core.worktree FOLDER",
        word(&main.path)
    ))
}

fn being_rebased(step: &Step<'_>, folder: &Path) -> Failure {
    Failure::refused(format!(
        "'{}' is being rebased in {}, which would undo this",
        step.branch,
        folder.display()
    ))
    .kept("nothing was moved")
    .next(format!("git -C {} rebase --continue", word(folder)))
}

fn checked_out_twice(step: &Step<'_>, one: &Worktree, two: &Worktree) -> Failure {
    Failure::refused(format!(
        "'{}' is checked out in {} and in {}: only one of them could come along",
        step.branch,
        one.path.display(),
        two.path.display()
    ))
    .kept("nothing was moved")
    .next(format!("git -C {} switch --detach", word(&two.path)))
}

fn held_by_git(step: &Step<'_>, lock: &Path) -> Failure {
    Failure::busy(format!(
        "'{}' cannot move: another git has held {} for {} s\n\
         (where none is at work any more, one that crashed has left it there)",
        step.branch,
        lock.display(),
        seconds_held(lock)
    ))
    .kept("nothing was moved")
    .next(format!("ls -l {}", word(lock)))
}

fn named(paths: &BTreeSet<RepoPath>) -> String {
    let first = paths.iter().take(PATHS_NAMED);
    let first: Vec<_> = first.map(RepoPath::to_text).collect();
    match paths.len().saturating_sub(PATHS_NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn literal(path: &RepoPath) -> OsString {
    let mut spec = OsString::from(":(top,literal)");
    spec.push(path.as_path());
    spec
}

fn word(path: &Path) -> String {
    shell_word(&path.to_string_lossy())
}
