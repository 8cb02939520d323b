//! `git parallel run`: real worktrees, real processes, killed at every moment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Repo;

/// Writes a file named like the task and leaves it uncommitted.
const WORK: &str = "echo \"$GIT_PARALLEL_TASK\" > \"$GIT_PARALLEL_NAME.txt\"";

fn titles(count: usize) -> String {
    let names: Vec<String> = (1..=count).map(|number| format!("job {number}")).collect();
    names.join(",")
}

fn outcomes(answer: &Value) -> Vec<&str> {
    let tasks = answer["tasks"].as_array().expect("tasks");
    tasks
        .iter()
        .map(|task| task["outcome"].as_str().unwrap_or("none"))
        .collect()
}

/// Waits until `is` holds.
#[track_caller]
fn until(what: &str, is: impl Fn() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: never");
        sleep(Duration::from_millis(5));
    }
}

fn signal(process: u32, name: &str) {
    let pid = process.to_string();
    let sent = Command::new("kill").args(["-s", name, &pid]).status();
    assert!(sent.expect("kill starts").success());
}

fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
    state.is_some_and(|state| !state.starts_with('Z'))
}

fn journal(repo: &Repo) -> String {
    let path = repo.path().join(".git/parallel/runs/r1/events.jsonl");
    fs::read_to_string(path).unwrap_or_default()
}

fn events(repo: &Repo, name: &str) -> usize {
    journal(repo)
        .matches(&format!("\"event\":\"{name}\""))
        .count()
}

/// Starts a run of the tasks in `file` and hands the process out.
fn start(repo: &Repo, file: &str, args: &[&str]) -> Child {
    repo.file("tasks.md", file);
    repo.parallel(["run", "--from", "tasks.md"])
        .args(args)
        .spawn()
}

/// What must hold when a run is over, however often it was killed: each task has one outcome, each
/// branch and each worktree belongs to a task, nothing is half made, no session lives.
#[track_caller]
fn nothing_is_orphaned(repo: &Repo, answer: &Value) {
    let mut ended: BTreeMap<String, usize> = BTreeMap::new();
    for line in journal(repo).lines() {
        let event: Value = serde_json::from_str(line).expect("a whole record");
        if event["event"] == "task-finished" {
            let task = event["task"].as_str().expect("a task").to_owned();
            *ended.entry(task).or_default() += 1;
        }
    }
    let tasks = answer["tasks"].as_array().expect("tasks");
    assert_eq!(ended.len(), tasks.len(), "{ended:?}");
    assert!(ended.values().all(|count| *count == 1), "{ended:?}");
    let known: Vec<&str> = tasks
        .iter()
        .filter_map(|task| task["branch"].as_str())
        .collect();
    let branches = repo.git([
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/parallel/",
    ]);
    for branch in branches.lines() {
        assert!(known.contains(&branch), "{branch} belongs to no task");
    }
    let homes: Vec<&str> = tasks
        .iter()
        .filter_map(|task| task["worktree"].as_str())
        .collect();
    let listed = repo.git(["worktree", "list", "--porcelain"]);
    let listed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("worktree "))
        .skip(1)
        .collect();
    for path in &listed {
        assert!(homes.contains(path), "{path} belongs to no task");
        let status = repo.git_at(Path::new(path), ["status", "--porcelain"]);
        assert_eq!(status, "", "{path}");
    }
    let registry = fs::read_dir(repo.path().join(".git/worktrees"));
    assert_eq!(registry.map_or(0, Iterator::count), listed.len());
    repo.git(["fsck", "--no-dangling", "--connectivity-only"]);
}

#[test]
fn every_task_gets_a_worktree_a_branch_and_its_work_committed() {
    let repo = Repo::new();
    let before = repo.checkout_state();
    let answer = repo
        .parallel(["run", "--tasks", "alpha,beta", "--json", "--exec", WORK])
        .json(0);
    assert_eq!(answer["state"], "done");
    for name in ["alpha", "beta"] {
        let branch = format!("parallel/{name}");
        repo.git(["show", &format!("{branch}:{name}.txt")]);
        let range = format!("main..{branch}");
        assert_eq!(repo.git(["rev-list", "--count", &range]), "1");
        assert!(repo.around().join(format!("project-{name}")).is_dir());
        let trailer = repo.git(["log", "-1", "--format=%(trailers)", &branch]);
        assert!(trailer.starts_with("Parallel-Task: r1/T00"), "{trailer}");
    }
    assert_eq!(repo.checkout_state(), before);
}

