//! `git parallel each -- CMD`: one command in every worktree of a run.

use crate::support::Repo;

const WORK: &str = "echo $GIT_PARALLEL_NAME > who.txt";

/// A run of three tasks that has ended.
fn ended() -> Repo {
    let repo = Repo::new();
    let args = ["run", "--tasks", "alpha,beta,gamma", "--exec", WORK];
    repo.parallel(args).code(0);
    repo
}

#[test]
fn every_worktree_answers_under_its_task() {
    let repo = ended();
    let told = repo.parallel(["each", "--", "cat", "who.txt"]).ok();
    let lines: Vec<&str> = told.lines().collect();
    let at = |start: &str| {
        let found = lines.iter().position(|line| line.contains(start));
        found.unwrap_or_else(|| panic!("{start:?} is not in:\n{told}"))
    };
    for (id, name) in [("T001", "alpha"), ("T002", "beta"), ("T003", "gamma")] {
        let head = at(&format!("{id} {name}: exit code 0, "));
        assert_eq!(lines[head + 1], name, "{told}");
    }
    assert!(at("T001") < at("T002") && at("T002") < at("T003"), "{told}");
    assert_eq!(
        *lines.last().expect("an end"),
        "It succeeded in 3 worktrees"
    );
}

#[test]
fn one_failure_is_a_finding_and_the_others_are_run_all_the_same() {
    let repo = ended();
    let args = ["each", "-j", "1", "--", "grep", "-v", "alpha", "who.txt"];
    let call = repo.parallel(args).code(1);
    call.answers("T001 alpha: exit code 1")
        .answers("T003 gamma: exit code 0")
        .answers("It failed in 1 of 3 worktrees: T001 (alpha)");
}

#[test]
fn tasks_are_picked_by_name_and_no_shell_reads_the_command() {
    let repo = ended();
    let args = ["each", "beta", "r1/T003", "beta", "--json", "--", "printf"];
    let answer = repo
        .parallel(args)
        .args(["%s", "$HOME;`x`\u{1b}[31m"])
        .json(0);
    let tasks = answer["tasks"].as_array().expect("tasks");
    let names: Vec<_> = tasks.iter().map(|task| &task["name"]).collect();
    assert_eq!(names, ["beta", "gamma"], "{answer:#}");
    assert_eq!(tasks[0]["output"], "$HOME;`x`\u{1b}[31m");
    let args = ["each", "beta", "--", "printf", "%s", "\u{1b}[31m"];
    let text = repo.parallel(args).ok();
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn nothing_is_committed_and_a_task_without_a_worktree_is_left_out() {
    let repo = ended();
    repo.parallel(["each", "gamma", "--", "touch", "new.txt"])
        .code(0);
    assert_eq!(
        repo.git(["rev-list", "--count", "main..parallel/gamma"]),
        "1"
    );
    repo.git(["merge", "--quiet", "parallel/alpha"]);
    repo.parallel(["clean", "alpha"]).code(0);
    let call = repo.parallel(["each", "--json", "--", "true"]).run();
    assert!(
        call.stderr.contains("r1/T001 (alpha) has no worktree"),
        "{}",
        call.stderr
    );
    let answer = call.code(0).json();
    assert_eq!(answer["tasks"].as_array().expect("tasks").len(), 2);
    assert_eq!(answer["left_out"][0]["id"], "T001");
    repo.parallel(["each", "alpha", "--", "true"])
        .code(3)
        .says("none of these tasks has a worktree");
}

#[test]
fn a_command_has_to_be_given() {
    ended().parallel(["each"]).code(2);
}

#[test]
fn where_its_time_is_up_it_ends_and_elsewhere_it_goes_on() {
    let repo = ended();
    let line = "echo here; test $GIT_PARALLEL_NAME != beta || exec sleep 60";
    let call = repo.parallel(["each", "--timeout", "2s", "--", "sh", "-c", line]);
    let told = call.run().code(1);
    let told = told
        .answers("T001 alpha: exit code 0")
        .answers("T002 beta: its time was up");
    told.answers("\nhere\n")
        .answers("It failed in 1 of 3 worktrees: T002 (beta)");
    let none = repo.parallel(["each", "--timeout", "soon", "--", "true"]);
    none.run().code(2);
}
