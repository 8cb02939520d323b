//! `git parallel check` of worktrees: what is not committed counts, and nothing there is touched.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::long;
use crate::support::Repo;

/// A repository with worktrees `one` and `two` beside it, on branches of these names.
fn two_worktrees(before: &[(&str, &str)]) -> (Repo, PathBuf, PathBuf) {
    let repo = Repo::new();
    for (path, content) in before {
        repo.file(path, content);
    }
    repo.commit("Before");
    for name in ["one", "two"] {
        let folder = format!("../{name}");
        repo.git(["worktree", "add", "--quiet", "-b", name, &folder]);
    }
    let (one, two) = (repo.around().join("one"), repo.around().join("two"));
    (repo, one, two)
}

/// Every file of a worktree, of its git directory and of the objects, byte for byte; with its time
/// where it is the user's or the index (git keeps objects that it meets from being pruned by
/// giving them a new one).
fn traces(repo: &Repo, worktree: &Path) -> Vec<(PathBuf, Vec<u8>, Option<SystemTime>)> {
    let git_dir = repo.git_at(worktree, ["rev-parse", "--absolute-git-dir"]);
    let mut traces = Vec::new();
    let mut folders = vec![worktree.to_owned(), PathBuf::from(git_dir)];
    folders.push(repo.path().join(".git/objects"));
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let metadata = fs::symlink_metadata(&path).expect("metadata");
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_file() {
                let content = fs::read(&path).unwrap_or_default();
                let timed = path.starts_with(worktree) || path.ends_with("index");
                let time = timed.then(|| metadata.modified().expect("a time"));
                traces.push((path, content, time));
            }
        }
    }
    traces.sort();
    traces
}

/// Checks two worktrees by their folders, insists that nothing was touched, returns the answer.
#[track_caller]
fn checked(repo: &Repo, code: i32) -> Value {
    let folders = [repo.around().join("one"), repo.around().join("two")];
    let before = folders.each_ref().map(|folder| traces(repo, folder));
    let answer = repo
        .parallel(["check", "--json", "../one", "../two"])
        .json(code);
    for (folder, before) in folders.iter().zip(before) {
        let after = traces(repo, folder);
        let touched = after.iter().filter(|trace| !before.contains(trace));
        let touched: Vec<&PathBuf> = touched.map(|(path, ..)| path).collect();
        assert!(touched.is_empty(), "touched: {touched:?}");
        assert_eq!(after.len(), before.len());
    }
    answer
}

/// The paths that a revision changed.
fn changed(answer: &Value, at: usize) -> Vec<&str> {
    let paths = answer["revisions"][at]["paths"].as_array().expect("a list");
    paths
        .iter()
        .map(|path| path.as_str().expect("text"))
        .collect()
}

#[test]
fn staged_unstaged_untracked_and_deleted_files_count_and_ignored_ones_do_not() {
    let (repo, one, _) = two_worktrees(&[
        ("a", "a\n"),
        ("b", "b\n"),
        ("c", "c\n"),
        (".gitignore", "*.log\n"),
    ]);
    repo.file_at(&one, "a", "staged\n")
        .git_at(&one, ["add", "a"]);
    repo.file_at(&one, "b", "unstaged\n");
    fs::remove_file(one.join("c")).expect("removed");
    repo.file_at(&one, "new folder/new", "untracked\n");
    repo.file_at(&one, "x.log", "ignored\n");
    repo.git_at(&one, ["config", "status.showUntrackedFiles", "no"]);
    let answer = checked(&repo, 0);
    assert_eq!(changed(&answer, 0), ["a", "b", "c", "new folder/new"]);
    let (one, two) = (&answer["revisions"][0], &answer["revisions"][1]);
    assert_eq!(
        (&one["dirty"], &two["dirty"]),
        (&true.into(), &false.into())
    );
    assert_eq!(one["name"], "../one");
    assert_eq!(one["commit"], repo.git(["rev-parse", "one"]).as_str());
}

#[test]
fn uncommitted_work_conflicts_with_uncommitted_work() {
    let (repo, one, two) = two_worktrees(&[("f", "old\n"), ("d/g", "old\n")]);
    repo.file_at(&one, "f", "one\n");
    repo.file_at(&two, "f", "two\n");
    let pair = &checked(&repo, 1)["pairs"][0];
    assert_eq!(pair["verdict"], "conflict");
    assert_eq!(pair["conflicts"][0]["path"], "f");
    // As a commit of a branch the same worktree is clean.
    repo.parallel(["check", "one", "two"]).code(0);
    // A file where the other has a folder is moved aside under the name that was given.
    repo.git_at(&two, ["checkout", "f"]);
    fs::remove_file(one.join("f")).expect("removed");
    repo.file_at(&one, "f/in", "one\n");
    repo.file_at(&two, "f", "two\n");
    let answer = checked(&repo, 1).to_string();
    assert!(answer.contains("f~.._two"), "{answer}");
}