#[test]
fn fifty_instant_tasks_all_get_their_right_outcome() {
    let repo = Repo::new();
    let line = "case $GIT_PARALLEL_TASK in \
        *1) exit 3;; *2) exit 0;; *3) echo x > x.txt; git add x.txt; git commit -qm own;; \
        *) echo x > x.txt;; esac";
    let call = repo.parallel(["run", "--tasks", &titles(50), "--workers", "8", "--json"]);
    let answer = call.args(["--exec", line]).json(1);
    let outcomes = outcomes(&answer);
    assert_eq!(outcomes.len(), 50);
    for (number, outcome) in (1..).zip(outcomes) {
        let expected = match number % 10 {
            1 => "failed",
            2 => "no-change",
            _ => "done",
        };
        assert_eq!(outcome, expected, "task {number}");
    }
    nothing_is_orphaned(&repo, &answer);
}

const CHAIN: &str = "\
## T001: Base
- Priority: P1

## T002: Middle
- Depends: T001

## T003: Side

## T004: Top
- Depends: T002, T003
";

#[test]
fn dependent_tasks_start_from_what_they_depend_on() {
    let repo = Repo::new();
    repo.file("tasks.md", CHAIN);
    let line = format!("ls > before; {WORK}; mv before seen-$GIT_PARALLEL_TASK");
    let call = repo.parallel(["run", "--from", "tasks.md", "--json", "--exec", &line]);
    let answer = call.json(0);
    let branch = |index: usize| answer["tasks"][index]["branch"].as_str().expect("a branch");
    let seen = repo.git(["show", &format!("{}:seen-T004", branch(3))]);
    for name in ["base.txt", "middle.txt", "side.txt"] {
        assert!(seen.contains(name), "{seen}");
    }
    let made = repo.git(["rev-parse", "refs/parallel/r1/base/T004"]);
    assert_eq!(answer["tasks"][3]["base"], made.as_str());
    let middle = repo.git(["rev-parse", branch(0)]);
    assert_eq!(answer["tasks"][1]["base"], middle.as_str());
}

