//! Where a merge can stand when `resolve` is called: begun by somebody else, cut short, verified,
//! refused; and what is never touched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{clash, clash_over, is_merging, is_reconciled, tree};
use crate::support::Repo;

fn hook(repo: &Repo, name: &str, script: &str) {
    let path = repo.path().join(".git/hooks").join(name);
    repo.file(
        &format!(".git/hooks/{name}"),
        &format!("#!/bin/sh\n{script}\n"),
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a hook");
}

fn index(worktree: &Path, repo: &Repo) -> String {
    repo.git_at(worktree, ["ls-files", "--stage"])
}

#[test]
fn it_is_shown_whose_sides_meet_and_why_these() {
    let repo = clash();
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("parallel/one: they conflict, and it lands first")
        .answers("  ours    parallel/two  T002: Make two")
        .answers("  theirs  parallel/one  T001: Make one")
        .answers("f  content, marker at line 1")
        .answers("Work on parallel/one")
        .says("git parallel resolve two --agent");
    // And again, as long as it is open.
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("  theirs  parallel/one  T001: Make one");
}

#[test]
fn a_merge_that_somebody_else_began_is_not_ours() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.branch("other", "main", &[("f", "other\n")]);
    let merge = repo.ask_git(&two, ["merge", "--quiet", "other"]);
    assert!(!merge.status.success());
    for args in [
        &["resolve", "two"][..],
        &["resolve", "two", "--continue"],
        &["resolve", "two", "--abort"],
    ] {
        repo.parallel(args)
            .code(4)
            .says("was not begun here")
            .says("merge --abort");
    }
    repo.git_at(&two, ["merge", "--abort"]);
    // The merge that would be made is taken for ours.
    let merge = repo.ask_git(&two, ["merge", "--quiet", "parallel/one"]);
    assert!(!merge.status.success());
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&two, "f", "both\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert!(is_reconciled(&repo));
}

#[test]
fn a_rebase_under_way_is_left_alone() {
    let repo = clash();
    let two = tree(&repo, "two");
    let rebase = repo.ask_git(&two, ["rebase", "--quiet", "parallel/one"]);
    assert!(!rebase.status.success());
    let before = index(&two, &repo);
    repo.parallel(["resolve", "two"])
        .code(4)
        .says("a rebase is under way");
    assert_eq!(index(&two, &repo), before);
    assert!(
        repo.path()
            .join(".git/worktrees/project-two/rebase-merge")
            .exists()
    );
}

#[test]
fn what_the_user_concludes_or_takes_back_with_git_is_understood() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    repo.git_at(&two, ["merge", "--abort"]);
    repo.parallel(["resolve", "two", "--continue"])
        .code(3)
        .says("not in the middle of a merge");
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&two, "f", "both\n");
    repo.git_at(&two, ["commit", "--quiet", "--all", "--no-edit"]);
    repo.parallel(["resolve", "two"])
        .code(0)
        .answers("two conflicts with nothing");
    let report = repo.parallel(["report", "--json"]).json(0);
    let states: Vec<_> = report["tasks"][1]["resolutions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["state"].clone())
        .collect();
    assert_eq!(states, ["dropped", "resolved"]);
}

#[test]
fn a_result_that_does_not_pass_is_not_committed_and_nothing_is_touched() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&two, "f", "both\n");
    let before = index(&two, &repo);
    // What is verified is what would be committed, not what lies about.
    repo.file_at(&two, "lying-about", "x\n");
    let verify = "test ! -e lying-about && grep -q three f || { echo not three; exit 7; }";
    repo.parallel(["resolve", "two", "--continue", "--verify", verify])
        .code(1)
        .answers("nothing was committed: the resolved merge of parallel/one fails")
        .answers("  not three")
        .says("--continue --verify");
    assert_eq!(index(&two, &repo), before);
    assert!(is_merging(&repo) && !is_reconciled(&repo));
    repo.file_at(&two, "f", "three\n");
    repo.parallel(["resolve", "two", "--continue", "--verify", verify])
        .code(0)
        .answers("verified by");
    assert!(is_reconciled(&repo));
    assert!(two.join("lying-about").exists());
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 3);
}

