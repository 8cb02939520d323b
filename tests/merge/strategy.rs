//! The forms in which work comes in: squashed, rebased, and what comes on top of that later.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{hook, run, subjects, three};
use crate::support::{Journal, Repo};

/// main has moved on; `a` has two commits of Bob's on the same file, `b` stands on `a` and changes
/// that file again.
fn stacked() -> Repo {
    let repo = Repo::new();
    repo.file("f", "1\n2\n3\n4\n5\n").commit("Before");
    repo.git(["checkout", "--quiet", "-b", "a"]);
    by_bob(&repo, "f", "one\n2\n3\n4\n5\n", "First half");
    by_bob(&repo, "f", "one\ntwo\n3\n4\n5\n", "Second half");
    repo.git(["checkout", "--quiet", "main"]);
    repo.branch("b", "a", &[("f", "ONE\ntwo\n3\n4\n5\n")]);
    repo.file("moved", "on\n").commit("Meanwhile");
    repo
}

fn by_bob(repo: &Repo, path: &str, content: &str, message: &str) {
    repo.file(path, content).git(["add", path]);
    repo.git([
        "commit",
        "--quiet",
        "--author=Bob <bob@example.org>",
        "--date=1700000000 +0230",
        "-m",
        message,
    ]);
}

fn authors(repo: &Repo) -> Vec<String> {
    let log = repo.git(["log", "--first-parent", "--format=%an: %s", "main"]);
    log.lines().map(str::to_owned).collect()
}

#[test]
fn a_squash_is_one_commit_of_the_author_that_lists_what_is_in_it() {
    let repo = stacked();
    repo.parallel(["merge", "--strategy", "squash", "a"])
        .code(0)
        .answers("1 branch landed on main, squashed");
    assert_eq!(
        authors(&repo)[..2],
        ["Bob: Squash branch 'a'", "Ada: Meanwhile"]
    );
    assert_eq!(
        repo.git(["rev-list", "--parents", "-1", "main"])
            .split(' ')
            .count(),
        2
    );
    assert_eq!(repo.read("f"), "one\ntwo\n3\n4\n5\n");
    let message = repo.git(["log", "-1", "--format=%B", "main"]);
    // As `git merge --squash` puts it, newest first.
    repo.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.git(["merge", "--quiet", "--squash", "a"]);
    let proposed = repo.read(".git/SQUASH_MSG");
    let list = proposed.strip_prefix("Squashed commit of the following:\n\n");
    assert!(
        message.contains(list.expect("git's words").trim_end()),
        "{message}"
    );
}

#[test]
fn a_squash_of_one_commit_takes_its_words_and_of_several_authors_is_the_users() {
    let repo = three();
    let long = "Subject\n\nA body\nof two lines.\n\nTicket: 7";
    repo.git(["checkout", "--quiet", "b"]);
    repo.git(["commit", "--quiet", "--amend", "-m", long]);
    repo.git(["checkout", "--quiet", "main"]);
    repo.parallel(["merge", "--strategy", "squash", "b"])
        .code(0);
    assert_eq!(
        repo.git(["log", "-1", "--format=%B", "main"]).trim_end(),
        long
    );
    repo.git(["checkout", "--quiet", "a"]);
    by_bob(&repo, "more", "x\n", "More");
    repo.git(["checkout", "--quiet", "main"]);
    repo.parallel(["merge", "--strategy", "squash", "a"])
        .code(0);
    assert_eq!(authors(&repo)[0], "Ada: Squash branch 'a'");
}

#[test]
fn tasks_are_squashed_under_their_titles_with_their_trailers() {
    let repo = Repo::new();
    run(&repo);
    repo.git(["config", "parallel.strategy", "squash"]);
    repo.parallel(["merge"])
        .code(0)
        .answers("3 branches landed on main, squashed");
    assert_eq!(
        subjects(&repo)[..3],
        ["Make api", "Make docs", "Make schema"]
    );
    let trailers = repo.git(["log", "-1", "--format=%(trailers)", "main"]);
    assert_eq!(trailers.trim(), "Parallel-Task: r1/T003");
    assert_eq!(repo.git(["rev-list", "--merges", "main"]), "");
    // The flag beats the configuration.
    repo.parallel(["merge", "--strategy", "merge", "broken"])
        .code(0);
    assert_eq!(
        repo.git(["rev-list", "--merges", "main"]).lines().count(),
        1
    );
}

