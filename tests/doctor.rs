//! `git parallel doctor`: what was left behind is found, told and mended without a loss.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::{Journal, Repo};

/// The finding of this kind, which must be there.
#[track_caller]
fn finding(answer: &Value, code: &str) -> Value {
    let all = answer["findings"].as_array().expect("findings");
    let found = all.iter().find(|one| one["code"] == code);
    found
        .unwrap_or_else(|| panic!("no {code} in {answer:#}"))
        .clone()
}

/// Insists that the doctor finds this and mends it, that a second mending changes nothing, and
/// that nothing that was mended is found again.
#[track_caller]
fn is_mended(repo: &Repo, code: &str) {
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    let found = finding(&answer, code);
    assert_eq!(
        (&found["level"], &found["mendable"]),
        (&"finding".into(), &true.into())
    );
    repo.parallel(["doctor"])
        .code(1)
        .says("git parallel doctor --fix");
    let answer = repo.parallel(["doctor", "--fix", "--json"]).json(0);
    assert_eq!(finding(&answer, code)["mended"], true);
    let before = repo.everything();
    repo.parallel(["doctor", "--fix"])
        .code(0)
        .answers("all is well");
    assert_eq!(
        repo.everything(),
        before,
        "a second mending changed something"
    );
}

fn make_old(path: &Path) {
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let opened = File::open(path).expect("it opens");
    opened.set_modified(hour_ago).expect("a time");
}

/// The entry of a new worktree in git's registry.
fn entry_of_a_worktree(repo: &Repo) -> (PathBuf, PathBuf) {
    let tree = repo.around().join("other");
    let path = tree.to_string_lossy().into_owned();
    repo.git(["worktree", "add", "--quiet", "-b", "other", &path]);
    (repo.path().join(".git/worktrees/other"), tree)
}

/// A run of one task that is over.
fn with_run(repo: &Repo) -> PathBuf {
    let mut journal = Journal::of(repo, "r1", &[(1, "one", &[])]);
    journal.finishes(1, "failed", None).over("failed");
    repo.path().join(".git/parallel/runs/r1/events.jsonl")
}

#[test]
fn a_sound_repository_is_well_and_looking_changes_nothing() {
    let repo = Repo::new();
    with_run(&repo);
    let before = repo.everything();
    repo.parallel(["doctor"])
        .code(0)
        .answers("all is well")
        .answers("git version");
    assert_eq!(repo.everything(), before);
    assert!(!repo.path().join(".git/parallel/aside").exists());
}

#[test]
fn an_entry_with_an_empty_link_stops_git_and_is_mended() {
    let repo = Repo::new();
    let (entry, tree) = entry_of_a_worktree(&repo);
    fs::write(entry.join("commondir"), "").expect("a file");
    let listed = repo.ask_git(repo.path(), ["worktree", "list"]);
    assert!(!listed.status.success(), "git minds it");
    // Whoever meets it is sent here.
    repo.parallel(["check", "--worktrees"])
        .code(3)
        .says("git parallel doctor");
    is_mended(&repo, "empty-commondir");
    assert_eq!(repo.git_at(&tree, ["status", "--porcelain"]), "");
}

#[test]
fn a_worktree_that_git_was_killed_at_is_moved_aside_and_one_with_files_is_not() {
    let repo = Repo::new();
    let (entry, tree) = entry_of_a_worktree(&repo);
    fs::write(entry.join("locked"), "initializing").expect("a file");
    make_old(&entry);
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    let found = finding(&answer, "half-made");
    assert_eq!(found["mendable"], false);
    assert!(
        found["next"]
            .as_str()
            .expect("a command")
            .contains("status")
    );
    repo.parallel(["doctor", "--fix"]).code(1);
    assert!(tree.join("README.md").exists() && entry.exists());
    fs::remove_file(tree.join("README.md")).expect("a removal");
    is_mended(&repo, "half-made");
    assert!(!entry.exists());
    let aside = fs::read_dir(repo.path().join(".git/parallel/aside"));
    let aside = aside
        .expect("a folder")
        .next()
        .expect("an entry")
        .expect("it");
    assert!(aside.path().join("HEAD").exists());
}

#[test]
fn an_entry_of_which_git_had_hardly_begun_is_moved_aside() {
    let repo = Repo::new();
    let entry = repo.path().join(".git/worktrees/half");
    fs::create_dir_all(&entry).expect("a folder");
    fs::write(entry.join("locked"), "initializing").expect("a file");
    make_old(&entry);
    is_mended(&repo, "half-made");
    assert!(!entry.exists());
    // Not even that much.
    fs::create_dir_all(&entry).expect("a folder");
    make_old(&entry);
    is_mended(&repo, "half-made");
    assert!(!entry.exists());
}