#[test]
fn a_hook_that_refuses_leaves_the_merge() {
    let repo = clash();
    repo.parallel(["resolve", "two"]).code(1);
    hook(&repo, "commit-msg", "echo no thanks >&2; exit 1");
    repo.file_at(&tree(&repo, "two"), "f", "both\n");
    repo.parallel(["resolve", "two", "--continue"])
        .code(3)
        .says("no thanks")
        .says("kept: the merge, resolved and staged");
    assert!(is_merging(&repo));
    repo.parallel(["resolve", "two", "--continue", "--no-verify"])
        .code(0);
    assert!(is_reconciled(&repo));
}

#[test]
fn a_worktree_made_again_runs_the_hook_that_users_expect() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.git(["worktree", "remove", &two.to_string_lossy()]);
    hook(&repo, "post-checkout", "echo \"$2 $3\" > hooked");
    repo.parallel(["resolve", "two"]).code(1);
    let tip = repo.git(["rev-parse", "parallel/two"]);
    let hooked = fs::read_to_string(two.join("hooked")).expect("the hook ran");
    assert_eq!(hooked.trim(), format!("{tip} 1"));
}

#[test]
fn a_worktree_whose_making_was_cut_short_is_finished() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.git(["worktree", "remove", &two.to_string_lossy()]);
    let path = two.to_string_lossy();
    let add = ["worktree", "add", "--quiet", "--no-checkout", "--lock"];
    let words = ["--reason", "git-parallel r1/T002", &path, "parallel/two"];
    repo.git(add.iter().chain(&words));
    repo.parallel(["resolve", "two"]).code(1);
    assert!(two.join("README.md").exists() && is_merging(&repo));
}

#[test]
fn a_note_without_a_merge_starts_over() {
    let repo = clash();
    let (head, one) = ("parallel/two", "parallel/one");
    let note = serde_json::json!({"version": 1, "head": repo.git(["rev-parse", head]),
        "with": one, "theirs": repo.git(["rev-parse", one])});
    let path = ".git/worktrees/project-two/parallel-resolve.json";
    repo.file(path, &note.to_string());
    repo.parallel(["resolve", "two", "--continue"]).code(3);
    repo.file(path, &note.to_string());
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&tree(&repo, "two"), "f", "both\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert!(is_reconciled(&repo));
}

#[test]
fn a_merge_that_git_was_killed_in_is_told_and_left() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    fs::remove_file(repo.path().join(".git/worktrees/project-two/MERGE_HEAD")).expect("removed");
    let before = index(&two, &repo);
    for args in [&["resolve", "two"][..], &["resolve", "two", "--abort"]] {
        repo.parallel(args)
            .code(4)
            .says("cut short")
            .says("reset --merge");
    }
    assert_eq!(index(&two, &repo), before);
}

#[test]
fn edits_that_nobody_can_tell_from_a_merge_that_was_killed_are_put_aside_first() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    // As it is where git was killed before it wrote its index: files only.
    repo.git_at(&two, ["reset", "--quiet"]);
    let left = fs::read_to_string(two.join("f")).expect("a file");
    assert!(left.contains("<<<<<<<"), "{left}");
    for args in [
        &["resolve", "two"][..],
        &["resolve", "two", "--continue"],
        &["resolve", "two", "--abort"],
    ] {
        repo.parallel(args)
            .code(4)
            .says("there are edits in")
            .says("stash --include-untracked");
    }
    assert_eq!(fs::read_to_string(two.join("f")).expect("a file"), left);
    // With the lock that it left, nothing could be put aside.
    let lock = repo.path().join(".git/worktrees/project-two/index.lock");
    fs::write(&lock, "").expect("a lock");
    repo.parallel(["resolve", "two"])
        .code(5)
        .says(&format!("another git has held {} for", lock.display()));
    fs::remove_file(&lock).expect("it is still there");
    repo.git_at(&two, ["stash", "--include-untracked"]);
    repo.parallel(["resolve", "two"])
        .code(1)
        .answers("left to resolve");
}

