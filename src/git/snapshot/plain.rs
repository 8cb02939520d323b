//! The tree that a worktree comes to, put together in this process where git would take every file
//! as it is: nothing configured converts what is read, and there is nothing but files and links.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use gix::objs::tree::{EntryKind, EntryMode};

use crate::error::Result;
use crate::git::attributes::AttributeFiles;
use crate::git::objects::ObjectSpace;
use crate::git::path::RepoPath;
use crate::git::repository::{Repository, gix_id, oid};
use crate::id::Oid;

use super::status::{Change, Folder, Status};

/// Larger files are left to git, which does not read them in one piece.
const LARGEST: u64 = 64 << 20;
/// Words without which a file of attributes has no say in how files are read: `text`, `crlf`,
/// `eol`, `ident`, `filter` and `working-tree-encoding` are the attributes that do.
const CONVERTING: [&[u8]; 6] = [b"text", b"crlf", b"eol", b"ident", b"filter", b"encoding"];
/// Settings with which git converts what it reads, or takes other modes than those of the files.
const UNUSUAL: [(&str, &str); 5] = [
    ("core.autocrlf", "false"),
    ("core.fileMode", "true"),
    ("core.symlinks", "true"),
    ("core.sparseCheckout", "false"),
    ("extensions.worktreeConfig", "false"),
];

/// The tree of all that is in a worktree, written to `space`; `None` where git has to make it.
pub(super) fn plain_tree(
    space: &ObjectSpace,
    worktree: &Path,
    head: Oid,
    status: &Status,
) -> Result<Option<Oid>> {
    if status.submodules || !is_plain(space.repository(), worktree, status) {
        return Ok(None);
    }
    let writer = space.repository().writer_of_all();
    Ok(writer.and_then(|writer| write(&writer, worktree, head, &status.changes)))
}

/// Whether every file is taken as it is.
fn is_plain(repository: &Repository, worktree: &Path, status: &Status) -> bool {
    let Some(local) = repository.read_configuration() else {
        return false;
    };
    let settings = local.config_snapshot();
    let is_usual = |(key, usual): &(&str, &str)| {
        let value = settings.string(*key);
        value.is_none_or(|value| value.eq_ignore_ascii_case(usual.as_bytes()))
    };
    // git falls back on the index for attributes that are gone from the folder.
    let attributes_gone = status
        .paths(Folder::Gone)
        .any(|path| path.as_bytes().ends_with(b".gitattributes"));
    let folders: BTreeSet<PathBuf> = status
        .paths(Folder::Other)
        .flat_map(|path| path.as_path().ancestors().skip(1))
        .map(Path::to_owned)
        .collect();
    UNUSUAL.iter().all(is_usual)
        && !attributes_gone
        && AttributeFiles::of(repository, &local, worktree)
            .is_some_and(|files| files.never_say(&CONVERTING, &folders))
}

/// Puts the tree together; `None` where a file is not what it was said to be, or cannot be read.
fn write(local: &gix::Repository, worktree: &Path, head: Oid, changes: &[Change]) -> Option<Oid> {
    let tree = local.find_commit(gix_id(head)?).ok()?.tree_id().ok()?;
    let mut editor = local.edit_tree(tree).ok()?;
    for change in changes {
        let path = gix::bstr::BStr::new(change.path.as_bytes());
        let entry = match (change.folder, change.index) {
            (Folder::Same, Some(version)) => {
                let mode = EntryMode::try_from(version.mode).ok()?;
                Some((mode.kind(), gix_id(version.id)?))
            }
            (Folder::Same, None) | (Folder::Gone, _) => None,
            (Folder::Other, _) => {
                let (kind, content) = read(worktree, &change.path).ok()?;
                Some((kind, local.write_blob(content).ok()?.detach()))
            }
        };
        match entry {
            Some((kind, id)) => editor.upsert(path, kind, id).ok()?,
            None => editor.remove(path).ok()?,
        };
    }
    oid(&editor.write().ok()?)
}

fn read(worktree: &Path, path: &RepoPath) -> io::Result<(EntryKind, Vec<u8>)> {
    let file = worktree.join(path.as_path());
    let metadata = fs::symlink_metadata(&file)?;
    if metadata.is_symlink() {
        let target = fs::read_link(&file)?;
        return Ok((EntryKind::Link, target.into_os_string().into_vec()));
    }
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let kind = match metadata.mode() & 0o100 {
        0 => EntryKind::Blob,
        _ => EntryKind::BlobExecutable,
    };
    Ok((kind, fs::read(&file)?))
}
