//! What is only for a moment goes, even when its owner is killed: temporary folders, and the
//! worktrees in which merges are verified.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::Repo;

/// A branch that can be merged.
fn ready() -> Repo {
    let repo = Repo::new();
    repo.branch("one", "main", &[("one", "x\n")]);
    repo
}

fn temporary(repo: &Repo) -> Vec<PathBuf> {
    let entries = fs::read_dir(repo.home().join("tmp")).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// A merge that is killed while it verifies.
fn killed(repo: &Repo) {
    let began = repo.around().join("began");
    let verify = format!("touch '{}'; sleep 1", began.display());
    let mut merge = repo.parallel(["merge", "one", "--verify", &verify]).spawn();
    let start = Instant::now();
    while !began.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never began");
        sleep(Duration::from_millis(10));
    }
    merge.kill().expect("killed");
    merge.wait().expect("waited for");
    assert!(repo.git(["worktree", "list"]).contains("scratch-verify"));
    assert!(!temporary(repo).is_empty());
}

#[test]
fn the_next_merge_takes_away_what_a_killed_one_left() {
    let repo = ready();
    killed(&repo);
    repo.parallel(["merge", "one", "--verify", "true"]).code(0);
    assert_eq!(temporary(&repo), Vec::<PathBuf>::new());
    assert!(!repo.git(["worktree", "list"]).contains("scratch"));
}

#[test]
fn one_without_a_verification_does_so_too() {
    let repo = ready();
    killed(&repo);
    repo.parallel(["merge", "one"]).code(0);
    assert!(!repo.git(["worktree", "list"]).contains("scratch"));
}

#[test]
fn the_doctor_finds_and_mends_it() {
    let repo = ready();
    killed(&repo);
    repo.parallel(["doctor"])
        .code(1)
        .answers("merge --verify that was killed")
        .answers("temporary folder");
    repo.parallel(["doctor", "--fix"]).code(0);
    assert_eq!(temporary(&repo), Vec::<PathBuf>::new());
    assert!(!repo.git(["worktree", "list"]).contains("scratch"));
    repo.parallel(["doctor"]).code(0);
}

#[test]
fn no_command_leaves_a_temporary_folder() {
    let repo = ready();
    repo.branch("two", "main", &[("one", "y\n")]);
    repo.file("README.md", "# Changed\n");
    for args in [
        &["check", "one", "two", "."][..],
        &["merge", "one", "two"],
        &["run", "--tasks", "three", "--exec", "echo x > three"],
        &["merge", "three"],
        &["clean"],
        &["undo"],
        &["demo", "-q"],
    ] {
        repo.parallel(args).run();
        assert_eq!(temporary(&repo), Vec::<PathBuf>::new(), "{args:?}");
    }
}
