//! A session that leaves its worktree and works in the user's own checkout is noticed; so is what
//! an agent says of itself in its session folder.

use serde_json::Value;

use crate::support::Repo;

fn drift(answer: &Value) -> &[Value] {
    answer["drift"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn a_file_that_a_session_changed_in_the_users_checkout_is_named() {
    let repo = Repo::new();
    repo.file("mine.txt", "work of the user\n");
    let line = "echo x > x.txt; echo escaped > ../project/README.md; echo new > ../project/new.txt";
    let run = |line: &str| repo.parallel(["run", "--tasks", "one", "--json", "--exec", line]);
    let answer = run(line).json(0);
    let found = drift(&answer);
    assert_eq!(found.len(), 1, "{answer}");
    assert_eq!(
        found[0]["paths"],
        serde_json::json!(["README.md", "new.txt"])
    );
    assert!(found[0].get("commit").is_none() && found[0].get("branch").is_none());
    // What is changed already and changes again is seen, too; what nobody touched is not.
    let answer = run("echo x > x.txt; echo more >> ../project/README.md").json(0);
    assert_eq!(drift(&answer)[0]["paths"], serde_json::json!(["README.md"]));
    let answer = run("echo x > x.txt").json(0);
    assert_eq!(answer["drift"], serde_json::json!([]));
}

#[test]
fn a_commit_or_another_branch_in_the_users_checkout_is_told_while_it_runs_and_at_its_end() {
    let repo = Repo::new();
    let line = "git -C ../project switch --quiet -c other; \
        git -C ../project commit --quiet --allow-empty -m escaped; \
        git -C ../project parallel status > ../seen; echo x > x.txt";
    let program = crate::support::program_folder().display().to_string();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
    let call = repo.parallel(["run", "--tasks", "one", "--exec", line]);
    let call = call.args(["--on-event", "echo $GIT_PARALLEL_EVENT >> ../told"]);
    let said = call.env("PATH", path).ok();
    let told = std::fs::read_to_string(repo.around().join("told")).expect("what was told");
    assert!(told.contains("checkouts-moved\n"), "{told}");
    let seen = std::fs::read_to_string(repo.around().join("seen")).expect("a status");
    for text in [&said, &seen] {
        assert!(text.contains("moved while r1 ran"), "{text}");
        assert!(text.contains("main to other"), "{text}");
        assert!(text.contains("a session has left its worktree"), "{text}");
    }
    // What was seen then is told later, too; what the user does later is nobody's business.
    repo.git(["commit", "--quiet", "--allow-empty", "-m", "Go on"]);
    repo.file("later.txt", "later\n");
    for later in [repo.parallel(["status"]), repo.parallel(["report"])] {
        let later = later.ok();
        assert!(later.contains("main to other"), "{later}");
        assert!(!later.contains("later.txt"), "{later}");
    }
    let journal = repo.read(".git/parallel/runs/r1/events.jsonl");
    let told = journal.matches("\"event\":\"checkouts-moved\"").count();
    assert_eq!(told, 1, "{journal}");
}

#[test]
fn what_an_agent_says_in_its_outbox_counts_against_it_and_not_for_it() {
    let repo = Repo::new();
    let line = "case $GIT_PARALLEL_NAME in \
        gives-up) echo x > x.txt; list=tasks_failed;; idle) list=tasks_completed;; esac; \
        echo \"{\\\"worker_id\\\": \\\"w\\\", \\\"$list\\\": [{\\\"id\\\": \\\"$GIT_PARALLEL_TASK\\\", \
        \\\"reason\\\": \\\"too hard\\\"}]}\" > $GIT_PARALLEL_SESSION_DIR/outbox.json";
    let call = repo.parallel(["run", "--tasks", "gives up,idle", "--json", "--exec", line]);
    let answer = call.json(1);
    let outcome = |index: usize| answer["tasks"][index]["outcome"].as_str();
    assert_eq!(
        (outcome(0), outcome(1)),
        (Some("failed"), Some("no-change"))
    );
    let evidence = answer["tasks"][0]["evidence"].to_string();
    assert!(
        evidence.contains("the agent says that it failed: too hard"),
        "{evidence}"
    );
}

#[test]
fn an_outbox_of_an_earlier_attempt_says_nothing_about_the_next() {
    let repo = Repo::new();
    let line = "if test -e ../again; then echo x > x.txt; exit; fi; echo x > ../again; \
        echo '{\"tasks_failed\": [\"T001\"]}' > $GIT_PARALLEL_SESSION_DIR/outbox.json; exit 1";
    let call = repo.parallel([
        "run",
        "--tasks",
        "one",
        "--retries",
        "1",
        "--json",
        "--exec",
        line,
    ]);
    assert_eq!(call.json(0)["tasks"][0]["outcome"], "done");
}
