//! `run --launcher slurm`: sessions as jobs of a real Slurm, and whatever becomes of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Call, Cluster, Node, Repo};

/// Says so, and waits for a file beside the repository that says how to end.
const WORK: &str = "echo work of $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME.txt; \
    echo hello from $GIT_PARALLEL_NAME; \
    for i in $(seq 900); do [ -e $GO/$GIT_PARALLEL_NAME ] && break; sleep 0.1; done; \
    exit $(cat $GO/$GIT_PARALLEL_NAME)";

/// A repository, and a node to work on it.
struct OnNode {
    place: Place,
    repo: Repo,
}

enum Place {
    Shared(Node),
    /// With daemons that may be killed.
    Own(Cluster),
}

impl OnNode {
    fn new() -> Self {
        Self {
            place: Place::Shared(Node::take()),
            repo: Repo::new(),
        }
    }

    /// On a cluster of its own.
    fn alone() -> Self {
        Self {
            place: Place::Own(Cluster::start()),
            repo: Repo::new(),
        }
    }

    fn cluster(&self) -> &Cluster {
        match &self.place {
            Place::Shared(node) => node.cluster(),
            Place::Own(cluster) => cluster,
        }
    }

    fn node(&self) -> &'static str {
        match &self.place {
            Place::Shared(node) => node.name,
            Place::Own(_) => "n1",
        }
    }

    fn call(&self, words: &[&str]) -> Call {
        let variables = self.cluster().variables().into_iter();
        let call = variables.fold(self.repo.parallel(words), |call, (key, value)| {
            call.env(key, value)
        });
        call.env("SBATCH_PARTITION", self.node())
            .env("GO", self.repo.around())
    }

    fn run(&self, words: &[&str]) -> Call {
        self.call(&["run", "--launcher", "slurm"]).args(words)
    }

    /// Starts tasks that wait to be let go, one at a time, and leaves them at work.
    fn starts(&self, tasks: &str) {
        self.run(&["--detach", "--tasks", tasks, "--exec", WORK])
            .env("SBATCH_EXCLUSIVE", "exclusive")
            .code(0);
    }

    fn let_go(&self, task: &str, code: &str) {
        let path = self.repo.around().join(task);
        let draft = path.with_extension("new");
        fs::write(&draft, code).expect("written");
        fs::rename(draft, path).expect("renamed");
    }

    /// Waits until a task stands so.
    #[track_caller]
    fn until(&self, task: usize, state: &str) -> Value {
        self.repo.until_status(state, |status| {
            let task = &status["tasks"][task];
            task["state"] == state || task["outcome"] == state
        })
    }

    /// Waits until one task works and one is in the queue.
    #[track_caller]
    fn works_and_waits(&self) -> Value {
        self.repo.until_status("one works, one waits", |status| {
            let tasks = status["tasks"].as_array().expect("tasks");
            let stands = |state: &str| tasks.iter().any(|task| task["state"] == state);
            stands("running") && stands("in-queue")
        })
    }

    /// The job of a task's first session.
    fn job(&self, task: &str) -> String {
        let jobs = format!(".git/parallel/runs/r1/{task}/1/jobs");
        let jobs = self.repo.read(&jobs);
        assert_eq!(jobs.lines().count(), 1, "asked for once");
        jobs.trim().to_owned()
    }
}

impl Drop for OnNode {
    fn drop(&mut self) {
        let _ = self.call(&["stop"]).run();
    }
}

/// What was seen of a task, in one line.
fn evidence(status: &Value, task: usize) -> String {
    let evidence = status["tasks"][task]["evidence"].as_array();
    let evidence = evidence.expect("evidence").iter();
    let words = evidence.map(|one| format!("{}: {}", one["kind"], one["value"]));
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn tasks_are_jobs_that_start_from_those_before_them_and_land() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    let tasks = "## T001: Alpha\n\n## T002: Beta\n\n## T003: Gamma\n- Depends: T001\n";
    on.repo.file("tasks.md", tasks);
    let line = "test $SLURM_JOB_NAME = $GIT_PARALLEL_RUN-$GIT_PARALLEL_TASK || exit 9; \
        case $GIT_PARALLEL_NAME in gamma) cat alpha;; esac; \
        echo $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME";
    let answer = on
        .run(&["--from", "tasks.md", "--json", "--exec", line])
        .json(0);
    let tasks = answer["tasks"].as_array().expect("tasks");
    assert!(
        tasks.iter().all(|task| task["outcome"] == "done"),
        "{answer:#}"
    );
    on.repo
        .parallel(["logs", "gamma"])
        .code(0)
        .answers("alpha\n");
    on.repo.parallel(["merge"]).code(0);
    let landed = on.repo.git(["ls-tree", "--name-only", "main"]);
    assert!(landed.contains("alpha\nbeta\ngamma"), "{landed}");
}