#[test]
fn a_rebase_takes_the_commits_over_with_author_date_and_words() {
    let repo = stacked();
    let told = |range: &str| repo.git(["log", "--format=%an %ae %ad %s", "--date=raw", range]);
    let original = told("main..b");
    let before = repo.git(["rev-parse", "main"]);
    repo.parallel(["merge", "--strategy", "rebase", "b"])
        .code(0)
        .answers("1 branch landed on main, rebased");
    assert_eq!(told(&format!("{before}..main")), original);
    assert_eq!(repo.git(["rev-list", "--merges", "main"]), "");
    assert_eq!(repo.read("f"), "ONE\ntwo\n3\n4\n5\n");
    // git itself comes to the same.
    repo.git(["checkout", "--quiet", "-b", "by-git", "b"]);
    repo.git(["rebase", "--quiet", &before]);
    assert_eq!(repo.git(["diff", "by-git", "main", "--"]), "");
    assert_eq!(told(&format!("{before}..by-git")), original);
}

#[test]
fn what_stands_on_work_that_was_squashed_or_rebased_lands_by_its_own_base() {
    for strategy in ["squash", "rebase"] {
        let repo = stacked();
        repo.parallel(["merge", "--strategy", strategy, "a"])
            .code(0);
        // git by itself sees a conflict here: it does not know that main holds `a`.
        let tree = repo.ask_git(repo.path(), ["merge-tree", "--write-tree", "main", "b"]);
        assert_eq!(tree.status.code(), Some(1), "{strategy}");
        let seen = repo.parallel(["check", "--json", "--branches=*"]).json(0);
        assert_eq!(
            seen["revisions"].as_array().map(Vec::len),
            Some(1),
            "{seen:#}"
        );
        assert_eq!(seen["revisions"][0]["insertions"], 1, "{seen:#}");
        repo.parallel(["check", "b"])
            .code(0)
            .answers("b merges with main");
        repo.parallel(["merge", "--strategy", strategy, "a", "b"])
            .code(0)
            .answers("1 branch landed")
            .says("main held already: a");
        assert_eq!(repo.read("f"), "ONE\ntwo\n3\n4\n5\n");
        repo.parallel(["merge", "a", "b"])
            .code(0)
            .answers("main holds all 2 already");
    }
}

#[test]
fn a_stack_is_squashed_layer_by_layer_at_once() {
    let repo = stacked();
    repo.branch("c", "b", &[("f", "ONE\nTWO\n3\n4\n5\n")]);
    repo.parallel(["merge", "--strategy", "squash", "c", "b", "a"])
        .code(0);
    assert_eq!(repo.read("f"), "ONE\nTWO\n3\n4\n5\n");
    let changed = |commit: &str| repo.git(["show", "--format=", "--numstat", commit]);
    assert_eq!(changed("main"), "1\t1\tf");
    assert_eq!(changed("main~2"), "2\t2\tf");
}

#[test]
fn pairs_know_too_what_the_target_holds_in_another_form() {
    let repo = stacked();
    repo.parallel(["merge", "--strategy", "squash", "a"])
        .code(0);
    // Made after the squash, on the same file as `b`, which stands on the original.
    repo.branch("later", "main", &[("f", "one\ntwo\n3\n4\nfive\n")]);
    let by_git = repo.ask_git(repo.path(), ["merge-tree", "--write-tree", "later", "b"]);
    assert_eq!(by_git.status.code(), Some(1));
    repo.parallel(["check", "later", "b"])
        .code(0)
        .answers("both land together on main");
    repo.parallel(["merge", "later", "b"]).code(0);
    assert_eq!(repo.read("f"), "ONE\ntwo\n3\n4\nfive\n");
}

