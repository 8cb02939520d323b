//! Worktrees that a run takes away to have room for others: what they hold is looked at twice, and
//! what was exchanged with an agent is kept every time.

use std::fs;

use crate::support::Repo;

/// What was kept of the worktrees of a task, by what its note says.
fn notes(repo: &Repo, task: &str) -> Vec<String> {
    let kept = repo.path().join(".git/parallel/runs/r1").join(task);
    let entries = fs::read_dir(kept).expect("a folder");
    let notes = entries.map(|entry| entry.expect("an entry").path().join("note"));
    let mut notes: Vec<String> = notes
        .filter_map(|note| fs::read_to_string(note).ok())
        .collect();
    notes.sort();
    notes
}

#[test]
fn what_an_agent_was_told_and_answered_is_kept_of_every_worktree_of_a_task() {
    let repo = Repo::new();
    repo.git(["config", "parallel.worktrees", "1"]);
    let fails = "echo \"$NOTE\" > .parallel/note; false";
    let run = [
        "run",
        "--tasks",
        "one,two",
        "--retries",
        "0",
        "--exec",
        fails,
    ];
    repo.parallel(run).env("NOTE", "first").code(1);
    // Each takes the other's place.
    repo.parallel(["retry", "one"])
        .env("NOTE", "second")
        .code(1);
    repo.parallel(["retry", "two"]).env("NOTE", "third").code(1);
    assert_eq!(notes(&repo, "T001"), ["first\n", "second\n"]);
}

#[test]
fn a_release_that_was_interrupted_looks_again_before_it_goes_on() {
    let repo = Repo::new();
    repo.parallel([
        "run",
        "--tasks",
        "one,two",
        "--exec",
        "echo x > $GIT_PARALLEL_NAME.txt",
    ])
    .code(0);
    // Its supervisor was killed when it had found both worktrees free of work.
    let journal = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    let text = fs::read_to_string(&journal).expect("a journal");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines.pop().is_some_and(|last| last.contains("run-ended")));
    for task in ["T001", "T002"] {
        lines.push(format!(
            "{{\"version\":1,\"seq\":{},\"at\":\"2026-01-01T00:00:00Z\",\
             \"event\":\"worktree-release-planned\",\"task\":\"{task}\"}}",
            lines.len() + 1
        ));
    }
    fs::write(&journal, lines.join("\n") + "\n").expect("a journal");
    // Somebody has begun to write in one of them since.
    let notes = repo.around().join("project-one/notes.txt");
    fs::write(&notes, "mine\n").expect("a file");
    repo.parallel(["run", "--resume", "r1"]).code(0);
    assert_eq!(fs::read_to_string(&notes).expect("a file"), "mine\n");
    assert!(!repo.around().join("project-two").exists());
    assert!(!repo.around().join(".git-parallel-trash").exists());
    let listed = repo.git(["worktree", "list", "--porcelain"]);
    assert!(
        listed.contains("project-one") && !listed.contains("project-two"),
        "{listed}"
    );
}
