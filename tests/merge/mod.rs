//! `git parallel merge`: all or none, one step of the target, nothing half-done.

mod partial;
mod strategy;
mod verify;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use crate::support::{Journal, Repo};

/// main and three branches; `c` conflicts with `a`.
pub fn three() -> Repo {
    let repo = Repo::new();
    repo.file("src/api.rs", "old\n").commit("Before");
    repo.branch("a", "main", &[("src/api.rs", "one\n")]);
    repo.branch("b", "main", &[("b", "b\n")]);
    repo.branch("c", "main", &[("src/api.rs", "two\n")]);
    repo
}

/// A run of four tasks: 1 and 2 done, 3 stacked on 1 and done, 4 failed.
pub fn run(repo: &Repo) -> Journal {
    let tasks: [(u32, &str, &[u32]); 4] = [
        (1, "schema", &[]),
        (2, "docs", &[]),
        (3, "api", &[1]),
        (4, "broken", &[]),
    ];
    let mut journal = Journal::of(repo, "r1", &tasks);
    for (number, name, depends) in tasks {
        let start = match depends {
            [] => "main",
            _ => "parallel/schema",
        };
        repo.branch(&format!("parallel/{name}"), start, &[(name, "x\n")]);
        let tip = repo.git(["rev-parse", &format!("parallel/{name}")]);
        journal
            .starts(number, name, number)
            .ends(number, 1, i32::from(number == 4));
        let outcome = if number == 4 { "failed" } else { "done" };
        journal.finishes(number, outcome, Some(&tip));
    }
    journal.over("failed");
    journal
}

pub fn hook(repo: &Repo, name: &str, script: &str) {
    let path = repo.path().join(".git/hooks").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a hook");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

pub fn subjects(repo: &Repo) -> Vec<String> {
    let log = repo.git(["log", "--first-parent", "--format=%s", "main"]);
    log.lines().map(str::to_owned).collect()
}

#[test]
fn branches_land_with_a_merge_commit_each_and_the_checkout_comes_along() {
    let repo = three();
    let before = repo.git(["rev-parse", "main"]);
    repo.parallel(["merge", "a", "b"])
        .code(0)
        .answers("2 branches landed on main");
    assert_eq!(
        subjects(&repo)[..2],
        ["Merge branch 'b'", "Merge branch 'a'"]
    );
    assert_eq!(repo.read("src/api.rs"), "one\n");
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    assert_eq!(repo.git(["rev-parse", "main~2"]), before);
    assert_eq!(
        repo.git(["reflog", "-1", "--format=%gs"]),
        "parallel merge a b: Fast-forward"
    );
}

#[test]
fn the_done_tasks_of_the_latest_run_land_and_the_others_are_named() {
    let repo = Repo::new();
    run(&repo);
    let ended = repo.parallel(["merge"]).code(0);
    let ended = ended
        .answers("3 branches landed on main")
        .answers("broken  failed");
    ended.says("next: git parallel clean r1");
    let subjects = subjects(&repo);
    let expected = [
        "Merge T003: Make api",
        "Merge T002: Make docs",
        "Merge T001: Make schema",
    ];
    assert_eq!(subjects[..3], expected);
    let trailers = repo.git(["log", "-1", "--format=%(trailers)", "main"]);
    assert_eq!(trailers.trim(), "Parallel-Task: r1/T003");
    assert!(!repo.path().join("broken").exists());
    repo.parallel(["merge"])
        .code(0)
        .answers("nothing to merge: main holds all 3 already");
}

#[test]
fn a_task_that_is_not_done_lands_when_it_is_named() {
    let repo = Repo::new();
    run(&repo);
    repo.parallel(["merge", "broken"])
        .code(0)
        .answers("1 branch landed");
    assert!(repo.path().join("broken").exists());
}

#[test]
fn work_outside_its_scope_is_left_out_with_the_command_that_lands_it() {
    let repo = Repo::new();
    repo.file(
        "tasks.md",
        "# Tasks: x\n### T001: One\n**Files**: a (new)\n",
    );
    let line = "echo x > elsewhere";
    let call = repo.parallel(["run", "--from", "tasks.md", "--exec", line]);
    call.code(1).says("out of scope");
    repo.parallel(["status"])
        .code(0)
        .answers("git parallel merge r1/T001");
    repo.parallel(["merge"])
        .code(1)
        .says("git parallel merge r1/one");
    repo.parallel(["merge", "r1/one"]).code(0);
    assert!(repo.path().join("elsewhere").exists());
}

#[test]
fn a_run_without_a_done_task_is_a_finding() {
    let repo = Repo::new();
    let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[])]);
    repo.parallel(["merge"])
        .code(1)
        .answers("no task is done")
        .answers("one  queued");
    repo.parallel(["merge", "one"])
        .code(4)
        .says("no outcome yet");
    repo.branch("parallel/one", "main", &[("f", "x\n")]);
    journal
        .starts(1, "one", 1)
        .ends(1, 1, 3)
        .finishes(1, "failed", None)
        .over("failed");
    repo.parallel(["merge", "--json"])
        .code(1)
        .answers("\"reason\": \"failed\"");
}

