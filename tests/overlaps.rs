//! Conflicts between tasks are told while both still work, and so is that they are gone.

use std::fs;

use serde_json::Value;

use crate::support::Repo;

/// Commits into the line that the other commits into; `alpha` takes that back when it is told to.
const WORKS: &str = r#"
commit() { git add -A && git commit -qm "$1"; }
wait_for() { until test -e "../$1"; do sleep 0.02; done; }
echo $GIT_PARALLEL_NAME > shared.txt; commit Work
if [ $GIT_PARALLEL_NAME = alpha ]; then
    wait_for back; git checkout -q HEAD~ -- shared.txt; echo a > own.txt; commit Back
fi
wait_for go
"#;

#[test]
fn a_conflict_is_in_the_status_while_both_work_and_leaves_it_when_it_is_gone() {
    let repo = Repo::new();
    repo.file("shared.txt", "start\n").commit("Shared");
    repo.file("tasks.md", "## T001: Alpha\n\n## T002: Beta\n");
    let script = repo.around().join("agent");
    fs::write(&script, WORKS).expect("a script");
    let exec = format!("sh {}", script.display());
    let args = ["run", "--from", "tasks.md", "--detach", "--exec", &exec];
    repo.parallel(args).code(0);

    let status = repo.until_status("a conflict", |status| {
        status["overlaps"][0]["conflicts"][0] == "shared.txt"
    });
    let states = |status: &Value| [0, 1].map(|task| status["tasks"][task]["state"].clone());
    assert_eq!(states(&status), ["running", "running"], "{status:#}");
    let text = repo.parallel(["status"]).ok();
    let told = "T001 (alpha) and T002 (beta) conflict in shared.txt, as they stand now";
    assert!(text.contains(told), "{text}");
    let report = repo.parallel(["report"]).ok();
    assert!(report.contains("T001 and T002"), "{report}");
    assert!(report.contains("shared.txt"), "{report}");

    repo.file_at(repo.around(), "back", "");
    let status = repo.until_status("no conflict", |status| {
        status["overlaps"].as_array().expect("a list").is_empty()
    });
    assert_eq!(states(&status), ["running", "running"], "{status:#}");

    repo.file_at(repo.around(), "go", "");
    repo.parallel(["wait"]).code(0);
    let journal = repo.read(".git/parallel/runs/r1/events.jsonl");
    let told = journal
        .lines()
        .filter(|line| line.contains("overlap-found"));
    assert_eq!(told.count(), 2, "{journal}");
}

#[test]
fn takes_on_one_goal_are_not_told_that_they_conflict() {
    let repo = Repo::new();
    let exec = "echo $GIT_PARALLEL_NAME > README.md";
    let args = ["split", "--variants", "2", "Say more in README.md"];
    repo.parallel(args).code(0);
    let answer = repo.parallel(["run", "--exec", exec, "--json"]).json(0);
    assert_eq!(answer["overlaps"], serde_json::json!([]), "{answer:#}");
}
