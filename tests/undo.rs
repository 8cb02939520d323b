//! `git parallel undo`: what the tool did is taken back, and nothing else goes with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Journal, Repo};

/// main, and two branches that are merged into it: `a` changes one file, adds one and deletes one,
/// `b` adds one.
fn merged() -> Repo {
    let repo = Repo::new();
    repo.file("src/api.rs", "old\n")
        .file("gone", "was here\n")
        .file("other", "other\n")
        .file(".gitignore", "*.log\n")
        .commit("Before");
    repo.git(["checkout", "--quiet", "-b", "a"]);
    fs::remove_file(repo.path().join("gone")).expect("a file");
    repo.file("src/api.rs", "one\n")
        .file("new", "new\n")
        .commit("Work on a");
    repo.git(["checkout", "--quiet", "main"]);
    repo.branch("b", "main", &[("b", "b\n")]);
    repo.git(["tag", "before"]);
    repo.parallel(["merge", "a", "b"])
        .code(0)
        .says("next: git parallel undo");
    repo.git(["tag", "after"]);
    repo
}

fn at(repo: &Repo, revision: &str) -> String {
    repo.git(["rev-parse", &format!("{revision}^{{commit}}")])
}

/// Insists that undo refuses, says why and leaves everything as it was.
#[track_caller]
fn refuses(repo: &Repo, why: &str) {
    let before = repo.everything();
    repo.parallel(["undo"]).code(4).says(why).says("try:");
    repo.parallel(["undo", "-n"]).code(4).says(why);
    assert_eq!(repo.everything(), before);
}

#[test]
fn a_merge_is_taken_back_and_the_checkout_goes_along() {
    let repo = merged();
    repo.parallel(["undo", "-n"])
        .code(0)
        .answers("the merge of 2 branches onto main would be taken back")
        .says("next: git parallel undo 1");
    assert_eq!(at(&repo, "main"), at(&repo, "after"));
    repo.parallel(["undo"])
        .code(0)
        .answers("the merge of 2 branches onto main is taken back")
        .says("next: git parallel undo 2");
    assert_eq!(at(&repo, "main"), at(&repo, "before"));
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    assert_eq!(
        (repo.read("src/api.rs"), repo.read("gone")),
        ("old\n".to_owned(), "was here\n".to_owned())
    );
    assert!(!repo.path().join("new").exists());
    let told = repo.git(["reflog", "-1", "--format=%gs"]);
    assert_eq!(told, "parallel undo 1");
    repo.parallel(["undo"])
        .code(0)
        .answers("nothing to take back");
}

#[test]
fn work_that_is_not_in_the_way_stays_staged_or_not() {
    let repo = merged();
    repo.file("other", "staged\n");
    repo.git(["add", "other"]);
    repo.file("other", "edited\n").file("notes", "untracked\n");
    repo.file("x.log", "ignored\n");
    repo.file("added", "added\n");
    repo.git(["add", "added"]);
    repo.parallel(["undo"]).code(0);
    assert_eq!(at(&repo, "main"), at(&repo, "before"));
    assert_eq!(repo.git(["show", ":other"]), "staged");
    assert_eq!(repo.read("other"), "edited\n");
    let status = repo.git(["status", "--porcelain"]);
    assert_eq!(status, "A  added\nMM other\n?? notes");
    assert_eq!(repo.read("x.log"), "ignored\n");
}

