//! `git parallel stop`, `retry`, `wait` and `run --detach`: a run that goes on is moved by others.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::Repo;

/// Works until the file `NAME.go` lies beside the repository; fails when it says so.
const WAITS: &str = "echo work > $GIT_PARALLEL_NAME.txt; \
    while ! [ -e $GO/$GIT_PARALLEL_NAME.go ]; do sleep 0.05; done; \
    ! grep -q fail $GO/$GIT_PARALLEL_NAME.go";

/// A repository whose run of `alpha` and `beta` goes on in the background, and ends with the test.
struct Background {
    repo: Repo,
}

impl Background {
    fn start(tasks: &str, more: &[&str]) -> Self {
        let repo = Repo::new();
        repo.file("tasks.md", tasks);
        let run = Self { repo };
        let repo = &run.repo;
        repo.parallel(["run", "--from", "tasks.md", "--detach", "--exec", WAITS])
            .args(more)
            .env("GO", repo.around())
            .code(0)
            .answers("r1 goes on in the background");
        run
    }

    /// Lets a task end: well, or with a failure.
    fn let_go(&self, task: &str, word: &str) {
        let path = self.repo.around().join(format!("{task}.go"));
        fs::write(path, word).expect("written");
    }

    fn status(&self) -> Value {
        self.repo.parallel(["status", "--json"]).json(0)
    }

    #[track_caller]
    fn until(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        self.repo.until_status(what, is)
    }

    fn until_running(&self, count: usize) {
        self.until("running", |status| {
            let tasks = status["tasks"].as_array().expect("tasks");
            let running = tasks.iter().filter(|task| task["state"] == "running");
            running.count() == count
        });
    }

    fn folder(&self) -> PathBuf {
        self.repo.path().join(".git/parallel/runs/r1")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.repo.parallel(["stop"]).run();
    }
}

fn outcomes(status: &Value) -> Vec<&str> {
    let tasks = status["tasks"].as_array().expect("tasks");
    tasks
        .iter()
        .map(|task| task["outcome"].as_str().unwrap_or("none"))
        .collect()
}

const TWO: &str = "## T001: Alpha\n\n## T002: Beta\n";
const CHAIN: &str = "## T001: Alpha

## T002: Beta
- Depends: T001
";

#[test]
fn a_detached_run_goes_on_by_itself_and_can_be_waited_for() {
    let run = Background::start(TWO, &[]);
    run.until_running(2);
    run.let_go("alpha", "");
    let first = run.repo.parallel(["wait", "--any"]).ok();
    assert_eq!(first.trim_end(), "r1/T001  alpha  done");
    run.let_go("beta", "");
    run.repo.parallel(["wait"]).code(0);
    assert_eq!(run.status()["state"], "done");
    let log = fs::read_to_string(run.folder().join("supervisor.log")).expect("a log");
    assert!(log.contains("T002 completed"), "{log}");
    assert!(!log.contains('\x1b'), "{log}");
}

#[test]
fn waiting_ends_with_a_failure_where_a_task_failed() {
    let run = Background::start(TWO, &[]);
    run.let_go("alpha", "fail");
    run.repo
        .parallel(["wait", "alpha"])
        .code(1)
        .answers("alpha  failed");
    run.let_go("beta", "");
    run.repo.parallel(["wait", "beta"]).code(0);
    let answer = run.repo.parallel(["wait", "--json"]).json(1);
    assert_eq!(answer["ended"][0]["outcome"], "failed");
    assert_eq!(answer["ended"][1]["outcome"], "done");
}

