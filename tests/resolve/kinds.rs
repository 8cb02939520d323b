//! Conflicts that no marker shows: each has its words, and is decided by staging it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::tree;
use crate::support::{Journal, Repo};

type Edit = fn(&Repo, &Path);

/// A run of two done tasks with these edits of a common start, each in its worktree.
fn edited(start: Edit, one: Edit, two: Edit) -> Repo {
    let repo = Repo::new();
    start(&repo, repo.path());
    repo.commit("Before");
    let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[]), (2, "two", &[])]);
    for (number, name, edit) in [(1, "one", one), (2, "two", two)] {
        let branch = format!("parallel/{name}");
        let tree = tree(&repo, name);
        let path = tree.to_string_lossy().into_owned();
        repo.git(["worktree", "add", "--quiet", "-b", &branch, &path]);
        edit(&repo, &tree);
        repo.git_at(&tree, ["add", "--all"]);
        repo.git_at(&tree, ["commit", "--quiet", "--message", name]);
        journal.event(
            "worktree-planned",
            serde_json::json!({"task": format!("T00{number}"), "branch": branch, "path": tree,
                               "base": repo.git(["rev-parse", "main"])}),
        );
        let tip = repo.git(["rev-parse", &branch]);
        journal.finishes(number, "done", Some(&tip));
    }
    journal.over("done");
    repo
}

fn text(_: &Repo, at: &Path) {
    fs::write(at.join("f"), "1\n2\n3\n4\n5\n").expect("a file");
}

fn change(_: &Repo, at: &Path) {
    fs::write(at.join("f"), "1\n2\n3\n4\nfive\n").expect("a file");
}

fn remove(_: &Repo, at: &Path) {
    fs::remove_file(at.join("f")).expect("removed");
}

/// Insists that `resolve` shows these words, that nothing is taken for decided before it is, and
/// that these calls of git decide it.
#[track_caller]
fn is_decided_by(repo: &Repo, words: &[&str], calls: &[&[&str]]) {
    let shown = repo.parallel(["resolve", "two"]).code(1);
    let listed = repo.parallel(["resolve", "two", "--continue"]).code(1);
    for word in words {
        assert!(shown.stdout.contains(word), "{word}:\n{}", shown.stdout);
        assert!(listed.stdout.contains(word), "{word}:\n{}", listed.stdout);
    }
    for call in calls {
        repo.git_at(&tree(repo, "two"), *call);
    }
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    let status = repo.git_at(&tree(repo, "two"), ["status", "--porcelain"]);
    assert_eq!(status, "");
}

#[test]
fn a_file_that_one_side_changed_and_the_other_deleted() {
    let words = [
        "f  modify-delete",
        "keep it: git add f",
        "drop it: git rm f",
    ];
    let repo = edited(text, change, remove);
    is_decided_by(&repo, &words, &[&["add", "f"]]);
    let repo = edited(text, remove, change);
    is_decided_by(&repo, &words, &[&["rm", "--quiet", "f"]]);
    // Deleting it says as much, even where nothing can be staged.
    let repo = edited(text, remove, change);
    repo.parallel(["resolve", "two"]).code(1);
    fs::remove_file(tree(&repo, "two").join("f")).expect("removed");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert!(!tree(&repo, "two").join("f").exists());
}

#[test]
fn a_binary_file() {
    let repo = edited(
        |_, at| fs::write(at.join("f"), [0, 1]).expect("a file"),
        |_, at| fs::write(at.join("f"), [0, 2]).expect("a file"),
        |_, at| fs::write(at.join("f"), [0, 3]).expect("a file"),
    );
    repo.parallel(["resolve", "two"]).code(1);
    // A new version is no decision before it is staged: it may be half written.
    fs::write(tree(&repo, "two").join("f"), [0, 4]).expect("a file");
    let words = ["f  binary", "git checkout --ours -- f", "git add f"];
    is_decided_by(&repo, &words, &[&["add", "f"]]);
}

#[test]
fn a_file_that_was_given_two_names() {
    let repo = edited(
        text,
        |_, at| fs::rename(at.join("f"), at.join("left")).expect("renamed"),
        |_, at| fs::rename(at.join("f"), at.join("right")).expect("renamed"),
    );
    let words = ["right  rename", "git add right", "left  rename"];
    is_decided_by(
        &repo,
        &words,
        &[&["add", "right"], &["rm", "--quiet", "left"]],
    );
}

#[test]
fn a_file_on_one_side_and_a_link_on_the_other() {
    let repo = edited(
        |_, _| {},
        |_, at| fs::write(at.join("f"), "text\n").expect("a file"),
        |_, at| symlink("README.md", at.join("f")).expect("a link"),
    );
    let answer = repo.parallel(["resolve", "two", "--json"]).json(1);
    let open: Vec<String> = answer["paths"]
        .as_array()
        .expect("paths")
        .iter()
        .map(|path| path.as_str().expect("text").to_owned())
        .collect();
    assert!(!open.is_empty(), "{answer:#}");
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("git add");
    for path in open {
        repo.git_at(&tree(&repo, "two"), ["add", &path]);
    }
    repo.parallel(["resolve", "two", "--continue"]).code(0);
}

#[test]
fn a_submodule_that_both_sides_moved() {
    fn library(repo: &Repo) -> std::path::PathBuf {
        repo.around().join("library")
    }
    fn advance(repo: &Repo, at: &Path, name: &str) {
        let inside = at.join("sub");
        let from = library(repo).to_string_lossy().into_owned();
        let allow = "protocol.file.allow=always";
        repo.git_at(
            at,
            ["-c", allow, "submodule", "--quiet", "update", "--init"],
        );
        repo.git_at(&inside, ["checkout", "--quiet", "-b", name]);
        repo.git_at(&inside, ["commit", "--quiet", "--allow-empty", "-m", name]);
        repo.git_at(&inside, ["push", "--quiet", &from, name]);
    }
    let repo = edited(
        |repo, _| {
            repo.git(["init", "--quiet", "../library"]);
            let from = library(repo).to_string_lossy().into_owned();
            repo.git_at(
                &library(repo),
                ["commit", "--quiet", "--allow-empty", "-m", "0"],
            );
            let allow = "protocol.file.allow=always";
            repo.git(["-c", allow, "submodule", "--quiet", "add", &from, "sub"]);
        },
        |repo, at| advance(repo, at, "left"),
        |repo, at| advance(repo, at, "right"),
    );
    let words = ["sub  submodule", "git add sub"];
    is_decided_by(&repo, &words, &[&["add", "sub"]]);
}

#[test]
fn a_file_in_a_folder_that_the_other_side_renamed() {
    let repo = edited(
        |repo, at| {
            repo.file_at(at, "old/a", "a\n").file_at(at, "old/b", "b\n");
        },
        |_, at| fs::rename(at.join("old"), at.join("new")).expect("renamed"),
        |repo, at| {
            repo.file_at(at, "old/c", "c\n");
        },
    );
    let words = ["new/c  directory-rename", "git add new/c"];
    is_decided_by(&repo, &words, &[&["add", "new/c"]]);
}