#[test]
fn uncommitted_work_in_the_way_stops_it() {
    let repo = merged();
    repo.file("src/api.rs", "unsaved\n");
    refuses(&repo, "uncommitted work is in the way there: src/api.rs");
    repo.git(["add", "src/api.rs"]);
    repo.file("src/api.rs", "one\n");
    refuses(&repo, "src/api.rs");
    repo.git(["checkout", "--quiet", "HEAD", "src/api.rs"]);
    // What the undo puts back lies where somebody else's file is by now.
    repo.file("gone", "mine\n");
    refuses(&repo, "in the way there: gone");
    fs::write(repo.path().join(".git/info/exclude"), "gone\n").expect("a file");
    refuses(&repo, "in the way there: gone");
    fs::remove_file(repo.path().join("gone")).expect("a file");
    repo.file("gone/deep", "mine, ignored\n");
    refuses(&repo, "in the way there: gone");
    fs::remove_dir_all(repo.path().join("gone")).expect("a folder");
    for flag in ["assume-unchanged", "skip-worktree"] {
        repo.git(["update-index", &format!("--{flag}"), "src/api.rs"]);
        repo.file("src/api.rs", "hidden\n");
        refuses(&repo, "told to overlook are edited there: src/api.rs");
        repo.git(["update-index", &format!("--no-{flag}"), "src/api.rs"]);
        repo.git(["checkout", "--quiet", "HEAD", "src/api.rs"]);
    }
    repo.parallel(["undo"]).code(0);
    assert_eq!(repo.git(["status", "--porcelain"]), "");
}

#[test]
fn a_file_that_was_only_touched_is_no_edit() {
    let repo = merged();
    thread::sleep(Duration::from_millis(20));
    repo.file("src/api.rs", "one\n");
    repo.parallel(["undo"]).code(0);
    assert_eq!(repo.read("src/api.rs"), "old\n");
}

#[test]
fn what_was_built_on_it_stops_it() {
    let repo = merged();
    repo.git(["commit", "--quiet", "--allow-empty", "-m", "On top"]);
    let before = repo.everything();
    let ended = repo.parallel(["undo"]).code(4);
    ended
        .says("'main' has 1 newer commit on top of it")
        .says("git revert --no-edit -m 1");
    repo.parallel(["undo", "-f"]).code(4);
    assert_eq!(repo.everything(), before);
    // The command that it gives does take the merge back.
    let range = format!("{}..{}", at(&repo, "before"), at(&repo, "after"));
    let merges = repo.git(["rev-list", "--first-parent", &range]);
    let merges = merges.lines();
    repo.git(["revert", "--no-edit", "-m", "1"].into_iter().chain(merges));
    assert_eq!(repo.read("src/api.rs"), "old\n");
    // Somewhere else altogether.
    repo.git(["reset", "--quiet", "--hard", "b"]);
    repo.parallel(["undo"])
        .code(4)
        .says("'main' is not where this left it");
    repo.git(["checkout", "--quiet", "b"]);
    repo.git(["branch", "--quiet", "-D", "main"]);
    repo.parallel(["undo"]).code(3).says("'main' is gone");
}

#[test]
fn what_others_have_of_it_stops_it_unless_forced() {
    let repo = merged();
    repo.branch("next", "main", &[("next", "x\n")]);
    refuses(&repo, "others are built on it: next has it");
    repo.git(["branch", "--quiet", "-D", "next"]);
    // A branch that only stands there is not built on it.
    repo.git(["branch", "copy"]);
    repo.parallel(["undo", "-n"]).code(0);
    repo.git(["clone", "--quiet", "--bare", ".", "../origin.git"]);
    repo.git(["remote", "add", "origin", "../origin.git"]);
    repo.git(["fetch", "--quiet", "origin"]);
    // A clone has this other name of a branch, and from git 2.48 on whoever fetches.
    repo.git(["remote", "set-head", "origin", "main"]);
    refuses(&repo, "it was pushed: origin/copy, origin/main have it");
    repo.parallel(["undo", "-f"]).code(0);
    assert_eq!(at(&repo, "main"), at(&repo, "before"));
}

