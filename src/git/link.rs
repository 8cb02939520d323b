//! The link of a worktree: the file `.git` in its folder, which names its entry in the registry.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use crate::error::{Failure, OnPath, Result};

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
pub(super) fn write_link(folder: &Path, entry: &Path) -> Result<()> {
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

/// Makes the link of a worktree that came back a relative one where the way back from its entry is.
pub(super) fn match_entry(folder: &Path, entry: &Path) -> Result<()> {
    let back = fs::read(entry.join("gitdir")).unwrap_or_default();
    if back.is_empty() || back.starts_with(b"/") {
        return Ok(());
    }
    let from = folder.canonicalize().on_path("find", folder)?;
    let to = entry.canonicalize().on_path("find", entry)?;
    write_link(folder, &way(&from, &to))
}

/// The relative way from one absolute folder to another.
fn way(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

/// The name of the entry in the registry that belongs to a worktree's folder.
pub(super) fn entry_named_by(folder: &Path) -> Result<OsString> {
    let link = folder.join(".git");
    let text = fs::read(&link).on_path("read", &link)?;
    let entry = Path::new(OsStr::from_bytes(text.trim_ascii_end()));
    let name = entry.file_name().map(OsStr::to_owned);
    name.ok_or_else(|| Failure::unable(format!("{} names no worktree", link.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_goes_up_to_what_both_have_and_down_again() {
        for (from, to, expected) in [
            (
                "/a/one",
                "/a/p/.git/worktrees/one",
                "../p/.git/worktrees/one",
            ),
            (
                "/a/p/in/one",
                "/a/p/.git/worktrees/one",
                "../../.git/worktrees/one",
            ),
            ("/b", "/a/.git", "../a/.git"),
        ] {
            assert_eq!(way(Path::new(from), Path::new(to)), Path::new(expected));
        }
    }
}
