//! A repository as found from a folder: where it lies, and how git is called on it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::error::{Failure, OnPath, Result};
use crate::id::Oid;

use super::ancestry::Ancestry;
use super::memory::Memory;
use super::program::Git;
use super::scratch_objects::Scratch;
use super::views::{View, Views};

/// A repository and the worktree that we stand in, if any. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Repository {
    views: Arc<Views>,
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_dir: Option<PathBuf>,
    /// Where new objects go, if not to the repository's own folder.
    scratch: Option<Arc<Scratch>>,
    /// Commits that were read for merge bases.
    ancestry: Arc<Mutex<Ancestry>>,
    memory: Option<Arc<dyn Memory>>,
}

impl Repository {
    /// Finds the repository that `folder` lies in, as git does: `GIT_DIR` and its like first, then
    /// upwards through the parents.
    pub fn discover(folder: &Path) -> Result<Self> {
        let found = gix::ThreadSafeRepository::discover_with_environment_overrides(folder)
            .map_err(|error| not_found(folder, &error))?;
        let views = Views::new(found);
        must_be_trusted(&views, folder)?;
        let (git_dir, common_dir, work_dir) = {
            let view = views.take();
            let work_dir = view.workdir().map(canonical).transpose()?;
            (
                canonical(view.git_dir())?,
                canonical(view.common_dir())?,
                work_dir,
            )
        };
        Ok(Self {
            views: Arc::new(views),
            git_dir,
            common_dir,
            work_dir,
            scratch: None,
            ancestry: Arc::default(),
            memory: None,
        })
    }

    /// The same repository, with a memory of what was found out in earlier calls.
    #[must_use]
    pub fn remembering(mut self, memory: Arc<dyn Memory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// What was found out in earlier calls; `None` where nothing is kept, and where objects are not
    /// what their ids say.
    pub(super) fn memory(&self) -> Option<&dyn Memory> {
        self.memory.as_deref().filter(|_| self.is_as_named())
    }

    /// Whether an id says all about what lies behind it: nothing is replaced, and the history is not
    /// cut, so that what was found out of a commit holds as long as it exists.
    pub fn is_as_named(&self) -> bool {
        let local = self.local();
        let replaced = local.objects.store_ref().replacements().next().is_some();
        let cut = ["shallow", "info/grafts"];
        let cut = cut.iter().any(|file| self.common_dir.join(file).exists());
        !replaced && !cut
    }

    /// The same repository, with new objects in a temporary folder. It is made when the first one
    /// comes, and lives as long as a clone of what is returned.
    pub(super) fn with_scratch(&self) -> Self {
        self.with(Scratch::default())
    }

    /// The same repository, with new commits of ours in a temporary folder, and all else that is
    /// new in its own.
    pub(super) fn with_scratch_commits(&self) -> Self {
        self.with(Scratch::beside())
    }

    fn with(&self, scratch: Scratch) -> Self {
        // What cannot be written there is missed by whoever needs it, who says so.
        let _ = self.shown();
        let made = self.scratch.as_ref().and_then(|scratch| scratch.get());
        Self {
            views: Arc::clone(made.map_or(&self.views, |made| &made.views)),
            scratch: Some(Arc::new(scratch)),
            ..self.clone()
        }
    }

    /// Sees to it that git sees what is new.
    fn shown(&self) -> Result<()> {
        match &self.scratch {
            Some(scratch) if scratch.is_used() => scratch.made(self.views.shared()).map(drop),
            _ => Ok(()),
        }
    }

    /// The folder in which new objects go, ready to take them; `None` for the repository's own.
    pub(super) fn scratch(&self) -> Result<Option<&Path>> {
        let Some(scratch) = &self.scratch else {
            return Ok(None);
        };
        let made = scratch.made(self.views.shared())?;
        Ok(Some(made.folder.path()))
    }

    /// A view through which new objects can be written, which nobody else sees before it is given
    /// back; `None` where that would be the repository's own folder, which git alone writes to.
    pub(super) fn writer(&self) -> Option<View<'_>> {
        let scratch = self.scratch.as_ref()?;
        Some(scratch.views(self.views.shared()).take())
    }