#[test]
fn modes_links_and_files_that_became_folders_count() {
    let (repo, one, _) = two_worktrees(&[
        ("run", "#!/bin/sh\n"),
        ("link", "text\n"),
        ("file", "x\n"),
        ("folder/in", "y\n"),
    ]);
    fs::set_permissions(one.join("run"), PermissionsExt::from_mode(0o755)).expect("a mode");
    fs::remove_file(one.join("link")).expect("removed");
    symlink("run", one.join("link")).expect("a link");
    fs::remove_file(one.join("file")).expect("removed");
    repo.file_at(&one, "file/inside", "x\n");
    fs::remove_dir_all(one.join("folder")).expect("removed");
    symlink("file", one.join("folder")).expect("a link");
    let answer = checked(&repo, 0);
    let expected = ["file", "file/inside", "folder", "folder/in", "link", "run"];
    assert_eq!(changed(&answer, 0), expected);
}

#[test]
fn what_is_only_meant_to_be_added_counts_and_what_is_hidden_from_git_does_not() {
    let (repo, one, _) = two_worktrees(&[("assumed", "a\n"), ("skipped", "b\n")]);
    repo.file_at(&one, "meant", "x\n");
    repo.git_at(&one, ["add", "--intent-to-add", "meant"]);
    repo.git_at(&one, ["update-index", "--assume-unchanged", "assumed"]);
    repo.git_at(&one, ["update-index", "--skip-worktree", "skipped"]);
    repo.file_at(&one, "assumed", "changed\n");
    fs::remove_file(one.join("skipped")).expect("removed");
    assert_eq!(changed(&checked(&repo, 0), 0), ["meant"]);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
    let (repo, one, _) = two_worktrees(&[("in/f", "x\n"), ("out/g", "y\n"), ("out/deep/h", "z\n")]);
    for flag in ["--no-sparse-index", "--sparse-index"] {
        repo.git_at(&one, ["sparse-checkout", "set", "--cone", flag, "in"]);
        repo.file_at(&one, "in/f", flag);
        repo.file_at(&one, "out/new", "untracked\n");
        let answer = checked(&repo, 0);
        assert_eq!(changed(&answer, 0), ["in/f", "out/new"], "{flag}");
        fs::remove_dir_all(one.join("out")).expect("removed");
    }
}

#[test]
fn an_unfinished_merge_is_an_error_of_that_worktree_alone() {
    let (repo, one, two) = two_worktrees(&[("f", "old\n")]);
    repo.file_at(&one, "f", "one\n")
        .git_at(&one, ["commit", "-qam", "One"]);
    repo.branch("three", "main", &[("f", "three\n")]);
    repo.ask_git(&one, ["merge", "three"]);
    repo.file_at(&two, "g", "x\n");
    let ended = repo
        .parallel(["check", "--json", "../one", "../two", "three"])
        .code(3);
    let answer = ended.json();
    let verdicts: Vec<&Value> = (0..3).map(|at| &answer["pairs"][at]["verdict"]).collect();
    assert_eq!(verdicts, ["error", "error", "clean"]);
    assert_eq!(answer["pairs"][0]["error"]["code"], "unmerged-index");
    ended
        .says("in the middle of a merge: f not resolved yet")
        .says("status");
    let ended = repo.parallel(["check", "../one", "../two"]).code(3);
    ended.answers("in the middle of a merge");
}

#[test]
fn nested_repositories_stay_out_and_submodules_count_by_their_commit() {
    let (repo, one, _) = two_worktrees(&[("a", "a\n")]);
    for nested in ["empty", "full"] {
        repo.git_at(&one, ["init", "--quiet", nested]);
    }
    repo.git_at(
        &one.join("full"),
        ["commit", "-q", "--allow-empty", "-m", "Inside"],
    );
    let answer = checked(&repo, 0);
    assert_eq!(changed(&answer, 0), [""; 0]);
    assert_eq!(answer["revisions"][0]["dirty"], false);
    let other = repo.around().join("other");
    repo.git(["clone", "--quiet", ".", "../other"]);
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
    ];
    let from = other.display().to_string();
    repo.git_at(&one, add.into_iter().chain([from.as_str(), "sub"]));
    repo.git_at(&one, ["commit", "-qm", "Add a submodule"]);
    repo.git_at(
        &one.join("sub"),
        ["commit", "-q", "--allow-empty", "-m", "On"],
    );
    let answer = checked(&repo, 0);
    assert_eq!(changed(&answer, 0), [".gitmodules", "sub"]);
    assert_eq!(answer["revisions"][0]["dirty"], true);
    assert_eq!(answer["revisions"][0]["insertions"], 4);
}

