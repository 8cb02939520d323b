//! git's registry of worktrees, read without git: one broken entry stops it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{OnPath, OrFail, Result, shell_word};
use crate::git::{Repository, is_unlinked};
use crate::store::Store;

use super::{Finding, Level, Mend};

/// git writes these words while it makes a worktree.
const BEING_MADE: &str = "initializing";
/// No `git worktree add` needs as long for the part that bears those words.
const MAKING_TAKES: Duration = Duration::from_secs(60);

/// What is the matter with an entry that can be mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Its link to the repository is empty.
    Unlinked(PathBuf),
    /// git was killed before it made the worktree's files.
    HalfMade(PathBuf),
}

pub(super) fn look(repository: &Repository) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let entries = repository.registry_entries()?;
    // Nobody's work: see `scratch`.
    let scratch = repository.scratch_worktrees_left()?;
    for entry in entries.iter().filter(|entry| !scratch.contains(entry)) {
        found.extend(judge(entry));
    }
    if found.is_empty() {
        let message = match entries.len() {
            0 => "no linked worktrees".to_owned(),
            1 => "1 linked worktree, whole".to_owned(),
            many => format!("{many} linked worktrees, all whole"),
        };
        found.push(Finding::new(Level::Well, "worktrees", "worktrees", message));
    }
    Ok(found)
}

fn judge(entry: &Path) -> Option<Finding> {
    let text = |name: &str| fs::read_to_string(entry.join(name)).ok();
    let shown = entry.display().to_string();
    let finding =
        |code, message: String| Finding::new(Level::Finding, code, shown.clone(), message);
    if is_unlinked(entry) {
        let message = "its link to the repository is empty, which stops git everywhere in it";
        let mend = Mend::Registry(Entry::Unlinked(entry.to_owned()));
        return Some(finding("empty-commondir", message.to_owned()).mend(mend));
    }
    let folder = text("gitdir").map(|link| PathBuf::from(link.trim_end()));
    let folder = folder.map(|link| match link.is_absolute() {
        true => link,
        // With `worktree.useRelativePaths`.
        false => entry.join(link),
    });
    let folder = folder.and_then(|link| link.parent().map(Path::to_owned));
    let words = text("locked").map(|words| words.trim_end().to_owned());
    let has_files = folder.as_deref().is_some_and(holds_files);
    // The link to the repository is the last that git writes.
    let is_whole = entry.join("commondir").exists();
    if words.as_deref() == Some(BEING_MADE) || !is_whole {
        if age_of(entry) < MAKING_TAKES {
            let message = "is being made at this moment, or git was just killed at it";
            return Some(Finding::new(
                Level::Note,
                "half-made",
                shown.clone(),
                message,
            ));
        }
        if has_files {
            let folder = folder.unwrap_or_default();
            let folder = shell_word(&folder.to_string_lossy());
            let message = "git was killed while it made this worktree; there are files in it";
            let finding = finding("half-made", message.to_owned());
            return Some(finding.next(format!("git -C {folder} status")));
        }
        let message = "git was killed while it made this worktree; there are no files yet";
        let mend = Mend::Registry(Entry::HalfMade(entry.to_owned()));
        return Some(finding("half-made", message.to_owned()).mend(mend));
    }
    let folder = folder.filter(|folder| !folder.exists())?;
    let message = format!("its folder is gone: {}", folder.display());
    let next = match words
        .as_deref()
        .and_then(|words| words.strip_prefix("git-parallel "))
    {
        Some(task) => format!("git parallel clean {}", shell_word(task)),
        None => format!(
            "git worktree remove --force --force {}",
            shell_word(&folder.to_string_lossy())
        ),
    };
    Some(finding("missing-folder", message).next(next))
}

/// Under the repository's lock, after a second look.
pub(super) fn mend(repository: &Repository, store: &Store, entry: &Entry) -> Result<String> {
    let lock = store.lock("doctor --fix")?;
    let (Entry::Unlinked(path) | Entry::HalfMade(path)) = entry;
    let again = judge(path).and_then(|finding| finding.mend);
    if again != Some(Mend::Registry(entry.clone())) {
        return Ok("it is well by now".to_owned());
    }
    let done = match entry {
        Entry::Unlinked(_) => {
            repository.mend_registry()?;
            "wrote the link that git was about to write".to_owned()
        }
        Entry::HalfMade(path) => {
            let aside = store.aside(path)?;
            fs::rename(path, &aside).on_path("move", path)?;
            format!("moved aside to {}", aside.display())
        }
    };
    drop(lock);
    Ok(done)
}

/// Whether a worktree's folder holds more than the link to its repository.
fn holds_files(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name() != ".git")
}

fn age_of(path: &Path) -> Duration {
    let changed = fs::metadata(path).and_then(|seen| seen.modified());
    let age = changed.or_unable(|| "").ok();
    age.and_then(|changed| SystemTime::now().duration_since(changed).ok())
        .unwrap_or_default()
}
