//! `git parallel logs`: what sessions printed.

use std::io::Read;
use std::thread;
use std::time::Duration;

use crate::support::{Journal, Repo};

const TASKS: &[(u32, &str, &[u32])] = &[(1, "auth", &[]), (2, "billing", &[]), (3, "docs", &[1])];

/// Two tasks with logs, the second with two attempts, and one that never started.
fn two_logs(repo: &Repo) -> Journal {
    let mut journal = Journal::of(repo, "r1", TASKS);
    journal.starts(1, "auth", 1).log(1, 1, b"one\ntwo\nthree\n");
    journal.starts(2, "billing", 2).log(2, 1, b"first try\n");
    journal.ends(2, 1, 1).tries(2, 2, 2);
    journal.log(2, 2, b"second \x1b[31mtry");
    journal.over("stopped");
    journal
}

#[test]
fn the_log_of_one_task_comes_byte_for_byte() {
    let repo = Repo::new();
    two_logs(&repo);
    assert_eq!(repo.parallel(["logs", "auth"]).ok(), "one\ntwo\nthree\n");
    assert_eq!(
        repo.parallel(["logs", "r1/T002"]).ok(),
        "second \u{1b}[31mtry"
    );
}

#[test]
fn several_logs_stand_under_their_names() {
    let repo = Repo::new();
    two_logs(&repo);
    assert_eq!(
        repo.parallel(["logs", "--tail", "1"]).ok(),
        "==> r1/T001 auth <==\nthree\n\n==> r1/T002 billing <==\nsecond \u{1b}[31mtry\n"
    );
}

#[test]
fn an_earlier_attempt_can_be_asked_for() {
    let repo = Repo::new();
    two_logs(&repo);
    let first = repo.parallel(["logs", "T002", "--attempt", "1"]).ok();
    assert_eq!(first, "first try\n");
    repo.parallel(["logs", "T002", "--attempt", "3"])
        .code(3)
        .says("r1/T002 has no attempt 3");
}

#[test]
fn a_task_that_never_started_has_nothing_to_show() {
    let repo = Repo::new();
    two_logs(&repo);
    let ended = repo.parallel(["logs", "docs"]).code(0);
    assert_eq!(ended.stdout, "");
    ended.says("no session has started yet");
}

#[test]
fn with_no_run_it_is_an_error_that_says_what_to_type() {
    let repo = Repo::new();
    repo.parallel(["logs"])
        .code(3)
        .says("nothing was run in this repository yet");
}

#[test]
fn following_goes_on_while_the_run_lives_and_ends_with_the_session() {
    let repo = Repo::new();
    let mut journal = Journal::of(&repo, "r1", &TASKS[..1]);
    journal.starts(1, "auth", 1).log(1, 1, b"begins\n");
    let supervisor = journal.supervised();
    let mut child = repo.parallel(["logs", "--follow", "auth"]).spawn();
    thread::sleep(Duration::from_millis(400));
    assert!(child.try_wait().expect("a state").is_none(), "it gave up");
    journal.log(1, 1, b"begins\ngoes on\nends");
    journal.ends(1, 1, 0).finishes(1, "done", None).over("done");
    drop(supervisor);
    let mut told = String::new();
    let mut out = child.stdout.take().expect("a pipe");
    out.read_to_string(&mut told).expect("text");
    assert!(child.wait().expect("an end").success());
    assert_eq!(told, "begins\ngoes on\nends");
}

#[test]
fn following_an_interrupted_run_ends_and_says_how_to_go_on() {
    let repo = Repo::new();
    let mut journal = Journal::of(&repo, "r1", &TASKS[..1]);
    journal.starts(1, "auth", 1).log(1, 1, b"begins\n");
    let ended = repo.parallel(["logs", "-f"]).code(0);
    assert_eq!(ended.stdout, "begins\n");
    ended.says("git parallel run --resume r1");
}

#[test]
fn following_goes_on_as_long_as_a_session_outlives_its_supervisor() {
    let repo = crate::status::orphaned();
    let follow = repo.parallel(["logs", "--follow", "r1/T001"]).spawn();
    // It would be over by now, had it ended with the supervisor.
    std::thread::sleep(std::time::Duration::from_millis(500));
    std::fs::write(repo.around().join("go"), "").expect("a file");
    let ended = follow.wait_with_output().expect("an end");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "over\n");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("git parallel run --resume r1"), "{said}");
}