#[test]
fn a_merge_whose_message_git_had_no_time_to_note_gets_one() {
    let repo = clash();
    repo.parallel(["resolve", "two"]).code(1);
    let noted = repo.path().join(".git/worktrees/project-two/MERGE_MSG");
    fs::write(&noted, "").expect("a file");
    repo.file_at(&tree(&repo, "two"), "f", "both\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    assert!(is_reconciled(&repo));
    let subject = repo.git(["log", "-1", "--format=%s", "parallel/two"]);
    assert_eq!(subject, "Merge branch 'parallel/one' into parallel/two");
}

#[test]
fn what_was_resolved_before_a_merge_is_taken_back_is_kept() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&two, "f", "hours of work\n");
    repo.file_at(&two, "mine", "untracked\n");
    let answer = repo
        .parallel(["resolve", "two", "--abort", "--json"])
        .json(0);
    let kept = answer["commit"].as_str().expect("a commit");
    assert_eq!(repo.git(["show", &format!("{kept}:f")]), "hours of work");
    assert_eq!(repo.git_at(&two, ["status", "--porcelain"]), "?? mine");
    assert_eq!(repo.git_at(&two, ["show", "HEAD:f"]), "two");
}

#[test]
fn markers_of_another_size_and_text_that_looks_like_one() {
    let repo = clash();
    repo.file(".git/info/attributes", "f conflict-marker-size=12\n");
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    let shown = fs::read_to_string(two.join("f")).expect("a file");
    assert!(shown.starts_with("<<<<<<<<<<<< HEAD"), "{shown}");
    repo.parallel(["resolve", "two", "--continue"])
        .code(1)
        .answers("f:1: <<<<<<<<<<<< HEAD");
    // Seven of them are a heading now.
    repo.file_at(&two, "f", "Heading\n=======\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
    let repo = clash_over("f", "One\n=======\n", "Two\n=======\n");
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&tree(&repo, "two"), "f", "One\n=======\nTwo\n=======\n");
    repo.parallel(["resolve", "two", "--continue"]).code(0);
}

#[test]
fn a_file_that_is_not_staged_is_named_and_left() {
    let repo = clash();
    let two = tree(&repo, "two");
    repo.parallel(["resolve", "two"]).code(1);
    repo.file_at(&two, "f", "both\n")
        .file_at(&two, "README.md", "new\n");
    repo.parallel(["resolve", "two", "--continue"])
        .code(0)
        .answers("not committed, since not staged: README.md");
    assert_eq!(repo.git_at(&two, ["status", "--porcelain"]), " M README.md");
}

#[test]
fn a_branch_of_no_run_is_resolved_where_it_is_checked_out() {
    let repo = Repo::new();
    repo.file("f", "old\n").commit("Before");
    repo.branch("feature/x", "main", &[("f", "x\n")]);
    repo.file("f", "main\n").commit("Meanwhile");
    repo.parallel(["resolve", "feature/x"])
        .code(3)
        .says("checked out nowhere")
        .says("git worktree add ../project-x feature/x");
    let at = repo.around().join("project-x");
    repo.git(["worktree", "add", "--quiet", "../project-x", "feature/x"]);
    repo.parallel(["resolve", "feature/x"])
        .code(1)
        .answers("merging main")
        .answers("main: results go there, and it conflicts");
    repo.file_at(&at, "f", "both\n");
    repo.parallel(["resolve", "feature/x", "--continue"])
        .code(0)
        .says("next: git parallel merge feature/x");
    repo.parallel(["merge", "feature/x"]).code(0);
    assert_eq!(repo.read("f"), "both\n");
    // The branch of a task stands for the task.
    let repo = clash();
    repo.parallel(["resolve", "parallel/two"])
        .code(1)
        .answers("T002: Make two");
    repo.parallel(["resolve", "two", "--with", "two"])
        .code(2)
        .says("with itself");
    repo.parallel(["resolve", "two", "--with", "main"])
        .code(4)
        .says("in the middle of merging parallel/one");
}

#[test]
fn a_busy_worktree_is_waited_for_and_then_named() {
    let repo = clash();
    let folder = repo.path().join(".git/parallel/runs/r1/T002");
    fs::create_dir_all(&folder).expect("a folder");
    let lock = fs::File::create(folder.join("lock")).expect("a lock");
    lock.lock().expect("a lock");
    repo.parallel(["resolve", "two"]).code(5);
    drop(lock);
    repo.parallel(["resolve", "two"]).code(1);
}