#[test]
fn a_split_index_and_one_that_was_just_written_are_read_as_they_are() {
    let (repo, one, _) = two_worktrees(&[("f", &long("x")), ("g", "y\n")]);
    repo.git(["config", "core.splitIndex", "true"]);
    repo.git_at(&one, ["update-index", "--split-index"]);
    repo.file_at(&one, "g", "z\n").git_at(&one, ["add", "g"]);
    // Same size, same moment: only the time of the index tells that it must be looked into.
    repo.file_at(&one, "g", "w\n");
    assert_eq!(changed(&checked(&repo, 0), 0), ["g"]);
}

#[test]
fn all_worktrees_are_listed_the_main_one_if_it_has_something() {
    let (repo, one, two) = two_worktrees(&[("f", "old\n")]);
    repo.file_at(&one, "f", "one\n");
    let names = |args: &[&str]| -> Vec<String> {
        let answer = repo.parallel(["check", "--json"]).args(args).run().json();
        let revisions = answer["revisions"].as_array().expect("a list").clone();
        let name = |r: &Value| r["name"].as_str().expect("a name").to_owned();
        revisions.iter().map(name).collect()
    };
    assert_eq!(names(&["--worktrees"]), ["one"]);
    assert_eq!(names(&[]), ["one"]);
    repo.file("f", "main\n");
    let main = repo.path().display().to_string();
    assert_eq!(names(&["--worktrees"]), [main.as_str(), "one"]);
    assert_eq!(names(&["."]), ["."]);
    assert_eq!(names(&["one", "--worktrees"]).len(), 2);
    repo.parallel(["check", "--worktrees"])
        .code(1)
        .answers("conflict")
        .says("2 revisions against main");
    repo.file_at(&two, "f", "two\n");
    repo.parallel(["check"])
        .code(1)
        .says("2 worktree branches ahead of main, 2 of them with uncommitted work");
    fs::remove_dir_all(&one).expect("removed");
    assert_eq!(names(&["--worktrees"]), [main.as_str(), "two"]);
}

#[test]
fn hooks_that_point_git_elsewhere_do_not_mislead() {
    let (repo, one, _) = two_worktrees(&[("f", "old\n")]);
    repo.file_at(&one, "f", "one\n");
    let git_dir = repo.path().join(".git");
    let answer = repo
        .parallel(["check", "--json", "../one"])
        .env("GIT_DIR", &git_dir)
        .env("GIT_INDEX_FILE", git_dir.join("index"))
        .json(0);
    assert_eq!(changed(&answer, 0), ["f"]);
}

/// Twelve worktrees, `w00` to `w11`, each with a new file of its name and so many big ones that the
/// first of them take longest.
fn twelve() -> (Repo, Vec<PathBuf>) {
    let repo = Repo::new();
    let worktree = |number: usize| {
        let name = format!("w{number:02}");
        let folder = repo.around().join(&name);
        repo.git([
            "worktree",
            "add",
            "--quiet",
            "-b",
            &name,
            &format!("../{name}"),
        ]);
        repo.file_at(&folder, &name, "new\n");
        for big in number..12 {
            repo.file_at(&folder, &format!("{name}.{big}"), &long(&name).repeat(500));
        }
        folder
    };
    let folders = (0..12).map(worktree).collect();
    (repo, folders)
}

#[test]
fn many_worktrees_are_looked_at_together_and_none_is_taken_for_another() {
    let (repo, folders) = twelve();
    let same = |answer: &Value, named: &dyn Fn(usize) -> String| {
        for number in 0..12 {
            assert_eq!(answer["revisions"][number]["name"], named(number).as_str());
            assert_eq!(changed(answer, number)[0], format!("w{number:02}"));
            assert_eq!(changed(answer, number).len(), 13 - number);
        }
    };
    same(&repo.parallel(["check", "--json"]).json(0), &|n| {
        format!("w{n:02}")
    });
    let typed: Vec<&str> = folders
        .iter()
        .filter_map(|folder| folder.to_str())
        .collect();
    let mut words = vec!["check", "--json"];
    words.extend(&typed);
    same(&repo.parallel(words).json(0), &|n| typed[n].to_owned());
}