#[test]
fn a_conflict_moves_nothing_and_says_who_blocks_whom() {
    let repo = three();
    let (main, before) = (repo.git(["rev-parse", "main"]), repo.checkout_state());
    repo.parallel(["merge", "a", "b", "c"])
        .code(1)
        .answers("nothing was merged: c waits for a (src/api.rs)")
        .says("next: git parallel merge a b");
    assert_eq!(
        (repo.git(["rev-parse", "main"]), repo.checkout_state()),
        (main, before)
    );
    let answer = repo.parallel(["merge", "--json", "a", "c"]).json(1);
    assert_eq!(
        (&answer["state"], &answer["blocked"][0]["by"]),
        (&"conflict".into(), &"a".into())
    );
}

#[test]
fn a_dry_run_says_what_would_be_done_and_writes_nothing() {
    let repo = three();
    let state = |repo: &Repo| {
        (
            repo.git(["for-each-ref"]),
            repo.git(["count-objects"]),
            repo.checkout_state(),
        )
    };
    let before = state(&repo);
    let answer = repo.parallel(["merge", "-n", "--json", "a", "b"]).json(0);
    assert_eq!(answer["state"], "would-land");
    assert_eq!(answer["landed"][1]["name"], "b");
    repo.parallel(["merge", "-n", "a", "c"]).code(1);
    assert_eq!(state(&repo), before);
}

