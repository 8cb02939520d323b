//! The place where a conflict is resolved: a worktree, and the right to touch it.
//!
//! What is merged there is noted in the worktree's own git directory before git begins, so that
//! whoever comes next, after whatever end, can tell our merge from somebody else's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Failure, OnPath, Result, shell_word};
use crate::git::{ConflictKind, DraftIndex, MergeStart, Repository, lock_held};
use crate::id::Oid;
use crate::store::{Lock, read_json, write_json};

use super::Site;
use super::home::{self, word};
use super::standing::{Note, Seen, Standing, VERSION, standing};

/// How long a git that a killed command left behind, or another `resolve`, is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It was clean and is committed, or there was nothing to merge.
    Merged,
    /// It waits for somebody to resolve its conflicts.
    Open(Note),
}

/// A worktree that is ours to touch.
#[derive(Debug)]
pub struct Desk<'a> {
    pub site: &'a Site<'a>,
    pub worktree: PathBuf,
    pub(super) lock: Lock,
}

impl<'a> Desk<'a> {
    /// Sits down where the branch is checked out; where it is nowhere, it is again.
    pub fn take(site: &'a Site<'a>) -> Result<Self> {
        let lock = lock(site)?;
        let worktree = home::find_or_make(site, &lock)?;
        Ok(Self {
            site,
            worktree,
            lock,
        })
    }

    /// Sits down where the branch is checked out already.
    pub fn at_hand(site: &'a Site<'a>) -> Result<Self> {
        let lock = lock(site)?;
        let worktree = home::find(site)?.ok_or_else(|| not_merging(site))?;
        Ok(Self {
            site,
            worktree,
            lock,
        })
    }

    pub(super) fn repository(&self) -> &Repository {
        self.site.repository
    }

    /// Where the merge that was begun stands.
    pub fn standing(&self) -> Result<Standing> {
        let repository = self.repository();
        let note = self.note()?;
        let head = repository.head_of(&self.worktree)?.ok_or_else(|| {
            Failure::unable(format!("'{}' has no commit yet", self.site.branch))
                .next(format!("git -C {} status", word(&self.worktree)))
        })?;
        let holds_both = match &note {
            Some(note) => {
                repository.is_ancestor(note.head, head)?
                    && repository.is_ancestor(note.theirs, head)?
            }
            None => false,
        };
        let seen = Seen {
            head,
            merging: repository.merge_head(&self.worktree)?,
            holds_both,
            unmerged: !repository.unmerged(&self.worktree)?.is_empty(),
        };
        Ok(standing(note, seen))
    }

    /// Begins to merge `with`, whose commit is `theirs`.
    pub fn begin(&self, with: &str, theirs: Oid, message: &str) -> Result<Begun> {
        self.must_be_clean()?;
        let repository = self.repository();
        let mut note = Note {
            version: VERSION,
            head: repository.commit(&format!("refs/heads/{}", self.site.branch))?,
            with: with.to_owned(),
            theirs,
            replayed: Vec::new(),
        };
        self.write(&note)?;
        let lock = self.lock.share()?;
        let start = repository.start_merge(&self.worktree, with, message, lock);
        let over = match &start {
            Ok(MergeStart::Conflicts) => false,
            Ok(MergeStart::Concluded) => true,
            // What a git that was killed leaves in the files, only the note explains.
            Err(_) => repository
                .has_edits(&self.worktree)
                .is_ok_and(|edits| !edits),
        };
        if over {
            self.forget()?;
        }
        match start? {
            MergeStart::Concluded => Ok(Begun::Merged),
            MergeStart::Conflicts => {
                note.replayed = self.replayed(&note)?;
                self.write(&note)?;
                Ok(Begun::Open(note))
            }
        }
    }

    /// Takes a merge of `theirs` that somebody else began for ours.
    pub fn adopt(&self, with: &str, theirs: Oid) -> Result<Note> {
        let head = format!("refs/heads/{}", self.site.branch);
        let mut note = Note {
            version: VERSION,
            head: self.repository().commit(&head)?,
            with: with.to_owned(),
            theirs,
            replayed: Vec::new(),
        };
        note.replayed = self.replayed(&note)?;
        self.write(&note)?;
        Ok(note)
    }

    /// Takes the merge back. What was resolved so far stays in a commit that no branch has: its id
    /// is returned.
    pub fn abort(&self, note: &Note) -> Result<Option<Oid>> {
        let kept = self.keep_a_copy(note)?;
        let lock = self.lock.share()?;
        self.repository()
            .abort_merge(&self.worktree, lock)
            .map_err(|failure| {
                failure
                    .kept("the merge, as it stands")
                    .next(format!("git -C {} status", word(&self.worktree)))
            })?;
        self.forget()?;
        Ok(kept)
    }