#[test]
fn a_target_that_somebody_is_at_is_left_alone() {
    let repo = merged();
    repo.branch("c", "before", &[("src/api.rs", "c\n")]);
    for what in ["merge", "cherry-pick"] {
        let stopped = repo.ask_git(repo.path(), [what, "c"]);
        assert!(!stopped.status.success(), "{what}");
        refuses(&repo, &format!("in the middle of a {what}"));
        repo.git([what, "--abort"]);
    }
    let linked = repo.around().join("linked");
    let path = linked.to_string_lossy().into_owned();
    repo.git(["worktree", "add", "--quiet", "--force", &path, "main"]);
    refuses(&repo, "only one of them could come along");
    repo.git(["checkout", "--quiet", "--detach"]);
    fs::remove_dir_all(&linked).expect("a folder");
    refuses(&repo, "which is not there");
    repo.git(["worktree", "prune"]);
    repo.parallel(["undo"]).code(0);
    assert_eq!(at(&repo, "main"), at(&repo, "before"));
}

#[test]
fn a_target_goes_back_wherever_it_is_checked_out() {
    let repo = merged();
    let linked = repo.around().join("linked");
    repo.git(["checkout", "--quiet", "-b", "elsewhere", "before"]);
    repo.git(["worktree", "add", "--quiet", "../linked", "main"]);
    let state = repo.checkout_state();
    repo.parallel(["undo"])
        .code(0)
        .says(&format!("checked out in {}", linked.display()));
    assert_eq!(repo.git_at(&linked, ["status", "--porcelain"]), "");
    assert!(linked.join("gone").exists() && !linked.join("new").exists());
    assert_eq!(repo.checkout_state(), state);
    // Nowhere at all, from a bare repository.
    repo.git(["worktree", "remove", "../linked"]);
    repo.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let bare = repo.around().join("bare.git");
    repo.git_at(&bare, ["config", "user.email", "ada@example.org"]);
    let merge = repo.parallel(["merge", "a", "--into", "main"]);
    merge.dir(&bare).code(0);
    repo.parallel(["undo"]).dir(&bare).code(0);
    assert_eq!(
        repo.git_at(&bare, ["rev-parse", "main"]),
        at(&repo, "before")
    );
}

#[test]
fn what_is_taken_back_can_be_done_again_and_merged_anew() {
    let repo = merged();
    repo.parallel(["undo"]).code(0);
    let kept = repo.git([
        "for-each-ref",
        "--format=%(objectname)",
        "refs/parallel/undone",
    ]);
    assert_eq!(kept, at(&repo, "after"));
    repo.parallel(["undo", "1"])
        .code(4)
        .says("taken back already, by operation 2")
        .says("git parallel undo 2");
    repo.parallel(["undo", "2"])
        .code(0)
        .answers("the merge of 2 branches onto main is done again");
    assert_eq!(at(&repo, "main"), at(&repo, "after"));
    assert_eq!(repo.git(["for-each-ref", "refs/parallel/undone"]), "");
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    repo.parallel(["undo"]).code(0);
    // Branches that were taken back are not taken for landed.
    repo.parallel(["merge", "a", "b"])
        .code(0)
        .answers("2 branches landed on main");
    assert_eq!(repo.read("src/api.rs"), "one\n");
    repo.parallel(["undo", "4"])
        .code(4)
        .says("operation 5 moved 'main' after it");
    repo.parallel(["undo"]).code(0);
    assert_eq!(at(&repo, "main"), at(&repo, "before"));
}

#[test]
fn what_was_squashed_or_rebased_is_taken_back_and_can_land_anew() {
    for strategy in ["squash", "rebase"] {
        let repo = merged();
        repo.parallel(["undo"]).code(0);
        let merge = || repo.parallel(["merge", "--strategy", strategy, "a", "b"]);
        merge().code(0).answers("2 branches landed");
        let landed = repo.git(["log", "--format=%s", "before..main"]);
        merge().code(0).answers("nothing to merge");
        repo.parallel(["undo"]).code(0);
        assert_eq!(at(&repo, "main"), at(&repo, "before"));
        assert_eq!(repo.git(["status", "--porcelain"]), "");
        merge().code(0).answers("2 branches landed");
        assert_eq!(repo.git(["log", "--format=%s", "before..main"]), landed);
        // On top of single commits, another command takes them back.
        repo.git(["commit", "--quiet", "--allow-empty", "-m", "On top"]);
        let ended = repo.parallel(["undo"]).code(4);
        let command = ended
            .stderr
            .lines()
            .find_map(|line| line.split_once("git revert "));
        let (_, command) = command.expect("a command");
        repo.git(["revert"].into_iter().chain(command.split(' ')));
        assert_eq!(repo.read("src/api.rs"), "old\n", "{strategy}");
    }
}