#[test]
fn dependencies_that_conflict_block_a_task_and_both_are_named() {
    let repo = Repo::new();
    repo.file("tasks.md", CHAIN);
    let line = "echo $GIT_PARALLEL_TASK > same.txt";
    let call = repo.parallel(["run", "--from", "tasks.md", "--json", "--exec", line]);
    let answer = call.json(1);
    let top = &answer["tasks"][3];
    assert_eq!(top["state"], "blocked", "{top}");
    let why = top["evidence"].to_string();
    for word in ["T002", "T003", "same.txt"] {
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn what_depends_on_a_failed_task_is_skipped_and_the_root_is_named() {
    let repo = Repo::new();
    repo.file("tasks.md", CHAIN);
    let line = format!("test $GIT_PARALLEL_TASK != T001 && {WORK}");
    let call = repo.parallel(["run", "--from", "tasks.md", "--json", "--exec", &line]);
    let answer = call.json(1);
    assert_eq!(outcomes(&answer), ["failed", "skipped", "done", "skipped"]);
    let why = answer["tasks"][3]["evidence"].to_string();
    assert!(why.contains("T001 (base) failed"), "{why}");
}

#[test]
fn a_run_killed_at_any_moment_is_finished_by_the_next_one() {
    for lines in [1, 2, 3, 4, 6, 9, 13, 18, 24, 30] {
        let repo = Repo::new();
        let line = format!("sleep 0.05; {WORK}");
        let mut run = start(&repo, CHAIN, &["--exec", &line]);
        until("the journal grows", || {
            journal(&repo).lines().count() >= lines || events(&repo, "run-ended") > 0
        });
        run.kill().expect("killed");
        run.wait().expect("reaped");
        let answer = repo.parallel(["status", "--json"]).json(0);
        if answer["state"] == "done" {
            continue;
        }
        assert_eq!(answer["state"], "interrupted", "after {lines} lines");
        let answer = repo.parallel(["run", "--resume", "--json"]).json(0);
        assert_eq!(outcomes(&answer), ["done"; 4], "after {lines} lines");
        nothing_is_orphaned(&repo, &answer);
        fs::remove_file(repo.path().join("tasks.md")).expect("removed");
    }
}

#[test]
fn a_run_killed_again_and_again_still_ends_every_task_once() {
    let repo = Repo::new();
    let line = format!("sleep 0.02; {WORK}");
    let call = repo.parallel(["run", "--tasks", &titles(12), "--exec", &line]);
    let mut run = call.spawn();
    until("the run begins", || events(&repo, "run-started") == 1);
    for round in 0..12 {
        sleep(Duration::from_millis(15 + round * 7 % 40));
        run.kill().expect("killed");
        run.wait().expect("reaped");
        run = repo.parallel(["run", "--resume"]).spawn();
    }
    run.wait().expect("ended");
    let answer = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(answer["state"], "done");
    assert_eq!(outcomes(&answer), ["done"; 12]);
    nothing_is_orphaned(&repo, &answer);
}

#[test]
fn a_session_that_outlives_its_supervisor_is_taken_up_again() {
    let repo = Repo::new();
    let line =
        format!("{WORK}; touch started; while ! test -e go; do sleep 0.02; done; rm go started");
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", &line]);
    let mut run = call.spawn();
    let worktree = repo.around().join("project-alpha");
    until("the session works", || worktree.join("started").exists());
    run.kill().expect("killed");
    run.wait().expect("reaped");
    let mut resumed = repo.parallel(["run", "--resume", "--json"]).spawn();
    until("it is taken up", || events(&repo, "run-resumed") == 1);
    repo.file_at(&worktree, "go", "");
    assert!(resumed.wait().expect("ended").success());
    assert_eq!(events(&repo, "session-planned"), 1);
    let answer = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(outcomes(&answer), ["done"]);
}

#[test]
fn a_session_is_ended_when_its_time_is_up_and_its_work_is_kept() {
    let repo = Repo::new();
    let line = format!("{WORK}; sleep 60");
    let call = repo.parallel(["run", "--tasks", "alpha", "--timeout", "1s", "--json"]);
    let answer = call.args(["--exec", &line]).json(1);
    assert_eq!(outcomes(&answer), ["timed-out"]);
    assert_eq!(answer["tasks"][0]["commits"], 1);
}

#[test]
fn a_session_that_falls_silent_is_ended() {
    let repo = Repo::new();
    repo.git(["config", "parallel.silence", "1s"]);
    let call = repo.parallel([
        "run",
        "--tasks",
        "alpha",
        "--json",
        "--exec",
        "echo a; sleep 60",
    ]);
    let answer = call.json(1);
    assert_eq!(outcomes(&answer), ["timed-out"]);
    assert!(
        answer["tasks"][0]["evidence"]
            .to_string()
            .contains("silence")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_session_leaves_running_in_a_session_of_its_own_is_ended() {
    let repo = Repo::new();
    let line = format!("{WORK}; setsid sh -c 'echo $$ > \"$0\"; sleep 600' ../daemon & sleep 0.3");
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", &line]);
    call.ok();
    let pid = fs::read_to_string(repo.around().join("daemon")).expect("it ran");
    assert!(!is_alive(pid.trim()), "{pid} lives");
}

#[test]
fn ctrl_c_ends_the_sessions_and_resume_goes_on() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let repo = Repo::new();
        let line = format!("{WORK}; touch ../up; test -e ../again || sleep 60");
        let call = repo.parallel(["run", "--tasks", "alpha,beta", "--exec", &line]);
        let mut run = call.spawn();
        until("a session works", || repo.around().join("up").exists());
        signal(run.id(), name);
        assert_eq!(run.wait().expect("ended").code(), Some(code));
        let answer = repo.parallel(["status", "--json"]).json(0);
        assert_eq!(answer["state"], "stopped");
        repo.file_at(repo.around(), "again", "");
        let answer = repo.parallel(["run", "--resume", "--json"]).json(0);
        assert_eq!(outcomes(&answer), ["done", "done"]);
    }
}

#[test]
fn a_second_ctrl_c_kills_at_once() {
    let repo = Repo::new();
    let line = "trap '' TERM; touch ../up; sleep 60 & wait; sleep 60";
    let mut run = repo
        .parallel(["run", "--tasks", "alpha", "--exec", line])
        .spawn();
    until("a session works", || repo.around().join("up").exists());
    let start = Instant::now();
    signal(run.id(), "INT");
    until("it is stopping", || events(&repo, "run-stopping") == 1);
    signal(run.id(), "INT");
    assert_eq!(run.wait().expect("ended").code(), Some(130));
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn ignored_files_are_never_committed_and_a_session_folder_neither() {
    let repo = Repo::new();
    repo.file(".gitignore", "*.secret\n").commit("Ignore");
    let line = format!(
        "{WORK}; echo key > a.secret; echo out > \"$GIT_PARALLEL_SESSION_DIR/outbox.json\""
    );
    repo.parallel(["run", "--tasks", "alpha", "--exec", &line])
        .ok();
    let files = repo.git(["ls-tree", "-r", "--name-only", "parallel/alpha"]);
    assert_eq!(files, ".gitignore\nREADME.md\nalpha.txt");
    assert!(repo.around().join("project-alpha/a.secret").exists());
}

#[test]
fn a_hook_that_refuses_leaves_the_work_and_says_so() {
    let repo = Repo::new();
    let hook = repo.path().join(".git/hooks/pre-commit");
    fs::write(&hook, "#!/bin/sh\necho 'not like this' >&2\nexit 1\n").expect("a hook");
    executable(&hook);
    let call = repo.parallel(["run", "--tasks", "alpha", "--json", "--exec", WORK]);
    let answer = call.json(1);
    assert_eq!(outcomes(&answer), ["failed"]);
    let why = answer["tasks"][0]["evidence"].to_string();
    assert!(why.contains("not like this"), "{why}");
    assert!(repo.around().join("project-alpha/alpha.txt").exists());
}

#[test]
fn with_parallel_commit_never_the_work_stays_uncommitted() {
    let repo = Repo::new();
    repo.git(["config", "parallel.commit", "never"]);
    let call = repo.parallel(["run", "--tasks", "alpha", "--json", "--exec", WORK]);
    let answer = call.json(1);
    assert_eq!(outcomes(&answer), ["no-change"]);
    assert!(repo.around().join("project-alpha/alpha.txt").exists());
}

fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}

#[test]
fn the_post_checkout_hook_runs_in_the_new_worktree() {
    let repo = Repo::new();
    let hook = repo.path().join(".git/hooks/post-checkout");
    fs::write(&hook, "#!/bin/sh\necho \"$@\" ${GIT_DIR-none} > hooked\n").expect("a hook");
    executable(&hook);
    repo.parallel(["run", "--tasks", "alpha", "--no-launch"])
        .code(0);
    let told = fs::read_to_string(repo.around().join("project-alpha/hooked")).expect("it ran");
    let head = repo.git(["rev-parse", "HEAD"]);
    assert_eq!(told, format!("{} {head} 1 none\n", "0".repeat(head.len())));
}

#[test]
fn the_environment_is_the_documented_one() {
    let repo = Repo::new();
    let line = "env > ../env; stat -c %a \"$GIT_PARALLEL_PROMPT_FILE\" > ../mode; \
        cat \"$GIT_PARALLEL_PROMPT_FILE\" > ../prompt; git rev-parse --show-toplevel > ../top; read x || echo closed > ../stdin";
    let call = repo
        .parallel([
            "run",
            "--tasks",
            "alpha",
            "--prompt",
            "Do it.\n$(touch ../pwned)",
            "--exec",
            line,
        ])
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "user.name")
        .env("GIT_CONFIG_VALUE_0", "Grace")
        .env("GIT_PREFIX", "sub/");
    call.code(1);
    let read = |name: &str| fs::read_to_string(repo.around().join(name)).expect(name);
    let env = read("env");
    let worktree = repo.around().join("project-alpha");
    let worktree = worktree.display();
    for line in [
        "GIT_PARALLEL_RUN=r1",
        "GIT_PARALLEL_TASK=T001",
        "GIT_PARALLEL_NAME=alpha",
        &format!("GIT_PARALLEL_SESSION_DIR={worktree}/.parallel"),
        &format!("GIT_PARALLEL_PROMPT_FILE={worktree}/.parallel/prompt.md"),
    ] {
        assert!(
            env.lines().any(|have| have == line),
            "{line} is not in\n{env}"
        );
    }
    assert!(
        !env.contains("GIT_PREFIX") && !env.contains("GIT_CONFIG_COUNT"),
        "{env}"
    );
    assert_eq!(read("mode"), "600\n");
    let prompt = read("prompt");
    assert!(prompt.starts_with("Do it.\n$(touch ../pwned)"), "{prompt}");
    assert!(!repo.around().join("pwned").exists());
    assert_eq!(read("top"), format!("{worktree}\n"));
    assert_eq!(read("stdin"), "closed\n");
    let inbox = fs::read_to_string(repo.around().join("project-alpha/.parallel/inbox.json"));
    let inbox: Value = serde_json::from_str(&inbox.expect("an inbox")).expect("JSON");
    assert_eq!(inbox["worker_id"], "worker-1");
    assert_eq!(inbox["tasks"][0]["id"], "T001");
}

#[test]
fn the_words_after_the_dashes_are_read_by_no_shell() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "alpha", "--", "touch", "a b; $(touch c)"])
        .ok();
    let files = repo.git(["ls-tree", "--name-only", "parallel/alpha"]);
    assert!(files.contains("a b; $(touch c)"), "{files}");
}