#[test]
fn a_job_that_fails_and_one_that_hangs_are_told_apart() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    let line = "case $GIT_PARALLEL_NAME in fails) exit 7;; esac; sleep 300";
    on.run(&[
        "--tasks",
        "fails,hangs",
        "--timeout",
        "3s",
        "--retries",
        "0",
    ])
    .args(["--exec", line])
    .code(1);
    let status = on.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][0]["outcome"], "failed", "{status:#}");
    assert!(
        evidence(&status, 0).contains("\"exit\": \"7\""),
        "{status:#}"
    );
    assert_eq!(status["tasks"][1]["outcome"], "timed-out", "{status:#}");
}

#[test]
fn a_full_node_keeps_a_task_in_the_queue_and_says_why() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    // Its time limit ends while it waits, and does not count yet.
    on.run(&["--detach", "--timeout", "8s", "--tasks", "alpha,beta"])
        .env("SBATCH_EXCLUSIVE", "exclusive")
        .args([
            "--exec",
            "echo $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME; sleep 5",
        ])
        .code(0);
    let status = on.repo.until_status("one waits for the node", |status| {
        let tasks = status["tasks"].as_array().expect("tasks").iter();
        let words: Vec<_> = tasks.map(|task| task["evidence"].to_string()).collect();
        words.iter().any(|words| words.contains("Resources"))
    });
    let waits = |task: &Value| task["state"] == "in-queue";
    let tasks = status["tasks"].as_array().expect("tasks");
    assert!(tasks.iter().any(waits), "{status:#}");
    on.repo
        .parallel(["status"])
        .code(0)
        .answers("in Slurm's queue");
    on.repo.parallel(["wait"]).code(0);
}

#[test]
fn a_task_is_stopped_in_its_job_and_in_the_queue() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    on.starts("alpha,beta");
    let status = on.works_and_waits();
    let (works, waits) = match status["tasks"][0]["state"] == "running" {
        true => (0, 1),
        false => (1, 0),
    };
    for (task, name) in [(waits, "waits"), (works, "works")] {
        let id = status["tasks"][task]["id"].as_str().expect("an id");
        on.repo.parallel(["stop", id]).code(0);
        let status = on.until(task, "cancelled");
        let seen = evidence(&status, task);
        assert!(!seen.contains("not by this run"), "{name}: {status:#}");
    }
    let left = ["--noheader", "--states=PD,R", "-p", on.node()];
    let left = on.cluster().asks("squeue", &left);
    assert_eq!(left, "");
}

#[test]
fn sessions_outlive_a_killed_supervisor_and_are_found_again() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    let words = ["--tasks", "alpha,beta", "--exec", WORK];
    let run = on.run(&words).env("SBATCH_EXCLUSIVE", "exclusive");
    let mut supervisor = run.spawn();
    on.works_and_waits();
    supervisor.kill().expect("killed");
    supervisor.wait().expect("gone");
    let before = [on.job("T001"), on.job("T002")];
    on.let_go("alpha", "0");
    on.let_go("beta", "0");
    on.call(&["run", "--resume"]).code(0);
    assert_eq!([on.job("T001"), on.job("T002")], before);
}

#[test]
fn a_killed_controller_loses_nothing() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::alone();
    on.starts("alpha,beta");
    on.works_and_waits();
    // It writes down what it did some seconds later. Killed before, it would start the job again, and
    // close the node that has it already.
    sleep(Duration::from_secs(6));
    on.cluster().kill("slurmctld");
    on.let_go("alpha", "0");
    on.let_go("beta", "0");
    // The one that waits is not lost while nobody answers.
    sleep(Duration::from_secs(6));
    let status = on.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["state"], "running", "{status:#}");
    on.cluster().start_controller();
    on.repo.parallel(["wait"]).code(0);
    on.job("T001");
    on.job("T002");
}