#[test]
fn a_stopped_task_keeps_its_work_and_the_others_go_on() {
    let run = Background::start(TWO, &[]);
    run.until_running(2);
    run.repo
        .parallel(["stop", "alpha"])
        .code(0)
        .answers("T001 alpha: cancelled");
    let status = run.status();
    assert_eq!(status["state"], "running");
    assert_eq!(outcomes(&status), ["cancelled", "none"]);
    assert_eq!(run.repo.git(["show", "parallel/alpha:alpha.txt"]), "work");
    run.let_go("beta", "");
    run.repo.parallel(["wait", "beta"]).code(0);
    run.repo.parallel(["wait"]).code(1);
    let again = run.repo.parallel(["stop"]).code(0);
    assert!(
        again.stderr.contains("r1 failed: there is nothing to stop"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_task_that_was_stopped_before_it_began_never_begins() {
    let run = Background::start(CHAIN, &[]);
    run.until_running(1);
    let status = run.repo.parallel(["stop", "beta", "--json"]).json(0);
    assert_eq!(outcomes(&status), ["none", "cancelled"]);
    run.let_go("alpha", "");
    run.repo.parallel(["wait"]).code(1);
    assert_eq!(run.status()["tasks"][1]["attempts"], 0);
}

#[test]
fn a_stopped_run_can_be_resumed_in_the_background() {
    let run = Background::start(TWO, &["--workers", "1"]);
    run.until_running(1);
    let status = run.repo.parallel(["stop", "--json"]).json(0);
    assert_eq!(status["state"], "stopped");
    assert_eq!(outcomes(&status), ["cancelled", "none"]);
    run.repo.parallel(["wait"]).code(1);
    run.let_go("alpha", "");
    run.let_go("beta", "");
    run.repo
        .parallel(["run", "--resume", "--detach"])
        .env("GO", run.repo.around())
        .code(0);
    run.repo.parallel(["wait"]).code(0);
    assert_eq!(outcomes(&run.status()), ["done", "done"]);
}

#[test]
fn a_failed_task_is_done_again_while_the_others_go_on() {
    let tasks = format!(
        "{CHAIN}
## T003: Gamma
"
    );
    let run = Background::start(&tasks, &[]);
    run.let_go("alpha", "fail");
    run.repo.parallel(["wait", "alpha"]).code(1);
    run.until("skipped", |s| outcomes(s)[..2] == ["failed", "skipped"]);
    run.repo.parallel(["retry", "gamma"]).code(3);
    run.let_go("alpha", "");
    run.let_go("beta", "");
    run.repo.parallel(["retry"]).code(0);
    run.repo.parallel(["wait", "alpha", "beta"]).code(0);
    run.let_go("gamma", "");
    run.repo.parallel(["wait"]).code(0);
    let status = run.status();
    assert_eq!(status["tasks"][0]["attempts"], 2);
    let workers = status["tasks"][0]["sessions"].as_array().expect("sessions");
    assert_eq!(workers[0]["worker"], workers[1]["worker"]);
}

#[test]
fn a_dependency_that_is_done_again_makes_what_stands_on_it_stale() {
    let run = Background::start(CHAIN, &[]);
    run.let_go("alpha", "");
    run.let_go("beta", "");
    run.repo.parallel(["wait"]).code(0);
    let go = run.repo.around();
    run.repo.parallel(["retry", "alpha"]).env("GO", go).code(0);
    let status = run.status();
    assert_eq!(status["tasks"][0]["attempts"], 2);
    assert_eq!(status["tasks"][1]["stale"], "T001");
    assert!(status["tasks"][0].get("stale").is_none());
    let text = run.repo.parallel(["status"]).ok();
    assert!(
        text.contains("T002 started from T001 as it was before it was done again"),
        "{text}"
    );
}

#[test]
fn a_supervisor_that_is_killed_is_told_by_wait_and_its_sessions_can_be_stopped() {
    let run = Background::start(TWO, &[]);
    run.until_running(2);
    let lock = fs::read_to_string(run.folder().join("lock")).expect("a lock");
    let pid = lock.rsplit_once("(pid ").expect("a pid").1.trim_end();
    let pid = pid.trim_end_matches(')').to_owned();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status();
    assert!(killed.expect("kill starts").success());
    run.repo
        .parallel(["wait"])
        .code(3)
        .says("git parallel run --resume r1");
    run.repo.parallel(["stop", "alpha"]).code(3);
    let status = run.repo.parallel(["stop", "--json"]).json(0);
    assert_eq!(status["state"], "stopped");
    assert_eq!(outcomes(&status), ["cancelled", "cancelled"]);
    assert_eq!(run.repo.git(["show", "parallel/beta:beta.txt"]), "work");
}

#[test]
fn a_run_that_is_supervised_is_not_detached_a_second_time() {
    let run = Background::start(TWO, &[]);
    run.repo.parallel(["run", "--resume", "--detach"]).code(5);
}