#[test]
fn what_is_on_top_already_is_taken_as_it_is() {
    let repo = three();
    let tip = repo.git(["rev-parse", "a"]);
    repo.parallel(["merge", "--strategy", "rebase", "a"])
        .code(0);
    assert_eq!(repo.git(["rev-parse", "main"]), tip);
}

#[test]
fn a_rebase_leaves_out_what_is_there_already_and_what_comes_to_nothing() {
    let repo = three();
    repo.git(["checkout", "--quiet", "b"]);
    repo.file("picked", "x\n").commit("Picked elsewhere");
    repo.git([
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "Empty from the start",
    ]);
    repo.file("both", "x\n")
        .file("only", "y\n")
        .commit("Partly there");
    repo.file("both2", "x\n")
        .commit("Done by another commit, too");
    repo.git(["checkout", "--quiet", "main"]);
    repo.git(["cherry-pick", "b~3"]);
    repo.file("both", "x\n")
        .file("both2", "x\n")
        .commit("Both at once");
    let before = repo.git(["rev-parse", "main"]);
    repo.parallel(["merge", "--strategy", "rebase", "b"])
        .code(0);
    let log = repo.git(["log", "--format=%s", &format!("{before}..main")]);
    assert_eq!(log, "Partly there\nEmpty from the start\nWork on b");
}

#[test]
fn a_merge_within_a_branch_is_flattened_and_its_own_changes_are_not_lost() {
    let repo = three();
    repo.git(["checkout", "--quiet", "b"]);
    repo.git(["merge", "--quiet", "--no-edit", "a"]);
    repo.git(["checkout", "--quiet", "main"]);
    let before = repo.git(["rev-parse", "main"]);
    repo.parallel(["merge", "--strategy", "rebase", "b"])
        .code(0);
    assert_eq!(repo.git(["rev-list", "--merges", "main"]), "");
    assert_eq!(repo.git(["diff", "main", "b", "--"]), "");
    repo.git(["reset", "--quiet", "--hard", &before]);
    // What the merge commit itself changed is in no other commit.
    repo.git(["checkout", "--quiet", "b"]);
    repo.file("only-here", "x\n").git(["add", "--all"]);
    repo.git(["commit", "--quiet", "--amend", "--no-edit"]);
    repo.git(["checkout", "--quiet", "main"]);
    fs::remove_dir_all(repo.path().join(".git/parallel")).expect("the journal");
    repo.parallel(["merge", "--strategy", "rebase", "b"])
        .code(1)
        .answers("come to something else")
        .says("next: git parallel merge --strategy merge b");
    assert_eq!(repo.git(["rev-parse", "main"]), before);
}

#[test]
fn a_commit_that_does_not_apply_by_itself_is_named_and_nothing_moves() {
    let repo = three();
    repo.git(["checkout", "--quiet", "b"]);
    repo.file("src/api.rs", "detour\n").commit("A detour");
    repo.file("src/api.rs", "old\n").commit("And back");
    repo.git(["checkout", "--quiet", "main"]);
    repo.file("src/api.rs", "newer\n").commit("Meanwhile");
    let before = repo.git(["rev-parse", "main"]);
    repo.parallel(["merge", "--strategy", "rebase", "b"])
        .code(1)
        .answers("\"A detour\" does not apply by itself\n(src/api.rs)")
        .says("next: git parallel merge --strategy squash b");
    assert_eq!(repo.git(["rev-parse", "main"]), before);
    let call = ["merge", "--strategy", "rebase", "--json", "b"];
    let report = repo.parallel(call).json(1);
    let commit = repo.git(["rev-parse", "b~1"]);
    assert_eq!(report["behind"][0]["reason"], "rebase-conflict");
    assert_eq!(report["behind"][0]["commit"], commit.as_str());
    assert_eq!(report["behind"][0]["paths"][0], "src/api.rs");
    repo.parallel(["merge", "--strategy", "squash", "b"])
        .code(0);
}