#[test]
fn an_entry_that_names_its_worktree_by_a_relative_path_is_whole() {
    let repo = Repo::new();
    let (entry, _) = entry_of_a_worktree(&repo);
    fs::write(entry.join("gitdir"), "../../../../other/.git\n").expect("a file");
    repo.parallel(["doctor"])
        .code(0)
        .answers("1 linked worktree, whole");
}

#[test]
fn a_worktree_that_is_being_made_is_left_alone() {
    let repo = Repo::new();
    let (entry, tree) = entry_of_a_worktree(&repo);
    fs::write(entry.join("locked"), "initializing").expect("a file");
    fs::remove_file(tree.join("README.md")).expect("a removal");
    repo.parallel(["doctor", "--fix"]).code(0);
    assert!(entry.join("HEAD").exists());
}

#[test]
fn a_worktree_whose_folder_is_gone_is_told_with_the_command_that_settles_it() {
    let repo = Repo::new();
    let (entry, tree) = entry_of_a_worktree(&repo);
    fs::remove_dir_all(tree).expect("a removal");
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    let next = finding(&answer, "missing-folder")["next"].clone();
    assert!(
        next.as_str()
            .expect("a command")
            .starts_with("git worktree remove")
    );
    // It may be on a disk that is not mounted now.
    repo.parallel(["doctor", "--fix"]).code(1);
    assert!(entry.exists());
    fs::write(entry.join("locked"), "git-parallel r1/T001\n").expect("a file");
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    assert_eq!(
        finding(&answer, "missing-folder")["next"],
        "git parallel clean r1/T001"
    );
}

#[test]
fn lock_files_of_git_are_named_with_their_age_and_never_deleted() {
    let repo = Repo::new();
    let locks = [
        "index.lock",
        "HEAD.lock",
        "packed-refs.lock",
        "refs/heads/main.lock",
    ];
    for lock in locks {
        let path = repo.path().join(".git").join(lock);
        fs::write(&path, "").expect("a file");
        make_old(&path);
    }
    let answer = repo.parallel(["doctor", "--fix", "--json"]).json(1);
    for lock in locks {
        let path = repo.path().join(".git").join(lock);
        assert!(path.exists(), "{lock}");
        let all = answer["findings"].as_array().expect("findings");
        let subject = path.to_string_lossy();
        let found = all.iter().find(|one| one["subject"] == *subject);
        let found = found.unwrap_or_else(|| panic!("{lock} in {answer:#}"));
        let message = found["message"].as_str().expect("a message");
        assert!(message.starts_with("36"), "{message}");
        assert_eq!(found["next"], format!("rm {subject}"));
    }
}

#[test]
fn who_holds_a_lock_of_ours_is_told() {
    let repo = Repo::new();
    let path = repo.path().join(".git/parallel/merge.lock");
    repo.file(".git/parallel/merge.lock", "merge r3 (pid 7)\n");
    let held = File::open(&path).expect("a file");
    held.lock().expect("a lock");
    let answer = repo.parallel(["doctor", "--json"]).json(0);
    let message = finding(&answer, "own-lock")["message"].clone();
    assert_eq!(message, "held by 'merge r3 (pid 7)'");
}

#[test]
fn damaged_lines_of_journals_are_taken_out_and_kept() {
    let repo = Repo::new();
    let journal = with_run(&repo);
    let mut bytes = fs::read(&journal).expect("a journal");
    let sound = bytes.clone();
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a line")
        + 1;
    bytes.splice(end..end, *b"\0\0{broken\n");
    fs::write(&journal, &bytes).expect("a journal");
    is_mended(&repo, "journal");
    assert_eq!(fs::read(&journal).expect("a journal"), sound);
    let aside = fs::read_dir(repo.path().join(".git/parallel/aside"));
    let aside = aside
        .expect("a folder")
        .next()
        .expect("an entry")
        .expect("it");
    assert_eq!(fs::read(aside.path()).expect("a file"), bytes);
    repo.file(".git/parallel/operations.jsonl", "nonsense\n");
    is_mended(&repo, "operations");
}

#[test]
fn a_run_of_which_nothing_can_be_made_is_moved_aside() {
    let repo = Repo::new();
    let journal = with_run(&repo);
    fs::write(&journal, "nonsense\n").expect("a journal");
    repo.parallel(["status"])
        .code(3)
        .says("git parallel doctor --fix");
    is_mended(&repo, "run-lost");
    repo.parallel(["status"]).code(0);
}

