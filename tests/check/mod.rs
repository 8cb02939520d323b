//! `git parallel check`: its verdicts are git's, its first line is the answer.

mod lines;
mod planned;
mod reads;
mod remembered;
mod shown;
mod worktrees;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::Repo;

/// Verdict and conflicted paths as `git merge-tree` has them; `None` where it gives up.
fn by_git(repo: &Repo, a: &str, b: &str) -> Option<(bool, BTreeSet<Vec<u8>>)> {
    let args = ["merge-tree", "--write-tree", "--name-only", "-z", a, b];
    let output = repo.ask_git(repo.path(), args);
    let clean = match output.status.code() {
        Some(0) => true,
        Some(1) => false,
        _ => return None,
    };
    let fields = output.stdout.split(|byte| *byte == 0).skip(1);
    let paths = fields.take_while(|field| !field.is_empty() && !clean);
    Some((clean, paths.map(<[u8]>::to_vec).collect()))
}

/// The paths of a list of conflicts, exactly.
fn paths(conflicts: &Value) -> BTreeSet<Vec<u8>> {
    let conflicts = conflicts.as_array().expect("a list").iter();
    conflicts
        .map(|conflict| match conflict.get("path_base64") {
            Some(exact) => unbase64(exact.as_str().expect("text")),
            None => conflict["path"].as_str().expect("a path").into(),
        })
        .collect()
}

fn unbase64(text: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = (0u32, 0);
    let mut bytes = Vec::new();
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        let value = digits.iter().position(|d| *d == digit).expect("base64") as u32;
        bits = (bits.0 << 6 | value, bits.1 + 6);
        if bits.1 >= 8 {
            bits.1 -= 8;
            bytes.push((bits.0 >> bits.1) as u8);
        }
    }
    bytes
}

/// Checks the branches `a` and `b` both ways and insists on git's verdict and paths, and that
/// nothing was written. Returns the kinds of the conflicts.
#[track_caller]
fn agrees(repo: &Repo, a: &str, b: &str) -> Vec<String> {
    let mut kinds = Vec::new();
    for (a, b) in [(b, a), (a, b)] {
        // Ours first: git's own answer leaves objects behind.
        let objects = repo.git(["count-objects", "-v"]);
        let ended = repo.parallel(["check", "--json", a, b]).run();
        assert_eq!(repo.git(["count-objects", "-v"]), objects);
        let (clean, expected) = by_git(repo, a, b).expect("a verdict of git");
        let answer = ended.code(i32::from(!clean)).json();
        let pair = &answer["pairs"][0];
        assert_eq!(pair["verdict"] == "clean", clean, "{a} and {b}: {pair:#}");
        assert_eq!(paths(&pair["conflicts"]), expected, "{a} and {b}");
        kinds = kinds_of(&pair["conflicts"]);
    }
    kinds
}

fn kinds_of(conflicts: &Value) -> Vec<String> {
    let all: BTreeSet<String> = conflicts
        .as_array()
        .expect("a list")
        .iter()
        .map(|conflict| conflict["kind"].as_str().expect("a kind").to_owned())
        .collect();
    all.into_iter().collect()
}

/// Thirty lines, so that git has something to recognise a rename by.
fn long(first: &str) -> String {
    let rest: String = (0..30).map(|number| format!("line {number}\n")).collect();
    format!("{first}\n{rest}")
}

/// A change that writes one file.
fn writes(path: &'static str, content: impl Into<String>) -> impl Fn(&Repo) {
    let content = content.into();
    move |repo| {
        repo.file(path, &content);
    }
}

/// A repository with `before` on main; `a` and `b` leave it by what the two functions do.
fn diverged(before: &[(&str, &str)], a: impl Fn(&Repo), b: impl Fn(&Repo)) -> Repo {
    let repo = Repo::new();
    for (path, content) in before {
        repo.file(path, content);
    }
    repo.commit("Before");
    for (name, change) in [("a", &a as &dyn Fn(&Repo)), ("b", &b)] {
        repo.git(["checkout", "--quiet", "-b", name, "main"]);
        change(&repo);
        repo.commit(&format!("Work on {name}"));
        repo.git(["checkout", "--quiet", "main"]);
    }
    repo
}