#[test]
fn a_job_that_a_killed_controller_believes_to_run_keeps_its_place_from_nobody() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::alone();
    let words = ["--detach", "--workers", "1", "--tasks", "alpha,beta"];
    on.run(&words)
        .args(["--exec", WORK])
        .env("SBATCH_EXCLUSIVE", "exclusive")
        .code(0);
    on.until(0, "running");
    // It writes down what it did at most every five seconds: that the job runs, with a job of no use,
    // and then not so soon that this one has ended.
    sleep(Duration::from_secs(6));
    let useless = ["--hold", "-o", "/dev/null", "-p", "n1", "--wrap", "true"];
    on.cluster().asks("sbatch", &useless);
    sleep(Duration::from_secs(1));
    let alpha = on.job("T001");
    on.let_go("alpha", "0");
    let state = |job: &str| {
        let words = ["--noheader", "--states=all", "--format=%T", "-j", job];
        on.cluster().asks("squeue", &words)
    };
    on.cluster()
        .until("the job is over", || state(&alpha) == "COMPLETED");
    on.cluster().kill("slurmctld");
    on.cluster().start_controller();
    assert_eq!(state(&alpha), "RUNNING", "what this is about");
    on.let_go("beta", "0");
    on.repo.parallel(["wait"]).code(0);
}

/// Waits for a file that says so; whoever works beside another attempt says that, too.
const ALONE: &str = "exec 9> $GO/desk; flock -n 9 || echo shared > $GO/shared; \
    echo work > work.txt; for i in $(seq 900); do [ -e $GO/enough ] && exit; sleep 0.1; done";

#[test]
fn a_session_on_a_lost_node_ends_before_another_begins_in_its_worktree() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::alone();
    on.run(&["--detach", "--tasks", "alpha", "--retries", "1"])
        .args(["--exec", ALONE])
        .code(0);
    on.until(0, "running");
    // The node's daemon is gone and the controller gives the node up; the session knows nothing.
    on.cluster().kill("n1");
    let steps = on.cluster().steps();
    assert!(!steps.is_empty(), "a step holds the job");
    steps.iter().for_each(|step| kill(step));
    let lost = ["update", "nodename=n1", "state=down", "reason=lost"];
    on.cluster().asks("scontrol", &lost);
    on.cluster().start_node("n1");
    on.cluster().open("n1");
    on.repo.until_status("a second attempt works", |status| {
        let task = &status["tasks"][0];
        task["attempts"] == 2 && task["state"] == "running"
    });
    on.let_go("enough", "");
    on.repo.parallel(["wait"]).code(0);
    assert!(!on.repo.around().join("shared").exists(), "two at one desk");
    let told = on.repo.read(".git/parallel/runs/r1/events.jsonl");
    assert!(
        told.contains("Slurm says of its job 1: NODE_FAIL"),
        "{told}"
    );
}

fn kill(pid: &str) {
    let killed = Command::new("kill").args(["-9", pid]).status();
    assert!(killed.expect("kill").success(), "{pid}");
}

/// How sessions behave that are ended in four ways.
const ENDED: &str = "echo $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME; case $GIT_PARALLEL_NAME in \
    cancelled | stopped) trap '' TERM;; \
    hungry) sleep 1; all=$(head -c 300000000 /dev/zero | tr '\\0' x);; \
    esac; for i in $(seq 600); do sleep 0.1; done";

#[test]
fn what_ended_a_job_is_told_also_of_one_that_ignores_sigterm() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    let tasks = "cancelled,stopped,hungry,preempted";
    on.run(&["--detach", "--retries", "0", "--tasks", tasks])
        .env("SBATCH_MEM_PER_NODE", "60")
        .args(["--exec", ENDED])
        .code(0);
    for task in [0, 1, 3] {
        on.until(task, "running");
    }
    on.cluster().asks("scancel", &[&on.job("T001")]);
    on.repo.parallel(["stop", "stopped"]).code(0);
    let seen = evidence(&on.until(2, "lost"), 2);
    assert!(seen.contains("memory limit"), "{seen}");
    let seen = evidence(&on.until(0, "cancelled"), 0);
    assert!(seen.contains("not by this run"), "{seen}");
    let seen = evidence(&on.until(1, "cancelled"), 1);
    assert!(!seen.contains("not by this run"), "{seen}");
    let urgent = ["-p", "urgent", "--exclusive", "-o", "/dev/null", "-w"];
    let urgent = [&urgent[..], &[on.node(), "--wrap", "true"]].concat();
    on.cluster().asks("sbatch", &urgent);
    let seen = evidence(&on.until(3, "lost"), 3);
    assert!(seen.contains("PREEMPTED"), "{seen}");
}

