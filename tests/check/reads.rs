//! What `check` finds out by itself and what it asks git: the same answer either way.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::Repo;

/// A `git` before the real one on PATH that notes what it is asked.
struct Listener {
    folder: PathBuf,
}

impl Listener {
    fn new(repo: &Repo) -> Self {
        let folder = repo.around().join("listener");
        fs::create_dir_all(&folder).expect("a folder");
        let found = Command::new("sh").args(["-c", "command -v git"]).output();
        let real = String::from_utf8(found.expect("a shell").stdout).expect("a path");
        let script = format!(
            "#!/bin/sh\necho \"$*\" >>'{}/asked'\nexec '{}' \"$@\"\n",
            folder.display(),
            real.trim()
        );
        let git = folder.join("git");
        fs::write(&git, script).expect("a script");
        fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).expect("a program");
        Self { folder }
    }

    /// Which subcommands of git a call of the program starts.
    fn hears(&self, repo: &Repo, args: &[&str], code: i32) -> Vec<String> {
        let path = std::env::var("PATH").expect("a PATH");
        let path = format!("{}:{path}", self.folder.display());
        let asked = self.folder.join("asked");
        fs::write(&asked, "").expect("a file");
        repo.parallel(args).env("PATH", path).code(code);
        let known = [
            "merge-tree",
            "diff-tree",
            "rev-list",
            "rev-parse",
            "config",
            "check-attr",
        ];
        let asked = fs::read_to_string(asked).expect("a file");
        let subcommand = |line: &str| {
            let word = line.split(' ').find(|word| known.contains(word));
            word.unwrap_or(line).to_owned()
        };
        asked.lines().map(subcommand).collect()
    }
}

fn two() -> Repo {
    let repo = Repo::new();
    repo.file("a/one", "1\n2\n3\n4\n5\n").file("b/two", "x\n");
    repo.commit("Files");
    repo.branch("left", "main", &[("a/one", "L\n2\n3\n4\n5\n")]);
    repo.branch("right", "main", &[("b/two", "y\n"), ("c", "new\n")]);
    repo.branch("rival", "main", &[("a/one", "R\n2\n3\n4\n5\n")]);
    repo
}

#[test]
fn branches_that_touch_nothing_in_common_need_no_git_at_all() {
    let repo = two();
    let git = Listener::new(&repo);
    let none: [&str; 0] = [];
    assert_eq!(git.hears(&repo, &["check", "left", "right"], 0), none);
    assert_eq!(git.hears(&repo, &["check", "--branches=[lr]*t"], 0), none);
}

#[test]
fn a_conflict_of_lines_is_seen_without_git_and_any_other_is_one_question() {
    let repo = two();
    repo.branch("other", "main", &[("c", "another\n")]);
    let git = Listener::new(&repo);
    let none: [&str; 0] = [];
    assert_eq!(git.hears(&repo, &["check", "left", "rival"], 1), none);
    let asked = git.hears(&repo, &["check", "right", "other"], 1);
    assert_eq!(asked, ["merge-tree"]);
}

/// The whole answer, for comparison.
fn answer(repo: &Repo, args: &[&str]) -> String {
    let mut words = vec!["check", "--json"];
    words.extend(args);
    repo.parallel(words).code(1).stdout
}

#[test]
fn a_repository_that_only_git_can_read_gets_the_same_answer() {
    let repo = two();
    let version = repo.git(["version"]);
    let minor = version
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse().ok());
    let can_migrate = minor.is_some_and(|minor: u32| minor >= 46);
    let expected = answer(&repo, &["--branches"]);
    assert!(expected.contains("\"rival\"") && expected.contains("\"c\""));
    repo.git(["pack-refs", "--all"]);
    assert_eq!(answer(&repo, &["--branches"]), expected);
    // Reftables came with git 2.45, a way to turn a repository to them with the next.
    if can_migrate {
        // It does not take reflogs along yet.
        fs::remove_dir_all(repo.path().join(".git/logs")).expect("reflogs");
        repo.git(["refs", "migrate", "--ref-format=reftable"]);
        assert_eq!(answer(&repo, &["--branches"]), expected);
        assert_eq!(answer(&repo, &["--branches=*"]), expected);
        repo.parallel(["check", "left", "rival"]).code(1);
    }
}