fn remove(repo: &Repo, path: &str) {
    repo.git(["rm", "--quiet", "-r", path]);
}

fn rename(repo: &Repo, from: &str, to: &str) {
    if let Some(parent) = repo.path().join(to).parent() {
        fs::create_dir_all(parent).expect("a folder");
    }
    repo.git(["mv", from, to]);
}

#[test]
fn different_lines_of_one_file_merge() {
    let repo = diverged(
        &[("f", &long("first"))],
        writes("f", long("changed")),
        writes("f", format!("{}last\n", long("first"))),
    );
    assert!(agrees(&repo, "a", "b").is_empty());
    let pair = &repo.parallel(["check", "--json", "a", "b"]).json(0)["pairs"][0];
    assert_eq!(
        (&pair["risk"], &pair["overlaps"][0]),
        (&"medium".into(), &"f".into())
    );
    assert_eq!(pair["tree"].as_str().expect("a tree").len(), 40);
}

#[test]
fn content_conflicts_are_gits() {
    let repo = diverged(
        &[("f", "old\n")],
        writes("f", "one\n"),
        writes("f", "two\n"),
    );
    assert_eq!(agrees(&repo, "a", "b"), ["content"]);
}

#[test]
fn two_new_files_of_one_name_conflict() {
    let repo = diverged(&[], writes("new", "one\n"), writes("new", "two\n"));
    assert_eq!(agrees(&repo, "a", "b"), ["add-add"]);
}

#[test]
fn modified_here_and_deleted_there_conflicts() {
    let repo = diverged(&[("f", "old\n")], writes("f", "new\n"), |repo| {
        remove(repo, "f");
    });
    assert_eq!(agrees(&repo, "a", "b"), ["modify-delete"]);
}

#[test]
fn one_file_renamed_in_two_ways_conflicts() {
    let repo = diverged(
        &[("f", &long("x"))],
        |repo| rename(repo, "f", "g"),
        |repo| rename(repo, "f", "h"),
    );
    assert_eq!(agrees(&repo, "a", "b"), ["rename"]);
}

#[test]
fn a_rename_follows_and_its_edits_conflict_under_the_new_name() {
    let repo = diverged(
        &[("f", &long("x"))],
        |repo| {
            rename(repo, "f", "g");
            repo.file("g", &long("one"));
        },
        writes("f", long("two")),
    );
    assert_eq!(agrees(&repo, "a", "b").len(), 1);
}

#[test]
fn a_folder_renamed_while_the_other_adds_to_it_is_gits_to_judge() {
    let before: Vec<(String, String)> = (0..4)
        .map(|n| (format!("d/{n}"), long(&n.to_string())))
        .collect();
    let before: Vec<(&str, &str)> = before
        .iter()
        .map(|(p, c)| (p.as_str(), c.as_str()))
        .collect();
    let moved = |repo: &Repo| rename(repo, "d", "e");
    let repo = diverged(&before, moved, writes("d/new", "x\n"));
    agrees(&repo, "a", "b");
    repo.git(["config", "merge.directoryRenames", "true"]);
    agrees(&repo, "a", "b");
}

#[test]
fn a_folder_renamed_in_two_ways_conflicts_even_without_a_path() {
    let before: Vec<(String, String)> = (0..4)
        .map(|n| (format!("d/{n}"), long(&n.to_string())))
        .collect();
    let before: Vec<(&str, &str)> = before
        .iter()
        .map(|(p, c)| (p.as_str(), c.as_str()))
        .collect();
    let split = |repo: &Repo| {
        rename(repo, "d/0", "e/0");
        rename(repo, "d/1", "e/1");
        rename(repo, "d/2", "f/2");
        rename(repo, "d/3", "f/3");
    };
    let repo = diverged(&before, split, writes("d/new", "x\n"));
    agrees(&repo, "a", "b");
}

