//! Worktrees ready to work in: files copied, ports of their own, lines run; killed, failed, undone.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Repo;

const WORK: &str = "echo work > \"$GIT_PARALLEL_NAME.txt\"";

fn home(repo: &Repo, name: &str) -> PathBuf {
    repo.around().join(format!("project-{name}"))
}

fn ignoring(patterns: &str) -> Repo {
    let repo = Repo::new();
    repo.file(".gitignore", patterns).commit("Ignore");
    repo
}

fn set(repo: &Repo, key: &str, value: &str) {
    repo.git(["config", "--add", key, value]);
}

fn journal(repo: &Repo) -> String {
    let path = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    fs::read_to_string(path).unwrap_or_default()
}

fn count(repo: &Repo, event: &str) -> usize {
    journal(repo)
        .matches(&format!("\"event\":\"{event}\""))
        .count()
}

#[track_caller]
fn until(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: never");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn ignored_files_are_copied_as_they_are_and_nothing_else() {
    let repo = ignoring(".env\nvenv/\ntracked\nout\n");
    repo.git(["config", "core.excludesFile", "/dev/null"]);
    repo.file(".env", "SECRET=1\n")
        .file("venv/bin/tool", "#!/bin/sh\n")
        .file("venv/notes\nand\tmore", "odd\n")
        .file("mine.txt", "untracked, and not ignored\n")
        .file("other.env", "not asked for\n");
    let tool = repo.path().join("venv/bin/tool");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("a mode");
    symlink("tool", repo.path().join("venv/bin/link")).expect("a link");
    fs::set_permissions(repo.path().join(".env"), fs::Permissions::from_mode(0o400))
        .expect("a mode");
    for pathspec in [".env", "venv", "mine.txt"] {
        set(&repo, "parallel.copy", pathspec);
    }
    let before = repo.checkout_state();
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    let ended = call.code(0).says("mine.txt: not copied");
    let copy = home(&repo, "alpha");
    assert_eq!(
        fs::read_to_string(copy.join(".env")).expect("a copy"),
        "SECRET=1\n"
    );
    let tool_copy = copy.join("venv/bin/tool").metadata().expect("a copy");
    assert_eq!(tool_copy.permissions().mode() & 0o777, 0o755);
    assert_eq!(tool_copy.mtime(), tool.metadata().expect("a file").mtime());
    assert_ne!(tool_copy.ino(), tool.metadata().expect("a file").ino());
    let env = copy.join(".env").metadata().expect("a copy");
    assert_eq!(env.permissions().mode() & 0o777, 0o400);
    let link = fs::read_link(copy.join("venv/bin/link")).expect("a link");
    assert_eq!(link, PathBuf::from("tool"));
    assert!(copy.join("venv/notes\nand\tmore").exists());
    assert!(!copy.join("mine.txt").exists(), "{}", ended.stderr);
    assert!(!copy.join("other.env").exists());
    let listed = repo.git(["ls-tree", "-r", "--name-only", "parallel/alpha"]);
    assert_eq!(listed, ".gitignore\nREADME.md\nalpha.txt");
    assert_eq!(repo.checkout_state(), before);
}

#[test]
fn a_copy_never_leaves_the_worktree_nor_replaces_what_is_there() {
    let repo = ignoring("*.secret\n");
    let outside = repo.around().join("outside");
    fs::create_dir_all(&outside).expect("a folder");
    symlink(&outside, repo.path().join("lib")).expect("a link");
    repo.file("own.secret", "of the branch\n");
    repo.git(["add", "--force", "own.secret", "lib"]);
    repo.commit("A link and a file that is tracked although it is ignored");
    // At home, `lib` is a folder by now and the file is not tracked any more.
    fs::remove_file(repo.path().join("lib")).expect("removed");
    repo.git(["rm", "--quiet", "--cached", "own.secret"]);
    repo.file("lib/key.secret", "mine\n")
        .file("own.secret", "mine\n");
    set(&repo, "parallel.copy", "*.secret");
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    call.code(0).says("lib/key.secret: not copied");
    assert_eq!(fs::read_dir(&outside).expect("a folder").count(), 0);
    let kept = fs::read_to_string(home(&repo, "alpha").join("own.secret"));
    assert_eq!(kept.expect("a file"), "of the branch\n");
}