#[test]
fn a_merge_that_cleaned_up_behind_itself_is_two_steps_back() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "one", "--prompt", "x"])
        .args(["--exec", "echo x > one.txt"])
        .ok();
    repo.parallel(["merge", "--clean"])
        .code(0)
        .says("# brings the branches back; again: takes the merge back");
    assert!(!tree(&repo, "one").exists());
    repo.parallel(["undo"])
        .code(0)
        .answers("1 worktree and 1 branch back")
        .says("next: git parallel");
    repo.parallel(["undo"]).code(0).answers("is taken back");
    assert!(tree(&repo, "one").exists() && !repo.path().join("one.txt").exists());
}

#[test]
fn a_dry_run_and_a_list_write_nothing() {
    let repo = merged();
    let before = repo.everything();
    repo.parallel(["undo", "-n"]).code(0);
    repo.parallel(["undo", "--list"])
        .code(0)
        .answers("merged onto main: a, b")
        .says("next: git parallel undo 1");
    assert_eq!(repo.everything(), before);
    repo.parallel(["undo"]).code(0);
    let ended = repo.parallel(["undo", "--list"]).code(0);
    ended.answers("took back 1").answers("taken back\n");
    let list = repo.parallel(["undo", "--list", "--json"]).json(0);
    let told = |at: usize, key: &str| list["operations"][at][key].clone();
    assert_eq!(
        (told(0, "kind"), told(0, "undoes"), told(0, "undoable")),
        ("undo".into(), 1.into(), true.into())
    );
    assert_eq!(
        (told(1, "state"), told(1, "undoable"), told(1, "target")),
        ("undone".into(), false.into(), "main".into())
    );
}

#[test]
fn what_cannot_be_meant_is_told() {
    let repo = Repo::new();
    repo.parallel(["undo"])
        .code(0)
        .answers("nothing to take back");
    repo.parallel(["undo", "--list"])
        .code(0)
        .answers("nothing was");
    repo.parallel(["undo", "7"])
        .code(3)
        .says("there is no operation 7");
    repo.parallel(["undo", "x"])
        .code(2)
        .says("neither the number of an operation nor a run");
    repo.parallel(["undo", "r1"]).code(3).says("no run r1");
    repo.parallel(["undo", "--list", "1"]).code(2);
}

#[test]
fn a_hook_that_refuses_leaves_everything_as_it_was() {
    let repo = merged();
    let hook = repo.path().join(".git/hooks/reference-transaction");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(
        &hook,
        "#!/bin/sh\n! { [ \"$1\" = prepared ] && grep -q refs/heads/main; }\n",
    )
    .expect("a hook");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("a mode");
    repo.parallel(["undo"]).code(3).says("aborted by");
    assert_eq!(at(&repo, "main"), at(&repo, "after"));
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    assert_eq!(repo.git(["for-each-ref", "refs/parallel/undone"]), "");
    fs::remove_file(&hook).expect("a file");
    repo.parallel(["undo"]).code(0);
    assert_eq!(at(&repo, "main"), at(&repo, "before"));
}

