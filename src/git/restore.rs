//! Bringing back what was taken away: branches and worktrees. Every step looks at what is there, so
//! that one that was interrupted can be gone through again.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::id::Oid;

use super::repository::Repository;
use super::trash::Discarded;

/// A worktree that is to be there again, as it was committed.
#[derive(Clone, Copy, Debug)]
pub struct Former<'a> {
    pub path: &'a Path,
    /// The branch that it was on; `None` where its HEAD was detached.
    pub branch: Option<&'a str>,
    pub commit: Oid,
    /// The words by which its entry in the registry is locked.
    pub reason: &'a str,
}

impl Repository {
    /// Refs below a folder that hold a commit, with what they point to.
    pub fn refs_holding(&self, commit: Oid, folder: &str) -> Result<Vec<(String, Oid)>> {
        self.refs_listed(&["--contains", &commit.to_string(), folder])
    }

    /// Checks a worktree out that held nothing but what is committed. Call it under the
    /// repository's lock and hand that lock in.
    pub fn check_out_former(&self, former: &Former<'_>, lock: &File) -> Result<()> {
        let share = || lock.try_clone().or_unable(|| "cannot share a lock");
        if !former.path.exists() {
            let git = self
                .git("worktree")
                .args(["add", "--quiet", "--no-checkout", "--lock", "--reason"])
                .arg(former.reason)
                .own_group()
                .holding(share()?);
            let git = match former.branch {
                Some(branch) => git.arg(former.path).arg(branch),
                None => git
                    .arg("--detach")
                    .arg(former.path)
                    .arg(former.commit.to_string()),
            };
            git.run()?;
        }
        // git writes the index last: with one, all files are there.
        if !self.git_dir_of(former.path)?.join("index").exists() {
            self.git_in(former.path, "reset")
                .args(["--hard", "--quiet", "--no-recurse-submodules"])
                .own_group()
                .holding(share()?)
                .run()?;
        }
        Ok(())
    }

    /// Brings a worktree back from the trash as it was, with its index and whatever it was in the
    /// middle of: first its entry in the registry, then its folder.
    pub fn bring_back(&self, kept: &Discarded, entry: &Path, path: &Path) -> Result<()> {
        let folder = match kept.path().exists() {
            true => kept.path(),
            false => path.to_owned(),
        };
        let registry = self.common_dir().join("worktrees");
        let home = registry.join(entry_named_by(&folder)?);
        if entry.exists() {
            let home = match home.exists() {
                false => home,
                // Another worktree has its place in the registry by now.
                true => registry.join(entry.file_name().unwrap_or_default()),
            };
            fs::create_dir_all(&registry).on_path("create", &registry)?;
            write_link(&folder, &home)?;
            fs::rename(entry, &home).on_path("move", entry)?;
        } else if !home.exists() {
            return Err(Failure::unable(format!(
                "the registry entry of {} is no longer in the trash",
                path.display()
            ))
            .kept(format!("its files, in {}", folder.display())));
        }
        kept.put_back(path)
    }
}

/// Makes a relative link to the registry (`worktree.useRelativePaths`) an absolute one: the folder
/// is about to move.
pub(super) fn fix_link(folder: &Path) -> Result<()> {
    let text = fs::read(folder.join(".git")).unwrap_or_default();
    let entry = text.strip_prefix(b"gitdir: ").map(<[u8]>::trim_ascii_end);
    match entry.map(|entry| Path::new(OsStr::from_bytes(entry))) {
        Some(entry) if entry.is_relative() => {
            let entry = folder.join(entry);
            write_link(folder, &entry.canonicalize().on_path("find", &entry)?)
        }
        // Not a link, or none that says where the entry is: it moves as it is.
        _ => Ok(()),
    }
}

/// Makes a worktree's folder that of this entry. The old link, or the new one, whole: by it alone
/// the folder is known.
fn write_link(folder: &Path, entry: &Path) -> Result<()> {
    let link = folder.join(".git");
    // Beside the folder: in it, it would be somebody's file.
    let draft = folder.with_file_name(".new-link");
    let text = [b"gitdir: ", entry.as_os_str().as_bytes(), b"\n"].concat();
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()
    });
    written.on_path("write", &draft)?;
    fs::rename(&draft, &link).on_path("write", &link)
}

/// The name of the entry in the registry that belongs to a worktree's folder.
fn entry_named_by(folder: &Path) -> Result<OsString> {
    let link = folder.join(".git");
    let text = fs::read(&link).on_path("read", &link)?;
    let entry = Path::new(OsStr::from_bytes(text.trim_ascii_end()));
    let name = entry.file_name().map(OsStr::to_owned);
    name.ok_or_else(|| Failure::unable(format!("{} names no worktree", link.display())))
}