#[test]
fn lines_run_one_after_another_before_the_first_session_and_only_once() {
    let repo = ignoring("order\n");
    set(&repo, "parallel.setup", "echo one >> order; pwd");
    set(
        &repo,
        "parallel.setup",
        "echo two-$GIT_PARALLEL_NAME >> order",
    );
    let line = "cat order > seen; exit 3";
    let call = repo.parallel(["run", "--tasks", "alpha", "--retries", "1", "--exec", line]);
    call.code(1);
    let seen = fs::read_to_string(home(&repo, "alpha").join("seen"));
    assert_eq!(seen.expect("a file"), "one\ntwo-alpha\n");
    assert_eq!(count(&repo, "setup-planned"), 1);
    assert_eq!(count(&repo, "session-planned"), 2);
    let log = repo
        .path()
        .join(".git/parallel/runs/r1/T001/setup-1/output.log");
    let log = fs::read_to_string(log).expect("a log");
    assert!(log.starts_with("+ echo one >> order; pwd\n/"), "{log}");
}

#[test]
fn what_set_up_leaves_for_git_to_see_is_told() {
    let repo = Repo::new();
    set(&repo, "parallel.setup", "echo x > made.txt");
    repo.parallel(["run", "--tasks", "alpha", "--exec", WORK])
        .code(0)
        .says("paths that set-up changed and git does not ignore: 1");
}

#[test]
fn a_line_that_fails_fails_its_task_and_resuming_tries_again() {
    let repo = Repo::new();
    set(
        &repo,
        "parallel.setup",
        "echo before; test -e ../go || exit 7",
    );
    set(&repo, "parallel.setup", "echo after");
    let call = repo.parallel(["run", "--tasks", "alpha,beta", "--json", "--exec", WORK]);
    let answer = call.json(1);
    for task in answer["tasks"].as_array().expect("tasks") {
        assert_eq!(task["outcome"], "failed");
        assert_eq!(task["attempts"], 0, "no session was started");
        assert_eq!(task["evidence"][0]["kind"], "setup");
        assert_eq!(task["evidence"][1]["value"], "7");
    }
    let said = repo.parallel(["logs", "T001"]).ok();
    assert!(said.contains("before") && !said.contains("after"), "{said}");
    fs::write(repo.around().join("go"), "").expect("a file");
    let answer = repo.parallel(["run", "--resume", "--json"]).json(0);
    assert_eq!(answer["tasks"][1]["outcome"], "done");
    assert_eq!(count(&repo, "setup-planned"), 4);
}

#[test]
fn an_edit_that_was_made_while_set_up_failed_is_still_there_when_it_is_tried_again() {
    let repo = Repo::new();
    set(&repo, "parallel.setup", "grep -q fixed README.md");
    repo.parallel(["run", "--tasks", "alpha", "--exec", WORK])
        .code(1);
    repo.file_at(&home(&repo, "alpha"), "README.md", "fixed\n");
    repo.parallel(["run", "--resume"]).code(0);
    assert_eq!(repo.git(["show", "parallel/alpha:README.md"]), "fixed");
}

#[test]
fn a_killed_supervisor_leaves_set_up_running_and_the_next_takes_it_up() {
    let repo = Repo::new();
    set(
        &repo,
        "parallel.setup",
        "echo x >> ../started; until test -e ../go; do sleep 0.02; done",
    );
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    let mut supervisor = call.spawn();
    let started = repo.around().join("started");
    until("set-up", || started.exists());
    supervisor.kill().expect("killed");
    supervisor.wait().expect("gone");
    let call = repo.parallel(["run", "--resume", "--json"]);
    let resumed = call.spawn();
    sleep(Duration::from_millis(200));
    fs::write(repo.around().join("go"), "").expect("a file");
    let output = resumed.wait_with_output().expect("an end");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["tasks"][0]["outcome"], "done", "{answer}");
    let lines = fs::read_to_string(started).expect("a file");
    assert_eq!(lines, "x\n", "the line ran once");
    assert_eq!(count(&repo, "setup-done"), 1);
}

#[test]
fn what_a_dead_shim_left_is_ended_and_set_up_begins_again() {
    let repo = Repo::new();
    set(
        &repo,
        "parallel.setup",
        "echo $PPID >> ../started; until test -e ../go; do sleep 0.02; done",
    );
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    let mut supervisor = call.spawn();
    let started = repo.around().join("started");
    until("set-up", || {
        fs::read_to_string(&started).is_ok_and(|text| text.ends_with('\n'))
    });
    supervisor.kill().expect("killed");
    supervisor.wait().expect("gone");
    let folder = repo.path().join(".git/parallel/runs/r1/T001/setup-1");
    let shim: Value =
        serde_json::from_str(&fs::read_to_string(folder.join("started.json")).expect("a shim"))
            .expect("JSON");
    let pid = shim["shim"]["pid"].to_string();
    let killed = Command::new("kill").args(["-9", &pid]).status();
    assert!(killed.expect("kill starts").success());
    fs::write(repo.around().join("go"), "").expect("a file");
    let answer = repo.parallel(["run", "--resume", "--json"]).json(0);
    assert_eq!(answer["tasks"][0]["outcome"], "done");
    assert_eq!(count(&repo, "setup-planned"), 2);
    assert_eq!(count(&repo, "setup-done"), 1);
}