    /// Forgets what was begun: it is over.
    pub fn forget(&self) -> Result<()> {
        let path = self.note_path()?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::io("remove", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// A merge that somebody else is at.
    pub fn foreign(&self, merging: Oid) -> Failure {
        let at = word(&self.worktree);
        Failure::refused(format!(
            "a merge of {} is under way in {}, which was not begun here",
            merging.short(),
            self.worktree.display()
        ))
        .kept("everything")
        .next(format!("git -C {at} merge --continue"))
        .next(format!("git -C {at} merge --abort"))
    }

    /// A merge that left nothing that could be gone on with.
    pub fn cut_short(&self, note: &Note) -> Failure {
        let at = word(&self.worktree);
        Failure::refused(format!(
            "the merge of {} into {} was cut short before git had written it down: {}",
            note.with,
            self.site.branch,
            self.worktree.display()
        ))
        .kept("everything; what differs there from the last commit is that merge, and what you did since")
        .next(format!("git -C {at} status"))
        .next(format!("git -C {at} reset --merge"))
    }

    /// Where the merge that was begun is gone, nobody can tell what a git that was killed before it
    /// had written down anything left in the files from what somebody did there since.
    pub fn must_hold_no_edits(&self, note: &Note) -> Result<()> {
        if !self.repository().has_edits(&self.worktree)? {
            return Ok(());
        }
        let lock = home::private_dir(self.repository(), &self.worktree)?.join("index.lock");
        if lock.exists() {
            return Err(lock_held(&lock));
        }
        let at = word(&self.worktree);
        Err(Failure::refused(format!(
            "the merge of {} into {} is gone, and there are edits in {}",
            note.with,
            self.site.branch,
            self.worktree.display()
        ))
        .kept("everything: what that merge left there when it was cut short, or what you did since")
        .next(format!("git -C {at} diff"))
        .next(format!("git -C {at} stash --include-untracked")))
    }

    /// There is no merge to go on with, or to take back.
    pub fn not_merging(&self) -> Failure {
        not_merging(self.site)
    }

    fn must_be_clean(&self) -> Result<()> {
        let repository = self.repository();
        if let Some(doing) = repository.paused_operation(&self.worktree)? {
            return Err(home::in_the_middle(&self.worktree, doing));
        }
        if !repository.has_edits(&self.worktree)? {
            return Ok(());
        }
        let at = word(&self.worktree);
        Err(Failure::refused(format!(
            "the worktree of {} has uncommitted work: {}",
            self.site.name,
            self.worktree.display()
        ))
        .kept("everything")
        .next(format!("git -C {at} status"))
        .next(format!("git -C {at} commit --all")))
    }

    /// What rerere has resolved of the conflicts that there were.
    fn replayed(&self, note: &Note) -> Result<Vec<String>> {
        let repository = self.repository();
        let Some(remaining) = repository.rerere_remaining(&self.worktree)? else {
            return Ok(Vec::new());
        };
        let overview = self.overview(note, true)?;
        let by_text = [ConflictKind::Content, ConflictKind::AddAdd];
        let replayed = overview.paths.iter().filter(|one| {
            let conflict = &one.conflict;
            by_text.contains(&conflict.kind)
                && !one.progress.is_open()
                && !remaining.contains(&conflict.path)
        });
        Ok(replayed.map(|one| one.conflict.path.to_string()).collect())
    }

    /// The worktree as it stands as a commit, where something of the conflicts was resolved.
    fn keep_a_copy(&self, note: &Note) -> Result<Option<Oid>> {
        let repository = self.repository();
        let overview = self.overview(note, false)?;
        if overview.open().count() == overview.paths.len() {
            return Ok(None);
        }
        let draft = DraftIndex::of(repository, &self.worktree)?;
        draft.stage(&[], true)?;
        self.commit_for_nobody(note, draft.tree()?).map(Some)
    }

    /// A commit of both sides that no branch has.
    pub(super) fn commit_for_nobody(&self, note: &Note, tree: Oid) -> Result<Oid> {
        let git = self.repository().git("commit-tree").arg("--no-gpg-sign");
        let git = git.args(["-p", &note.head.to_string()]);
        let git = git.args(["-p", &note.theirs.to_string()]);
        let message = format!("Merge {} into {}\n", note.with, self.site.branch);
        let made = git.args(["-F", "-"]).arg(tree.to_string()).input(message);
        made.run()?.text().parse().map_err(Failure::unable)
    }

    fn note_path(&self) -> Result<PathBuf> {
        Ok(home::private_dir(self.repository(), &self.worktree)?.join("parallel-resolve.json"))
    }

    fn note(&self) -> Result<Option<Note>> {
        let path = self.note_path()?;
        if path.exists() {
            read_json(&path, VERSION).map(Some)
        } else {
            Ok(None)
        }
    }

    fn write(&self, note: &Note) -> Result<()> {
        write_json(&self.note_path()?, note)
    }
}

/// The right to touch the branch's worktree: for a task's it is the one that a supervisor takes.
fn lock(site: &Site<'_>) -> Result<Lock> {
    let path = match site.task {
        Some((run, task)) => site.store.run_dir(run).join(task.to_string()).join("lock"),
        None => site.store.root().join("resolve.lock"),
    };
    make_parent(&path)?;
    let purpose = format!("resolve {}", site.name);
    Lock::acquire(&path, &purpose, PATIENCE).map_err(|failure| match site.task {
        Some((run, _)) => failure.next(format!("git parallel status {run}")),
        None => failure,
    })
}

fn make_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) => fs::create_dir_all(folder).on_path("create", folder),
        None => Ok(()),
    }
}

fn not_merging(site: &Site<'_>) -> Failure {
    Failure::unable(format!("{} is not in the middle of a merge", site.name))
        .next(format!("git parallel resolve {}", shell_word(site.name)))
}
