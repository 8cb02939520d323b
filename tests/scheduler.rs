//! What a run starts, what it holds back, and when it has had enough.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Call, Repo};

fn outcomes(answer: &Value) -> Vec<&str> {
    let tasks = answer["tasks"].as_array().expect("tasks");
    let tasks = tasks.iter();
    tasks
        .map(|task| task["outcome"].as_str().unwrap_or("none"))
        .collect()
}

/// A plan whose two tasks change one file and stand in no order, as a person may write it.
fn unordered(repo: &Repo) {
    let tasks = "## T001: Alpha\n**Files**: shared.txt (new)\n\
                 ## T002: Beta\n**Files**: shared.txt (new)\n";
    repo.file("tasks.md", tasks);
    let split = ["split", "--from", "tasks.md", "--json"];
    let mut plan = repo.parallel(split).json(0);
    plan["tasks"][1]["depends"] = json!([]);
    plan["implied"] = json!([]);
    plan["waves"] = json!([["T001", "T002"]]);
    plan["overlaps"] = json!([{
        "a": "T001", "b": "T002", "paths": ["shared.txt"], "risk": "high", "forecast": null,
    }]);
    repo.file("plan.json", &plan.to_string());
}

#[test]
fn tasks_that_change_one_file_are_not_worked_at_together() {
    let repo = Repo::new();
    unordered(&repo);
    // Each leaves a mark while it works, and looks for the other's; one asks where things stand.
    let line = "test ! -e ../at-work || touch ../together; touch ../at-work; \
                [ $GIT_PARALLEL_NAME = beta ] || git parallel status > ../status; \
                echo $GIT_PARALLEL_NAME > shared.txt; rm ../at-work";
    let path = std::env::var("PATH").expect("a PATH");
    let ours = crate::support::program_folder();
    let args = ["run", "plan.json", "--json", "--exec", line];
    let call = repo.parallel(args);
    let answer = call
        .env("PATH", format!("{}:{path}", ours.display()))
        .json(0);
    assert_eq!(outcomes(&answer), ["done", "done"], "{answer:#}");
    assert!(!repo.around().join("together").exists());
    let status = fs::read_to_string(repo.around().join("status")).expect("a status");
    let told = "waits for T001: both change shared.txt";
    assert!(status.contains(told), "{status}");
}

/// Runs these tasks, one at a time; `alpha` and `beta` fail.
fn failing(repo: &Repo, tasks: &str, more: &[&str]) -> Call {
    let line = "case $GIT_PARALLEL_NAME in alpha|beta) exit 1;; esac; echo x > $GIT_PARALLEL_NAME";
    let args = [
        "run",
        "--tasks",
        tasks,
        "--workers",
        "1",
        "--json",
        "--exec",
        line,
    ];
    repo.parallel(args).args(more)
}

#[test]
fn after_so_many_failures_nothing_new_is_started_and_resume_goes_on() {
    let repo = Repo::new();
    let answer = failing(&repo, "alpha,beta,gamma", &["--max-fail", "2"]).json(1);
    assert_eq!(
        outcomes(&answer),
        ["failed", "failed", "none"],
        "{answer:#}"
    );
    assert_eq!(answer["state"], "stopped");
    repo.parallel(["status"])
        .code(0)
        .answers("stopped by: 2 failed, and --max-fail is 2");
    // It counts anew: what failed is tried again, and stops it again.
    let answer = repo.parallel(["run", "--resume", "--json"]).json(1);
    assert_eq!(
        outcomes(&answer),
        ["failed", "failed", "none"],
        "{answer:#}"
    );
    assert_eq!(answer["tasks"][0]["attempts"], 2);
}

#[test]
fn fewer_failures_stop_nothing() {
    let repo = Repo::new();
    let answer = failing(&repo, "alpha,gamma,delta", &["--max-fail", "2"]).json(1);
    assert_eq!(outcomes(&answer), ["failed", "done", "done"], "{answer:#}");
    assert_eq!(answer["state"], "failed");
}

#[test]
fn where_nothing_can_be_started_the_run_stops_and_says_why() {
    let repo = Repo::new();
    let args = [
        "run",
        "--tasks",
        "a1,a2,a3,a4,a5",
        "--workers",
        "1",
        "--json",
    ];
    let call = repo.parallel(args).args(["--", "no-such-program"]);
    let answer = call.json(1);
    let failed = ["failed", "failed", "failed", "none", "none"];
    assert_eq!(outcomes(&answer), failed, "{answer:#}");
    assert_eq!(answer["state"], "stopped");
    repo.parallel(["status"])
        .code(0)
        .answers("stopped by: no session can be started: ")
        .answers("no-such-program");
}

#[test]
fn the_rest_is_skipped_once_every_p0_task_has_failed() {
    let repo = Repo::new();
    let tasks = "## T001: Alpha\n- Priority: P0\n## T002: Beta\n- Priority: P0\n## T003: Gamma\n";
    repo.file("tasks.md", tasks);
    let line = "exit 3";
    let args = ["run", "--from", "tasks.md", "--json", "--exec", line];
    let answer = repo.parallel(args).json(1);
    assert_eq!(
        outcomes(&answer),
        ["failed", "failed", "skipped"],
        "{answer:#}"
    );
    let why = &answer["tasks"][2]["evidence"][0]["value"];
    assert_eq!(why, "every task of priority P0 failed");
    assert_eq!(answer["tasks"][2]["attempts"], 0);
}