    /// The same, if whatever is new may be written so: trees and blobs, too.
    pub(super) fn writer_of_all(&self) -> Option<View<'_>> {
        let all = self.scratch.as_ref().is_some_and(|s| s.takes_all());
        self.writer().filter(|_| all)
    }

    /// Directs a call of git to where objects are, new ones included.
    pub(super) fn direct(&self, git: Git) -> Git {
        // As above.
        let _ = self.shown();
        match self.scratch.as_ref().and_then(|scratch| scratch.get()) {
            Some(made) => made.direct(git),
            None => git,
        }
    }

    /// The git directory of this worktree: `.git`, or `.git/worktrees/NAME`. Absolute.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The git directory that all worktrees share: objects, refs, our own state. Absolute.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The worktree we stand in; `None` in a bare repository's own folder. Absolute.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// The name people use for the repository: its folder's, without `.git`.
    pub fn name(&self) -> String {
        let named = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
        if let Some(main) = &self.work_dir
            && self.git_dir == self.common_dir
            && let Some(name) = named(main)
        {
            // Wherever its git directory lies.
            return name;
        }
        let own = named(&self.common_dir).unwrap_or_default();
        let stem = own.strip_suffix(".git").unwrap_or(&own).to_owned();
        // `.git` and `.bare` are named by the folder around them, `project.git` by itself.
        let name = if stem.is_empty() || stem.starts_with('.') {
            self.common_dir.parent().and_then(named)
        } else {
            Some(stem)
        };
        name.unwrap_or_else(|| "repository".to_owned())
    }

    /// What is known of its history.
    pub(super) fn ancestry(&self) -> &Mutex<Ancestry> {
        &self.ancestry
    }

    /// gix's view of the repository, with what was put into its scratch folder so far.
    pub(super) fn local(&self) -> View<'_> {
        match &self.scratch {
            Some(scratch) if scratch.is_used() => scratch.views(self.views.shared()).take(),
            _ => self.views.take(),
        }
    }

    /// A call of git on refs and objects.
    pub fn git(&self, subcommand: &str) -> Git {
        self.direct(Git::on_dir(&self.git_dir, subcommand))
    }

    /// A call of git in the worktree we stand in, or on refs and objects where there is none.
    pub fn git_here(&self, subcommand: &str) -> Git {
        let git = match &self.work_dir {
            Some(work_dir) => Git::on_worktree(&self.git_dir, work_dir, subcommand),
            None => Git::on_dir(&self.git_dir, subcommand),
        };
        self.direct(git)
    }

    /// A call of git where we stand, for a message in this encoding.
    pub(super) fn git_encoding(&self, encoding: &str, subcommand: &str) -> Git {
        let setting = format!("i18n.commitEncoding={encoding}");
        let work_dir = self.work_dir.as_deref();
        self.direct(Git::with_setting(
            &self.git_dir,
            work_dir,
            &setting,
            subcommand,
        ))
    }

    /// A call of git in one worktree.
    pub fn git_in(&self, worktree: &Path, subcommand: &str) -> Git {
        Git::inside(worktree, subcommand)
    }

    /// What git's configuration says about a yes-or-no question; unset means no.
    pub fn config_bool(&self, key: &str) -> Result<bool> {
        let output = self
            .git("config")
            .args(["--type=bool", "--get", key])
            .ask()?;
        match output.status.code() {
            Some(0) => Ok(output.text() == "true"),
            Some(1) => Ok(false),
            _ => Err(super::program::complaint("config", &output)),
        }
    }
}

/// Our own object id for one of gix.
pub(super) fn oid(id: &gix::oid) -> Option<Oid> {
    Oid::from_bytes(id.as_bytes())
}

/// gix's object id for one of ours; `None` for a hash that gix does not know.
pub(super) fn gix_id(id: Oid) -> Option<gix::ObjectId> {
    gix::ObjectId::try_from(id.as_bytes()).ok()
}

/// Refuses a repository of somebody else, as git does unless `safe.directory` or `GIT_DIR` names it:
/// its configuration and hooks would run programs of theirs. Our calls with `--git-dir` would pass
/// that question by.
fn must_be_trusted(views: &Views, folder: &Path) -> Result<()> {
    let trusted = views.take().git_dir_trust() == gix::sec::Trust::Full;
    if trusted || std::env::var_os("GIT_DIR").is_some() {
        return Ok(());
    }
    let answer = Git::inside(folder, "rev-parse").arg("--git-dir").ask()?;
    match answer.status.success() {
        true => Ok(()),
        false => Err(not_found(folder, &"it belongs to somebody else")),
    }
}

fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize().on_path("find", path)
}

fn not_found(folder: &Path, error: &dyn std::fmt::Display) -> Failure {
    // gix words this for programmers ("could not find a git repository in '.' or in any of its
    // parents"); ask git, whose words people know and can look up (dubious ownership, too).
    let said = Git::inside(folder, "rev-parse")
        .arg("--git-dir")
        .ask()
        .map(|output| output.complaint())
        .unwrap_or_default();
    let said = said.strip_prefix("fatal: ").unwrap_or(&said);
    if said.is_empty() {
        return Failure::unable(format!("cannot open the repository: {error}"));
    }
    let failure = Failure::unable(said).within(folder.display());
    if said.starts_with("not a git repository") {
        failure.next("git init")
    } else {
        failure
    }
}
