//! `git parallel report`: what came of a run.

use crate::support::{Journal, Repo};

/// A run of three tasks: one landed, one that conflicts with it, one that failed.
fn finished(repo: &Repo) {
    repo.branch("parallel/auth", "main", &[("api.rs", "auth\n")]);
    repo.branch("parallel/billing", "main", &[("api.rs", "billing\n")]);
    let tip = |name: &str| repo.git(["rev-parse", name]);
    let tasks: &[(u32, &str, &[u32])] = &[(1, "auth", &[]), (2, "billing", &[]), (3, "docs", &[1])];
    let mut journal = Journal::of(repo, "r1", tasks);
    journal.starts(1, "auth", 1).starts(2, "billing", 2);
    journal
        .ends(1, 1, 0)
        .finishes(1, "done", Some(&tip("parallel/auth")));
    journal
        .ends(2, 1, 0)
        .finishes(2, "done", Some(&tip("parallel/billing")));
    journal.event(
        "overlap-found",
        serde_json::json!({"a": "T001", "b": "T002", "overlaps": ["api.rs"], "conflicts": ["api.rs"]}),
    );
    journal.starts(3, "docs", 1).ends(3, 1, 3);
    journal.finishes(3, "failed", None).over("failed");
    repo.git(["merge", "--quiet", "parallel/auth"]);
}

#[test]
fn the_text_has_every_section() {
    let repo = Repo::new();
    finished(&repo);
    let told = repo.parallel(["report"]).ok();
    let first = "r1 failed: 2 of 3 tasks done in 20 s, 7.5 s of work, no speedup\n";
    assert!(told.starts_with(first), "{told}");
    let sections = [
        "Decomposition",
        "Worktrees",
        "Timeline",
        "Workers",
        "Integration",
        "Conflicts",
        "Time",
    ];
    for section in sections {
        assert!(
            told.contains(&format!("\n\n{section}\n")),
            "{section}:\n{told}"
        );
    }
    for line in [
        "landed on main by hand  T001",
        "conflicts with main     T002 (api.rs)",
        "left no commits         T003",
        "T001 and T002 in api.rs: open, one has landed",
    ] {
        assert!(told.contains(line), "{line}:\n{told}");
    }
    assert!(
        told.lines().all(|line| line.chars().count() <= 100),
        "{told}"
    );
}

#[test]
fn the_markdown_has_a_timeline_that_mermaid_draws() {
    let repo = Repo::new();
    finished(&repo);
    let told = repo.parallel(["report", "--format", "markdown"]).ok();
    assert!(told.starts_with("# r1 failed: 2 of 3 tasks"), "{told}");
    let (_, gantt) = told.split_once("```mermaid\n").expect("a diagram");
    let (gantt, _) = gantt.split_once("\n```").expect("its end");
    let expected = "gantt
    dateFormat x
    axisFormat %M:%S
    section worker-1
    T001 auth :done, 4000, 6500
    T003 docs :crit, 17000, 19500
    section worker-2
    T002 billing :done, 8000, 10500";
    assert_eq!(gantt, expected);
}

#[test]
fn the_numbers_hold_together() {
    let repo = Repo::new();
    finished(&repo);
    let report = repo.parallel(["report", "--json"]).json(0);
    let number = |key: &str| report[key].as_f64().expect("a number");
    let busy: f64 = report["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .map(|task| task["busy_seconds"].as_f64().expect("a number"))
        .sum();
    assert_eq!(number("busy_seconds"), busy);
    assert_eq!(number("speedup"), busy / number("actual_seconds"));
    assert_eq!(number("utilisation"), number("speedup") / 5.0);
    assert_eq!(report["tasks"][1]["integration"]["state"], "conflict");
    assert_eq!(report["tasks"][0]["integration"]["state"], "landed");
}

#[test]
fn a_task_is_no_run() {
    let repo = Repo::new();
    finished(&repo);
    repo.parallel(["report", "T001"])
        .code(2)
        .says("git parallel status r1/T001");
}

#[test]
fn what_this_tool_landed_names_the_commit_that_brought_it_in() {
    let repo = Repo::new();
    finished(&repo);
    repo.git(["reset", "--quiet", "--hard", "HEAD^"]);
    repo.parallel(["merge", "T001"]).ok();
    let landed = repo.parallel(["report", "--json"]).json(0);
    let integration = &landed["tasks"][0]["integration"];
    assert_eq!(integration["state"], "landed");
    assert_eq!(integration["merge"], repo.git(["rev-parse", "main"]));
    // The branch goes its way when the target takes the merge back.
    repo.git(["reset", "--quiet", "--hard", "HEAD^"]);
    let taken_back = repo.parallel(["report", "--json"]).json(0);
    assert_eq!(taken_back["tasks"][0]["integration"]["state"], "clean");
}