#[test]
fn sparse_checkouts_and_submodules_go_back_as_they_came() {
    let repo = Repo::new();
    repo.file("in/a", "old\n")
        .file("out/a", "old\n")
        .commit("Before");
    repo.branch(
        "a",
        "main",
        &[("in/a", "new\n"), ("out/a", "new\n"), ("out/b", "b\n")],
    );
    repo.git(["sparse-checkout", "set", "in"]);
    repo.parallel(["merge", "a"]).code(0);
    assert!(!repo.path().join("out").exists());
    repo.parallel(["undo"]).code(0);
    assert!(!repo.path().join("out").exists());
    assert_eq!(
        (repo.read("in/a"), repo.git(["status", "--porcelain"])),
        ("old\n".into(), String::new())
    );

    let (repo, library) = (Repo::new(), Repo::new());
    let path = library.path().to_string_lossy().into_owned();
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "--quiet",
        &path,
        "lib",
    ];
    repo.git(add);
    repo.commit("Add a library");
    repo.file_at(&repo.path().join("lib"), "mine", "x\n");
    let lib = repo.path().join("lib");
    repo.git_at(&lib, ["add", "mine"]);
    repo.git_at(
        &lib,
        [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "--quiet",
            "-m",
            "Mine",
        ],
    );
    let mine = repo.git_at(&lib, ["rev-parse", "HEAD"]);
    repo.git(["checkout", "--quiet", "-b", "bump"]);
    repo.commit("Bump");
    repo.git(["checkout", "--quiet", "main"]);
    repo.parallel(["merge", "bump"]).code(0);
    repo.parallel(["undo"]).code(0);
    // As with git, a submodule's own checkout is its user's.
    assert_eq!(repo.git_at(&lib, ["rev-parse", "HEAD"]), mine);
    assert_eq!(
        repo.git(["rev-parse", "HEAD"]),
        repo.git(["rev-parse", "bump~1"])
    );
}

/// What an undo that was killed after it told the journal has done so far: index and files are
/// back, the branch is not.
#[test]
fn an_undo_that_was_cut_short_is_settled_by_the_next_command() {
    for next in ["undo", "merge"] {
        for files_moved in [false, true] {
            let repo = merged();
            let journal = repo.path().join(".git/parallel/operations.jsonl");
            let log = fs::read_to_string(&journal).expect("a journal");
            let planned = "{\"version\":1,\"seq\":3,\"at\":\"2026-01-01T00:00:00Z\",\
                           \"event\":\"undo-planned\",\"operation\":2,\"undoes\":1}\n";
            fs::write(&journal, format!("{log}{planned}")).expect("a journal");
            if files_moved {
                repo.git(["read-tree", "-m", "-u", "after", "before"]);
            }
            if next == "undo" {
                repo.parallel(["undo"]).code(0).says("it is settled now");
                assert_eq!(at(&repo, "main"), at(&repo, "before"));
            } else {
                repo.branch("c", "before", &[("c", "c\n")]);
                repo.parallel(["merge", "c"]).code(0);
                assert_eq!(repo.git(["rev-parse", "main~1"]), at(&repo, "after"));
            }
            assert_eq!(
                repo.git(["status", "--porcelain"]),
                "",
                "{next} {files_moved}"
            );
        }
    }
}

#[test]
fn killed_at_any_moment_an_undo_has_happened_or_it_has_not() {
    for pause in (0..180).step_by(15) {
        let repo = merged();
        repo.file("other", "edited\n");
        let mut undo = repo.parallel(["undo"]).spawn();
        thread::sleep(Duration::from_millis(pause));
        undo.kill().expect("a signal");
        undo.wait().expect("an end");
        // The next command waits for a git that was left behind, and settles what it finds.
        repo.parallel(["merge", "before"]).code(0);
        let now = at(&repo, "main");
        let is_back = now == at(&repo, "before");
        assert!(is_back || now == at(&repo, "after"), "{pause}");
        assert_eq!(repo.git(["status", "--porcelain"]), " M other", "{pause}");
        if !is_back {
            repo.parallel(["undo"]).code(0);
        }
        assert_eq!(repo.read("other"), "edited\n");
        assert_eq!(at(&repo, "main"), at(&repo, "before"), "{pause}");
        let fsck = repo.ask_git(repo.path(), ["fsck", "--no-dangling"]);
        assert!(fsck.status.success(), "{pause}");
    }
}

