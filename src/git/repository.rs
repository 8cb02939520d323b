//! A repository as found from a folder: where it lies, what its names mean.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Failure, OnPath, Result};
use crate::id::Oid;

use super::program::Git;

/// What `HEAD` of the current worktree says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// On a branch (short name) with commits.
    Branch { name: String, commit: Oid },
    /// On a commit, on no branch.
    Detached { commit: Oid },
    /// On a branch that has no commit yet.
    Unborn { name: String },
}

/// A repository and the worktree that we stand in, if any. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Repository {
    inner: gix::ThreadSafeRepository,
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_dir: Option<PathBuf>,
    /// Where objects go, if not to the repository's own folder.
    objects: Option<PathBuf>,
}

impl Repository {
    /// Finds the repository that `folder` lies in, as git does: `GIT_DIR` and its like first, then
    /// upwards through the parents.
    pub fn discover(folder: &Path) -> Result<Self> {
        let inner = gix::ThreadSafeRepository::discover_with_environment_overrides(folder)
            .map_err(|error| not_found(folder, &error))?;
        let local = inner.to_thread_local();
        let git_dir = canonical(local.git_dir())?;
        let common_dir = canonical(local.common_dir())?;
        let work_dir = local.workdir().map(canonical).transpose()?;
        Ok(Self {
            inner,
            git_dir,
            common_dir,
            work_dir,
            objects: None,
        })
    }

    /// The same repository, with new objects in a folder of their own. They are seen beside those
    /// that are there already, as long as the folder lives.
    pub(super) fn with_objects_in(&self, folder: &Path) -> Result<Self> {
        let alternates = folder.join("info/alternates");
        let own = canonical(self.inner.objects.path())?;
        fs::create_dir_all(folder.join("info")).on_path("create", folder)?;
        fs::write(&alternates, alternate(&own)).on_path("write", &alternates)?;
        let store = gix::odb::Store::at_opts(
            folder.to_owned(),
            self.inner.objects.object_hash(),
            &mut self.inner.objects.replacements(),
            gix::odb::store::init::Options::default(),
        )
        .on_path("open", folder)?;
        let mut repository = self.clone();
        repository.inner.objects = Arc::new(store);
        repository.objects = Some(folder.to_owned());
        Ok(repository)
    }

    /// Directs a call of git to where objects go.
    pub(super) fn direct(&self, git: Git) -> Git {
        match &self.objects {
            Some(folder) => git.env("GIT_OBJECT_DIRECTORY", folder),
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

    /// gix's view of the repository, for this thread.
    pub(super) fn local(&self) -> gix::Repository {
        self.inner.to_thread_local()
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

    /// Where `HEAD` stands in this worktree.
    pub fn head(&self) -> Result<Head> {
        let name = self
            .git("symbolic-ref")
            .args(["--quiet", "HEAD"])
            .ask()?
            .text();
        let commit = self.find_commit("HEAD");
        match (name.strip_prefix("refs/heads/"), commit) {
            (Some(name), Some(commit)) => Ok(Head::Branch {
                name: name.to_owned(),
                commit,
            }),
            (Some(name), None) => Ok(Head::Unborn {
                name: name.to_owned(),
            }),
            (None, Some(commit)) => Ok(Head::Detached { commit }),
            (None, None) => Err(Failure::unable("HEAD points to nothing that exists")
                .next("git fsck --no-dangling")),
        }
    }

    /// The commit that a revision names (tags are peeled), or `None`.
    pub fn find_commit(&self, revision: impl AsRef<OsStr>) -> Option<Oid> {
        self.find(revision.as_ref(), "commit")
    }

    /// The commit that a revision names, or the failure to show to who typed it.
    pub fn commit(&self, revision: &str) -> Result<Oid> {
        self.find_commit(revision).ok_or_else(|| {
            Failure::unable(format!("'{revision}' names no commit in this repository"))
                .next("git branch --all")
        })
    }

    /// The tree of a revision, or `None`.
    pub fn find_tree(&self, revision: &str) -> Option<Oid> {
        self.find(revision.as_ref(), "tree")
    }

    /// The tree of a commit, tag or tree that was resolved before.
    pub fn tree_of(&self, object: Oid) -> Result<Oid> {
        self.find_tree(&object.to_string())
            .ok_or_else(|| Failure::unable(format!("{object} has no tree in this repository")))
    }

    /// The content of a blob.
    pub fn blob(&self, id: Oid) -> Result<Vec<u8>> {
        let local = self.local();
        let found = gix::ObjectId::try_from(id.as_bytes())
            .ok()
            .and_then(|id| local.find_object(id).ok());
        if let Some(object) = found {
            return Ok(object.detach().data);
        }
        // In a partial clone git fetches it.
        let output = self.git("cat-file").args(["blob", &id.to_string()]).run()?;
        Ok(output.stdout)
    }

    /// What a ref of this full name points to, peeled to a commit, or `None`.
    pub fn find_ref(&self, full_name: &str) -> Option<Oid> {
        let local = self.inner.to_thread_local();
        let found = local.try_find_reference(full_name).ok().flatten();
        found
            .and_then(|mut reference| reference.peel_to_id().ok().and_then(|id| oid(&id)))
            .or_else(|| self.ask_git(full_name.as_ref(), "commit"))
    }

    /// The repository as gix sees it, for the other files of this room.
    pub(super) fn inner(&self) -> &gix::ThreadSafeRepository {
        &self.inner
    }

    fn find(&self, revision: &OsStr, kind: &str) -> Option<Oid> {
        let local = self.inner.to_thread_local();
        let spec = peeled(revision, kind);
        local
            .rev_parse_single(spec.as_bytes())
            .ok()
            .and_then(|id| oid(&id))
            // What gix does not know (a reftable, a rare spelling) git may: its word is final.
            .or_else(|| self.ask_git(revision, kind))
    }

    fn ask_git(&self, revision: &OsStr, kind: &str) -> Option<Oid> {
        let output = self
            .git("rev-parse")
            .args(["--verify", "--quiet", "--end-of-options"])
            .arg(peeled(revision, kind))
            .ask()
            .ok()?;
        output.text().parse().ok()
    }
}

/// `REVISION^{KIND}`: what it names, followed to an object of that kind.
fn peeled(revision: &OsStr, kind: &str) -> OsString {
    let mut spec = revision.to_owned();
    // `:/TEXT` takes all that follows for its text, and is a commit anyway.
    if !revision.as_bytes().starts_with(b":/") {
        spec.push(format!("^{{{kind}}}"));
    }
    spec
}

/// Our own object id for one of gix.
pub(super) fn oid(id: &gix::oid) -> Option<Oid> {
    Oid::from_bytes(id.as_bytes())
}

/// A line of `info/alternates`, C-quoted since a path may begin with a sign that means something
/// there, or hold a newline.
fn alternate(objects: &Path) -> Vec<u8> {
    let mut line = vec![b'"'];
    for &byte in objects.as_os_str().as_bytes() {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', byte]),
            b'\n' => line.extend(b"\\n"),
            _ => line.push(byte),
        }
    }
    line.extend(b"\"\n");
    line
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_quote_backslash_or_newline_is_one_alternate() {
        let line = alternate(Path::new("/a:b/\"c\\d\n"));
        assert_eq!(line, b"\"/a:b/\\\"c\\\\d\\n\"\n");
    }
}
