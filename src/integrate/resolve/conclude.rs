//! Concluding a merge: nothing left open, the result verified as it will be committed, then one
//! commit by git itself. Until then nothing is touched, not even the index.

use crate::error::{Failure, Result};
use crate::git::{Conflict, DraftIndex, Marker, RepoPath};
use crate::id::Oid;
use crate::integrate::verify::{Probe, Subject, Verification, Verifier};

use super::desk::Desk;
use super::home::word;
use super::progress::{Conflicted, Progress};
use super::standing::Note;

/// How to conclude.
#[derive(Clone, Copy, Debug)]
pub struct ConclusionOptions<'a> {
    /// A shell line that must succeed on what would be committed.
    pub verify: Option<&'a str>,
    /// Whether the repository's hooks are asked.
    pub hooks: bool,
    /// Commit everything that git does not ignore, not only what is staged and resolved.
    pub everything: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Conclusion {
    /// Something is left to resolve; nothing was changed.
    Open(Vec<Left>),
    /// The result does not pass; nothing was changed.
    Failed(Verification),
    Committed(Committed),
}

/// A merge that is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    pub commit: Oid,
    pub verification: Option<Verification>,
    /// Paths in it that neither had a conflict nor came out of the merge so.
    pub besides: Vec<RepoPath>,
    /// Tracked paths that differ from it.
    pub uncommitted: Vec<RepoPath>,
}

/// Something that is left to resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub conflict: Conflict,
    /// The marker that is left; `None` where somebody has to decide and stage.
    pub marker: Option<Marker>,
}

impl Left {
    pub(super) fn of(one: &Conflicted) -> Self {
        Self {
            conflict: one.conflict.clone(),
            marker: match &one.progress {
                Progress::Marker(marker) => Some(marker.clone()),
                _ => None,
            },
        }
    }
}

impl Desk<'_> {
    /// Commits what was resolved, if nothing is left and it passes.
    pub fn conclude(&self, note: &Note, options: &ConclusionOptions<'_>) -> Result<Conclusion> {
        let overview = self.overview(note, options.everything)?;
        let left: Vec<Left> = overview.open().map(Left::of).collect();
        if !left.is_empty() {
            return Ok(Conclusion::Open(left));
        }
        let paths = overview.to_stage();
        let draft = DraftIndex::of(self.repository(), &self.worktree)?;
        draft.stage(&paths, options.everything)?;
        let tree = draft.tree()?;
        let verification = self.verified(note, tree, options)?;
        if let Some(failed) = verification.clone().filter(|one| !one.passed) {
            return Ok(Conclusion::Failed(failed));
        }
        let lock = self.lock.share()?;
        let everything = options.everything;
        self.repository()
            .stage(&self.worktree, &paths, everything, lock)?;
        if self.repository().staged_tree(&self.worktree)? != tree {
            return Err(self.moved_meanwhile());
        }
        let commit = self.commit(note, options.hooks)?;
        self.forget()?;
        self.committed(note, commit, verification)
            .map(Conclusion::Committed)
    }

    /// What somebody else committed for us: still with markers, or done.
    pub fn review(&self, note: &Note, commit: Oid, verify: Option<&str>) -> Result<Conclusion> {
        let marked = self.committed_markers(note, commit)?;
        if !marked.is_empty() {
            let left = marked.into_iter().map(|(conflict, marker)| Left {
                conflict,
                marker: Some(marker),
            });
            return Ok(Conclusion::Open(left.collect()));
        }
        let verification = match verify {
            Some(command) => Some(self.verify(commit, command)?),
            None => None,
        };
        if let Some(failed) = verification.clone().filter(|one| !one.passed) {
            return Ok(Conclusion::Failed(failed));
        }
        self.committed(note, commit, verification)
            .map(Conclusion::Committed)
    }

    fn committed(
        &self,
        note: &Note,
        commit: Oid,
        verification: Option<Verification>,
    ) -> Result<Committed> {
        let repository = self.repository();
        let conflicted = self.conflicted(note)?;
        let mut besides = repository.besides_merge(note.head, note.theirs, commit)?;
        besides.retain(|path| !conflicted.contains(path));
        Ok(Committed {
            commit,
            verification,
            besides,
            uncommitted: repository.unstaged(&self.worktree)?,
        })
    }

    fn commit(&self, note: &Note, hooks: bool) -> Result<Oid> {
        let lock = self.lock.share()?;
        let message = format!("Merge branch '{}' into {}", note.with, self.site.branch);
        let made = self
            .repository()
            .commit_merge(&self.worktree, hooks, &message, lock)?;
        made.map_err(|said| {
            Failure::unable(format!("git does not commit the merge: {said}"))
                .kept(format!(
                    "the merge, resolved and staged, in {}",
                    self.worktree.display()
                ))
                .next(format!("git -C {} status", word(&self.worktree)))
        })
    }

    fn verified(
        &self,
        note: &Note,
        tree: Oid,
        options: &ConclusionOptions<'_>,
    ) -> Result<Option<Verification>> {
        let Some(command) = options.verify else {
            return Ok(None);
        };
        let commit = self.commit_for_nobody(note, tree)?;
        self.verify(commit, command).map(Some)
    }

    /// Runs the command on a commit, in a scratch worktree.
    fn verify(&self, commit: Oid, command: &str) -> Result<Verification> {
        let (repository, store) = (self.repository(), self.site.store);
        let purpose = format!("resolve {}", self.site.name);
        // Merges clear away scratch worktrees that nobody uses: none may come by.
        let _lock = store.lock_merge(&purpose)?;
        let lock = || -> Result<Box<dyn std::any::Any>> { Ok(Box::new(store.lock(&purpose)?)) };
        let nobody_watches = |_: &Probe<'_>| {};
        let mut verifier = Verifier::new(repository, command, &lock, &nobody_watches)?;
        let subject = Subject::Alone(self.site.branch.to_owned());
        verifier
            .verify(commit, &subject)
            .map_err(|failure| Failure {
                kept: Some("the merge, as it stands; nothing was committed".to_owned()),
                ..failure
            })
    }

    fn moved_meanwhile(&self) -> Failure {
        Failure::refused(format!(
            "somebody changed {} meanwhile: what was checked is not what would be committed",
            self.worktree.display()
        ))
        .kept("the merge, as it stands; nothing was committed")
        .next(format!("git -C {} status", word(&self.worktree)))
    }
}
