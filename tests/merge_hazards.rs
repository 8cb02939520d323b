//! What can go wrong around a merge: whatever it is, the message is clear, the exit code is right,
//! and nothing is half-done.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Ended, Repo, isolate};

/// main and two branches that go together: `a` changes, adds and deletes a file, `b` adds one.
fn two() -> Repo {
    let repo = Repo::new();
    repo.file("api", "old\n")
        .file("gone", "was here\n")
        .file("other", "other\n")
        .commit("Before");
    repo.git(["checkout", "--quiet", "-b", "a"]);
    fs::remove_file(repo.path().join("gone")).expect("a file");
    repo.file("api", "one\n")
        .file("new/file", "new\n")
        .commit("Work on a");
    repo.git(["checkout", "--quiet", "main"]);
    repo.branch("b", "main", &[("b", "b\n")]);
    repo.branch("next", "main", &[("next", "x\n")]);
    repo.git(["tag", "before"]);
    repo
}

fn hook(repo: &Repo, name: &str, script: &str) {
    let path = repo.path().join(".git/hooks").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a hook");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
}

/// Everything that a merge which came to nothing must leave as it was: checkout, refs and files.
/// What the program remembers of it may be told.
fn state(repo: &Repo) -> String {
    format!(
        "{}\n{}\n{}",
        repo.git(["for-each-ref"]),
        repo.git(["status", "--porcelain=v2", "--branch", "--ignored"]),
        repo.git(["ls-files", "--stage", "--debug"])
            .lines()
            .filter(|line| !line.starts_with(' '))
            .collect::<Vec<_>>()
            .join("\n")
    )
}

/// Insists that a merge of `a` fails with this code, says this and a way out, and changes nothing;
/// and that it succeeds once `mend` has been done.
#[track_caller]
fn stops(repo: &Repo, code: i32, why: &str, mend: impl FnOnce()) -> Ended {
    let before = state(repo);
    let ended = repo.parallel(["merge", "a"]).code(code);
    let ended = ended.says(why).says("nothing was moved").says("try:");
    assert_eq!(state(repo), before);
    sound(repo);
    mend();
    repo.parallel(["merge", "a"])
        .code(0)
        .answers("landed on main");
    assert_eq!(repo.read("api"), "one\n");
    ended
}

#[track_caller]
fn sound(repo: &Repo) {
    let fsck = repo.ask_git(repo.path(), ["fsck", "--no-dangling"]);
    let said = String::from_utf8_lossy(&fsck.stderr);
    assert!(fsck.status.success(), "{said}");
}

// The target's worktree.

#[test]
fn ignored_files_in_the_way_are_kept_though_git_would_overwrite_them() {
    let repo = two();
    fs::write(repo.path().join(".git/info/exclude"), "/new\n/api.d\n").expect("a file");
    repo.file("new/file", "mine\n");
    stops(&repo, 4, "in the way there: new/file", || {
        assert_eq!(repo.read("new/file"), "mine\n");
        fs::remove_file(repo.path().join("new/file")).expect("a file");
    });
    // A file where a folder is needed, and a folder where a file is.
    let repo = two();
    fs::write(repo.path().join(".git/info/exclude"), "/new\n/x\n").expect("a file");
    repo.file("new", "mine\n");
    stops(&repo, 4, "in the way there: new", || {
        assert_eq!(repo.read("new"), "mine\n");
        fs::remove_file(repo.path().join("new")).expect("a file");
    });
    let repo = two();
    fs::write(repo.path().join(".git/info/exclude"), "/b/\n").expect("a file");
    repo.file("b/deep/data", "mine\n");
    let before = state(&repo);
    repo.parallel(["merge", "b"])
        .code(4)
        .says("in the way there: b");
    assert_eq!(
        (state(&repo), repo.read("b/deep/data")),
        (before, "mine\n".into())
    );
}

#[test]
fn staged_changes_in_the_way_are_kept_and_others_stay_staged() {
    let repo = two();
    repo.file("api", "staged\n");
    repo.git(["add", "api"]);
    repo.file("other", "mine\n");
    repo.git(["add", "other"]);
    stops(&repo, 4, "in the way there: api", || {
        assert_eq!(repo.git(["show", ":api"]), "staged");
        repo.git(["reset", "--quiet", "api"]);
        repo.git(["checkout", "--quiet", "api"]);
    });
    assert_eq!(repo.git(["status", "--porcelain"]), "M  other");
    // A deletion that is only staged, too.
    let repo = two();
    repo.git(["rm", "--quiet", "--cached", "api"]);
    stops(&repo, 4, "in the way there: api", || {
        repo.git(["reset", "--quiet"]);
    });
}