#[test]
fn modes_and_content_are_judged_apart() {
    let executable = |repo: &Repo| drop(repo.git(["update-index", "--chmod=+x", "f"]));
    let change_mode = |repo: &Repo| {
        executable(repo);
        repo.git(["commit", "--quiet", "-m", "Mode"]);
        repo.git(["checkout", "--quiet", "."]);
    };
    let repo = diverged(&[("f", "old\n")], change_mode, |repo| {
        repo.file("f", "new\n");
    });
    assert!(agrees(&repo, "a", "b").is_empty());
    let added = |content: &'static str, mode: &'static str| {
        move |repo: &Repo| {
            repo.file("new", content);
            repo.git(["add", "new"]);
            repo.git(["update-index", mode, "new"]);
            repo.git(["commit", "--quiet", "-m", "Add"]);
            repo.git(["checkout", "--quiet", "."]);
        }
    };
    let repo = diverged(
        &[],
        added("same\n", "--chmod=+x"),
        added("same\n", "--chmod=-x"),
    );
    assert_eq!(agrees(&repo, "a", "b"), ["mode"]);
}

#[test]
fn a_symlink_against_a_file_conflicts_and_a_moved_aside_file_bears_the_given_name() {
    let link = |repo: &Repo| symlink("README.md", repo.path().join("x")).expect("a link");
    let repo = diverged(&[], link, writes("x", "a file\n"));
    assert_eq!(agrees(&repo, "a", "b"), ["type"]);
}

#[test]
fn a_file_where_the_other_has_a_folder_is_moved_aside_under_the_given_name() {
    let repo = diverged(&[], writes("x", "a file\n"), writes("x/y", "in a folder\n"));
    repo.git(["branch", "feat/a", "a"]);
    agrees(&repo, "feat/a", "b");
    let answer = repo.parallel(["check", "--json", "feat/a", "b"]).json(1);
    let listed = paths(&answer["pairs"][0]["conflicts"]);
    assert!(listed.iter().any(|path| path == b"x~feat_a"), "{listed:?}");
}

#[test]
fn binary_files_conflict_as_a_whole() {
    let write = |bytes: &'static [u8]| {
        move |repo: &Repo| fs::write(repo.path().join("image"), bytes).expect("a file")
    };
    let repo = diverged(&[("image", "\0old")], write(b"\0one"), write(b"\0two"));
    assert_eq!(agrees(&repo, "a", "b"), ["binary"]);
}

#[test]
fn submodules_at_different_commits_conflict() {
    let point = |id: &'static str| {
        move |repo: &Repo| {
            let entry = format!("160000,{},sub", id.repeat(40));
            repo.git(["update-index", "--add", "--cacheinfo", &entry]);
            repo.git(["commit", "--quiet", "-m", "Point"]);
            repo.git(["rm", "--quiet", "--cached", "-f", "sub"]);
            repo.git(["reset", "--quiet", "--hard"]);
        }
    };
    let repo = diverged(&[], point("1"), point("2"));
    assert_eq!(agrees(&repo, "a", "b"), ["submodule"]);
}

#[test]
fn a_criss_cross_history_merges_as_in_git() {
    let repo = diverged(
        &[("f", &long("x"))],
        writes("f", long("one")),
        writes("g", "g\n"),
    );
    let merge = |branch: &str, tip: &str| {
        repo.git(["checkout", "--quiet", branch]);
        repo.git(["merge", "--quiet", "--no-edit", tip]);
        repo.git(["checkout", "--quiet", "main"]);
    };
    repo.git(["branch", "old-a", "a"]);
    merge("a", "b");
    merge("b", "old-a");
    for (branch, content) in [("a", "left"), ("b", "right")] {
        repo.git(["checkout", "--quiet", branch]);
        repo.file("f", &long(content)).commit("On");
        repo.git(["checkout", "--quiet", "main"]);
    }
    assert_eq!(agrees(&repo, "a", "b"), ["content"]);
}

