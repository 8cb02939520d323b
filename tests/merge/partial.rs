//! `--partial`: what lands lands, the rest is named.

use super::{hook, subjects, three};
use crate::support::Repo;

#[test]
fn what_lands_lands_and_the_rest_is_named_with_its_reason() {
    let repo = three();
    repo.branch("on-c", "c", &[("more", "x\n")]);
    repo.branch("on-a", "a", &[("another", "x\n")]);
    repo.parallel(["merge", "--partial", "a", "on-a", "c", "on-c"])
        .code(1)
        .answers("2 of 4 branches landed on main")
        .answers("  c     conflicts with a, on-a (src/api.rs)")
        .answers("  on-c  needs c, which does not land");
    assert_eq!(
        subjects(&repo)[..2],
        ["Merge branch 'on-a'", "Merge branch 'a'"]
    );
    assert!(!repo.path().join("more").exists());
}

#[test]
fn where_all_lands_partial_is_no_finding() {
    let repo = three();
    repo.parallel(["merge", "--partial", "a", "b"])
        .code(0)
        .answers("2 branches landed on main");
}

#[test]
fn where_nothing_lands_nothing_moves() {
    let repo = three();
    repo.file("src/api.rs", "newer\n").commit("Meanwhile");
    let before = repo.everything();
    repo.parallel(["merge", "--partial", "-n", "a", "c"])
        .code(1)
        .answers("nothing was merged: a conflicts with main (src/api.rs)");
    repo.parallel(["merge", "a"])
        .code(1)
        .says("next: git parallel resolve a");
    assert_eq!(repo.everything(), before);
}

#[test]
fn programs_learn_who_is_behind_and_why() {
    let repo = three();
    let answer = repo
        .parallel(["merge", "--partial", "-n", "--json", "a", "c"])
        .json(1);
    assert_eq!(answer["state"], "would-land");
    assert_eq!(answer["landed"][0]["name"], "a");
    assert_eq!(answer["behind"][0]["name"], "c");
    assert_eq!(answer["behind"][0]["reason"], "conflict");
    assert_eq!(answer["behind"][0]["by"][0], "a");
    assert_eq!(answer["behind"][0]["paths"][0], "src/api.rs");
}

#[test]
fn whom_a_hook_refuses_stays_behind_alone() {
    let repo = three();
    hook(
        &repo,
        "commit-msg",
        "grep -q \"'a'\" \"$1\" && { echo no ticket >&2; exit 1; }; true",
    );
    repo.parallel(["merge", "--partial", "a", "b"])
        .code(1)
        .answers("1 of 2 branches landed")
        .answers("the hook commit-msg refused: no ticket");
    assert_eq!(subjects(&repo)[0], "Merge branch 'b'");
}

#[test]
fn a_branch_that_cannot_be_rebased_stays_behind_with_what_stands_on_it() {
    let repo = Repo::new();
    repo.file("f", "old\n").commit("Before");
    repo.branch("good", "main", &[("good", "x\n")]);
    repo.branch("detour", "main", &[("f", "detour\n")]);
    repo.git(["checkout", "--quiet", "detour"]);
    repo.file("f", "old\n").file("g", "x\n").commit("And back");
    repo.git(["checkout", "--quiet", "main"]);
    repo.branch("on-it", "detour", &[("h", "x\n")]);
    repo.file("f", "new\n").commit("Meanwhile");
    repo.parallel([
        "merge",
        "--partial",
        "--strategy",
        "rebase",
        "detour",
        "on-it",
        "good",
    ])
    .code(1)
    .answers("1 of 3 branches landed on main, rebased")
    .answers("on-it   needs detour, which does not land");
    assert!(repo.path().join("good").exists() && !repo.path().join("h").exists());
}

#[test]
fn what_comes_next_goes_to_the_same_place_on_the_same_terms() {
    let repo = three();
    repo.git(["branch", "release", "main"]);
    let call = [
        "merge",
        "--into",
        "release",
        "--verify",
        "test -f README.md",
    ];
    let terms = "--into release --verify 'test -f README.md'";
    repo.parallel(call)
        .args(["a", "b", "c"])
        .code(1)
        .says(&format!("next: git parallel merge {terms} a b"));
    repo.parallel(call)
        .args(["-n", "--strategy", "squash", "a"])
        .code(0)
        .says(&format!(
            "next: git parallel merge {terms} --strategy squash a"
        ));
}