#[test]
fn edits_that_git_was_told_to_overlook_are_kept() {
    for flag in ["assume-unchanged", "skip-worktree"] {
        let repo = two();
        repo.git(["update-index", &format!("--{flag}"), "api"]);
        repo.file("api", "hidden\n");
        stops(&repo, 4, "told to overlook are edited there: api", || {
            assert_eq!(repo.read("api"), "hidden\n");
            repo.file("api", "old\n");
            repo.git(["update-index", &format!("--no-{flag}"), "api"]);
        });
    }
}

#[test]
fn nobody_in_the_middle_of_something_is_disturbed() {
    for what in ["merge", "cherry-pick"] {
        let repo = two();
        repo.branch("c", "main", &[("other", "c\n")]);
        repo.file("other", "d\n").commit("Change other");
        assert!(!repo.ask_git(repo.path(), [what, "c"]).status.success());
        stops(&repo, 4, &format!("in the middle of a {what}"), || {
            repo.git([what, "--abort"]);
        });
    }
    let repo = two();
    repo.file("other", "d\n").commit("Change other");
    repo.file("other", "e\n").commit("Change it again");
    let reverted = repo.ask_git(repo.path(), ["revert", "--no-edit", "HEAD~1"]);
    assert!(!reverted.status.success());
    stops(&repo, 4, "in the middle of a revert", || {
        repo.git(["revert", "--abort"]);
    });
    // A conflict that no operation stands behind.
    let repo = two();
    repo.file("other", "stashed\n");
    repo.git(["stash", "--quiet"]);
    repo.file("other", "d\n").commit("Change other");
    assert!(!repo.ask_git(repo.path(), ["stash", "pop"]).status.success());
    stops(&repo, 4, "in the way there: other", || {
        repo.git(["checkout", "--quiet", "--force", "HEAD"]);
    });
}

#[test]
fn a_target_that_is_checked_out_twice_would_come_forward_in_one_place_only() {
    let repo = two();
    let linked = repo.around().join("linked");
    let path = linked.to_string_lossy().into_owned();
    repo.git(["worktree", "add", "--quiet", "--force", &path, "main"]);
    stops(&repo, 4, "only one of them could come along", || {
        repo.git_at(&linked, ["switch", "--quiet", "--detach"]);
    });
    assert_eq!(repo.git_at(&linked, ["status", "--porcelain"]), "");
}

#[test]
fn a_target_whose_worktree_is_gone_is_told() {
    let repo = two();
    let linked = repo.around().join("linked");
    repo.git(["checkout", "--quiet", "--detach"]);
    repo.git(["worktree", "add", "--quiet", "../linked", "main"]);
    fs::remove_dir_all(&linked).expect("a folder");
    let merge = || repo.parallel(["merge", "a", "--into", "main"]);
    merge()
        .code(4)
        .says("which is not there")
        .says("git worktree prune");
    repo.git(["worktree", "lock", "../linked"]);
    merge().code(4).says("git worktree unlock");
    repo.git(["worktree", "unlock", "../linked"]);
    repo.git(["worktree", "prune"]);
    merge().code(0);
}

// Locks.

