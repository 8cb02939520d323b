//! `run --launcher tmux` and `attach`: sessions in windows of tmux, and whatever becomes of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Repo, Tmux, have};

/// Says so, and waits for a file beside the repository that says how to end.
const WORK: &str = "echo work of $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME.txt; \
    echo hello from $GIT_PARALLEL_NAME; \
    while ! [ -e $GO/$GIT_PARALLEL_NAME ]; do sleep 0.05; done; exit $(cat $GO/$GIT_PARALLEL_NAME)";

/// A run in tmux that goes on in the background, and ends with the test.
struct InTmux {
    repo: Repo,
}

impl InTmux {
    fn start(tasks: &str) -> Self {
        let run = Self { repo: Repo::new() };
        run.repo
            .parallel(["run", "--launcher", "tmux", "--detach"])
            .args(["--tasks", tasks, "--exec", WORK])
            .env("GO", run.repo.around())
            .code(0)
            .says("attach-session -t =r1:");
        run.until("all at work", |status| {
            let tasks = status["tasks"].as_array().expect("tasks");
            tasks.iter().all(|task| task["state"] == "running")
        });
        run
    }

    fn let_go(&self, task: &str, code: &str) {
        let path = self.repo.around().join(task);
        let draft = path.with_extension("new");
        fs::write(&draft, code).expect("written");
        fs::rename(draft, path).expect("renamed");
    }

    fn socket(&self) -> PathBuf {
        let near = self.repo.path().join(".git/parallel/runs/r1/tmux");
        assert!(
            near.exists(),
            "the tests keep their files where a socket can be"
        );
        near
    }

    fn ask(&self, args: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(self.socket())
            .args(args)
            .output()
            .expect("tmux answers");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn kill_server(&self) {
        let pid = self.ask(&["display-message", "-p", "#{pid}"]);
        let killed = Command::new("kill").args(["-9", &pid]).status();
        assert!(killed.expect("kill").success(), "{pid}");
        let gone = || self.ask(&["list-sessions"]).is_empty();
        let start = Instant::now();
        while !gone() {
            assert!(start.elapsed() < Duration::from_secs(30));
            sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn until(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        self.repo.until_status(what, is)
    }
}

impl Drop for InTmux {
    fn drop(&mut self) {
        let _ = self.repo.parallel(["stop"]).run();
        let socket = self.repo.path().join(".git/parallel/runs/r1/tmux");
        let mut tmux = Command::new("tmux");
        let _ = tmux.arg("-S").arg(socket).arg("kill-server").output();
    }
}

#[test]
fn each_task_has_a_window_that_shows_what_it_prints() {
    if !have("tmux") {
        return;
    }
    let run = InTmux::start("alpha,beta");
    let windows = run.ask(&["list-windows", "-t", "=r1:", "-F", "#{window_name}"]);
    let mut windows: Vec<&str> = windows.lines().collect();
    windows.sort_unstable();
    assert_eq!(windows, ["T001", "T002"]);
    let terminal = Tmux::start(run.repo.path(), &run.repo.home());
    terminal.types("git parallel attach beta; echo left $?");
    let screen = terminal.sees("hello from beta");
    assert!(!screen.contains("hello from alpha"), "{screen}");
    terminal.presses("C-b").presses("d");
    let screen = terminal.sees("left 0").replace('\n', "");
    assert!(screen.contains("attach-session -t =r1:=T002"), "{screen}");
    run.let_go("alpha", "0");
    run.let_go("beta", "0");
    run.repo.parallel(["wait"]).code(0);
    assert_eq!(
        run.repo.git(["show", "parallel/alpha:alpha.txt"]),
        "work of alpha"
    );
}

#[test]
fn a_killed_tmux_ends_no_session_and_the_run_goes_on() {
    if !have("tmux") {
        return;
    }
    let run = InTmux::start("alpha,beta");
    run.let_go("alpha", "0");
    run.until("alpha is done", |status| {
        status["tasks"][0]["outcome"] == "done"
    });
    run.kill_server();
    let status = run.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][1]["state"], "running", "{status:#}");
    // What is left is found and mended; who wants to look on still can.
    let found = run.repo.parallel(["doctor", "--json"]).json(1);
    let open = found["findings"].as_array().expect("findings").iter();
    let open: Vec<&Value> = open.filter(|one| one["open"] == true).collect();
    assert_eq!(open.len(), 1, "{found:#}");
    assert_eq!(open[0]["code"], "tmux-socket");
    run.repo.parallel(["doctor", "--fix"]).code(0);
    assert!(!run.repo.path().join(".git/parallel/runs/r1/tmux").exists());
    let mut watching = run.repo.parallel(["attach", "beta"]).converse();
    let mut told = String::new();
    let stderr = watching.stderr.as_mut().expect("its stderr");
    BufReader::new(stderr).read_line(&mut told).expect("a line");
    assert!(told.contains("no window of tmux shows r1/T002"), "{told}");
    run.let_go("beta", "0");
    run.repo.parallel(["wait"]).code(0);
    let watched = watching.wait_with_output().expect("ended");
    assert_eq!(watched.stdout, b"hello from beta\n");
}

#[test]
fn a_session_that_dies_with_its_tmux_is_lost_and_can_be_done_again() {
    if !have("tmux") {
        return;
    }
    let run = InTmux::start("alpha");
    let started = run.repo.read(".git/parallel/runs/r1/T001/1/started.json");
    let started: Value = serde_json::from_str(&started).expect("JSON");
    run.kill_server();
    let shim = started["shim"]["pid"].to_string();
    let killed = Command::new("kill").args(["-9", &shim]).status();
    assert!(killed.expect("kill").success());
    run.repo.parallel(["wait"]).code(1);
    let status = run.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][0]["outcome"], "lost", "{status:#}");
    run.let_go("alpha", "0");
    run.repo
        .parallel(["retry", "alpha"])
        .env("GO", run.repo.around())
        .code(0);
    let status = run.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][0]["outcome"], "done", "{status:#}");
}