#[test]
fn the_merged_result_is_verified_before_anything_moves() {
    let repo = three();
    let before = repo.git(["rev-parse", "main"]);
    let both = "grep one src/api.rs && test -f b && test -z \"$GIT_DIR\" && git status";
    repo.parallel([
        "merge",
        "a",
        "b",
        "--verify",
        "echo on out; echo on err >&2; exit 7",
    ])
    .code(1)
    .answers("main fails the verification already (exit status: 7)")
    .answers("  on out\n  on err");
    assert_eq!(repo.git(["rev-parse", "main"]), before);
    repo.parallel(["merge", "-n", "a", "b", "--verify", both])
        .code(0);
    assert_eq!(repo.git(["rev-parse", "main"]), before);
    repo.parallel(["merge", "a", "b", "--verify", both])
        .code(0)
        .answers("verified by");
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_target_that_is_checked_out_nowhere_moves_too() {
    let repo = three();
    repo.git(["branch", "release", "main"]);
    let before = repo.checkout_state();
    repo.parallel(["merge", "a", "--into", "release"]).code(0);
    assert_eq!(repo.checkout_state(), before);
    assert_eq!(repo.git(["show", "release:src/api.rs"]), "one");
    assert_eq!(
        repo.git(["log", "-1", "--format=%s", "release"]),
        "Merge branch 'a' into release"
    );
}

#[test]
fn a_target_in_a_linked_worktree_comes_forward_there() {
    let repo = three();
    let linked = repo.around().join("linked");
    repo.git(["worktree", "add", "--quiet", "-b", "release", "../linked"]);
    repo.parallel(["merge", "a", "--into", "release"])
        .code(0)
        .says(&format!("checked out in {}", linked.display()));
    assert_eq!(
        fs::read_to_string(linked.join("src/api.rs")).expect("a file"),
        "one\n"
    );
    assert_eq!(repo.git_at(&linked, ["status", "--porcelain"]), "");
}

#[test]
fn a_file_in_the_way_stops_the_merge_and_is_kept() {
    let repo = three();
    repo.file("src/api.rs", "unsaved\n");
    let before = repo.git(["rev-parse", "main"]);
    repo.parallel(["merge", "a"])
        .code(4)
        .says("uncommitted work is in the way there: src/api.rs")
        .says("nothing was moved");
    assert_eq!(
        (repo.git(["rev-parse", "main"]), repo.read("src/api.rs")),
        (before, "unsaved\n".into())
    );
    repo.git(["checkout", "--quiet", "src/api.rs"]);
    repo.file("b", "untracked\n");
    repo.parallel(["merge", "b"])
        .code(4)
        .says("in the way there: b");
    assert_eq!(repo.read("b"), "untracked\n");
    assert!(!repo.path().join(".git/parallel/operations.jsonl").exists());
    // What is not in the way may stay as it is.
    repo.parallel(["merge", "a"]).code(0);
    assert_eq!(repo.read("b"), "untracked\n");
}

#[test]
fn a_target_that_is_being_rebased_is_left_alone() {
    let repo = three();
    repo.git(["checkout", "--quiet", "c"]);
    let stopped = repo.ask_git(repo.path(), ["rebase", "a"]);
    assert!(!stopped.status.success());
    repo.parallel(["merge", "b", "--into", "c"])
        .code(4)
        .says("being rebased");
}

#[test]
fn hooks_are_asked_as_git_asks_them() {
    let repo = three();
    hook(
        &repo,
        "pre-merge-commit",
        "git diff --cached --name-only HEAD > ../seen",
    );
    hook(
        &repo,
        "prepare-commit-msg",
        "test \"$2\" = merge && echo 'Ticket: 7' >> \"$1\"",
    );
    hook(&repo, "commit-msg", "grep -q Ticket \"$1\" || exit 1");
    repo.parallel(["merge", "a"]).code(0);
    assert!(
        repo.git(["log", "-1", "--format=%B", "main"])
            .contains("Ticket: 7")
    );
    let seen = fs::read_to_string(repo.around().join("seen")).expect("the hook ran");
    assert_eq!(seen, "src/api.rs\n");
}

#[test]
fn a_hook_that_refuses_stops_everything_unless_it_is_skipped() {
    let repo = three();
    let before = repo.git(["rev-parse", "main"]);
    hook(&repo, "commit-msg", "echo 'no ticket' >&2; exit 1");
    repo.parallel(["merge", "a", "b"])
        .code(3)
        .says("the hook commit-msg refused: no ticket")
        .says("nothing was moved");
    assert_eq!(repo.git(["rev-parse", "main"]), before);
    repo.parallel(["merge", "a", "b", "--no-verify"]).code(0);
}

#[test]
fn merge_commits_are_signed_as_configured() {
    let repo = three();
    let sign = repo.around().join("sign");
    let script =
        "#!/bin/sh\ncat > /dev/null\nprintf '[GNUPG:] SIG_CREATED \\n' >&2\necho 'a signature'\n";
    fs::write(&sign, script).expect("a program");
    fs::set_permissions(&sign, fs::Permissions::from_mode(0o755)).expect("a mode");
    repo.git(["config", "gpg.program", &sign.to_string_lossy()]);
    repo.git(["config", "commit.gpgSign", "true"]);
    repo.parallel(["merge", "a"]).code(0);
    let commit = repo.git(["cat-file", "commit", "main"]);
    assert!(commit.contains("gpgsig a signature"), "{commit}");
}

#[test]
fn an_interrupted_merge_is_settled_by_the_next_one() {
    let repo = three();
    let (main, b) = (
        repo.git(["rev-parse", "main"]),
        repo.git(["rev-parse", "b"]),
    );
    let journal = repo.path().join(".git/parallel/operations.jsonl");
    fs::create_dir_all(journal.parent().expect("a folder")).expect("a folder");
    let planned = |number: u32, after: &str| {
        format!(
            "{{\"version\":1,\"seq\":{number},\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"merge-planned\",\
             \"operation\":{number},\"ref\":\"refs/heads/main\",\"before\":\"{b}\",\"after\":\"{after}\",\"landed\":[]}}\n"
        )
    };
    let torn = "{\"version\":1,\"seq\":3,\"at\"";
    fs::write(&journal, planned(1, &main) + &planned(2, &b) + torn).expect("a journal");
    repo.parallel(["merge", "a"])
        .code(0)
        .says("an earlier merge was interrupted");
    let log = fs::read_to_string(&journal).expect("a journal");
    let events: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let told: Vec<(&str, u64)> = events
        .iter()
        .map(|e| {
            (
                e["event"].as_str().expect("a name"),
                e["operation"].as_u64().expect("a number"),
            )
        })
        .collect();
    let expected = [
        ("merge-planned", 1),
        ("merge-planned", 2),
        ("done", 1),
        ("abandoned", 2),
        ("merge-planned", 3),
        ("done", 3),
    ];
    assert_eq!(told, expected);
}

#[test]
fn one_merge_at_a_time() {
    let repo = three();
    let lock = repo.path().join(".git/parallel/merge.lock");
    fs::create_dir_all(lock.parent().expect("a folder")).expect("a folder");
    let held = fs::File::create(&lock).expect("a file");
    held.lock().expect("a lock");
    fs::write(&lock, "parallel merge x (pid 1)\n").expect("a file");
    repo.parallel(["merge", "a"])
        .code(5)
        .says("parallel merge x (pid 1)");
    repo.parallel(["merge", "-n", "a"]).code(0);
}

#[test]
fn a_target_that_moves_meanwhile_is_not_overwritten() {
    let repo = three();
    repo.git(["branch", "release", "main"]);
    let move_it = "git update-ref refs/heads/release b";
    hook(&repo, "commit-msg", move_it);
    repo.parallel(["merge", "a", "--into", "release"])
        .code(3)
        .says("'release' moved meanwhile")
        .says("nothing was moved by this command");
    assert_eq!(
        repo.git(["rev-parse", "release"]),
        repo.git(["rev-parse", "b"])
    );
    hook(
        &repo,
        "commit-msg",
        "unset GIT_INDEX_FILE; git commit -q --allow-empty --no-verify -m Meanwhile",
    );
    repo.parallel(["merge", "a"])
        .code(3)
        .says("'main' moved meanwhile");
    assert_eq!(repo.git(["log", "-1", "--format=%s"]), "Meanwhile");
}

#[test]
fn killed_at_any_moment_a_merge_has_happened_or_it_has_not() {
    let repo = three();
    let before = repo.git(["rev-parse", "main"]);
    for pause in (0..240).step_by(16) {
        let mut merge = repo
            .parallel(["merge", "a", "b", "--verify", "true"])
            .spawn();
        thread::sleep(Duration::from_millis(pause));
        merge.kill().expect("a signal");
        merge.wait().expect("an end");
        // A git that was left behind finishes what it began.
        thread::sleep(Duration::from_millis(60));
        let now = repo.git(["rev-parse", "main"]);
        if now != before {
            assert_eq!(repo.git(["rev-parse", "main~2"]), before);
            assert_eq!(repo.git(["status", "--porcelain"]), "");
        }
        repo.git(["reset", "--quiet", "--hard", &before]);
    }
    repo.parallel(["merge", "a", "b", "--verify", "true"])
        .code(0);
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
    let log = repo.read(".git/parallel/operations.jsonl");
    let ends = log.matches("\"done\"").count() + log.matches("\"abandoned\"").count();
    assert_eq!(log.matches("merge-planned").count(), ends, "{log}");
}

#[test]
fn what_is_stacked_lands_on_what_it_stands_on() {
    let repo = three();
    repo.branch("on-c", "c", &[("more", "x\n")]);
    repo.parallel(["merge", "on-c", "c"]).code(0);
    assert_eq!(
        subjects(&repo)[..2],
        ["Merge branch 'on-c'", "Merge branch 'c'"]
    );
}

#[test]
fn what_takes_back_the_work_below_it_lands_with_that_work() {
    let repo = Repo::new();
    repo.file("f", "a\n").commit("Before");
    repo.branch("below", "main", &[("f", "b\n")]);
    repo.branch("above", "below", &[("f", "a\n")]);
    repo.parallel(["merge", "below", "above"])
        .code(0)
        .answers("2 branches landed");
    assert_eq!(repo.read("f"), "a\n");
}

#[test]
fn squashed_work_counts_as_landed() {
    let repo = three();
    repo.git(["merge", "--quiet", "--squash", "a"]);
    repo.git(["commit", "--quiet", "-m", "Squash a"]);
    repo.parallel(["merge", "a"])
        .code(0)
        .answers("main holds it already");
}

#[test]
fn a_bare_repository_is_merged_into_from_anywhere() {
    let repo = three();
    let bare = repo.around().join("bare.git");
    repo.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    repo.git_at(&bare, ["config", "user.email", "ada@example.org"]);
    repo.parallel(["merge", "a", "--verify", "test -f README.md"])
        .dir(&bare)
        .code(0);
    repo.git_at(&bare, ["worktree", "add", "--quiet", "../linked", "main"]);
    let linked = repo.around().join("linked");
    repo.parallel(["merge", "b"]).dir(&linked).code(0);
    assert!(linked.join("b").exists());
}

#[test]
fn what_cannot_be_merged_at_all_is_told() {
    let repo = three();
    repo.parallel(["merge"])
        .code(3)
        .says("nothing was run in this repository yet");
    repo.parallel(["merge", "no-such"]).code(3).says("no-such");
    repo.git(["checkout", "--quiet", "--detach"]);
    repo.parallel(["merge", "a"]).code(2).says("--into");
}