/// A real run of two tasks, merged; `one` has a secret that is nowhere else.
fn run() -> Repo {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").commit("Ignore");
    repo.parallel(["run", "--tasks", "one,two", "--prompt", "x"])
        .args(["--exec", "echo x > $GIT_PARALLEL_NAME.txt"])
        .ok();
    repo.parallel(["merge"]).code(0);
    repo
}

fn tree(repo: &Repo, name: &str) -> PathBuf {
    repo.around().join(format!("project-{name}"))
}

/// Path → content of all that lies in a folder, but for the link to the repository.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).expect("a file");
            found.push((path, content));
        }
    }
    found.sort();
    found
}

#[test]
fn what_landed_and_was_cleaned_up_comes_back() {
    let repo = run();
    let state = |repo: &Repo| {
        let trees = ["one", "two"].map(|name| files(&tree(repo, name)));
        (
            repo.git(["branch", "--list", "-v"]),
            repo.git(["worktree", "list", "--porcelain"]),
            trees,
        )
    };
    let before = state(&repo);
    repo.parallel(["clean"])
        .code(0)
        .says("next: git parallel undo");
    assert!(!tree(&repo, "one").exists());
    let ended = repo.parallel(["undo"]).code(0);
    ended.answers("2 worktrees and 2 branches back");
    assert_eq!(state(&repo), before);
    assert_eq!(repo.git(["for-each-ref", "refs/parallel/trash"]), "");
    repo.parallel(["status", "r1"])
        .code(0)
        .answers("../project-one");
    // It is not done again by number: it has to look anew.
    repo.parallel(["undo", "3"])
        .code(4)
        .says("git parallel clean r1");
    repo.parallel(["clean"])
        .code(0)
        .answers("2 worktrees and 2 branches removed");
    repo.parallel(["undo", "4"]).code(0);
    assert_eq!(state(&repo), before);
}

#[test]
fn what_was_forced_away_comes_back_whole() {
    let repo = run();
    let one = tree(&repo, "one");
    repo.file_at(&one, ".env", "SECRET=1\n")
        .file_at(&one, "notes", "untracked\n");
    repo.file_at(&one, "one.txt", "staged\n");
    repo.git_at(&one, ["add", "one.txt"]);
    repo.file_at(&one, "one.txt", "edited\n");
    repo.git_at(&one, ["bisect", "start"]);
    let two = tree(&repo, "two");
    repo.git_at(&two, ["checkout", "--quiet", "--detach"]);
    repo.git_at(&two, ["commit", "--quiet", "--allow-empty", "-m", "Loose"]);
    let state = |repo: &Repo| {
        let trees = [&one, &two].map(|tree| {
            let status = repo.git_at(tree, ["status", "--porcelain=v2", "--branch", "--ignored"]);
            (
                files(tree),
                status,
                repo.git_at(tree, ["log", "-g", "--format=%h %gs"]),
            )
        });
        (
            repo.git(["branch", "--list", "-v"]),
            repo.git(["worktree", "list", "--porcelain"]),
            trees,
        )
    };
    let before = state(&repo);
    repo.parallel(["clean", "--force"]).code(0);
    assert!(!one.exists() && !two.exists());
    repo.parallel(["undo"])
        .code(0)
        .answers("2 worktrees and 2 branches back");
    assert_eq!(state(&repo), before);
    assert_eq!(repo.git_at(&one, ["show", ":one.txt"]), "staged");
    assert!(!repo.around().join(".git-parallel-trash").exists());
    assert!(
        repo.git_at(&one, ["bisect", "log"])
            .contains("git bisect start")
    );
}

