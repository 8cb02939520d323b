//! `git parallel resolve`: a conflict is no dead end, and nothing is resolved by accident.

mod agent;
mod kinds;
mod locks;
mod memory;
mod states;

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{Journal, Repo};

/// A run of two done tasks that conflict in `f` (and merge in `g`), each with a worktree.
fn clash() -> Repo {
    clash_over("f", "one\n", "two\n")
}

fn clash_over(path: &str, one: &str, two: &str) -> Repo {
    let repo = Repo::new();
    repo.file("f", "old\n").commit("Before");
    let tasks: [(u32, &str, &[u32]); 2] = [(1, "one", &[]), (2, "two", &[])];
    let mut journal = Journal::of(&repo, "r1", &tasks);
    for ((number, name, _), content) in tasks.into_iter().zip([one, two]) {
        let branch = format!("parallel/{name}");
        repo.branch(&branch, "main", &[(path, content), (name, "x\n")]);
        let tree = tree(&repo, name);
        journal.event(
            "worktree-planned",
            json!({"task": format!("T00{number}"), "branch": branch, "path": tree,
                   "base": repo.git(["rev-parse", "main"])}),
        );
        repo.git([
            "worktree",
            "add",
            "--quiet",
            &tree.to_string_lossy(),
            &branch,
        ]);
        let tip = repo.git(["rev-parse", &branch]);
        journal.tries(number, number, 1).ends(number, 1, 0);
        journal.finishes(number, "done", Some(&tip));
    }
    journal.over("done");
    repo
}

fn tree(repo: &Repo, name: &str) -> PathBuf {
    repo.around().join(format!("project-{name}"))
}

/// The branch of task two holds that of task one, by a merge of the two.
fn is_reconciled(repo: &Repo) -> bool {
    let parents = repo.git(["log", "-1", "--format=%P", "parallel/two"]);
    let one = repo.git(["rev-parse", "parallel/one"]);
    parents.split(' ').count() == 2 && parents.ends_with(&one)
}

/// A merge waits in the worktree of task two.
fn is_merging(repo: &Repo) -> bool {
    repo.path()
        .join(".git/worktrees/project-two/MERGE_HEAD")
        .exists()
}

#[test]
fn a_resolved_conflict_lets_the_merge_go_on() {
    let repo = clash();
    repo.parallel(["merge"])
        .code(1)
        .answers("two waits for one (f)")
        .says("next: git parallel resolve two");
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("1 path is left to resolve merging parallel/one")
        .says("git parallel resolve two --continue");
    repo.file_at(&tree(&repo, "two"), "f", "one and two\n");
    repo.parallel(["resolve", "two", "--continue"])
        .code(0)
        .says("next: git parallel merge r1");
    repo.parallel(["merge"])
        .code(0)
        .answers("2 branches landed on main");
    assert_eq!(repo.read("f"), "one and two\n");
    let order = repo.git(["log", "--first-parent", "-2", "--format=%s", "main"]);
    assert_eq!(order, "Merge T002: Make two\nMerge T001: Make one");
}

#[test]
fn the_target_is_merged_where_it_is_what_conflicts() {
    let repo = clash();
    repo.parallel(["merge", "one"]).code(0);
    repo.parallel(["merge"])
        .code(1)
        .answers("two conflicts with main (f)");
    repo.parallel(["resolve", "T002"])
        .code(1)
        .answers("merging main");
    repo.file_at(&tree(&repo, "two"), "f", "both\n");
    repo.parallel(["resolve", "T002", "--continue"]).code(0);
    repo.parallel(["merge"]).code(0);
    assert_eq!(repo.read("f"), "both\n");
}

#[test]
fn a_marker_that_is_left_is_never_committed() {
    let repo = clash();
    let two = tree(&repo, "two");
    let tip = repo.git(["rev-parse", "parallel/two"]);
    repo.parallel(["resolve", "two"]).code(1);
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("  f");
    // Not even when it was added.
    repo.git_at(&two, ["add", "f"]);
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("  f");
    assert_eq!(repo.git(["rev-parse", "parallel/two"]), tip);
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("left to resolve");
}

#[test]
fn a_file_that_git_put_no_markers_in_is_not_taken_for_resolved() {
    let repo = clash();
    fs::create_dir_all(repo.path().join(".git/info")).expect("a folder");
    repo.file(".git/info/attributes", "f -merge\n");
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("  f");
    repo.git_at(&two, ["add", "f"]);
    repo.parallel(["resolve", "two", "--continue"]).code(0);
}

#[test]
fn a_resolution_can_be_given_up() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    repo.parallel(["resolve", "two", "--abort"])
        .code(0)
        .answers("two is as it was before");
    assert_eq!(repo.git_at(&two, ["status", "--porcelain"]), "");
    repo.parallel(["resolve", "two", "--abort"])
        .code(3)
        .says("not in the middle of a merge");
    repo.parallel(["resolve", "two", "--continue"])
        .code(3)
        .says("git parallel resolve two");
}

#[test]
fn uncommitted_work_and_a_living_session_are_left_alone() {
    let repo = clash();
    repo.file_at(&tree(&repo, "two"), "two", "unsaved\n");
    repo.parallel(["resolve", "two"])
        .code(4)
        .says("uncommitted work");
    let repo = Repo::new();
    let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[])]);
    repo.parallel(["resolve", "one"]).code(3).says("no branch");
    repo.branch("parallel/one", "main", &[("f", "x\n")]);
    journal.starts(1, "one", 1);
    repo.parallel(["resolve", "one"])
        .code(4)
        .says("still being worked on");
}

#[test]
fn a_released_worktree_is_made_again() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.git(["worktree", "remove", &two.to_string_lossy()]);
    let answer = repo.parallel(["resolve", "two", "--json"]).json(1);
    assert_eq!(answer["worktree"], two.to_string_lossy().as_ref());
    assert_eq!(
        (&answer["state"], &answer["paths"][0]),
        (&"open".into(), &"f".into())
    );
    assert!(two.join("two").exists());
    repo.parallel(["resolve", "two", "--abort"]).code(0);
    repo.git(["worktree", "unlock", &two.to_string_lossy()]);
    repo.git(["worktree", "remove", &two.to_string_lossy()]);
    repo.file_at(&two, "mine", "x\n");
    repo.parallel(["resolve", "two"]).code(4).says("in the way");
}

#[test]
fn what_goes_together_needs_no_resolving() {
    let repo = clash_over("x", "same\n", "same\n");
    repo.parallel(["resolve", "two"])
        .code(0)
        .answers("two conflicts with nothing");
    repo.parallel(["resolve", "two", "--with", "one"])
        .code(0)
        .answers("two holds parallel/one now");
    repo.parallel(["resolve", "main"])
        .code(2)
        .says("results go to main itself")
        .says("git parallel resolve main --into BRANCH");
    repo.parallel(["resolve", "r1"])
        .code(2)
        .says("which of its tasks");
    repo.parallel(["resolve", "nobody"]).code(3).says("nobody");
}

#[test]
fn a_bare_repository_is_resolved_in() {
    let repo = clash();
    let bare = repo.around().join("bare.git");
    repo.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let runs = bare.join("parallel/runs/r1");
    fs::create_dir_all(&runs).expect("a folder");
    let two = tree(&repo, "two");
    let journal = repo.read(".git/parallel/runs/r1/events.jsonl");
    let moved = journal.replace("project-two", "bare-two");
    fs::write(runs.join("events.jsonl"), moved).expect("a journal");
    repo.parallel(["resolve", "two"]).dir(&bare).code(1);
    assert!(two.with_file_name("bare-two").join("f").exists());
}