#[test]
#[ignore = "Slurm counts time limits in minutes, and looks every half minute"]
fn a_job_that_slurm_gives_no_more_time_has_timed_out() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    let line = "case $GIT_PARALLEL_NAME in stubborn) trap '' TERM;; esac; \
        for i in $(seq 3000); do sleep 0.1; done";
    on.run(&["--detach", "--retries", "0", "--tasks", "heeds,stubborn"])
        .args(["--exec", line])
        .code(0);
    for (task, id) in [(0, "T001"), (1, "T002")] {
        on.until(task, "running");
        let job = format!("jobid={}", on.job(id));
        on.cluster()
            .asks("scontrol", &["update", &job, "timelimit=1"]);
    }
    on.repo.parallel(["wait"]).code(1);
    let status = on.repo.parallel(["status", "--json"]).json(0);
    for task in [0, 1] {
        assert_eq!(status["tasks"][task]["outcome"], "timed-out", "{status:#}");
        let seen = evidence(&status, task);
        assert!(seen.contains("TIMEOUT"), "{seen}");
    }
}

#[test]
fn a_job_that_somebody_cancels_is_told_from_one_that_we_stopped() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    on.starts("alpha");
    on.until(0, "running");
    on.cluster().asks("scancel", &[&on.job("T001")]);
    let status = on.until(0, "cancelled");
    assert!(
        evidence(&status, 0).contains("not by this run"),
        "{status:#}"
    );
}

#[test]
fn attach_says_how_to_get_a_shell_beside_a_job_and_follows_it() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    on.starts("alpha");
    on.until(0, "running");
    let mut watching = on.call(&["attach", "alpha"]).converse();
    let mut told = String::new();
    let stderr = watching.stderr.as_mut().expect("its stderr");
    BufReader::new(stderr).read_line(&mut told).expect("a line");
    let line = format!("srun --jobid={} --overlap --pty sh", on.job("T001"));
    assert!(told.contains(&line), "{told}");
    on.let_go("alpha", "0");
    on.repo.parallel(["wait"]).code(0);
    let watched = watching.wait_with_output().expect("ended");
    assert_eq!(watched.stdout, b"hello from alpha\n");
}

#[test]
fn a_refused_job_is_a_failed_task_with_slurms_words() {
    if !Cluster::is_possible() {
        return;
    }
    let on = OnNode::new();
    on.run(&["--tasks", "alpha", "--exec", "true", "--retries", "0"])
        .env("SBATCH_PARTITION", "elsewhere")
        .code(1);
    let status = on.repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["tasks"][0]["outcome"], "failed", "{status:#}");
    assert!(evidence(&status, 0).contains("partition"), "{status:#}");
}

/// What is refused before anything is made.
fn refused(repo: &Repo, call: Call, words: &str) {
    call.args(["--tasks", "alpha", "--exec", "true"])
        .code(3)
        .says(words);
    assert!(!repo.path().join(".git/parallel/runs").exists());
}

#[test]
fn without_slurm_the_launcher_is_refused_before_anything_is_made() {
    let repo = Repo::new();
    let few = repo.around().join("few");
    fs::create_dir_all(&few).expect("a folder");
    for program in ["git", "sh"] {
        let paths = std::env::var_os("PATH").expect("a PATH");
        let mut paths = std::env::split_paths(&paths).map(|folder| folder.join(program));
        let found = paths.find(|path| path.is_file()).expect("it is installed");
        std::os::unix::fs::symlink(found, few.join(program)).expect("a link");
    }
    let call = repo.parallel(["run", "--launcher", "slurm"]);
    refused(&repo, call.env("PATH", &few), "sbatch is not installed");
}

#[test]
fn a_slurm_that_cannot_be_reached_is_refused_before_anything_is_made() {
    if !Cluster::is_possible() {
        return;
    }
    let repo = Repo::new();
    let call = repo.parallel(["run", "--launcher", "slurm"]);
    refused(&repo, call.env("SLURM_CONF", "/dev/null"), "sbatch fails");
}
