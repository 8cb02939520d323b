//! Exit codes and the shape of error messages: one demonstration for each code of the manual's
//! table, and what bad input meets, with nothing changed behind it.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

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
fn a_repository_of_a_newer_git_is_3_with_what_is_too_old() {
    let repo = Repo::new();
    repo.branch("left", "main", &[("left.txt", "left\n")]);
    // Through git the last setting could not be made any more.
    let settings = fs::read_to_string(repo.path().join(".git/config")).expect("settings");
    let newer = "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tfromTomorrow = true\n";
    repo.file(".git/config", &(settings + newer));
    let run = ["run", "--tasks", "one", "--exec", "true"];
    for words in [&["check"][..], &run, &["doctor", "--fix"]] {
        let ended = repo.parallel(words).code(3);
        ended
            .says("error: git is too old for this repository")
            .says("extensions.fromtomorrow")
            .says("try:  git --version");
    }
    assert!(!repo.path().join(".git/parallel/runs").exists());
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
    {
        let words = &["split", "--from", plan][..];
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
fn a_run_whose_every_task_is_done_is_0_and_with_a_failed_task_1() {
    let repo = Repo::new();
    let run = |line: &str, code: i32| {
        repo.parallel(["run", "--tasks", "one,two", "--exec", line])
            .code(code)
    };
    run("echo x >\"$GIT_PARALLEL_NAME.txt\"", 0);
    run("test $GIT_PARALLEL_TASK = T001 && touch x", 1).answers("failed");
}

#[test]
fn a_run_with_nothing_to_run_or_nobody_to_run_it_is_2() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "one,two"])
        .code(2)
        .says("--exec");
    repo.file_at(repo.around(), "tasks.md", "");
    refused(
        &repo,
        &["run", "--from", "../tasks.md", "--exec", "true"],
        2,
    )
    .says("tasks.md:1:");
}

#[test]
fn ctrl_c_is_130_and_sigterm_143_with_the_way_to_go_on() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let repo = Repo::new();
        let mut child = repo
            .parallel(["run", "--tasks", "one,two", "--exec", "sleep 60"])
            .spawn();
        until("a session runs", || {
            let status = repo.parallel(["status", "--json"]).run();
            let status: Option<Value> = serde_json::from_str(&status.stdout).ok();
            status.is_some_and(|status| status["tasks"][0]["state"] == "running")
        });
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(sent.expect("kill starts").success());
        let mut said = String::new();
        let mut pipe = child.stderr.take().expect("standard error");
        pipe.read_to_string(&mut said).expect("text");
        let ended = child.wait().expect("an end");
        assert_eq!(ended.code(), Some(code), "{said}");
        assert!(said.contains("git parallel run --resume r1"), "{said}");
    }
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

/// Waits until something holds.
#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
