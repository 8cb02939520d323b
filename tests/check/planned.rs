//! `git parallel check --plan`: what tasks declare, before any code exists.

use crate::support::Repo;

fn with_tasks(tasks: &str) -> Repo {
    let repo = Repo::new();
    repo.file("src/api.rs", "old\n").commit("Before");
    repo.file("tasks.md", &format!("# Tasks: Do it\n\n{tasks}"));
    repo
}

#[test]
fn tasks_that_change_one_place_at_once_are_a_finding_and_nothing_is_stored() {
    let repo = with_tasks(
        "### T001: One\n**Files**: src\n\n### T002: Two\n**Files**: src/api.rs, b\n\n### T003: Three\n",
    );
    let before = repo.everything();
    let shown = repo
        .parallel(["check", "--plan", "tasks.md"])
        .code(1)
        .stdout;
    let expected = "\
T001 one and T002 two are likely to conflict (both change src/api.rs, whose edits were never compared)

high risk: T001 one and T002 two
  both change src/api.rs, whose edits were never compared

nothing declared, so nothing known: T003 three
";
    assert_eq!(shown, expected);
    assert_eq!(repo.everything(), before);
    let answer = repo
        .parallel(["check", "--plan", "tasks.md", "--json"])
        .json(1);
    assert_eq!(answer["risk"], "high");
    assert_eq!(answer["undeclared"][0], "three");
    let pair = &answer["pairs"][0];
    assert_eq!(
        (&pair["a"], &pair["overlaps"][0]),
        (&"one".into(), &"src/api.rs".into())
    );
}

#[test]
fn tasks_one_after_the_other_and_apart_go_together() {
    let repo = with_tasks(
        "### T001: One\n**Files**: src/api.rs\n\n### T002: Two\n**Files**: src/api.rs\n**Depends**: T001\n",
    );
    repo.parallel(["split", "--from", "tasks.md"]).ok();
    repo.parallel(["check", "--plan", "p1"])
        .code(0)
        .answers("the 2 tasks of p1 can work in 2 waves")
        .answers("low risk");
    repo.parallel(["check", "--plan", "tasks.md"])
        .code(0)
        .answers("the 2 tasks of tasks.md can work in 2 waves");
    repo.parallel(["check", "--plan", "p9"]).code(3);
    repo.parallel(["check", "--plan", "p1", "main"]).code(2);
}
