//! What each change on a branch touched, along its first parents: a merged branch is one change.

use std::thread;

use gix::ObjectId;
use gix::diff::tree::recorder::Change as Recorded;
use gix::objs::tree::EntryMode;
use gix::prelude::FindExt;

use crate::error::{Failure, OrFail, Result};
use crate::id::Oid;

use super::delta_bases;
use super::path::RepoPath;
use super::repository::{Repository, gix_id, oid};

/// One change on a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainlineChange {
    pub commit: Oid,
    /// When it was committed, in seconds since 1970.
    pub at: i64,
    pub message: CommitMessage,
    /// In git's order of paths.
    pub touched: Vec<TouchedFile>,
}

/// A file that a change touched; a rename touches two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchedFile {
    pub path: RepoPath,
    /// Its content before and after; `None` where there was no such file.
    pub before: Option<Oid>,
    pub after: Option<Oid>,
}

/// The changes of a branch, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mainline {
    pub changes: Vec<MainlineChange>,
    /// The commit that the walk was to stop at, where it came to one.
    pub met: Option<Oid>,
}

/// What a commit says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitMessage {
    /// As written; bytes that are no UTF-8 replaced.
    pub text: String,
    /// Whether it brought in a branch of its own.
    pub is_merge: bool,
}

/// A commit on its way to being compared with the one before it.
struct Step {
    change: MainlineChange,
    tree: ObjectId,
    /// The tree before; `None` for the first commit of all.
    before: Option<ObjectId>,
}

impl Repository {
    /// All changes that lead to `tip`, as far as they can be told.
    #[cfg(test)]
    pub fn mainline(&self, tip: Oid) -> Result<Vec<MainlineChange>> {
        Ok(self.latest_changes(tip, |_| false, usize::MAX)?.changes)
    }

    /// The changes that lead to `tip`: at most so many, and none that is `known` or below; down to
    /// the first one, or to where a shallow clone ends. Only contents count, not modes; submodules
    /// do not.
    pub fn latest_changes(
        &self,
        tip: Oid,
        known: impl Fn(Oid) -> bool,
        most: usize,
    ) -> Result<Mainline> {
        let (steps, met) = self.steps(tip, known, most)?;
        Ok(Mainline {
            changes: self.compared(steps)?,
            met,
        })
    }

    /// What is seen in the message of each of these commits, in order, on all cores, by one `reader`
    /// on each; `None` for one that is not here.
    pub fn read_messages<T: Send, R: FnMut(&CommitMessage) -> T>(
        &self,
        commits: &[Oid],
        reader: impl Fn() -> R + Sync,
    ) -> Result<Vec<Option<T>>> {
        self.on_all_cores(commits, || {
            let mut look = reader();
            move |local: &gix::Repository, commit: &Oid| {
                let commit = local.find_commit(gix_id(*commit)?).ok()?;
                let content = commit.decode().ok()?;
                Some(look(&message(&content)))
            }
        })
    }

    fn compared(&self, mut steps: Vec<Step>) -> Result<Vec<MainlineChange>> {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let share = steps.len().div_ceil(workers).max(1);
        thread::scope(|scope| {
            let working: Vec<_> = steps
                .chunks_mut(share)
                .map(|steps| scope.spawn(|| self.compare(steps, workers)))
                .collect();
            working.into_iter().try_for_each(|worker| {
                let ended = worker.join();
                ended.unwrap_or_else(|_| Err(Failure::unable("reading the history broke off")))
            })
        })?;
        Ok(steps.into_iter().map(|step| step.change).collect())
    }

    fn steps(
        &self,
        tip: Oid,
        known: impl Fn(Oid) -> bool,
        most: usize,
    ) -> Result<(Vec<Step>, Option<Oid>)> {
        let local = self.local();
        let mut steps: Vec<Step> = Vec::new();
        let mut next = gix_id(tip);
        while let Some(id) = next {
            let Some(object) = local
                .try_find_object(id)
                .or_unable(|| "cannot read the history")?
            else {
                // A shallow clone: what the last commit changed cannot be told.
                steps.pop();
                break;
            };
            let commit = object
                .try_into_commit()
                .or_unable(|| "cannot read the history")?;
            let step = step(&commit)?;
            if let Some(above) = steps.last_mut() {
                above.before = Some(step.tree);
            }
            if known(step.change.commit) {
                return Ok((steps, Some(step.change.commit)));
            }
            if steps.len() == most {
                break;
            }
            next = commit.parent_ids().next().map(gix::Id::detach);
            steps.push(step);
        }
        Ok((steps, None))
    }

    fn compare(&self, steps: &mut [Step], readers: usize) -> Result<()> {
        let mut local = self.local();
        delta_bases::hold(&mut local, readers);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for step in steps {
            let before = match step.before {
                Some(before) => read_tree(&local, before, &mut one)?,
                None => gix::objs::TreeRefIter::from_bytes(&[], local.object_hash()),
            };
            let after = read_tree(&local, step.tree, &mut other)?;
            let mut recorder = gix::diff::tree::Recorder::default();
            gix::diff::tree(
                before,
                after,
                gix::diff::tree::State::default(),
                &local.objects,
                &mut recorder,
            )
            .or_unable(|| format!("cannot compare {} with its parent", step.change.commit))?;
            step.change.touched = recorder.records.into_iter().filter_map(touched).collect();
        }
        Ok(())
    }
}

fn read_tree<'a>(
    local: &gix::Repository,
    id: ObjectId,
    buffer: &'a mut Vec<u8>,
) -> Result<gix::objs::TreeRefIter<'a>> {
    local
        .objects
        .find_tree_iter(&id, buffer)
        .or_unable(|| "cannot read the history")
}

fn step(commit: &gix::Commit<'_>) -> Result<Step> {
    let unreadable = || format!("cannot read the commit {}", commit.id);
    let content = commit.decode().or_unable(unreadable)?;
    Ok(Step {
        tree: content.tree(),
        before: None,
        change: MainlineChange {
            commit: oid(&commit.id).ok_or_else(|| Failure::unable(unreadable()))?,
            at: content.committer().or_unable(unreadable)?.seconds(),
            message: message(&content),
            touched: Vec::new(),
        },
    })
}

fn message(commit: &gix::objs::CommitRef<'_>) -> CommitMessage {
    CommitMessage {
        text: String::from_utf8_lossy(commit.message).into_owned(),
        is_merge: commit.parents.len() > 1,
    }
}

/// `None` for what is no file, or whose content did not change.
fn touched(record: Recorded) -> Option<TouchedFile> {
    let file =
        |mode: EntryMode, id: &ObjectId| mode.is_blob_or_symlink().then(|| oid(id)).flatten();
    let (path, before, after) = match record {
        Recorded::Addition {
            entry_mode,
            oid,
            path,
            ..
        } => (path, None, file(entry_mode, &oid)),
        Recorded::Deletion {
            entry_mode,
            oid,
            path,
            ..
        } => (path, file(entry_mode, &oid), None),
        Recorded::Modification {
            previous_entry_mode,
            previous_oid,
            entry_mode,
            oid,
            path,
        } => (
            path,
            file(previous_entry_mode, &previous_oid),
            file(entry_mode, &oid),
        ),
    };
    (before != after).then(|| TouchedFile {
        path: RepoPath::new(path),
        before,
        after,
    })
}