#[test]
fn every_worktree_has_ports_of_its_own_and_a_retry_finds_the_same() {
    let repo = Repo::new();
    set(&repo, "parallel.ports", "3");
    let line = "echo $GIT_PARALLEL_PORT $GIT_PARALLEL_PORTS >> ports; exit 1";
    let tasks = ["run", "--tasks", "a1,b2,c3,d4", "--retries", "1"];
    repo.parallel(tasks).args(["--exec", line]).code(1);
    repo.parallel(["run", "--tasks", "e5", "--exec", line])
        .code(1);
    let mut firsts: Vec<u16> = ["a1", "b2", "c3", "d4", "e5"]
        .map(|name| {
            let text = fs::read_to_string(home(&repo, name).join("ports")).expect("ports");
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines.iter().all(|line| *line == lines[0]), "{text}");
            let (first, count) = lines[0].split_once(' ').expect("two words");
            assert_eq!(count, "3");
            first.parse().expect("a port")
        })
        .to_vec();
    firsts.sort_unstable();
    assert!(
        firsts.windows(2).all(|two| two[1] - two[0] >= 3),
        "{firsts:?}"
    );
    // A port that somebody else took meanwhile is not handed out.
    let next = firsts.last().expect("a port") + 3;
    let _listener = TcpListener::bind(("127.0.0.1", next));
    repo.parallel(["run", "--tasks", "f6", "--exec", line])
        .code(1);
    let text = fs::read_to_string(home(&repo, "f6").join("ports")).expect("ports");
    let first: u16 = text
        .split(' ')
        .next()
        .expect("a word")
        .parse()
        .expect("a port");
    assert!(!(first..first + 3).contains(&next), "{text}");
}

#[test]
fn an_untouched_copy_goes_with_its_worktree_and_an_edited_one_is_kept() {
    let repo = ignoring(".env\ndeps/\n");
    repo.file(".env", "SECRET=1\n").file("deps/a", "a\n");
    set(&repo, "parallel.copy", ".env");
    set(&repo, "parallel.copy", "deps");
    set(
        &repo,
        "parallel.setup",
        "mkdir -p deps/built && echo x > deps/built/x",
    );
    let line = "echo work > \"$GIT_PARALLEL_NAME.txt\"; case $GIT_PARALLEL_NAME in \
        edits) echo SECRET=2 > .env;; adds) echo mine > deps/built/mine;; esac";
    let tasks = ["run", "--tasks", "leaves,edits,adds", "--exec", line];
    repo.parallel(tasks).code(0);
    repo.parallel(["merge"]).code(0);
    let ended = repo.parallel(["clean"]).code(4);
    assert!(ended.stdout.contains(".env"), "{}", ended.stdout);
    assert!(!home(&repo, "leaves").exists());
    let edited = fs::read_to_string(home(&repo, "edits").join(".env"));
    assert_eq!(edited.expect("kept"), "SECRET=2\n");
    assert!(home(&repo, "adds").join("deps/built/mine").exists());
    repo.parallel(["undo"]).code(0);
    assert!(home(&repo, "leaves").join("leaves.txt").exists());
    repo.parallel(["clean", "leaves"]).code(0);
    assert!(!home(&repo, "leaves").exists());
}

#[test]
fn a_worktree_that_set_up_alone_filled_is_released_when_its_place_is_needed() {
    let repo = ignoring("deps/\n");
    set(&repo, "parallel.setup", "mkdir deps && echo x > deps/x");
    set(&repo, "parallel.worktrees", "1");
    let call = repo.parallel([
        "run",
        "--tasks",
        "alpha,beta,gamma",
        "--json",
        "--exec",
        WORK,
    ]);
    let answer = call.json(0);
    assert_eq!(answer["state"], "done");
    assert_eq!(count(&repo, "worktree-released"), 2);
}

#[test]
fn a_dry_run_says_how_worktrees_would_be_made_ready_and_makes_none() {
    let repo = Repo::new();
    set(&repo, "parallel.setup", "make deps");
    set(&repo, "parallel.copy", ".env");
    set(&repo, "parallel.ports", "2");
    let call = repo.parallel(["run", "--tasks", "alpha", "--dry-run"]);
    let said = call.ok();
    for words in ["copies of .env", "2 ports", "set up with: make deps"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!home(&repo, "alpha").exists());
}
