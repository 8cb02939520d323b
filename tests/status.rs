//! `git parallel status`: where a run or a task stands.

use std::fs;

use crate::support::{Journal, Repo};

const TASKS: &[(u32, &str, &[u32])] = &[
    (1, "auth", &[]),
    (2, "billing", &[]),
    (3, "docs", &[1]),
    (4, "search", &[]),
];

/// One task done, one failed, one that waits, one that runs.
fn in_the_middle(repo: &Repo, id: &str) -> Journal {
    let mut journal = Journal::of(repo, id, TASKS);
    repo.branch("parallel/auth", "main", &[("auth.rs", "fn auth() {}\n")]);
    let tip = repo.git(["rev-parse", "parallel/auth"]);
    journal.starts(1, "auth", 1).starts(2, "billing", 2);
    journal.ends(1, 1, 0).finishes(1, "done", Some(&tip));
    journal.ends(2, 1, 3).finishes(2, "failed", None);
    journal.starts(4, "search", 1);
    journal
}

#[test]
fn with_no_run_it_says_so_and_what_to_type() {
    let repo = Repo::new();
    let told = repo.parallel(["status"]).ok();
    assert!(told.starts_with("nothing was run in this repository yet\nnext: git parallel split"));
    assert!(repo.parallel(["status", "--json"]).json(0)["run"].is_null());
    repo.parallel(["status", "r1"])
        .code(3)
        .says("there is no run r1");
}

#[test]
fn the_first_line_is_one_sentence() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1");
    let told = repo.parallel(["status"]).ok();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "1 of 4 done, 1 running, 1 queued, 1 failed");
    assert!(lines[1].starts_with("r1 interrupted after "), "{told}");
    assert!(lines[1].ends_with("plan p1 · onto main"), "{told}");
    assert_eq!(lines[2], "goal: Build it all");
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1");
    repo.parallel(["status"])
        .code(0)
        .answers("next: git parallel run --resume r1");
    assert_eq!(
        repo.parallel(["status", "--json"]).json(0)["state"],
        "interrupted"
    );
}

#[test]
fn a_task_that_is_not_done_shows_its_evidence() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1").over("stopped");
    let told = repo.parallel(["status"]).ok();
    let line = told.lines().position(|line| line.contains("T002"));
    let below = told.lines().nth(line.expect("a line of the task") + 1);
    assert_eq!(below.map(str::trim), Some("exit code 3"), "{told}");
}

#[test]
fn quiet_counts_in_one_line() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1");
    assert_eq!(
        repo.parallel(["status", "-q"]).ok(),
        "4 tasks: 1 done, 1 failed, 1 pending, 1 running\n"
    );
}

#[test]
fn one_task_is_shown_with_all_that_is_known_by_id_and_by_name() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1").over("failed");
    let by_id = repo.parallel(["status", "T001"]).ok();
    assert_eq!(by_id, repo.parallel(["status", "@/auth"]).ok());
    assert!(by_id.starts_with("T001 auth: done\nMake auth\n"), "{by_id}");
    for fact in [
        "parallel/auth",
        "merges cleanly into main",
        "worker-1 ran 2.5 s",
    ] {
        assert!(by_id.contains(fact), "{fact} is missing:\n{by_id}");
    }
    repo.parallel(["status", "T009"])
        .code(3)
        .says("r1 has no task 'T009'");
}

#[test]
fn once_its_work_is_in_the_target_a_task_has_landed_however_it_came_there() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1").over("failed");
    repo.parallel(["status"])
        .code(0)
        .answers("git parallel merge r1");
    repo.git(["merge", "--quiet", "--squash", "parallel/auth"]);
    repo.commit("Squashed");
    repo.parallel(["status"])
        .code(0)
        .answers("landed, merged by hand")
        .answers("git parallel clean r1");
    let told = repo.parallel(["status", "T001"]).code(0);
    let told = told
        .answers("landed on main, merged by hand")
        .answers("git parallel clean r1/T001");
    assert!(
        !told.stdout.contains("git parallel merge"),
        "{}",
        told.stdout
    );
}

#[test]
fn the_latest_run_is_shown_and_older_ones_are_named() {
    let repo = Repo::new();
    Journal::of(&repo, "r1", TASKS).over("stopped");
    Journal::of(&repo, "r2", TASKS).over("failed");
    Journal::of(&repo, "r10", TASKS).over("done");
    let told = repo.parallel(["status"]).ok();
    assert!(told.contains("r10 done in"), "{told}");
    assert!(
        told.ends_with("older runs: r2 (failed), r1 (stopped)\n"),
        "{told}"
    );
    let older = repo.parallel(["status", "r1"]).ok();
    assert!(!older.contains("older runs"), "{older}");
}

#[test]
fn a_name_that_a_terminal_would_obey_is_shown_instead() {
    let repo = Repo::new();
    Journal::of(&repo, "r1", &[(1, "evil\u{1b}[2Jname", &[])]);
    let told = repo.parallel(["status"]).ok();
    assert!(told.contains("evil\\u{1b}[2Jname"), "{told}");
}