#[test]
fn a_task_that_failed_three_times_is_skipped_and_named_by_what_it_blocks() {
    let repo = Repo::new();
    let tasks = "## T001: Alpha\n\n## T002: Beta\n- Depends: T001\n";
    repo.file("tasks.md", tasks);
    let args = ["run", "--from", "tasks.md", "--retries", "9", "--json"];
    let answer = repo.parallel(args).args(["--exec", "exit 3"]).json(1);
    assert_eq!(outcomes(&answer), ["skipped", "skipped"], "{answer:#}");
    let sessions = answer["tasks"][0]["sessions"].as_array().expect("sessions");
    let workers: Vec<_> = sessions.iter().map(|one| &one["worker"]).collect();
    assert_eq!(workers, ["worker-1"; 3], "{answer:#}");
    let why = &answer["tasks"][1]["evidence"][0]["value"];
    assert_eq!(why, "T001 (alpha) failed too often");
}

#[test]
fn worktrees_alone_are_no_finding() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "alpha,beta", "--no-launch"])
        .code(0);
    assert!(repo.around().join("project-beta").is_dir());
}

#[test]
fn a_run_that_is_refused_leaves_no_plan_behind() {
    let repo = Repo::new();
    repo.file(".gitparallel", "[parallel]\n\tsetup = true\n")
        .commit("Set-up");
    repo.file("tasks.md", "## T001: Alpha\n");
    for what in [["--tasks", "alpha"], ["--from", "tasks.md"]] {
        let call = repo.parallel(["run", "--exec", "true"]).args(what);
        call.code(4);
    }
    assert!(!repo.path().join(".git/parallel/plans/p1.json").exists());
    repo.parallel(["approve", "main"]).code(0);
    let line = "echo x > x";
    repo.parallel(["run", "--tasks", "alpha", "--exec", line])
        .code(0);
    assert!(repo.path().join(".git/parallel/plans/p1.json").exists());
}

#[test]
fn another_attempt_is_told_why_the_last_one_came_to_nothing() {
    let repo = Repo::new();
    let line = "if grep -q 'attempt 2' \"$GIT_PARALLEL_PROMPT_FILE\"; then \
                cp \"$GIT_PARALLEL_PROMPT_FILE\" ../told; echo fine > ok; else echo x > x; fi";
    let check = "test -e ok || { echo 'ok is missing'; exit 7; }";
    let args = ["run", "--tasks", "alpha", "--retries", "1", "--json"];
    let call = repo
        .parallel(args)
        .args(["--verify", check, "--exec", line]);
    let answer = call.json(0);
    assert_eq!(outcomes(&answer), ["done"], "{answer:#}");
    let told = fs::read_to_string(repo.around().join("told")).expect("a prompt");
    assert!(told.contains("failed with exit code 7"), "{told}");
    assert!(told.contains("\n    ok is missing\n"), "{told}");
}

#[test]
fn what_sessions_write_for_people_is_in_status_and_report() {
    let repo = Repo::new();
    let line = "cd \"$GIT_PARALLEL_SESSION_DIR\"; printf 'begun\\n80 %% done\\n' > progress.txt; \
                echo 'Look at \u{1b}[31mthis' > messages/1.md; ln -s /etc/passwd messages/2.md; \
                echo x > ../x";
    repo.parallel(["run", "--tasks", "alpha", "--exec", line])
        .code(0);
    let answer = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(answer["tasks"][0]["progress"], "80 % done", "{answer:#}");
    let messages = &answer["tasks"][0]["messages"];
    assert_eq!(messages.as_array().map(Vec::len), Some(1), "{answer:#}");
    let status = repo.parallel(["status", "alpha"]).ok();
    assert!(status.contains("80 % done"), "{status}");
    let report = repo.parallel(["report"]).ok();
    assert!(report.contains("T001 progress.txt: 80 % done"), "{report}");
    assert!(report.contains("T001 1.md: Look at "), "{report}");
    assert!(!report.contains('\u{1b}'), "{report:?}");
}

#[test]
fn a_task_without_work_of_its_own_starts_from_what_it_depends_on_as_it_is_now() {
    let repo = Repo::new();
    repo.file(
        "tasks.md",
        "## T001: Alpha\n\n## T002: Beta\n- Depends: T001\n",
    );
    let line = "if [ $GIT_PARALLEL_NAME = alpha ]; then echo again >> alpha.txt; \
                elif test -e ../go; then cp alpha.txt beta.txt; fi";
    let args = ["run", "--from", "tasks.md", "--json", "--exec", line];
    let answer = repo.parallel(args).json(1);
    assert_eq!(outcomes(&answer), ["done", "no-change"], "{answer:#}");
    repo.parallel(["retry", "alpha"]).run();
    repo.file_at(repo.around(), "go", "");
    repo.parallel(["retry", "beta"]).code(0);
    let status = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(
        status["tasks"][1]["base"], status["tasks"][0]["tip"],
        "{status:#}"
    );
    assert_eq!(status["tasks"][1]["commits"], 1, "{status:#}");
    assert!(status["tasks"][1].get("stale").is_none(), "{status:#}");
    assert_eq!(repo.git(["show", "parallel/beta:beta.txt"]), "again\nagain");

    // Now it has work of its own, which stays on what it was made from.
    let base = status["tasks"][1]["base"].clone();
    repo.parallel(["retry", "alpha"]).code(0);
    repo.parallel(["retry", "beta"]).run();
    let status = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][1]["base"], base, "{status:#}");
    let text = repo.parallel(["status"]).ok();
    assert!(
        text.contains(": git -C ../project-beta merge parallel/alpha"),
        "{text}"
    );
}
