//! Remotes that nobody has told us how to speak with.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{branches, merge_pr, remote, tip};
use crate::support::Repo;

fn at(url: &str) -> Repo {
    let repo = Repo::new();
    branches(&repo);
    remote(&repo, "shop.git", url);
    repo.git(["config", "parallel.forgeTimeout", "20s"]);
    repo
}

fn prints(repo: &Repo, script: &str) {
    let hook = repo.around().join("shop.git/hooks/post-receive");
    fs::write(&hook, format!("#!/bin/sh\n{script}\n")).expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn the_address_that_the_remote_prints_is_handed_on() {
    let repo = at("https://codeberg.org/acme/shop.git");
    prints(
        &repo,
        "while read old new ref; do b=${ref#refs/heads/}; echo \"Create a new pull request for '$b':\"\n\
         echo \"  https://codeberg.org/acme/shop/pulls/new/$b\"; done",
    );
    merge_pr(&repo, ["a", "c"])
        .code(0)
        .answers("2 branches pushed on origin")
        .answers("https://codeberg.org/acme/shop/pulls/new/c");
}

#[test]
fn where_nothing_is_printed_the_known_page_is_named() {
    let repo = at("git@bitbucket.org:acme/shop.git");
    merge_pr(&repo, ["-n", "a"])
        .code(0)
        .answers("1 branch would be pushed on origin")
        .answers("https://bitbucket.org/acme/shop/pull-requests/new?source=a&dest=main");
    assert_eq!(tip(&repo, "shop.git", "a"), "");
    merge_pr(&repo, ["a"]).code(0);
    assert_eq!(tip(&repo, "shop.git", "a"), repo.git(["rev-parse", "a"]));
}

#[test]
fn a_host_that_nobody_knows_is_pushed_to_without_more() {
    let repo = at("https://code.acme.dev/acme/shop.git");
    repo.git(["config", "parallel.forge", "none"]);
    let answer = merge_pr(&repo, ["--json", "a", "b"]).json(0);
    for request in answer["pull_requests"].as_array().expect("a list") {
        assert_eq!(
            (&request["action"], &request["url"]),
            (&"pushed".into(), &().into())
        );
    }
    assert_eq!(answer["remote"]["forge"], "other");
    let again = merge_pr(&repo, ["--json", "a", "b"]).json(0);
    assert_eq!(again["pull_requests"][1]["action"], "unchanged");
}

#[test]
fn a_folder_of_this_machine_is_a_remote_as_well() {
    let repo = at("../shop.git");
    merge_pr(&repo, ["a"])
        .code(0)
        .answers("1 branch pushed on origin");
    repo.git(["config", "parallel.forge", "github"]);
    merge_pr(&repo, ["a"]).code(3).says("at no server");
    repo.git(["config", "parallel.forge", "sourcehut"]);
    merge_pr(&repo, ["a"])
        .code(2)
        .says("github, gitlab or none");
}