#[test]
fn a_run_in_tmux_is_stopped_retried_and_waited_for_like_any_other() {
    if !have("tmux") {
        return;
    }
    let run = InTmux::start("alpha,beta");
    run.repo.parallel(["stop", "alpha"]).code(0);
    let status = run.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][0]["outcome"], "cancelled", "{status:#}");
    assert_eq!(status["tasks"][1]["state"], "running", "{status:#}");
    run.let_go("alpha", "0");
    run.repo.parallel(["retry", "alpha"]).code(0);
    run.repo.parallel(["wait", "alpha"]).code(0);
    run.let_go("beta", "7");
    run.repo.parallel(["wait", "--any", "beta"]).code(1);
    let status = run.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(
        status["tasks"][1]["evidence"][0]["value"], "7",
        "{status:#}"
    );
    // Nothing is left to look at, and tmux is gone with its last window.
    run.repo
        .parallel(["attach"])
        .code(3)
        .says("git parallel logs r1");
    let start = Instant::now();
    while Command::new("tmux")
        .arg("-S")
        .arg(run.repo.path().join(".git/parallel/runs/r1/tmux"))
        .arg("list-sessions")
        .output()
        .expect("tmux answers")
        .status
        .success()
    {
        assert!(start.elapsed() < Duration::from_secs(30), "tmux stays");
        sleep(Duration::from_millis(50));
    }
    // A socket that is left of it is nothing to worry about.
    let found = run.repo.parallel(["doctor", "--fix", "--json"]).json(0);
    let found = found["findings"].as_array().expect("findings").iter();
    let open = found.filter(|one| one["open"] == true);
    assert_eq!(open.count(), 0);
    assert!(!run.repo.path().join(".git/parallel/runs/r1/tmux").exists());
}

#[test]
fn attach_needs_a_terminal_and_says_what_to_type_on_one() {
    if !have("tmux") {
        return;
    }
    let run = InTmux::start("alpha");
    let refused = run.repo.parallel(["attach", "alpha"]).code(2);
    let line = format!(
        "tmux -S {} attach-session -t =r1:=T001",
        run.socket().display()
    );
    refused.says(&line);
}

#[test]
fn a_local_run_is_attached_to_by_its_log_and_that_is_said() {
    let repo = Repo::new();
    repo.parallel(["run", "--detach", "--tasks", "alpha", "--exec", WORK])
        .env("GO", repo.around())
        .code(0);
    let watching = repo.parallel(["attach"]).converse();
    fs::write(repo.around().join("alpha"), "0").expect("written");
    repo.parallel(["wait"]).code(0);
    let watched = watching.wait_with_output().expect("ended");
    let told = String::from_utf8_lossy(&watched.stderr);
    assert!(told.contains("r1 works without tmux"), "{told}");
    assert_eq!(watched.stdout, b"hello from alpha\n");
}

#[test]
fn nothing_that_tmux_would_run_reaches_it() {
    if !have("tmux") {
        return;
    }
    let repo = Repo::new();
    let trap = "#(touch escaped);";
    let home = repo.around().join(trap);
    repo.git(["clone", "-q", ".", &home.to_string_lossy()]);
    repo.parallel(["run", "--launcher", "tmux", "--exec", "echo x > x.txt"])
        .args([
            "--tasks",
            "alpha",
            "--prompt",
            "#(touch escaped); $(touch escaped)",
        ])
        .dir(&home)
        .code(0);
    let found = Command::new("find")
        .arg(repo.around())
        .args(["-name", "escaped"])
        .output()
        .expect("find");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}

#[test]
fn without_tmux_the_launcher_is_refused_before_anything_is_made() {
    let repo = Repo::new();
    let empty = repo.around().join("empty");
    fs::create_dir_all(&empty).expect("a folder");
    for program in ["git", "sh"] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output();
        let found = String::from_utf8(found.expect("sh").stdout).expect("a path");
        std::os::unix::fs::symlink(found.trim(), empty.join(program)).expect("a link");
    }
    repo.parallel([
        "run",
        "--launcher",
        "tmux",
        "--tasks",
        "alpha",
        "--exec",
        "true",
    ])
    .env("PATH", &empty)
    .code(3)
    .says("tmux is not installed");
    assert!(!repo.path().join(".git/parallel/runs").exists());
}