#[test]
fn the_encoding_of_a_message_survives() {
    let repo = three();
    repo.git(["checkout", "--quiet", "b"]);
    let file = repo.around().join("message");
    fs::write(&file, b"Gr\xfc\xdfe\n").expect("a file");
    let path = file.to_string_lossy().into_owned();
    let encoding = "i18n.commitEncoding=ISO-8859-1";
    repo.git([
        "-c",
        encoding,
        "commit",
        "--quiet",
        "--allow-empty",
        "-F",
        &path,
    ]);
    repo.git(["checkout", "--quiet", "main"]);
    repo.file("moved", "on\n").commit("Meanwhile");
    repo.parallel(["merge", "--strategy", "rebase", "b"])
        .code(0);
    assert_eq!(repo.git(["log", "-1", "--format=%s", "main"]), "Grüße");
    assert!(
        repo.git(["cat-file", "commit", "main"])
            .contains("\nencoding ISO-8859-1\n")
    );
}

#[test]
fn hooks_are_asked_as_git_asks_them_for_each_form() {
    let repo = three();
    repo.branch("d", "main", &[("d", "x\n")]);
    repo.file("moved", "on\n").commit("Meanwhile");
    for name in ["pre-commit", "pre-merge-commit", "commit-msg"] {
        hook(&repo, name, &format!("echo {name} >> ../seen"));
    }
    hook(
        &repo,
        "prepare-commit-msg",
        "echo \"prepare-commit-msg $2\" >> ../seen",
    );
    let seen = |strategy: &str, branch: &str| {
        repo.parallel(["merge", "--strategy", strategy, branch])
            .code(0);
        let path = repo.around().join("seen");
        let seen = fs::read_to_string(&path).expect("hooks ran");
        fs::remove_file(&path).expect("a file");
        seen
    };
    assert_eq!(
        seen("merge", "a"),
        "pre-merge-commit\nprepare-commit-msg merge\ncommit-msg\n"
    );
    assert_eq!(
        seen("squash", "b"),
        "prepare-commit-msg squash\ncommit-msg\n"
    );
    assert_eq!(seen("rebase", "d"), "prepare-commit-msg message\n");
}

#[test]
fn every_form_is_signed_as_configured() {
    let repo = three();
    repo.file("moved", "on\n").commit("Meanwhile");
    let sign = repo.around().join("sign");
    let script =
        "#!/bin/sh\ncat > /dev/null\nprintf '[GNUPG:] SIG_CREATED \\n' >&2\necho 'a signature'\n";
    fs::write(&sign, script).expect("a program");
    fs::set_permissions(&sign, fs::Permissions::from_mode(0o755)).expect("a mode");
    repo.git(["config", "gpg.program", &sign.to_string_lossy()]);
    repo.git(["config", "commit.gpgSign", "true"]);
    for (strategy, branch) in [("squash", "a"), ("rebase", "b")] {
        repo.parallel(["merge", "--strategy", strategy, branch])
            .code(0);
        let commit = repo.git(["cat-file", "commit", "main"]);
        assert!(
            commit.contains("gpgsig a signature"),
            "{strategy}: {commit}"
        );
    }
}

#[test]
fn what_was_squashed_or_rebased_is_cleaned_up_as_landed() {
    for strategy in ["squash", "rebase"] {
        let repo = Repo::new();
        run(&repo);
        repo.file("moved", "on\n").commit("Meanwhile");
        repo.parallel(["merge", "--strategy", strategy]).code(0);
        // What changes the same lines later does not make it unlanded.
        repo.file("schema", "changed since\n").commit("Later");
        repo.parallel(["report"]).ok();
        repo.parallel(["clean", "schema", "docs", "api"]).code(0);
        let left = repo.git(["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
        assert_eq!(left, "main\nparallel/broken", "{strategy}");
    }
}

#[test]
fn merge_cleans_up_after_what_landed() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "one,two", "--exec"])
        .args(["echo x > $GIT_PARALLEL_NAME"])
        .code(0);
    let answer = repo.parallel(["merge", "--clean", "--json"]).json(0);
    assert_eq!(
        answer["cleaned"]["tasks"].as_array().map(Vec::len),
        Some(2),
        "{answer:#}"
    );
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 1);
    assert_eq!(repo.git(["branch", "--list", "parallel/*"]), "");
    assert!(repo.path().join("two").exists());
}