#[test]
fn a_path_that_is_not_utf8_is_given_exactly() {
    let write = |content: &'static str| {
        move |repo: &Repo| {
            let name = std::ffi::OsString::from_vec(b"caf\xe9\n.txt".to_vec());
            fs::write(repo.path().join(name), content).expect("a file");
        }
    };
    let repo = diverged(&[], write("one\n"), write("two\n"));
    assert_eq!(agrees(&repo, "a", "b"), ["add-add"]);
    let answer = repo.parallel(["check", "a", "b"]).code(1).stdout;
    assert!(answer.contains("caf\u{fffd}\\u{a}.txt"), "{answer}");
    let only = repo.parallel(["check", "--name-only", "a", "b"]).code(1);
    assert_eq!(only.stdout.as_bytes(), "caf\u{fffd}\n.txt\n".as_bytes());
}

#[test]
fn unrelated_histories_are_an_error_and_the_other_pairs_are_answered() {
    let repo = Repo::new();
    repo.branch("a", "main", &[("a", "x\n")]);
    repo.git(["checkout", "--quiet", "--orphan", "stranger"]);
    repo.commit("Another beginning");
    repo.git(["checkout", "--quiet", "main"]);
    repo.branch("b", "main", &[("a", "y\n")]);
    let ended = repo
        .parallel(["check", "--json", "a", "stranger", "b"])
        .code(3)
        .says("unrelated histories");
    let answer = ended.json();
    assert_eq!(answer["pairs"][0]["error"]["code"], "unrelated-histories");
    assert_eq!(answer["pairs"][1]["verdict"], "conflict");
    assert_eq!(answer["verdict"], "error");
    assert_eq!(answer["revisions"][1]["base"], Value::Null);
}

/// main and five branches: `c` conflicts with `a`, the others do not.
fn five() -> Repo {
    let repo = Repo::new();
    repo.file("src/api.rs", "old\n").commit("Before");
    repo.branch("feature-a", "main", &[("src/api.rs", "one\n")]);
    for name in ["b", "d", "e"] {
        repo.branch(&format!("feature-{name}"), "main", &[(name, "x\n")]);
    }
    repo.branch(
        "feature-c",
        "main",
        &[("src/api.rs", "two\n"), ("c", "x\n")],
    );
    repo
}

#[test]
fn the_first_line_is_the_answer() {
    let repo = five();
    let before = repo.checkout_state();
    let ended = repo.parallel(["check"]).code(1);
    let first = ended.stdout.lines().next().expect("a line");
    assert_eq!(
        first,
        "4 of 5 land together; feature-c waits for feature-a (src/api.rs)"
    );
    ended.says("checking 5 local branches ahead of main");
    assert_eq!(repo.checkout_state(), before);
}

#[test]
fn the_order_and_who_is_blocked_by_whom_are_in_the_json() {
    let answer = five().parallel(["check", "--json"]).json(1);
    let order = [
        "feature-a",
        "feature-b",
        "feature-d",
        "feature-e",
        "feature-c",
    ];
    assert_eq!(answer["order"], Value::from(&order[..]));
    assert_eq!(answer["lands"], Value::from(&order[..4]));
    assert_eq!(answer["blocked"][0]["name"], "feature-c");
    assert_eq!(answer["blocked"][0]["by"], "feature-a");
    assert_eq!(answer["blocked"][0]["paths"][0], "src/api.rs");
    assert_eq!(answer["pairs"].as_array().expect("a list").len(), 10);
    let c = &answer["revisions"][2];
    assert_eq!((&c["insertions"], &c["deletions"]), (&2.into(), &1.into()));
    assert_eq!(c["base"], answer["target"]["commit"]);
}

