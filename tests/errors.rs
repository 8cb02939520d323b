//! Exit codes and the shape of error messages: one demonstration for each code of the manual's
//! table, and what bad input meets, with nothing changed behind it.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::support::{Ended, Repo, isolate};

/// Runs the words, insists on the exit code and that nothing whatever changed.
#[track_caller]
fn refused(repo: &Repo, words: &[&str], code: i32) -> Ended {
    let before = repo.everything();
    let ended = repo.parallel(words).code(code);
    assert_eq!(repo.everything(), before, "{words:?} changed something");
    ended
}

/// Two branches that change one line each in their own way.
fn in_conflict() -> Repo {
    let repo = Repo::new();
    repo.branch("left", "main", &[("README.md", "# Left\n")])
        .branch("right", "main", &[("README.md", "# Right\n")]);
    repo
}

#[test]
fn clean_is_0_and_a_finding_is_1() {
    let repo = in_conflict();
    repo.branch("aside", "main", &[("aside.txt", "aside\n")]);
    refused(&repo, &["check", "left", "aside"], 0);
    refused(&repo, &["check", "left", "right"], 1).answers("README.md");
}

#[test]
fn a_wrong_command_line_is_2() {
    let repo = Repo::new();
    refused(&repo, &["no-such-command"], 2).says("no-such-command");
    refused(&repo, &["check", "--no-such-flag"], 2).says("--no-such-flag");
    refused(&repo, &["--color", "sometimes", "check"], 2).says("sometimes");
}

#[test]
fn outside_of_a_repository_is_3_with_the_folder_named() {
    let repo = Repo::new();
    for words in [&["check"][..], &["status"], &["logs", "T001"]] {
        let ended = repo.parallel(words).dir(&repo.home()).code(3);
        ended
            .says(&repo.home().display().to_string())
            .says("not a git repository")
            .says("try:  git init");
    }
}

#[test]
fn a_branch_without_a_commit_is_3_with_the_way_out() {
    let repo = Repo::unborn();
    refused(&repo, &["check"], 3)
        .says("the branch 'main' has no commit yet")
        .says("try:  git commit");
}

#[test]
fn an_unknown_revision_run_or_task_is_3_by_its_name() {
    let repo = Repo::new();
    refused(&repo, &["check", "main", "no-such-branch"], 3).says("'no-such-branch'");
    refused(&repo, &["status", "r7"], 3).says("r7");
    refused(&repo, &["check", "r7/T001", "main"], 3).says("r7");
}

#[test]
fn unrelated_histories_are_3() {
    let repo = Repo::new();
    repo.git(["checkout", "--quiet", "--orphan", "stranger"]);
    repo.commit("Another start");
    repo.git(["checkout", "--quiet", "main"]);
    refused(&repo, &["check", "main", "stranger"], 3);
}

#[test]
fn a_detached_head_is_asked_for_its_target() {
    let repo = in_conflict();
    repo.git(["checkout", "--quiet", "--detach"]);
    refused(&repo, &["check", "left", "right"], 2).says("--into");
}

#[test]
fn a_task_file_that_makes_no_sense_is_2_with_its_line() {
    let cases = [
        ("an empty file", "", "tasks.md:1: expected tasks"),
        ("no task", "# Tasks: some\n", "expected a task"),
        (
            "a cycle",
            "### T001: A\n**Depends**: T002\n### T002: B\n**Depends**: T001\n",
            "T001 → T002 → T001",
        ),
        (
            "one id twice",
            "### T001: A\n### T001: B\n",
            "tasks.md:2: T001 is the task of line 1 already",
        ),
        (
            "a file outside the repository",
            "### T001: A\n**Files**: ../secret.txt\n",
            "tasks.md:2: '../secret.txt' is outside the repository",
        ),
        (
            "an absolute path",
            "### T001: A\n**Files**: /etc/passwd\n",
            "tasks.md:2: '/etc/passwd'",
        ),
    ];
    for (what, text, said) in cases {
        let repo = Repo::new();
        repo.file_at(repo.around(), "tasks.md", text);
        eprintln!("{what}");
        refused(&repo, &["split", "--from", "../tasks.md"], 2).says(said);
    }
}

#[test]
fn a_plan_of_a_newer_version_is_3_and_left_alone() {
    let repo = Repo::new();
    let plan = ".git/parallel/plans/p1.json";
    repo.file(plan, "{\"version\": 2}\n");
    for words in [&["split", "--from", plan][..]] {
        refused(&repo, words, 3).says("newer git-parallel");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_3_by_its_path() {
    // As root, permissions stop nobody: a file stands where the folder would go.
    let repo = Repo::new();
    repo.file(".git/parallel", "in the way\n");
    refused(&repo, &["split", "--tasks", "one,two"], 3).says(".git/parallel");
}

#[test]
fn a_conflict_keeps_merge_from_moving_anything_and_is_1() {
    let repo = in_conflict();
    refused(&repo, &["merge", "left", "right"], 1).answers("README.md");
}

#[test]
fn work_that_a_merge_would_overwrite_is_4() {
    let repo = in_conflict();
    repo.file("README.md", "# Half an edit\n");
    let state = || (repo.checkout_state(), repo.git(["for-each-ref"]));
    let before = state();
    repo.parallel(["merge", "left"])
        .code(4)
        .says("README.md")
        .says("kept:")
        .says("try:  git");
    assert_eq!(state(), before);
    assert_eq!(repo.read("README.md"), "# Half an edit\n");
}

#[test]
fn a_lock_that_is_held_beyond_the_limit_is_5() {
    let repo = Repo::new();
    repo.parallel(["split", "--tasks", "one,two"]).ok();
    let lock = OpenOptions::new()
        .write(true)
        .open(repo.path().join(".git/parallel/lock"))
        .expect("the lock of the repository");
    lock.lock().expect("the lock");
    refused(&repo, &["split", "--tasks", "three,four"], 5).says("lock");
    drop(lock);
    repo.parallel(["split", "--tasks", "three,four"]).ok();
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let repo = Repo::new();
    for words in [&["completions", "zsh"][..], &["--help"], &["check", "main"]] {
        let mut command = call(&repo, words);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        assert!(!said.contains("error"), "{words:?}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_3() {
    let repo = Repo::new();
    for words in [
        &["completions", "zsh"][..],
        &["man"],
        &["--version"],
        &["check", "--json", "main"],
    ] {
        let full = OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let output = call(&repo, words).stdout(full).output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{words:?}: {said}");
        assert!(
            said.contains("cannot write the answer"),
            "{words:?}: {said}"
        );
    }
}

/// A call whose standard output the test holds.
fn call(repo: &Repo, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-parallel"));
    isolate(&mut command, &repo.home());
    command
        .args(words)
        .current_dir(repo.path())
        .stdin(Stdio::null());
    command
}
