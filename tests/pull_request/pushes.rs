//! What is pushed, and what never is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{branches, merge_pr, remote, tip};
use crate::support::Repo;

/// A remote of nobody's: pushing is all there is.
fn plain() -> Repo {
    let repo = Repo::new();
    branches(&repo);
    remote(&repo, "shop.git", "https://code.acme.dev/acme/shop.git");
    repo.git(["config", "parallel.forge", "none"]);
    repo
}

fn hook(folder: &Path, name: &str, script: &str) {
    let path = folder.join("hooks").join(name);
    fs::create_dir_all(folder.join("hooks")).expect("a folder");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a hook");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Somebody else pushes a commit onto a branch of the remote.
fn somebody_pushes(repo: &Repo, branch: &str) {
    let other = repo.around().join("other");
    repo.git(["clone", "--quiet", "../shop.git", "../other"]);
    repo.git_at(&other, ["checkout", "--quiet", branch]);
    repo.file_at(&other, "theirs.txt", "t\n");
    repo.git_at(&other, ["add", "--all"]);
    repo.git_at(&other, ["commit", "--quiet", "-m", "Their work"]);
    repo.git_at(&other, ["push", "--quiet", "origin", branch]);
}

#[test]
fn a_branch_that_was_rewritten_here_replaces_what_it_was() {
    let repo = plain();
    merge_pr(&repo, ["a"]).code(0);
    let before = tip(&repo, "shop.git", "a");
    repo.git(["checkout", "--quiet", "a"]);
    repo.git(["commit", "--quiet", "--amend", "-m", "Better words"]);
    repo.git(["checkout", "--quiet", "main"]);
    merge_pr(&repo, ["a"])
        .code(0)
        .answers(&format!("replaces {} there", &before[..10]));
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn a_branch_that_was_made_anew_replaces_what_we_pushed_ourselves() {
    let repo = plain();
    merge_pr(&repo, ["a"]).code(0);
    repo.git(["branch", "--quiet", "-D", "a"]);
    repo.branch("a", "main", &[("other.txt", "o\n")]);
    merge_pr(&repo, ["a"]).code(0).answers("replaces");
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn commits_of_somebody_else_are_never_replaced() {
    let repo = plain();
    merge_pr(&repo, ["a", "c"]).code(0);
    somebody_pushes(&repo, "a");
    let theirs = tip(&repo, "shop.git", "a");
    repo.git(["checkout", "--quiet", "c"]);
    repo.commit("More of c");
    repo.git(["checkout", "--quiet", "a"]);
    for change in ["", "--amend"] {
        let change: &[&str] = if change.is_empty() { &[] } else { &["--amend"] };
        let commit = ["commit", "--quiet", "--allow-empty", "-m", "Ours"];
        repo.git(commit.iter().chain(change));
        let before = tip(&repo, "shop.git", "c");
        let here = repo.everything();
        merge_pr(&repo, ["a", "c", "--into", "main"])
            .code(4)
            .says("'a' on origin has 1 commit that was never in the branch here")
            .says("Their work")
            .says("nothing was pushed")
            .says("git fetch origin a");
        assert_eq!(tip(&repo, "shop.git", "a"), theirs);
        assert_eq!(tip(&repo, "shop.git", "c"), before);
        assert_eq!(repo.everything(), here);
    }
}

#[test]
fn what_was_taken_in_here_may_go_on_there() {
    let repo = plain();
    merge_pr(&repo, ["a"]).code(0);
    somebody_pushes(&repo, "a");
    repo.git(["checkout", "--quiet", "a"]);
    repo.git(["pull", "--quiet", "origin", "a"]);
    repo.commit("Ours on theirs");
    merge_pr(&repo, ["a", "--into", "main"]).code(0);
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn all_branches_arrive_or_none() {
    let repo = plain();
    let bare = repo.around().join("shop.git");
    hook(
        &bare,
        "update",
        "case $1 in */c) echo 'c is not welcome'; exit 1;; esac",
    );
    merge_pr(&repo, ["a", "c"])
        .code(3)
        .says("c is not welcome")
        .says("no pull request was opened");
    assert_eq!(tip(&repo, "shop.git", "a"), "");
}

#[test]
fn a_remote_that_cannot_take_all_at_once_gets_one_after_the_other() {
    let repo = plain();
    let bare = repo.around().join("shop.git");
    repo.git_at(&bare, ["config", "receive.advertiseAtomic", "false"]);
    merge_pr(&repo, ["a", "c"])
        .code(0)
        .answers("2 branches pushed on origin");
    assert_eq!(tip(&repo, "shop.git", "c"), repo.git(["rev-parse", "c"]));
}

#[test]
fn the_hook_before_a_push_is_asked_unless_told_otherwise() {
    let repo = plain();
    hook(
        &repo.path().join(".git"),
        "pre-push",
        "test -f README.md || exit 0; echo 'tests are red' >&2; exit 1",
    );
    merge_pr(&repo, ["a"]).code(3).says("tests are red");
    assert_eq!(tip(&repo, "shop.git", "a"), "");
    merge_pr(&repo, ["--no-verify", "a"]).code(0);
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn only_branches_that_are_not_the_target_can_be_pushed() {
    let repo = plain();
    merge_pr(&repo, ["a~0"])
        .code(2)
        .says("a pull request needs a branch");
    merge_pr(&repo, ["main"]).code(2).says("the target itself");
    merge_pr(&repo, ["no-such"]).code(3).says("no-such");
    repo.git(["checkout", "--quiet", "a"]);
    merge_pr(&repo, ["HEAD", "refs/heads/a", "--into", "main"]).code(0);
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn a_target_that_is_not_on_the_remote_is_told_before_anything_is_pushed() {
    let repo = plain();
    repo.git(["branch", "release"]);
    merge_pr(&repo, ["a", "--into", "release"])
        .code(3)
        .says("'origin' has no branch 'release'")
        .says("git push origin release");
    assert_eq!(tip(&repo, "shop.git", "a"), "");
}

#[test]
fn which_remote_is_meant_has_to_be_clear() {
    let repo = Repo::new();
    branches(&repo);
    merge_pr(&repo, ["a"]).code(3).says("no remote");
    remote(&repo, "shop.git", "https://code.acme.dev/acme/shop.git");
    repo.git(["remote", "rename", "origin", "one"]);
    repo.git(["remote", "add", "two", "../nowhere.git"]);
    merge_pr(&repo, ["a"])
        .code(2)
        .says("one, two")
        .says("git config branch.main.remote one");
    repo.git(["config", "branch.main.remote", "two"]);
    merge_pr(&repo, ["a"]).code(3).says("git ls-remote failed");
}

#[test]
fn a_bare_repository_with_worktrees_pushes_too() {
    let repo = plain();
    repo.git(["clone", "--quiet", "--bare", ".", "../mine.git"]);
    let mine = repo.around().join("mine.git");
    repo.git_at(&mine, ["remote", "set-url", "origin", "../shop.git"]);
    merge_pr(&repo, ["a", "--into", "main"]).dir(&mine).code(0);
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}