#[test]
fn what_merges_pair_by_pair_may_not_merge_all_together() {
    // Each two agree on `f` or do not share it, but all three at once do not.
    let repo = diverged(
        &[("d/f", &long("x")), ("d/g", &long("y"))],
        |repo| rename(repo, "d/f", "e/f"),
        |repo| rename(repo, "d/g", "e/g"),
    );
    repo.branch("c", "main", &[("e", "a file in the way\n")]);
    let answer = repo.parallel(["check", "--json", "a", "b", "c"]).json(1);
    let lands = answer["lands"].as_array().expect("a list");
    let mut tip = "main".to_owned();
    repo.git(["checkout", "--quiet", "-b", "all"]);
    for name in lands {
        tip = name.as_str().expect("a name").to_owned();
        repo.git(["merge", "--quiet", "--no-edit", &tip]);
    }
    assert_eq!(lands.len(), 2, "{tip}");
}

#[test]
fn conflicts_with_the_target_count_where_they_were_asked_for() {
    let repo = five();
    repo.file("d", "in the way\n").commit("Move on");
    let answer = repo
        .parallel(["check", "--json", "feature-b", "feature-d"])
        .json(0);
    assert_eq!(answer["against_target"][1]["verdict"], "conflict");
    assert_eq!(answer["blocked"][0]["by"], "main");
    repo.parallel(["check", "feature-b", "feature-d", "--into", "main"])
        .code(1);
    repo.parallel(["check", "feature-d"])
        .code(1)
        .answers("feature-d conflicts with main (d)");
    repo.parallel(["check", "feature-b"])
        .code(0)
        .answers("feature-b merges with main");
    // That it merges with itself is no news.
    repo.parallel(["check", "main"])
        .code(0)
        .answers("main is the target's tip itself; --into BRANCH names another target");
}

#[test]
fn a_range_is_the_work_since_its_base_alone() {
    let repo = Repo::new();
    repo.branch("one", "main", &[("f", "one\n")]);
    repo.branch("two", "one", &[("f", "one\ntwo\n")]);
    // Squashed, `one` is in main, and `two` conflicts with it by its history alone.
    repo.git(["merge", "--quiet", "--squash", "one"]);
    repo.file("f", "one, polished\n").git(["add", "f"]);
    repo.git(["commit", "--quiet", "-m", "Squash"]);
    repo.git(["revert", "--no-edit", "HEAD"]);
    repo.file("f", "one\n").commit("Again");
    repo.parallel(["check", "two"]).code(1);
    let answer = repo.parallel(["check", "--json", "one..two"]).json(0);
    assert_eq!(answer["revisions"][0]["name"], "one..two");
    assert_eq!(
        answer["revisions"][0]["base"],
        repo.git(["rev-parse", "one"]).as_str()
    );
    assert_eq!(answer["revisions"][0]["insertions"], 1);
}