#[test]
fn an_interrupted_run_is_told_with_the_way_to_go_on() {
    let repo = Repo::new();
    let mut journal = Journal::of(&repo, "r1", &[(1, "one", &[])]);
    journal.starts(1, "one", 1);
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    let next = finding(&answer, "interrupted")["next"].clone();
    assert_eq!(next, "git parallel run --resume r1");
}

#[test]
fn plans_and_drafts_that_cannot_be_read_are_moved_aside() {
    let repo = Repo::new();
    repo.file(".git/parallel/plans/p1.json", "{\"version\": 1,\n");
    is_mended(&repo, "plan");
    repo.file(".git/parallel/runs/.new-abc/plan.json", "{}");
    is_mended(&repo, "draft");
    repo.parallel(["split", "--tasks", "a,b"]).code(0);
}

#[test]
fn what_an_interrupted_merge_left_open_is_settled() {
    let repo = Repo::new();
    let main = repo.git(["rev-parse", "main"]);
    repo.branch("next", "main", &[("one", "x\n")]);
    let next = repo.git(["rev-parse", "next"]);
    let line = format!(
        "{{\"version\":1,\"seq\":1,\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"merge-planned\",\
         \"operation\":1,\"ref\":\"refs/heads/main\",\"before\":\"{main}\",\"after\":\"{next}\",\"landed\":[]}}\n"
    );
    repo.file(".git/parallel/operations.jsonl", &line);
    is_mended(&repo, "open-operation");
}

#[test]
fn settings_that_would_stop_a_run_are_told() {
    let repo = Repo::new();
    repo.git(["config", "parallel.workers", "many"]);
    repo.git(["branch", "parallel"]);
    repo.git(["config", "user.useConfigOnly", "true"]);
    repo.git(["config", "--global", "--unset", "user.email"]);
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    for code in ["settings", "branch-in-the-way", "identity"] {
        assert_ne!(finding(&answer, code)["next"], Value::Null, "{code}");
    }
}

#[test]
fn a_worktree_that_went_by_another_hand_is_noted_and_its_branch_stays() {
    let repo = Repo::new();
    let line = "echo x > $GIT_PARALLEL_NAME.txt";
    repo.parallel(["run", "--tasks", "one,two", "--exec", line])
        .code(0);
    let tree = repo.around().join("project-one");
    let tip = repo.git(["rev-parse", "parallel/one"]);
    let path = tree.to_string_lossy().into_owned();
    repo.git(["worktree", "remove", "--force", "--force", &path]);
    let answer = repo.parallel(["doctor", "--json"]).json(1);
    let found = finding(&answer, "worktree-gone");
    assert_eq!(found["subject"], "r1/T001");
    is_mended(&repo, "worktree-gone");
    assert_eq!(repo.git(["rev-parse", "parallel/one"]), tip);
    let status = repo.parallel(["status", "--json"]).json(0);
    assert!(status["tasks"][0]["worktree"].is_null(), "{status:#}");
    assert!(status["tasks"][1]["worktree"].is_string(), "{status:#}");
    // What is left of the run goes the usual way.
    repo.parallel(["merge"]).code(0);
    repo.parallel(["clean"]).code(0);
}

#[test]
fn agents_are_told_with_their_versions_and_one_that_does_not_answer_is_not_waited_for() {
    let repo = Repo::new();
    let folder = repo.around().join("programs");
    for (name, script) in [
        ("claude", "echo 2.0.1; echo more"),
        ("codex", "exec sleep 600"),
        ("mine", "touch ../begun"),
    ] {
        repo.file_at(&folder, name, &format!("#!/bin/sh\n{script}\n"));
        let mode = Permissions::from_mode(0o755);
        fs::set_permissions(folder.join(name), mode).expect("a mode");
    }
    repo.git(["config", "parallelAgent.mine.command", "mine {prompt}"]);
    let path = std::env::var("PATH").unwrap_or_default();
    let doctor = || {
        let call = repo.parallel(["doctor", "--json"]);
        call.env("PATH", format!("{}:{path}", folder.display()))
    };
    let message = |answer: &Value, name: &str| {
        let findings = answer["findings"].as_array().expect("findings");
        let found = findings.iter().find(|one| one["subject"] == name);
        found.expect(name)["message"].to_string()
    };
    let answer = doctor().json(0);
    assert!(message(&answer, "claude").starts_with("\"2.0.1 ("));
    assert!(message(&answer, "codex").contains("did not answer within 5 s"));
    assert!(message(&answer, "mine").contains("as configured"));
    assert!(!repo.around().join("begun").exists(), "it was started");
    repo.git(["config", "parallel.agent", "nobody"]);
    let answer = doctor().json(1);
    assert!(message(&answer, "nobody").contains("is not here"));
}