#[test]
fn a_damaged_line_of_the_journal_does_not_hide_the_rest() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1");
    let path = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    let text = std::fs::read_to_string(&path).expect("a journal");
    std::fs::write(&path, text.replacen("worktree-made", "\u{0}\"", 1)).expect("a journal");
    repo.parallel(["status"]).code(0).answers("1 of 4 done");
}

#[test]
fn it_works_from_a_linked_worktree() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1");
    let linked = repo.around().join("linked");
    repo.git([
        "worktree",
        "add",
        "--quiet",
        &linked.to_string_lossy(),
        "parallel/auth",
    ]);
    repo.parallel(["status"])
        .dir(&linked)
        .code(0)
        .answers("1 of 4 done");
}

/// A run whose supervisor was killed while its one session waits for a file `go`.
pub fn orphaned() -> Repo {
    let repo = Repo::new();
    let session = "echo begun > ../begun; while [ ! -e ../go ]; do sleep 0.02; done; echo over";
    let call = repo.parallel(["run", "--tasks", "one,two", "--workers", "1"]);
    let mut run = call.args(["--exec", session]).spawn();
    let begun = repo.around().join("begun");
    let journal = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    let is_told = || {
        let told = std::fs::read_to_string(&journal);
        told.is_ok_and(|told| told.contains("\"session-started\""))
    };
    while !begun.exists() || !is_told() {
        assert!(
            run.try_wait().expect("a state").is_none(),
            "the run is over"
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    run.kill().expect("killed");
    run.wait().expect("an end");
    repo
}

#[test]
fn a_session_that_outlives_its_supervisor_is_told_from_one_that_does_not() {
    let repo = orphaned();
    repo.parallel(["status"])
        .code(0)
        .answers("one session goes on without it")
        .answers("running, unsupervised")
        .answers("next: git parallel run --resume r1");
    let answer = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(answer["tasks"][0]["session_lives"], true);
    let later = repo.parallel(["status", "--json"]).json(0);
    let seconds = |answer: &serde_json::Value| answer["tasks"][0]["seconds"].as_f64();
    assert!(seconds(&later) > seconds(&answer), "it goes on: {later:#}");
    assert!(answer["tasks"][1].get("session_lives").is_none());
    std::fs::write(repo.around().join("go"), "").expect("a file");
    let result = repo.path().join(".git/parallel/runs/r1/T001/1/result.json");
    while !result.exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // Its shim may need a moment more to be gone.
    let start = std::time::Instant::now();
    while repo.parallel(["status"]).ok().contains("unsupervised") {
        assert!(start.elapsed().as_secs() < 30);
    }
    let told = repo.parallel(["status"]).ok();
    assert!(told.contains("running when its supervisor died"), "{told}");
    repo.parallel(["run", "--resume"]).code(1);
    assert!(!repo.parallel(["status"]).ok().contains("supervisor"));
}

#[test]
fn a_run_that_cannot_be_read_does_not_hide_the_others() {
    let repo = Repo::new();
    in_the_middle(&repo, "r1");
    let damaged = ".git/parallel/runs/r2/events.jsonl";
    repo.file(damaged, "nonsense\n");
    for args in [&["status"][..], &["status", "-q"], &["status", "--json"]] {
        let told = repo.parallel(args).code(3);
        assert!(
            told.stdout.contains("1 done")
                || told.stdout.contains("1 of 4 done")
                || told.stdout.contains("\"r1\""),
            "{}",
            told.stdout
        );
        told.says("the journal of r2").says("git parallel doctor");
    }
    // Where it is not the newest, the newest is what was asked for.
    Journal::of(&repo, "r3", TASKS).over("stopped");
    repo.parallel(["status"])
        .code(0)
        .answers("r3 stopped")
        .says("the journal of r2")
        .says("git parallel doctor");
    repo.parallel(["undo", "--list"])
        .code(0)
        .says("git parallel doctor");
    // Without a journal, too.
    fs::remove_file(repo.path().join(damaged)).expect("removed");
    repo.parallel(["status"]).code(0).says("r2 has no journal");
    repo.parallel(["doctor", "--fix"]).run();
    let told = repo.parallel(["status"]).code(0);
    assert!(!told.stderr.contains("doctor"), "{}", told.stderr);
}

#[test]
fn a_plan_whose_run_cannot_be_read_any_more_is_not_run_again_unasked() {
    let repo = Repo::new();
    repo.parallel([
        "run",
        "--tasks",
        "one",
        "--exec",
        "echo x > $GIT_PARALLEL_NAME",
    ])
    .code(0);
    repo.file(".git/parallel/runs/r1/events.jsonl", "nonsense\n");
    repo.parallel(["run", "--exec", "true"])
        .code(3)
        .says("all plans were run");
}
