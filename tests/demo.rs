//! `git parallel demo`: the whole way, as a stranger sees it first.

use std::fs;

use crate::support::{Call, Repo};

/// A call in an empty folder that is no repository, with a TMPDIR that we can look into.
fn demo(repo: &Repo) -> Call {
    let temporary = repo.around().join("tmp");
    fs::create_dir_all(&temporary).expect("a folder");
    Call::new(&temporary, &repo.home())
        .env("TMPDIR", &temporary)
        .args(["demo"])
}

fn left_behind(repo: &Repo) -> usize {
    fs::read_dir(repo.around().join("tmp"))
        .expect("a folder")
        .count()
}

#[test]
fn the_demo_goes_the_whole_way_and_leaves_nothing() {
    let repo = Repo::unborn();
    let ended = demo(&repo).code(0);
    for step in ["split", "run", "check", "merge", "report", "clean"] {
        assert!(
            ended.stdout.contains(&format!("$ git parallel {step}")),
            "no {step} in:\n{}",
            ended.stdout
        );
    }
    assert_eq!(left_behind(&repo), 0);
}

#[test]
fn the_kept_repository_holds_one_clean_history_that_passes_its_tests() {
    let repo = Repo::unborn();
    let ended = demo(&repo).args(["--keep"]).code(0);
    let folder = ended
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("$ cd "))
        .expect("the folder is told")
        .to_owned();
    let project = std::path::Path::new(&folder);
    assert_eq!(repo.git_at(project, ["status", "--porcelain"]), "");
    assert_eq!(
        repo.git_at(project, ["branch", "--format=%(refname)"]),
        "refs/heads/main"
    );
    assert_eq!(
        repo.git_at(project, ["worktree", "list", "--porcelain"])
            .matches("worktree ")
            .count(),
        1
    );
    for task in 1..=6 {
        let merge = format!("--grep=^Merge T00{task}");
        assert_ne!(
            repo.git_at(project, ["log", "--merges", "--oneline", &merge]),
            "",
            "T00{task}"
        );
    }
    let usage = std::process::Command::new(project.join("notes"))
        .env("HOME", repo.home())
        .output()
        .expect("the project's script");
    let usage = String::from_utf8_lossy(&usage.stdout).into_owned();
    assert!(
        usage.contains("search") && usage.contains("export"),
        "{usage}"
    );
}
