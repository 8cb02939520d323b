//! `--verify`: all at once first, and who is to blame when it fails.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::subjects;
use crate::support::{Repo, program_folder};

/// main and eight branches, `one` to `eight`, that each add a file of their name; `six-b` stands on
/// `six`.
fn eight() -> Repo {
    let repo = Repo::new();
    for name in [
        "one", "two", "three", "four", "five", "six", "seven", "eight",
    ] {
        repo.branch(name, "main", &[(name, "x\n")]);
    }
    repo.branch("six-b", "six", &[("six-b", "x\n")]);
    repo
}

const ALL: [&str; 9] = [
    "one", "two", "three", "four", "five", "six", "six-b", "seven", "eight",
];

#[test]
fn the_culprit_is_found_by_halves_and_nothing_lands() {
    let repo = eight();
    let before = repo.git(["rev-parse", "main"]);
    let line = "test ! -f six || { echo six is broken; exit 9; }";
    let call = repo.parallel(["merge", "--verify", line]).args(ALL);
    let ended = call
        .code(1)
        .answers("nothing was merged: six breaks the verification by itself (exit status: 9)")
        .answers("  six is broken")
        .says("verification 1: all 9 branches")
        .says("next: git parallel merge --partial --verify");
    // Nine branches: all, at most four halvings, the suspect alone.
    let runs = ended.stderr.matches("verification ").count();
    assert!((5..=6).contains(&runs), "{}", ended.stderr);
    assert_eq!(repo.git(["rev-parse", "main"]), before);
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
    let answer = repo
        .parallel(["merge", "--json", "--verify", line])
        .args(ALL)
        .json(1);
    assert_eq!(answer["state"], "verification-failed");
    assert_eq!(answer["behind"][0]["name"], "six");
    assert_eq!(answer["behind"][0]["alone"], true);
    assert_eq!(answer["behind"][0]["output"], "six is broken");
    assert_eq!(answer["verification"]["runs"], runs);
}

#[test]
fn two_that_only_break_it_together_are_both_named() {
    let repo = eight();
    let line = "! test -f two || ! test -f seven";
    let answer = repo
        .parallel(["merge", "--json", "--verify", line])
        .args(ALL)
        .json(1);
    let behind = &answer["behind"][0];
    assert_eq!(
        (&behind["name"], &behind["by"][0]),
        (&"seven".into(), &"two".into())
    );
    assert_eq!(behind["alone"], false);
    repo.parallel(["merge", "--verify", line])
        .args(ALL)
        .code(1)
        .answers("seven breaks the verification together with two");
}

#[test]
fn with_partial_the_good_ones_land_without_the_bad_and_what_stands_on_them() {
    for strategy in ["merge", "squash", "rebase"] {
        let repo = eight();
        let line = "! test -f six && ! test -f two";
        let call = [
            "merge",
            "--partial",
            "--strategy",
            strategy,
            "--verify",
            line,
        ];
        let answer = repo.parallel(call).args(["--json"]).args(ALL).json(1);
        let landed: Vec<&str> = answer["landed"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(landed, ["one", "three", "four", "five", "seven", "eight"]);
        let behind: Vec<(&str, &str)> = answer["behind"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| {
                let text = |key: &str| one[key].as_str().expect("text");
                (text("name"), text("reason"))
            })
            .collect();
        let expected = [
            ("two", "verification"),
            ("six", "verification"),
            ("six-b", "dependency"),
        ];
        assert_eq!(behind, expected);
        assert_eq!(answer["verification"]["passed"], true);
        assert!(repo.path().join("eight").exists() && !repo.path().join("six").exists());
        assert_eq!(repo.git(["status", "--porcelain"]), "");
        assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
        let log = repo.read(".git/parallel/operations.jsonl");
        assert_eq!(log.matches("\"merge-planned\"").count(), 1, "{log}");
    }
}

#[test]
fn a_target_that_fails_by_itself_is_named_and_no_branch_is_blamed() {
    let repo = eight();
    repo.parallel(["merge", "--partial", "--verify", "exit 4", "one", "two"])
        .code(1)
        .answers("nothing was merged: main fails the verification already (exit status: 4)")
        .says("main without any of them");
    // A branch that mends it may land all the same.
    repo.parallel(["merge", "--verify", "test -f two", "one", "two"])
        .code(0);
    assert_eq!(subjects(&repo)[0], "Merge branch 'two'");
}

#[test]
fn what_is_ignored_stays_from_run_to_run_and_the_rest_goes() {
    let repo = Repo::new();
    repo.file(".gitignore", "built\n").commit("Ignore");
    for name in ["one", "two"] {
        repo.branch(name, "main", &[(name, "x\n")]);
    }
    let line = "test ! -e litter || { echo litter; exit 8; }
        echo x > litter; echo x >> README.md; echo x >> built; test ! -f two || test ! -f one";
    let answer = repo
        .parallel(["merge", "--json", "--verify", line, "one", "two"])
        .json(1);
    assert_eq!(answer["behind"][0]["name"], "two", "{answer:#}");
    assert_eq!(answer["behind"][0]["by"][0], "one", "{answer:#}");
}

#[test]
fn a_signal_in_the_middle_of_it_ends_the_verification_and_moves_nothing() {
    let repo = eight();
    let before = repo.everything();
    let started = repo.around().join("started");
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let line = format!("touch {}; sleep 60", started.display());
        let mut merge = repo
            .parallel(["merge", "one", "two", "--verify", &line])
            .spawn();
        let begin = Instant::now();
        while !started.exists() {
            assert!(begin.elapsed() < Duration::from_secs(60), "it never began");
            thread::sleep(Duration::from_millis(10));
        }
        let pid = merge.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(
            kill.args([&format!("-{signal}"), &pid])
                .status()
                .expect("kill")
                .success()
        );
        assert_eq!(merge.wait().expect("an end").code(), Some(code));
        assert!(
            begin.elapsed() < Duration::from_secs(50),
            "it waited for the end"
        );
        assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
        fs::remove_file(&started).expect("a file");
    }
    assert_eq!(repo.everything(), before);
}

#[test]
fn a_verification_may_use_the_program_itself() {
    let repo = eight();
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", program_folder().display());
    repo.parallel([
        "merge",
        "one",
        "--verify",
        "git parallel check two --into two",
    ])
    .env("PATH", path)
    .code(0);
}