#[test]
fn a_link_comes_back_as_relative_as_it_was() {
    let repo = Repo::new();
    // Heeded from git 2.48 on.
    repo.git(["config", "worktree.useRelativePaths", "true"]);
    let run = ["run", "--tasks", "one", "--exec", "echo x > one.txt"];
    repo.parallel(run).code(0);
    let one = tree(&repo, "one");
    let link = || fs::read_to_string(one.join(".git")).expect("a link");
    let before = link();
    repo.parallel(["clean", "--force"]).code(0);
    repo.parallel(["undo"]).code(0);
    assert_eq!(link(), before);
    assert_eq!(repo.git_at(&one, ["status", "--porcelain"]), "");
}

#[test]
fn another_worktree_may_have_taken_its_place_in_the_registry() {
    let repo = run();
    let one = tree(&repo, "one");
    repo.file_at(&one, "notes", "x\n");
    repo.parallel(["clean", "--force", "r1/one"]).code(0);
    let other = repo.around().join("deep/project-one");
    repo.git([
        "worktree",
        "add",
        "--quiet",
        "--detach",
        &other.to_string_lossy(),
    ]);
    repo.parallel(["undo"]).code(0);
    assert_eq!(repo.git_at(&one, ["status", "--porcelain"]), "?? notes");
    assert_eq!(repo.git_at(&other, ["status", "--porcelain"]), "");
    assert_eq!(
        repo.git_at(&one, ["branch", "--show-current"]),
        "parallel/one"
    );
}

#[test]
fn what_took_the_place_of_what_was_cleaned_up_is_left_alone() {
    let repo = run();
    let one = tree(&repo, "one");
    repo.file_at(&one, "notes", "x\n");
    repo.parallel(["clean", "--force"]).code(0);
    repo.file_at(&one, "mine", "x\n");
    refuses(&repo, "is in the way of the worktree that was there");
    fs::remove_dir_all(&one).expect("a folder");
    repo.git(["branch", "parallel/one", "main"]);
    refuses(&repo, "there is another branch 'parallel/one' by now");
    repo.git(["branch", "--quiet", "-D", "parallel/one"]);
    let journal = repo.path().join(".git/parallel/runs/r1/lock");
    let held = fs::File::create(journal).expect("a file");
    held.lock().expect("a lock");
    repo.parallel(["undo"]).code(5);
    drop(held);
    // Somebody emptied the trash.
    fs::remove_dir_all(repo.around().join(".git-parallel-trash")).expect("a folder");
    refuses(&repo, "no longer in the trash");
}

#[test]
fn a_merge_whose_branches_are_cleaned_up_waits_for_them() {
    let repo = run();
    repo.parallel(["clean"]).code(0);
    let before = repo.everything();
    repo.parallel(["undo", "1"])
        .code(4)
        .says("what it landed was cleaned up since, by operation 2")
        .says("git parallel undo 2")
        .says("git parallel undo --force 1");
    assert_eq!(repo.everything(), before);
    repo.parallel(["undo"])
        .code(0)
        .answers("2 worktrees and 2 branches back");
    repo.parallel(["undo"])
        .code(0)
        .answers("the merge of 2 branches");
    // Nobody takes them for landed any more.
    let report = repo.parallel(["status", "r1", "--json"]).json(0);
    assert_eq!(
        report["tasks"][0]["integration"]["state"], "clean",
        "{report:#}"
    );
    repo.parallel(["clean"])
        .code(4)
        .answers("its commits are not on the target");
    repo.parallel(["merge"])
        .code(0)
        .answers("2 branches landed");
    repo.parallel(["clean"]).code(0);
    repo.parallel(["undo", "--force", "5"]).code(0);
    assert!(!repo.path().join("one.txt").exists());
}