#[test]
fn branches_are_picked_by_pattern_and_worktrees_found() {
    let repo = five();
    let names = |args: &[&str]| -> Vec<String> {
        let answer = repo.parallel(["check", "--json"]).args(args).run().json();
        let revisions = answer["revisions"].as_array().expect("a list").clone();
        revisions
            .iter()
            .map(|r| r["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(
        names(&["--branches=feature-[ab]"]),
        ["feature-a", "feature-b"]
    );
    assert_eq!(names(&["--branches"]).len(), 5);
    repo.git(["worktree", "add", "--quiet", "../tree", "feature-d"]);
    assert_eq!(names(&[]), ["feature-d"]);
    repo.parallel(["check"])
        .dir(&repo.around().join("tree"))
        .args(["--into", "main"])
        .code(0)
        .says("1 worktree branch ahead of main");
}

#[test]
fn a_bare_repository_with_worktrees_is_checked_from_anywhere() {
    let repo = five();
    let bare = repo.around().join("bare.git");
    repo.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    repo.parallel(["check"])
        .dir(&bare)
        .code(1)
        .answers("4 of 5 land together");
    repo.git_at(
        &bare,
        ["worktree", "add", "--quiet", "../linked", "feature-a"],
    );
    repo.parallel(["check", "feature-a", "feature-c", "--into", "main"])
        .dir(&repo.around().join("linked"))
        .code(1);
}

#[test]
fn what_cannot_be_found_is_named() {
    let repo = five();
    repo.parallel(["check", "feature-a", "no-such"])
        .code(3)
        .says("'no-such' names no commit");
    repo.parallel(["check", "no-such..feature-a"])
        .code(3)
        .says("'no-such'");
    repo.parallel(["check", "main...feature-a"])
        .code(2)
        .says("two");
    repo.parallel(["check", "feature-a", "--into", "no-such"])
        .code(3)
        .says("no-such");
    repo.parallel(["check"])
        .dir(repo.around())
        .code(3)
        .says("not a git repository");
    Repo::unborn()
        .parallel(["check"])
        .code(3)
        .says("no commit yet");
}

#[test]
fn nothing_to_check_is_said() {
    Repo::new()
        .parallel(["check"])
        .code(0)
        .answers("nothing to check: no branch is ahead of main");
}

#[test]
fn names_that_a_terminal_would_obey_are_shown_instead() {
    let repo = Repo::new();
    for content in ["one\n", "two\n"] {
        let name = format!("evil-\u{202e}{}", &content[..3]);
        let path = std::ffi::OsStr::from_bytes(b"x\x1b[31my");
        repo.branch(&name, "main", &[(path.to_str().expect("text"), content)]);
    }
    let answer = repo.parallel(["check"]).code(1).stdout;
    assert!(
        !answer.contains('\u{202e}') && !answer.contains('\x1b'),
        "{answer}"
    );
}

#[test]
fn only_what_lies_within_the_paths_counts() {
    let repo = five();
    repo.branch(
        "other",
        "main",
        &[("src/api.rs", "three\n"), ("docs/a", "x\n")],
    );
    let names = ["feature-a", "feature-c", "other"];
    let call = |more: &[&str]| {
        repo.parallel(["check", "--json"])
            .args(names)
            .args(more)
            .run()
    };
    let answer = call(&["--", "docs", ":(glob)**/c"]).code(0).json();
    assert_eq!(answer["lands"].as_array().expect("a list").len(), 3);
    assert_eq!(answer["pairs"][0]["verdict"], "clean");
    assert_eq!(answer["within"][0], "docs");
    let answer = call(&["--", "src", ":!docs"]).code(1).json();
    assert_eq!(answer["pairs"][0]["overlaps"][0], "src/api.rs");
    call(&["--", ":!src"]).code(0);
    repo.parallel(["check", "feature-a", "feature-c", "--", "api.rs"])
        .dir(&repo.path().join("src"))
        .code(1)
        .answers("within api.rs: ");
    call(&["--", ":(no-such-magic)x"])
        .code(2)
        .says("no pathspec");
}

#[test]
fn conflicted_paths_can_be_parted_by_nuls() {
    let repo = five();
    let ended = repo.parallel(["check", "--name-only", "-z", "feature-a", "feature-c"]);
    assert_eq!(ended.code(1).stdout, "src/api.rs\0");
    repo.parallel(["check", "-z"]).code(2);
}

#[test]
fn remote_branches_and_tags_are_checked_like_others() {
    let repo = five();
    repo.git(["tag", "--annotate", "v1", "feature-a", "-m", "One"]);
    repo.parallel(["check", "v1", "feature-c"]).code(1);
    repo.git(["clone", "--quiet", ".", "../clone"]);
    let clone = repo.around().join("clone");
    let answer = repo
        .parallel(["check", "--remotes", "--json"])
        .dir(&clone)
        .json(1);
    let revisions = answer["revisions"].as_array().expect("a list");
    assert_eq!(revisions.len(), 5);
    assert_eq!(revisions[0]["name"], "origin/feature-a");
    repo.parallel(["check", "--remotes=origin/feature-[bd]"])
        .dir(&clone)
        .code(0)
        .answers("both land together");
}