#[test]
fn a_lock_that_another_git_holds_is_waited_for_and_then_named() {
    for lock in ["index.lock", "refs/heads/main.lock", "HEAD.lock"] {
        let repo = two();
        let path = repo.path().join(".git").join(lock);
        fs::write(&path, "").expect("a lock");
        let ended = stops(&repo, 5, &format!("has held {}", path.display()), || {
            fs::remove_file(&path).expect("a lock");
        });
        ended.says(&format!("ls -l {}", path.display()));
    }
    // Held for a moment only, nobody notices.
    let repo = two();
    let path = repo.path().join(".git/index.lock");
    fs::write(&path, "").expect("a lock");
    let merge = repo.parallel(["merge", "a"]).spawn();
    thread::sleep(Duration::from_millis(700));
    fs::remove_file(&path).expect("a lock");
    let output = merge.wait_with_output().expect("an end");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_lock_of_packed_refs_is_in_nobodys_way() {
    let repo = two();
    repo.git(["pack-refs", "--all"]);
    fs::write(repo.path().join(".git/packed-refs.lock"), "").expect("a lock");
    repo.parallel(["merge", "a"]).code(0);
}

#[test]
fn two_merges_at_once_come_one_after_the_other_or_the_second_names_the_first() {
    let repo = two();
    let started = repo.around().join("started");
    let verify = |seconds: &str| format!("touch '{}'; sleep {seconds}", started.display());
    let first = repo
        .parallel(["merge", "a", "--verify", &verify("1")])
        .spawn();
    wait_for(&started);
    repo.parallel(["merge", "b"]).code(0).answers("landed");
    let first = first.wait_with_output().expect("an end");
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(
        repo.git(["rev-list", "--count", "--merges", "before..main"]),
        "2"
    );
    assert_eq!(repo.git(["status", "--porcelain"]), "");

    let repo = two();
    let started = repo.around().join("started");
    let verify = format!("touch '{}'; sleep 8", started.display());
    let mut first = repo.parallel(["merge", "a", "--verify", &verify]).spawn();
    wait_for(&started);
    repo.parallel(["merge", "b"])
        .code(5)
        .says("'parallel merge a (pid ")
        .says("nothing was changed");
    repo.parallel(["undo"]).code(5).says("parallel merge a");
    first.kill().expect("a signal");
    first.wait().expect("an end");
}

// Histories that are not all there.

#[test]
fn a_shallow_clone_says_that_the_history_is_cut_off() {
    let repo = two();
    repo.file("more", "x\n").commit("More");
    let shallow = repo.around().join("shallow");
    let from = format!("file://{}", repo.path().display());
    let clone = ["clone", "--quiet", "--depth=1", "--no-single-branch", &from];
    repo.git(clone.into_iter().chain(["../shallow"]));
    repo.git_at(&shallow, ["branch", "--quiet", "a", "origin/a"]);
    let merge = || repo.parallel(["merge", "a"]).dir(&shallow);
    merge()
        .code(3)
        .says("shallow")
        .says("git fetch --unshallow");
    assert_eq!(repo.git_at(&shallow, ["status", "--porcelain"]), "");
    repo.git_at(&shallow, ["fetch", "--quiet", "--unshallow"]);
    merge().code(0).answers("1 branch landed");
}

#[test]
fn histories_that_share_nothing_are_not_merged() {
    let repo = two();
    repo.git(["checkout", "--quiet", "--orphan", "o"]);
    repo.commit("Another beginning");
    repo.git(["checkout", "--quiet", "main"]);
    let before = state(&repo);
    for branches in [&["o"][..], &["a", "o"]] {
        repo.parallel(["merge"])
            .args(branches)
            .code(3)
            .says("'o' cannot be merged into 'main': refusing to merge unrelated histories")
            .says("nothing was moved")
            .says("git merge-base main o");
    }
    assert_eq!(state(&repo), before);
}

#[test]
fn a_partial_clone_fetches_what_it_lacks_and_says_what_it_cannot_fetch() {
    for filter in ["blob:none", "tree:0"] {
        let repo = two();
        repo.branch("c", "main", &[("other", "c\n")]);
        repo.branch("d", "main", &[("other", "d\n")]);
        repo.git(["config", "uploadpack.allowFilter", "true"]);
        repo.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let partial = repo.around().join("partial");
        let from = format!("file://{}", repo.path().display());
        repo.git(["clone", "--quiet", "--filter", filter, &from, "../partial"]);
        for branch in ["a", "b", "c", "d"] {
            repo.git_at(
                &partial,
                ["branch", "--quiet", branch, &format!("origin/{branch}")],
            );
        }
        let call = |args: &[&str]| repo.parallel(args).dir(&partial);
        // Gone: told, and nothing is half-done.
        let away = repo.around().join("away");
        fs::rename(repo.path(), &away).expect("a rename");
        for branch in ["a", "c"] {
            call_fails(&repo, &partial, &["merge", branch]);
        }
        let head = repo.git_at(&partial, ["rev-parse", "HEAD"]);
        assert_eq!(head, repo.git_at(&partial, ["rev-parse", "origin/main"]));
        assert_eq!(repo.git_at(&partial, ["status", "--porcelain"]), "");
        // There again: as if nothing had been.
        fs::rename(&away, repo.path()).expect("a rename");
        call(&["check", "c", "d"]).code(1).answers("other");
        call(&["merge", "a", "b", "c"])
            .code(0)
            .answers("3 branches landed");
        assert_eq!(repo.git_at(&partial, ["status", "--porcelain"]), "");
        call(&["undo"]).code(0);
        assert_eq!(repo.git_at(&partial, ["status", "--porcelain"]), "");
    }
}

#[track_caller]
fn call_fails(repo: &Repo, folder: &Path, args: &[&str]) {
    let started = Instant::now();
    // The folder that HOME and git's configuration lie in stays; only the repository is away.
    let ended = crate::support::Call::new(folder, &repo.home())
        .args(args)
        .code(3);
    ended
        .says("is not here, and cannot be fetched")
        .says("try:");
    assert!(started.elapsed() < Duration::from_secs(30), "{args:?}");
}

// What moves meanwhile.

#[test]
fn a_branch_that_moves_meanwhile_lands_as_it_was_decided_upon() {
    let repo = two();
    let decided = repo.git(["rev-parse", "a"]);
    let late = repo.around().join("late");
    repo.git(["worktree", "add", "--quiet", "../late", "a"]);
    let verify = format!(
        "cd '{}' && echo late > late && git add late && git commit -q -m Late",
        late.display()
    );
    repo.parallel(["merge", "a", "--verify", &verify]).code(0);
    assert_eq!(repo.git(["rev-parse", "main^2"]), decided);
    assert!(!repo.path().join("late").exists());
    repo.parallel(["merge", "a"]).code(0);
    assert_eq!(repo.read("late"), "late\n");
    // One that is deleted meanwhile, as well.
    let verify = "git -C \"$OLDPWD\" rev-parse b; git branch -D b";
    repo.parallel(["merge", "b", "--verify", verify]).code(0);
    assert_eq!(repo.read("b"), "b\n");
}

#[test]
fn a_target_that_moves_meanwhile_stays_where_it_went() {
    let repo = two();
    let elsewhere = repo.path().to_string_lossy().into_owned();
    let verify = format!("git -C '{elsewhere}' commit -q --allow-empty -m Meanwhile");
    repo.parallel(["merge", "a", "--verify", &verify])
        .code(3)
        .says("'main' moved meanwhile")
        .says("nothing was moved by this command");
    assert_eq!(repo.git(["log", "-1", "--format=%s"]), "Meanwhile");
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    // A file that came into the way while it was verified.
    let verify = format!("echo mine > '{elsewhere}/api'");
    repo.parallel(["merge", "a", "--verify", &verify])
        .code(4)
        .says("in the way there: api");
    assert_eq!(repo.read("api"), "mine\n");
}

// Hooks.

#[test]
fn a_hook_that_refuses_leaves_nothing_behind() {
    let repo = two();
    hook(&repo, "pre-merge-commit", "exit 1");
    repo.parallel(["merge", "a"])
        .code(3)
        .says("the hook pre-merge-commit refused and said nothing");
    hook(&repo, "pre-merge-commit", "echo 'not today' >&2; exit 1");
    stops(
        &repo,
        3,
        "the hook pre-merge-commit refused: not today",
        || {
            fs::remove_file(repo.path().join(".git/hooks/pre-merge-commit")).expect("a hook");
        },
    );
    // git has brought the files forward by the time that it asks this one.
    let repo = two();
    let refuse = "[ \"$1\" != prepared ] || ! grep -q ' refs/heads/main$'";
    hook(&repo, "reference-transaction", refuse);
    stops(&repo, 4, "aborted by", || {
        fs::remove_file(repo.path().join(".git/hooks/reference-transaction")).expect("a hook");
    });
    let repo = two();
    repo.git(["checkout", "--quiet", "--detach"]);
    hook(&repo, "reference-transaction", refuse);
    let before = state(&repo);
    let merge = repo.parallel(["merge", "a", "--into", "main"]);
    merge.code(3).says("aborted by").says("nothing was moved");
    assert_eq!(state(&repo), before);
}

#[test]
fn a_hook_that_fails_after_the_merge_changes_nothing_about_it() {
    let repo = two();
    hook(&repo, "post-merge", "touch ../ran; exit 1");
    repo.parallel(["merge", "a"])
        .code(0)
        .answers("1 branch landed");
    assert!(repo.around().join("ran").exists());
    assert_eq!(repo.git(["status", "--porcelain"]), "");
}

// Disks.

/// The program under a limit for the size of files, in blocks of 512 bytes: beyond it, writing
/// fails as on a full disk.
fn limited(repo: &Repo, blocks: u32, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    isolate(&mut command, &repo.home());
    let program = env!("CARGO_BIN_EXE_git-parallel");
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.args(["-c", &line, program]).args(args);
    let output = command
        .current_dir(repo.path())
        .output()
        .expect("sh starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), said)
}

#[test]
fn a_full_disk_stops_it_wherever_it_is_and_nothing_is_half_done() {
    let big = "0123456789abcdef".repeat(500);
    let make = || {
        let repo = Repo::new();
        repo.file("a-file", "old\n")
            .file("z-file", "old\n")
            .commit("Before");
        let files: [(&str, &str); 4] = [
            ("a-file", "new\n"),
            ("big", &big),
            ("d/new", "new\n"),
            ("z-file", "new\n"),
        ];
        repo.branch("a", "main", &files);
        repo
    };
    for blocks in [0, 1, 2, 4, 8] {
        let repo = make();
        let before = state(&repo);
        let (code, said) = limited(&repo, blocks, &["merge", "a"]);
        assert!(matches!(code, Some(3 | 4)), "{blocks}: {code:?} {said}");
        assert_eq!(state(&repo), before, "{blocks}: {said}");
        sound(&repo);
        repo.parallel(["merge", "a"]).code(0);
        assert_eq!(
            (repo.read("big"), repo.read("z-file")),
            (big.clone(), "new\n".into())
        );
        // The way back, too.
        let merged = state(&repo);
        fs::remove_file(repo.path().join("big")).expect("a file");
        repo.git(["checkout", "--quiet", "big"]);
        let (code, said) = limited(&repo, 0, &["undo"]);
        assert_eq!(code, Some(3), "{said}");
        assert_eq!(state(&repo), merged, "{blocks}: {said}");
        repo.parallel(["undo"]).code(0);
        assert_eq!(repo.git(["status", "--porcelain"]), "");
    }
}

#[test]
fn an_object_store_that_takes_nothing_is_told() {
    let repo = two();
    // Whoever is root may write anywhere: files where its folders would be stop everybody.
    let objects = repo.path().join(".git/objects");
    repo.git(["repack", "-a", "-d", "--quiet"]);
    let blocked: Vec<PathBuf> = (0..=255)
        .map(|number| objects.join(format!("{number:02x}")))
        .filter(|folder| !folder.exists() || fs::remove_dir(folder).is_ok())
        .collect();
    for file in &blocked {
        fs::write(file, "").expect("a file");
    }
    let before = repo.git(["for-each-ref"]);
    let ended = repo.parallel(["merge", "a"]).code(3);
    ended.says("try:");
    assert_eq!(repo.git(["for-each-ref"]), before);
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    for file in &blocked {
        fs::remove_file(file).expect("a file");
    }
    repo.parallel(["merge", "a"]).code(0);
}

// Sudden deaths.

fn wait_for(path: &Path) {
    let started = Instant::now();
    while !path.exists() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{}",
            path.display()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// A merge that has come to this moment: its hook, or the filter of its checkout, waits.
fn merge_at(repo: &Repo, moment: &str) -> Child {
    let reached = repo.around().join("reached");
    let wait = format!("touch '{}'; sleep 0.7", reached.display());
    match moment {
        "checkout" => {
            repo.git(["config", "filter.slow.smudge", &format!("{wait}; cat")]);
            fs::write(
                repo.path().join(".git/info/attributes"),
                "api filter=slow\n",
            )
            .expect("a file");
        }
        "reference-transaction" => hook(
            repo,
            moment,
            &format!("[ \"$1\" = prepared ] && grep -q ' refs/heads/main$' && {{ {wait}; }}; true"),
        ),
        _ => hook(repo, moment, &wait),
    }
    let merge = repo.parallel(["merge", "a", "b"]).spawn();
    wait_for(&reached);
    merge
}

fn disarm(repo: &Repo) {
    let _ = fs::remove_dir_all(repo.path().join(".git/hooks"));
    let _ = fs::remove_file(repo.path().join(".git/info/attributes"));
}

/// Insists that the merge of `a` and `b` has happened wholly or not at all, and that the next
/// command works; then takes it to its end.
#[track_caller]
fn whole_or_nothing(repo: &Repo, when: &str) {
    repo.parallel(["merge", "next"]).code(0);
    assert_eq!(repo.git(["status", "--porcelain"]), "", "{when}");
    sound(repo);
    let merged = repo.ask_git(repo.path(), ["merge-base", "--is-ancestor", "a", "main"]);
    let merged = merged.status.success();
    let both = repo.ask_git(repo.path(), ["merge-base", "--is-ancestor", "b", "main"]);
    assert_eq!(both.status.success(), merged, "{when}");
    assert_eq!(
        repo.read("api"),
        if merged { "one\n" } else { "old\n" },
        "{when}"
    );
    assert_eq!(repo.path().join("gone").exists(), !merged, "{when}");
    let log = repo.read(".git/parallel/operations.jsonl");
    let ends = log.matches("\"done\"").count() + log.matches("\"abandoned\"").count();
    assert_eq!(log.matches("merge-planned").count(), ends, "{when}: {log}");
    repo.parallel(["merge", "a", "b"]).code(0);
    assert_eq!(repo.read("api"), "one\n");
}

#[test]
fn killed_while_a_hook_or_a_checkout_runs_it_has_happened_or_it_has_not() {
    for moment in [
        "pre-merge-commit",
        "commit-msg",
        "checkout",
        "reference-transaction",
        "post-merge",
    ] {
        let repo = two();
        let mut merge = merge_at(&repo, moment);
        merge.kill().expect("a signal");
        merge.wait().expect("an end");
        disarm(&repo);
        whole_or_nothing(&repo, moment);
    }
}

#[test]
fn interrupted_from_the_keyboard_git_finishes_what_it_is_writing() {
    let repo = two();
    let reached = repo.around().join("reached");
    let wait = format!("touch '{}'; sleep 0.7; cat", reached.display());
    repo.git(["config", "filter.slow.smudge", &wait]);
    fs::write(
        repo.path().join(".git/info/attributes"),
        "api filter=slow\n",
    )
    .expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_git-parallel"));
    isolate(&mut command, &repo.home());
    let mut merge = command
        .args(["merge", "a", "b"])
        .current_dir(repo.path())
        .process_group(0)
        .spawn()
        .expect("the program starts");
    wait_for(&reached);
    // As Ctrl-C does: to all of the group in the foreground.
    let group = format!("-{}", merge.id());
    let sent = Command::new("kill").args(["-INT", "--", &group]).status();
    assert!(sent.expect("kill starts").success());
    merge.wait().expect("an end");
    disarm(&repo);
    whole_or_nothing(&repo, "Ctrl-C");
}

/// Kills all that a process has started, and that it has started in turn, then itself: as when the
/// machine loses power.
fn kill_all(pid: u32) {
    let children = Command::new("ps")
        .args(["-o", "pid=", "--ppid", &pid.to_string()])
        .output()
        .expect("ps starts");
    let children = String::from_utf8_lossy(&children.stdout).into_owned();
    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
    for child in children.split_whitespace() {
        kill_all(child.parse().expect("a number"));
    }
}

#[test]
fn a_machine_that_stops_in_the_middle_of_a_checkout_leaves_files_that_the_next_command_mends() {
    let repo = two();
    let mut merge = merge_at(&repo, "checkout");
    kill_all(merge.id());
    merge.wait().expect("an end");
    disarm(&repo);
    // Some files are the new ones, one is half written, and the lock that git held lies there.
    let lock = repo.path().join(".git/index.lock");
    assert_ne!(repo.git(["status", "--porcelain"]), "");
    assert!(lock.exists());
    repo.parallel(["merge", "b"])
        .code(5)
        .says("one that crashed has left it there");
    fs::remove_file(&lock).expect("a lock");
    whole_or_nothing(&repo, "power loss");
}

#[test]
fn killed_at_any_moment_it_has_happened_or_it_has_not() {
    for pause in (0..200).step_by(8) {
        let repo = two();
        let mut merge = repo.parallel(["merge", "a", "b"]).spawn();
        thread::sleep(Duration::from_millis(pause));
        merge.kill().expect("a signal");
        merge.wait().expect("an end");
        whole_or_nothing(&repo, &format!("after {pause} ms"));
    }
}