#[test]
fn taken_names_get_a_number_and_a_branch_in_the_way_is_told() {
    let repo = Repo::new();
    repo.git(["branch", "parallel/alpha"]);
    fs::create_dir(repo.around().join("project-alpha-2")).expect("a folder");
    repo.parallel(["run", "--tasks", "alpha", "--exec", WORK])
        .ok();
    assert!(repo.around().join("project-alpha-3/alpha.txt").exists());
    repo.git(["rev-parse", "parallel/alpha-3"]);

    let repo = Repo::new();
    repo.git(["branch", "parallel"]);
    let call = repo.parallel(["run", "--tasks", "alpha", "--exec", WORK]);
    call.code(3)
        .says("'parallel'")
        .says("parallel.branchFormat");
    assert!(!repo.path().join(".git/parallel/runs/r1").exists());
}

#[test]
fn a_failed_task_is_tried_again_in_the_same_worktree_by_the_same_worker() {
    let repo = Repo::new();
    let line = format!("echo try >> ../tries; test $(wc -l < ../tries) -ge 2 && {WORK}");
    let call = repo.parallel(["run", "--tasks", "alpha", "--retries", "1", "--json"]);
    let answer = call.args(["--exec", &line]).json(0);
    assert_eq!(answer["tasks"][0]["attempts"], 2);
    assert_eq!(
        repo.git(["for-each-ref", "refs/heads/parallel/"])
            .lines()
            .count(),
        1
    );
    assert_eq!(journal(&repo).matches("\"worker\":1").count(), 2);
}