#[test]
fn a_branch_that_is_another_name_of_the_target_is_followed() {
    let repo = two();
    repo.git(["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    repo.git(["symbolic-ref", "HEAD", "refs/heads/alias"]);
    let ended = repo.parallel(["check", "left", "right"]).code(0);
    assert!(ended.stdout.contains("both land together on main"));
}

#[test]
fn branches_are_picked_as_git_picks_them() {
    let repo = two();
    for name in ["team/a", "team/b/c", "team-x", "Left"] {
        repo.git(["branch", name, "right"]);
    }
    let patterns = [
        "*", "team", "team/", "t*", "team/*", "*/c", "[lr]*", "?ight", "team?x", "none",
    ];
    for pattern in patterns {
        let picked = repo.git([
            "rev-parse",
            "--symbolic-full-name",
            &format!("--branches={pattern}"),
        ]);
        let by_git: Vec<&str> = picked
            .lines()
            .filter_map(|name| name.strip_prefix("refs/heads/"))
            .filter(|name| *name != "main")
            .collect();
        let answer = repo.parallel(["check", "--json", &format!("--branches={pattern}")]);
        let answer: serde_json::Value =
            serde_json::from_str(&answer.run().stdout).expect("a document");
        let revisions = answer["revisions"].as_array().expect("a list");
        let names: Vec<_> = revisions
            .iter()
            .filter_map(|r| r["name"].as_str())
            .collect();
        assert_eq!(names, by_git, "{pattern}");
    }
}

#[test]
fn what_a_graft_says_of_history_holds() {
    let repo = two();
    let (root, left) = (
        repo.git(["rev-parse", "main~1"]),
        repo.git(["rev-parse", "left"]),
    );
    // To git `left` now stands on the first commit, and its work is all that main did since, too.
    fs::create_dir_all(repo.path().join(".git/info")).expect("a folder");
    fs::write(
        repo.path().join(".git/info/grafts"),
        format!("{left} {root}\n"),
    )
    .expect("a file");
    let answer = repo.parallel(["check", "--json", "left", "right"]).run();
    let answer: serde_json::Value = serde_json::from_str(&answer.stdout).expect("a document");
    assert_eq!(answer["revisions"][0]["base"], root.as_str());
    assert_eq!(answer["revisions"][0]["paths"][1], "b/two");
}

#[test]
fn trees_that_are_only_promised_are_fetched() {
    let repo = two();
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    repo.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = repo.around().join("partial");
    let from = format!("file://{}", repo.path().display());
    repo.git([
        "clone",
        "--quiet",
        "--filter=tree:0",
        "--no-checkout",
        &from,
        "../partial",
    ]);
    let call = repo.parallel(["check", "--remotes", "--json"]).dir(&clone);
    let answer = call.json(1);
    let expected = repo.parallel(["check", "--branches", "--json"]).json(1);
    assert_eq!(
        answer["revisions"][0]["paths"],
        expected["revisions"][0]["paths"]
    );
    assert_eq!(
        answer["pairs"][0]["conflicts"],
        expected["pairs"][0]["conflicts"]
    );
}

/// Branches `left` and `right` that edit one file far apart; the file lies in a folder.
fn far_apart() -> Repo {
    let repo = Repo::new();
    let lines = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n7\n{last}\n");
    repo.file("d/f", &lines("1", "8")).commit("File");
    repo.branch("left", "main", &[("d/f", &lines("L", "8"))]);
    repo.branch("right", "main", &[("d/f", &lines("1", "R"))]);
    repo
}

#[test]
fn edits_far_apart_in_one_file_need_no_git_either() {
    let repo = far_apart();
    repo.file(".gitattributes", "*.png -diff\n");
    let git = Listener::new(&repo);
    let none: [&str; 0] = [];
    assert_eq!(git.hears(&repo, &["check", "left", "right"], 0), none);
}

#[test]
fn whatever_has_a_say_in_how_texts_are_merged_is_heeded() {
    type Prepare = fn(&Repo);
    let cases: [(&str, Prepare); 9] = [
        ("none", |_| ()),
        ("root", |repo| {
            repo.file(".gitattributes", "*f -merge\n");
        }),
        ("nested", |repo| {
            repo.file("d/.gitattributes", "f binary\n");
        }),
        ("elsewhere", |repo| {
            repo.file("e/.gitattributes", "f binary\n");
        }),
        ("macro", |repo| {
            repo.file(".git/info/attributes", "[attr]own -merge\nf own\n");
        }),
        ("user", |repo| {
            let folder = repo.home().join(".config/git");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("attributes"), "f -merge\n").expect("a file");
        }),
        ("configured", |repo| {
            fs::write(repo.home().join("mine"), "f -merge\n").expect("a file");
            repo.git(["config", "core.attributesFile", "~/mine"]);
        }),
        ("merge.default", |repo| {
            repo.file(".git/info/attributes", "f merge\n");
            repo.git(["config", "merge.default", "binary"]);
        }),
        ("of the branches", |repo| {
            repo.branch("more", "main", &[(".gitattributes", "f -merge\n")]);
            repo.git(["rebase", "--quiet", "more", "left"]);
            repo.git(["rebase", "--quiet", "more", "right"]);
            repo.git(["checkout", "--quiet", "main"]);
        }),
    ];
    let mut conflicting = Vec::new();
    for (case, prepare) in cases {
        let repo = far_apart();
        prepare(&repo);
        let merged = repo.ask_git(repo.path(), ["merge-tree", "--write-tree", "left", "right"]);
        let code = merged.status.code().expect("an exit code");
        repo.parallel(["check", "left", "right"]).code(code);
        if code == 1 {
            conflicting.push(case);
        }
    }
    assert_eq!(
        conflicting,
        ["root", "nested", "macro", "user", "configured"]
    );
}