#[test]
fn killed_at_any_moment_the_way_back_from_the_trash_is_finished_by_the_next_undo() {
    for pause in (0..200).step_by(20) {
        let repo = run();
        let (one, two) = (tree(&repo, "one"), tree(&repo, "two"));
        repo.file_at(&one, "notes", "x\n");
        repo.parallel(["clean", "--force"]).code(0);
        let mut undo = repo.parallel(["undo", "2"]).spawn();
        thread::sleep(Duration::from_millis(pause));
        undo.kill().expect("a signal");
        undo.wait().expect("an end");
        // Whether it had come to its end or not: after the next one, all of it is there.
        let ended = repo.parallel(["undo", "2"]).run();
        assert!(
            ended.stderr.contains("already") || ended.stdout.contains("back"),
            "{pause}: {}",
            ended.stderr
        );
        for (tree, status) in [(&one, "?? notes"), (&two, "")] {
            assert_eq!(
                repo.git_at(tree, ["status", "--porcelain"]),
                status,
                "{pause}"
            );
        }
        assert_eq!(repo.git(["worktree", "list"]).lines().count(), 3, "{pause}");
        let state: Value = repo.parallel(["status", "--json"]).json(0);
        assert_eq!(state["tasks"][1]["branch"], "parallel/two", "{pause}");
        repo.parallel(["clean", "--force"]).code(0);
    }
}

#[test]
fn a_run_that_was_cleaned_up_by_an_older_version_has_nothing_to_take_back() {
    let repo = Repo::new();
    let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[])]);
    journal
        .starts(1, "one", 1)
        .ends(1, 1, 0)
        .finishes(1, "done", None);
    let task = serde_json::json!({"task": "T001"});
    journal.event("worktree-released", task.clone());
    journal.event("branch-deleted", task).over("done");
    repo.parallel(["undo"])
        .code(0)
        .answers("nothing to take back");
    repo.parallel(["undo", "--list"])
        .code(0)
        .answers("ran 1 task: one");
}

/// A run of two tasks: one committed, one left a file that git ignores as well.
fn ran() -> Repo {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").commit("Ignore");
    let work = "echo x > $GIT_PARALLEL_NAME.txt; [ $GIT_PARALLEL_NAME = one ] || echo s > .env";
    repo.parallel(["run", "--tasks", "one,two", "--exec", work])
        .code(0);
    repo
}

#[test]
fn what_a_run_made_is_taken_back_as_a_whole_and_brought_back_as_a_whole() {
    let repo = ran();
    let before = repo.git(["for-each-ref", "refs/heads"]);
    repo.parallel(["undo", "--list"])
        .code(0)
        .answers("git parallel undo r1");
    let untouched = repo.everything();
    repo.parallel(["undo", "-n", "r1"]).code(0);
    assert_eq!(repo.everything(), untouched);
    repo.parallel(["undo", "r1"])
        .code(0)
        .says("git parallel undo");
    assert_eq!(repo.git(["branch", "--list", "parallel/*"]), "");
    assert!(!repo.around().join("project-one").exists());
    assert!(!repo.around().join("project-two").exists());
    repo.parallel(["undo"]).code(0);
    assert_eq!(repo.git(["for-each-ref", "refs/heads"]), before);
    let secret = repo.around().join("project-two/.env");
    assert_eq!(fs::read_to_string(secret).expect("a file"), "s\n");
    assert!(repo.around().join("project-one/one.txt").exists());
}

#[test]
fn a_run_whose_work_was_merged_is_taken_back_after_the_merge() {
    let repo = ran();
    repo.parallel(["merge"]).code(0);
    let before = repo.everything();
    repo.parallel(["undo", "r1"])
        .code(4)
        .says("operation 1 merged work of r1")
        .says("git parallel undo 1");
    assert_eq!(repo.everything(), before);
    repo.parallel(["undo", "1"]).code(0);
    repo.parallel(["undo", "r1"]).code(0);
    assert_eq!(repo.git(["branch", "--list", "parallel/*"]), "");
    repo.parallel(["undo", "r7"])
        .code(3)
        .says("there is no run r7");
    repo.parallel(["undo", "x"]).code(2).says("nor a run");
}