#[test]
fn of_many_worktrees_those_that_cannot_be_looked_at_are_named() {
    let (repo, folders) = twelve();
    for (number, text) in [(4, "four\n"), (9, "nine\n")] {
        let folder = &folders[number];
        repo.file_at(folder, "README.md", text);
        repo.git_at(folder, ["commit", "--quiet", "-m", "Ours", "README.md"]);
        repo.branch(
            &format!("rival{number}"),
            "main",
            &[("README.md", "rival\n")],
        );
        let merged = repo.ask_git(folder, ["merge", "--quiet", &format!("rival{number}")]);
        assert!(!merged.status.success());
    }
    let ended = repo.parallel(["check", "--worktrees", "--json"]).code(3);
    let answer: Value = serde_json::from_str(&ended.stdout).expect("a document");
    let troubled: Vec<String> = answer["against_target"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["verdict"] == "error")
        .map(|one| format!("{}: {}", one["name"], one["error"]["message"]))
        .collect();
    assert_eq!(troubled.len(), 2, "{troubled:?}");
    for (number, told) in [4, 9].into_iter().zip(&troubled) {
        assert!(told.starts_with(&format!("\"w{number:02}\"")), "{told}");
        assert!(
            told.contains(&format!("/w{number:02} is in the middle of a merge")),
            "{told}"
        );
    }
}

/// A worktree with one of everything that can be uncommitted, `prepare`d before.
fn all_kinds(prepare: impl Fn(&Repo)) -> (Repo, PathBuf) {
    let before = [
        ("edited", "1\n"),
        ("staged", "1\n"),
        ("both", "1\n"),
        ("gone", "1\n"),
        ("unstaged", "1\n"),
        ("tool", "1\n"),
        ("becomes/folder", "1\n"),
        ("was/a/folder", "1\n"),
        ("deep/only/one", "1\n"),
        ("link", "1\n"),
    ];
    let (repo, one, _) = two_worktrees(&before);
    prepare(&repo);
    repo.file_at(&one, "edited", "1\r\n$Id$\r\n")
        .file_at(&one, "staged", "2\r\n")
        .file_at(&one, "both", "2\n")
        .file_at(&one, "new/staged", "2\n");
    fs::remove_file(one.join("unstaged")).expect("removed");
    repo.git_at(&one, ["add", "staged", "both", "new/staged", "unstaged"]);
    repo.file_at(&one, "both", "3\n")
        .file_at(&one, "new/staged", "3\n");
    for gone in ["gone", "link", "deep/only/one"] {
        fs::remove_file(one.join(gone)).expect("removed");
    }
    symlink("edited", one.join("link")).expect("a link");
    symlink("nowhere", one.join("dangling")).expect("a link");
    fs::remove_dir_all(one.join("was")).expect("removed");
    fs::remove_dir_all(one.join("becomes")).expect("removed");
    repo.file_at(&one, "was", "a file\n")
        .file_at(&one, "becomes/folder/deeper", "2\n")
        .file_at(&one, "empty", "")
        .file_at(&one, "odd \u{e4}\t\"\n", "2\n");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(one.join("tool"), executable).expect("executable");
    (repo, one)
}

#[test]
fn the_tree_is_the_one_that_git_would_commit_however_it_is_made() {
    let configure = |key: &'static str, value: &'static str| {
        move |repo: &Repo| {
            repo.git(["config", key, value]);
        }
    };
    let attributes = |text: &'static str| {
        move |repo: &Repo| {
            repo.file(".git/info/attributes", text);
        }
    };
    type Prepare = Box<dyn Fn(&Repo)>;
    let cases: [(&str, Prepare); 6] = [
        ("plain", Box::new(|_| ())),
        ("autocrlf", Box::new(configure("core.autocrlf", "input"))),
        ("no modes", Box::new(configure("core.fileMode", "false"))),
        ("text", Box::new(attributes("* text=auto\n"))),
        ("ident", Box::new(attributes("* ident\n"))),
        (
            "filter",
            Box::new(|repo| {
                repo.git(["config", "filter.up.clean", "tr 0-9 a-j"]);
                repo.file(".git/info/attributes", "edited filter=up\n");
            }),
        ),
    ];
    for (case, prepare) in cases {
        let (repo, one) = all_kinds(prepare);
        let tree = |call: crate::support::Call| call.json(0)["pairs"][0]["tree"].clone();
        let call = || repo.parallel(["check", "--json", "../one", "main"]);
        let here = tree(call());
        // Settings that come this way only git reads.
        let by_git = tree(call().env("GIT_CONFIG_PARAMETERS", "'user.name'='Ada'"));
        repo.git_at(&one, ["add", "--all"]);
        let committed = repo.git_at(&one, ["write-tree"]);
        assert_eq!(
            (&here, &by_git),
            (&committed.clone().into(), &committed.into()),
            "{case}"
        );
    }
}