#[test]
fn three_failures_skip_a_task() {
    let repo = Repo::new();
    let call = repo.parallel(["run", "--tasks", "alpha", "--retries", "9", "--json"]);
    let answer = call.args(["--exec", "exit 1"]).json(1);
    assert_eq!(outcomes(&answer), ["skipped"]);
    assert_eq!(answer["tasks"][0]["attempts"], 3);
}

#[test]
fn changes_outside_the_declared_files_are_out_of_scope() {
    let repo = Repo::new();
    repo.file("tasks.md", "## T001: Alpha\n- Files: README.md\n");
    let call = repo.parallel(["run", "--from", "tasks.md", "--json", "--exec", WORK]);
    let answer = call.json(1);
    assert_eq!(outcomes(&answer), ["out-of-scope"]);
}

#[test]
fn tasks_that_touch_one_file_are_found_when_they_finish() {
    let repo = Repo::new();
    let call = repo.parallel(["run", "--tasks", "alpha,beta", "--json"]);
    let answer = call
        .args(["--exec", "echo $GIT_PARALLEL_NAME > README.md"])
        .json(0);
    assert_eq!(
        answer["overlaps"][0]["conflicts"][0], "README.md",
        "{answer}"
    );
}

/// `project.git`, bare, with a linked worktree `work` beside it.
fn bare(repo: &Repo) -> (PathBuf, PathBuf) {
    let around = repo.around();
    let bare = around.join("store/shop.git");
    let clone = ["clone", "--quiet", "--bare", "."];
    repo.git(clone.into_iter().chain([bare.to_str().expect("UTF-8")]));
    let work = around.join("work");
    repo.git_at(
        &bare,
        [
            "worktree",
            "add",
            "--quiet",
            work.to_str().expect("UTF-8"),
            "main",
        ],
    );
    (bare, work)
}

