//! The index as it is kept from one call to the next: of one commit, and for another commit as far
//! as that has the same files and messages. Nothing rests on it: what is damaged is made anew.

use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::id::Oid;
use crate::survey::counted::keep_counted;
use crate::survey::pack::Shelf;
use crate::survey::past::past;

use super::build::build;
use super::gathered::Gathered;
use super::index::Index;

/// Under which name it is kept.
const NAME: &str = "scope";
/// A larger index is not kept: reading it would take long, too.
const LARGEST: usize = 1 << 28;

/// The index of a commit, to be read with [`read`].
pub fn index(repository: &Repository, commit: Oid, shelf: &dyn Shelf) -> Result<Vec<u8>> {
    let keeps = repository.is_as_named();
    let left = shelf.take(NAME).filter(|_| keeps).unwrap_or_default();
    let gathered = match Index::read(&left) {
        Some(index) if index.commit == commit => return Ok(left),
        Some(index) => index.gathered(),
        None => Gathered::default(),
    };
    drop(left);
    let bytes = made(repository, commit, gathered, shelf)?;
    if keeps && bytes.len() <= LARGEST {
        shelf.put(NAME, &bytes);
    }
    Ok(bytes)
}

fn made(
    repository: &Repository,
    commit: Oid,
    mut gathered: Gathered,
    shelf: &dyn Shelf,
) -> Result<Vec<u8>> {
    let files = repository.files(commit)?;
    let past = past(repository, commit, shelf)?;
    let blobs = files.iter().map(|file| file.blob);
    let commits = past.changes.iter().map(|change| change.commit);
    gathered.read(repository, blobs, commits)?;
    keep_counted(
        repository,
        &files,
        std::mem::take(&mut gathered.lines),
        shelf,
    );
    Ok(build(commit, &files, &past, gathered))
}

/// Opens an index.
pub fn read(bytes: &[u8]) -> Result<Index<'_>> {
    Index::read(bytes)
        .ok_or_else(|| Failure::unable("the index of the files does not hold together"))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::git::Git;
    use crate::survey::scope::rank::rank;
    use crate::survey::testing::InMemory;

    /// What one commit does to files; no content removes.
    type Edits<'a> = &'a [(&'a str, Option<&'a str>)];

    fn commit(folder: &Path, branch: &str, from: Option<&str>, said: &str, edits: Edits<'_>) {
        let mut stream = format!(
            "commit refs/heads/{branch}\ncommitter A <a@b> 7 +0000\ndata {}\n{said}\n",
            said.len()
        );
        if let Some(from) = from {
            let _ = writeln!(stream, "from refs/heads/{from}");
        }
        for (path, content) in edits {
            let _ = match content {
                Some(text) => writeln!(
                    stream,
                    "M 100644 inline {path}\ndata {}\n{text}",
                    text.len()
                ),
                None => writeln!(stream, "D {path}"),
            };
        }
        let import = Git::inside(folder, "fast-import").args(["--quiet", "--force"]);
        import.input(stream).run().expect("a commit");
    }

    /// A history with a file that moves, one that goes and comes back, and two branches that left
    /// it at different places, one of which was begun anew.
    fn history() -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path();
        let init = Git::inside(at, "init").args(["--quiet", "--bare"]);
        init.run().expect("a repository");
        let parse = "fn parse_header(text: &str) {}\n";
        commit(
            at,
            "m1",
            None,
            "Start",
            &[("a.rs", Some(parse)), ("b.rs", Some("fn b() {}\n"))],
        );
        let more = "fn parse_header(text: &str) { split(text) }\n";
        commit(
            at,
            "m2",
            Some("m1"),
            "Split headers",
            &[("a.rs", Some(more))],
        );
        let moved = [("a.rs", None), ("src/a.rs", Some(more)), ("b.rs", None)];
        commit(at, "m3", Some("m2"), "Move the parser", &moved);
        commit(
            at,
            "m4",
            Some("m3"),
            "Bring b back",
            &[("b.rs", Some("fn b() { c() }\n"))],
        );
        commit(
            at,
            "side",
            Some("m2"),
            "Draw tables",
            &[("table.rs", Some("struct Table;\n"))],
        );
        let rewritten = [
            ("src/a.rs", Some(more)),
            ("new.rs", Some("fn brand_new() {}\n")),
        ];
        commit(
            at,
            "rewritten",
            Some("m1"),
            "Split headers otherwise",
            &rewritten,
        );
        commit(
            at,
            "other",
            None,
            "Another beginning",
            &[("x.py", Some("def x(): pass\n"))],
        );
        folder
    }

    const TIPS: [&str; 7] = ["m1", "m2", "m3", "m4", "side", "rewritten", "other"];

    fn fresh(repository: &Repository, tip: &str) -> (Oid, Vec<u8>) {
        let id = repository.commit(tip).expect("a commit");
        let bytes = index(repository, id, &InMemory::default()).expect("an index");
        (id, bytes)
    }

    #[test]
    fn kept_on_the_way_from_any_commit_to_any_other_it_is_the_same_as_made_afresh() {
        let folder = history();
        let repository = Repository::discover(folder.path()).expect("a repository");
        for from in TIPS {
            for to in TIPS {
                let shelf = InMemory::default();
                let (id, _) = fresh(&repository, from);
                index(&repository, id, &shelf).expect("an index");
                let (id, expected) = fresh(&repository, to);
                let kept = index(&repository, id, &shelf).expect("an index");
                assert_eq!(kept, expected, "from {from} to {to}");
                assert_eq!(shelf.take(NAME), Some(expected));
            }
        }
    }

    #[test]
    fn the_answers_are_about_the_commit_that_was_asked_about() {
        let folder = history();
        let repository = Repository::discover(folder.path()).expect("a repository");
        let shelf = InMemory::default();
        let ask = |tip: &str, goal: &str| {
            let id = repository.commit(tip).expect("a commit");
            let bytes = index(&repository, id, &shelf).expect("an index");
            let index = read(&bytes).expect("an index");
            let ranked = rank(&index, goal);
            ranked.first().map(|best| index.path(best.file).to_owned())
        };
        assert_eq!(ask("m2", "parse_header").as_deref(), Some("a.rs"));
        // What was said of a file before it moved is said of it.
        assert_eq!(ask("m4", "headers").as_deref(), Some("src/a.rs"));
        assert_eq!(ask("side", "tables").as_deref(), Some("table.rs"));
        assert_eq!(ask("m4", "tables"), None);
        assert_eq!(ask("other", "headers"), None);
    }

    #[test]
    fn what_is_damaged_is_made_anew_and_nothing_is_kept_of_a_history_that_is_cut() {
        let folder = history();
        let repository = Repository::discover(folder.path()).expect("a repository");
        let (id, whole) = fresh(&repository, "m4");
        for damage in (0..whole.len())
            .map(|end| &whole[..end])
            .chain([&b"foreign"[..]])
        {
            let shelf = InMemory::default();
            shelf.put(NAME, damage);
            shelf.put("past", damage);
            assert_eq!(index(&repository, id, &shelf).expect("an index"), whole);
        }
        let border = repository.commit("m2").expect("a commit");
        std::fs::write(folder.path().join("shallow"), format!("{border}\n")).expect("a border");
        let repository = Repository::discover(folder.path()).expect("a repository");
        let shelf = InMemory::default();
        index(&repository, id, &shelf).expect("an index");
        assert!(shelf.0.lock().unwrap().is_empty());
    }
}
