//! Target in, files out: what of a commit is read, what is left out and why.

use crate::error::{Failure, Result};
use crate::git::{Aside, Pathspecs, Repository, Span};
use crate::id::Oid;
use crate::survey::{FileKind, is_generated, kind_of};

use super::model::{LeftOut, ScopeFile};
use super::outline::{Content, Outline, is_secret_name, look};

/// Larger files are no text that a person works on.
const LARGEST_TEXT: u64 = 4 << 20;

/// What is looked at.
#[derive(Debug)]
pub struct Target<'a> {
    pub commit: Oid,
    /// Only what changed since this commit.
    pub since: Option<Oid>,
    /// Only what these mean; everything where none is typed.
    pub within: Option<&'a mut Pathspecs>,
    /// What lies beside the commit.
    pub aside: Aside,
}

/// What was found there.
#[derive(Debug)]
pub struct Scope {
    /// Sorted by path.
    pub files: Vec<InScope>,
    pub left_out: LeftOut,
}

/// A file that is read.
#[derive(Debug)]
pub struct InScope {
    pub file: ScopeFile,
    pub kind: FileKind,
    pub outline: Outline,
}

/// Looks at every file of a target.
pub fn scope(repository: &Repository, target: Target<'_>) -> Result<Scope> {
    let mut files = repository.files(target.commit)?;
    if let Some(since) = target.since {
        let span = Span {
            base: Some(since),
            tip: target.commit,
        };
        let changed = repository.changes(&[span])?.pop().unwrap_or_default();
        files.retain(|file| changed.paths.contains(&file.path));
    }
    if let Some(pathspecs) = target.within {
        files.retain(|file| pathspecs.mean(&file.path));
    }
    let mut left_out = LeftOut {
        ignored: target.aside.ignored,
        uncommitted: target.aside.uncommitted,
        ..LeftOut::default()
    };
    files.retain(|file| {
        let path = file.path.to_text();
        let list = match kind_of(&path) {
            _ if is_secret_name(&path) => &mut left_out.secret,
            FileKind::Generated | FileKind::Lock | FileKind::Vendored => &mut left_out.generated,
            _ => return true,
        };
        list.push(path.into_owned());
        false
    });
    let blobs: Vec<Oid> = files.iter().map(|file| file.blob).collect();
    let seen = repository.read_blobs(&blobs, LARGEST_TEXT, || {
        |content: &[u8]| (look(content), is_generated(content))
    })?;
    let mut found = Vec::new();
    for (file, seen) in files.into_iter().zip(seen) {
        let path = file.path.to_text().into_owned();
        let exact = (!file.path.is_utf8()).then(|| file.path.as_bytes().to_vec());
        match seen {
            None => left_out.unreadable.push(path),
            Some((Content::Binary, _)) => left_out.binary.push(path),
            Some((Content::Secret, _)) => left_out.secret.push(path),
            Some((Content::LongLines, _) | (_, true)) => left_out.generated.push(path),
            Some((Content::Text(outline), false)) => found.push(InScope {
                kind: kind_of(&path),
                file: ScopeFile {
                    path,
                    exact_path: exact,
                    blob: file.blob,
                    bytes: outline.bytes(),
                    lines: outline.lines.len() as u32,
                },
                outline,
            }),
        }
    }
    Ok(Scope {
        files: found,
        left_out,
    })
}

/// Insists that there is something to read.
pub fn insist(scope: &Scope, target: &str) -> Result<()> {
    if !scope.files.is_empty() {
        return Ok(());
    }
    let left = &scope.left_out;
    let lists = [
        &left.binary,
        &left.generated,
        &left.secret,
        &left.unreadable,
    ];
    let failure = match lists.iter().map(|list| list.len()).sum::<usize>() {
        0 => Failure::unable(format!("no file of the commit is in {target}")),
        number => Failure::unable(format!(
            "nothing in {target} can be read: all {number} files of it are binary, generated or secret"
        )),
    };
    Err(failure.next("git ls-files"))
}