#[test]
fn what_clean_would_keep_merge_keeps_too() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "one,two", "--exec"])
        .args(["echo x > $GIT_PARALLEL_NAME"])
        .code(0);
    let worktree = repo.around().join("project-one");
    repo.file_at(&worktree, "forgotten", "x\n");
    repo.parallel(["merge", "--clean"])
        .code(4)
        .answers("2 branches landed")
        .answers("untracked: forgotten")
        .says("kept, to lose nothing: one");
    assert!(worktree.join("forgotten").exists());
    assert_eq!(repo.git(["worktree", "list"]).lines().count(), 2);
}

#[test]
fn a_strategy_that_is_none_is_told() {
    let repo = three();
    repo.parallel(["merge", "--strategy", "octopus", "a"])
        .code(2)
        .says("squash");
    repo.git(["config", "parallel.strategy", "octopus"]);
    repo.parallel(["merge", "a"])
        .code(2)
        .says("merge, squash or rebase");
}

#[test]
fn what_others_squashed_is_found_by_its_content() {
    let repo = stacked();
    repo.git(["merge", "--quiet", "--squash", "a"]);
    repo.git(["commit", "--quiet", "-m", "Squashed by other means"]);
    let tree = repo.ask_git(repo.path(), ["merge-tree", "--write-tree", "main", "b"]);
    assert_eq!(tree.status.code(), Some(1));
    repo.parallel(["check", "a", "b"])
        .code(0)
        .answers("both land together on main");
    repo.parallel(["merge", "a", "b"])
        .code(0)
        .answers("1 branch landed on main")
        .says("main held already: a");
    assert_eq!(repo.read("f"), "ONE\ntwo\n3\n4\n5\n");
}

#[test]
fn a_task_remembers_what_it_stood_on_when_that_was_squashed_and_is_gone() {
    let repo = stacked();
    let base = repo.git(["rev-parse", "a"]);
    repo.git(["branch", "--quiet", "-m", "b", "parallel/b"]);
    let tip = repo.git(["rev-parse", "parallel/b"]);
    let mut journal = Journal::of(&repo, "r1", &[(1, "b", &[])]);
    journal.starts_from(1, "b", 1, &base);
    journal.ends(1, 1, 0).finishes(1, "done", Some(&tip));
    journal.over("done");
    repo.git(["merge", "--quiet", "--squash", "a"]);
    repo.git(["commit", "--quiet", "-m", "Squashed by other means"]);
    repo.git(["branch", "--quiet", "-D", "a"]);
    repo.parallel(["check", "r1"]).code(0);
    repo.parallel(["merge", "r1"]).code(0);
    assert_eq!(repo.read("f"), "ONE\ntwo\n3\n4\n5\n");
}

#[test]
fn what_was_taken_back_lands_again_in_every_form() {
    for strategy in ["squash", "rebase"] {
        let repo = stacked();
        let before = repo.git(["rev-parse", "main"]);
        repo.parallel(["merge", "--strategy", strategy, "a", "b"])
            .code(0);
        repo.parallel(["undo"]).code(0);
        assert_eq!(repo.git(["rev-parse", "main"]), before);
        repo.parallel(["merge", "--strategy", strategy, "a", "b"])
            .code(0)
            .answers("2 branches landed");
        assert_eq!(repo.read("f"), "ONE\ntwo\n3\n4\n5\n");
    }
}

#[test]
fn what_takes_back_the_work_below_it_is_squashed_and_rebased_with_that_work() {
    for strategy in ["squash", "rebase"] {
        let repo = Repo::new();
        repo.file("f", "a\n").commit("Before");
        repo.branch("below", "main", &[("f", "b\n")]);
        repo.branch("above", "below", &[("f", "a\n")]);
        repo.file("moved", "on\n").commit("Meanwhile");
        repo.parallel(["merge", "--strategy", strategy, "below", "above"])
            .code(0)
            .answers("2 branches landed");
        let log = repo.git(["log", "--format=%s", "-2", "main"]);
        assert_eq!(log, "Work on above\nWork on below", "{strategy}");
    }
}