#[test]
fn a_bare_repository_with_linked_worktrees_works() {
    let repo = Repo::new();
    let (bare, work) = bare(&repo);
    for (folder, name) in [(&bare, "alpha"), (&work, "beta")] {
        let call = repo.parallel(["run", "--tasks", name, "--exec", WORK]);
        call.dir(folder).ok();
        let worktree = repo.around().join(format!("store/shop-{name}"));
        assert!(worktree.join(format!("{name}.txt")).exists());
    }
    assert_eq!(repo.git_at(&work, ["status", "--porcelain"]), "");
}

#[test]
fn it_runs_from_inside_a_linked_worktree_and_through_git_with_options() {
    let repo = Repo::new();
    let linked = repo.around().join("linked");
    repo.git([
        "worktree",
        "add",
        "--quiet",
        linked.to_str().expect("UTF-8"),
    ]);
    fs::create_dir(linked.join("sub")).expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_git-parallel"));
    let bin = program.parent().expect("a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("PATH"));
    let mut command = Command::new("git");
    crate::support::isolate(&mut command, &repo.home());
    let ended = command
        .current_dir(linked.join("sub"))
        .env("PATH", path)
        .args([
            "-c",
            "parallel.branchFormat=agent/{name}",
            "-c",
            "user.name=Grace",
        ])
        .args(["parallel", "run", "--tasks", "alpha", "--exec", WORK])
        .output()
        .expect("git starts");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(repo.around().join("project-alpha/alpha.txt").exists());
    assert_eq!(
        repo.git(["log", "-1", "--format=%an", "agent/alpha"]),
        "Grace"
    );
}

#[test]
fn sparse_checkouts_stay_sparse() {
    let repo = Repo::new();
    repo.file("in/a", "a").file("out/b", "b").commit("Folders");
    repo.git(["sparse-checkout", "set", "in"]);
    repo.parallel(["run", "--tasks", "alpha", "--exec", "echo x > in/a"])
        .ok();
    let worktree = repo.around().join("project-alpha");
    assert!(worktree.join("in/a").exists() && !worktree.join("out").exists());
    assert_eq!(
        repo.git(["diff", "--name-only", "main", "parallel/alpha"]),
        "in/a"
    );
}

#[test]
fn a_full_house_of_worktrees_that_hold_something_stops_the_run_and_loses_nothing() {
    let repo = Repo::new();
    repo.file(".gitignore", "build\n").commit("Ignore");
    repo.git(["config", "parallel.worktrees", "2"]);
    let line = format!("{WORK}; echo x > build");
    let call = repo.parallel(["run", "--tasks", &titles(4), "--json", "--exec", &line]);
    let answer = call.json(1);
    assert_eq!(answer["state"], "stopped");
    assert_eq!(outcomes(&answer), ["done", "done", "none", "none"]);
    for number in [1, 2] {
        assert!(
            repo.around()
                .join(format!("project-job-{number}/build"))
                .exists()
        );
    }
    repo.git(["config", "parallel.worktrees", "4"]);
}

#[test]
fn a_dry_run_makes_nothing() {
    let repo = Repo::new();
    let before = repo.git(["for-each-ref"]);
    let answer = repo
        .parallel(["run", "-n", "--tasks", "alpha,beta", "--exec", WORK])
        .ok();
    assert!(answer.contains("parallel/alpha"), "{answer}");
    assert_eq!(repo.git(["for-each-ref"]), before);
    assert!(!repo.path().join(".git/parallel").exists());
}

#[test]
fn nothing_to_run_is_a_usage_error() {
    let repo = Repo::new();
    repo.parallel(["run", "--tasks", "alpha"])
        .code(2)
        .says("--exec");
    assert!(!repo.path().join(".git/parallel").exists());
}
