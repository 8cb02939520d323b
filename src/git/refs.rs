//! Branches, as a list.

use gix::bstr::{BString, ByteSlice};
use gix::glob::wildmatch;
use gix::glob::wildmatch::Mode;

use crate::error::Result;
use crate::id::Oid;

use super::repository::{Repository, oid};

/// A branch, local or of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its short name; what is not UTF-8 is replaced.
    pub name: String,
    pub commit: Oid,
}

/// What makes a word a pattern for git; one without is a folder.
const SPECIAL: [char; 4] = ['*', '?', '[', '\\'];

impl Repository {
    /// Local branches in git's order. A `glob` picks some as `git log --branches=GLOB` does: `*`
    /// crosses slashes, and a plain word is a folder.
    pub fn branches(&self, glob: Option<&str>) -> Result<Vec<Branch>> {
        self.refs("refs/heads/", glob.unwrap_or("*"))
    }

    /// Remote-tracking branches that match a glob, as `git log --remotes=GLOB` has it, without
    /// those that only point to another (`origin/HEAD`).
    pub fn remote_branches(&self, glob: &str) -> Result<Vec<Branch>> {
        self.refs("refs/remotes/", glob)
    }

    /// Refs below a folder that match a glob, by their names from there on.
    fn refs(&self, folder: &str, glob: &str) -> Result<Vec<Branch>> {
        let refs = match read_refs(&self.local(), folder) {
            Some(refs) => refs,
            None => self.ask_refs(folder)?,
        };
        let pattern = match glob.contains(SPECIAL) {
            true => format!("{folder}{glob}"),
            false => format!("{folder}{}/*", glob.trim_end_matches('/')),
        };
        let branches = refs.into_iter().filter_map(|one| {
            let name = one.name.as_bstr();
            let meant = wildmatch(pattern.as_bytes().as_bstr(), name, Mode::empty());
            // A local branch may be another name of another; a remote's HEAD is no branch.
            let wanted = meant && (!one.is_symbolic || folder == "refs/heads/");
            let short = name.strip_prefix(folder.as_bytes())?;
            let name = String::from_utf8_lossy(short).into_owned();
            let commit = one.commit;
            wanted.then_some(Branch { name, commit })
        });
        Ok(branches.collect())
    }

    fn ask_refs(&self, folder: &str) -> Result<Vec<Ref>> {
        let output = self
            .git("for-each-ref")
            .args(["--format=%(objectname) %(symref)%00%(refname)", folder])
            .run()?;
        Ok(output.stdout.lines().filter_map(parse).collect())
    }
}

/// A ref as it stands.
struct Ref {
    /// In full.
    name: BString,
    commit: Oid,
    is_symbolic: bool,
}

/// Whether refs are files, all of which gix reads.
pub(super) fn are_files(local: &gix::Repository) -> bool {
    let storage = local.config_snapshot().string("extensions.refStorage");
    storage.is_none_or(|storage| storage == "files")
}

/// All refs below a folder, in git's order; `None` where they are not files, or one is broken.
fn read_refs(local: &gix::Repository, folder: &str) -> Option<Vec<Ref>> {
    if !are_files(local) {
        return None;
    }
    let platform = local.references().ok()?;
    let refs = platform.prefixed(folder).ok()?.map(|reference| {
        let mut reference = reference.ok()?;
        let target = reference.target().try_id().map(ToOwned::to_owned);
        let is_symbolic = target.is_none();
        let target = match target {
            Some(id) => id,
            None => reference.follow_to_object().ok()?.detach(),
        };
        Some(Ref {
            name: reference.name().as_bstr().to_owned(),
            commit: oid(&target)?,
            is_symbolic,
        })
    });
    refs.collect()
}

/// Reads `ID SP TARGET NUL NAME`; a target is there for a symbolic ref only.
fn parse(line: &[u8]) -> Option<Ref> {
    let (id, rest) = line.split_once_str(" ")?;
    let (target, name) = rest.split_once_str("\0")?;
    Some(Ref {
        name: name.into(),
        commit: std::str::from_utf8(id).ok()?.parse().ok()?,
        is_symbolic: !target.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn whatever_comes_is_read_as_a_ref_whose_name_was_there() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| {
            for one in bytes.lines().filter_map(parse) {
                assert!(bytes.contains_str(&one.name));
            }
        });
    }

    #[test]
    fn a_ref_is_read_with_what_it_points_to() {
        let id = "5025cf6d26d9ec579327f6e481a6ac43d6f4b9f8";
        let read = |line: &str| {
            let one = parse(line.as_bytes()).unwrap();
            (
                one.name.to_string(),
                one.commit.to_string(),
                one.is_symbolic,
            )
        };
        for (target, is_symbolic) in [("", false), ("refs/remotes/origin/main", true)] {
            let name = "refs/remotes/origin/HEAD".to_owned();
            let line = format!("{id} {target}\0{name}");
            assert_eq!(read(&line), (name, id.to_owned(), is_symbolic));
        }
    }
}
