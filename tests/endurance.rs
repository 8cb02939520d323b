//! Fifty sessions that end in every bad way, and supervisors, tmux and Slurm's controller that are
//! killed at random moments. Linux: what is left running is looked for below /proc.
//!
//! `PRINTS=2147483648` makes the talkative ones print that much, `KILLS=100` kills that often.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Cluster, Repo, have};

/// How each kind of agent behaves, and what has to come of it: outcome, and evidence.
const KINDS: [(&str, &str, &str, &str); 10] = [
    ("works", "work", "done", "commits: 1"),
    ("idle", "true", "no-change", "commits: 0"),
    ("fails", "work; exit 1", "failed", "exit: 1"),
    ("dies", "work; exit 137", "failed", "exit: 137"),
    ("killed", "work; kill -9 $$", "failed", "signal: 9"),
    ("hangs", "work; sleep 1000", "timed-out", "timeout: "),
    (
        "stubborn",
        "trap '' TERM; work; while :; do sleep 1; done",
        "timed-out",
        "timeout: ",
    ),
    ("forks", "work; sleep 1000 & exit 0", "done", "commits: 1"),
    (
        "daemon",
        "work; (setsid sh -c 'sleep 1000 & sleep 1000' < /dev/null > /dev/null 2>&1 &)",
        "done",
        "commits: 1",
    ),
    (
        "talks",
        "work; printf '\\033[2J\\033]0;owned\\007'; head -c $PRINTS /dev/zero | tr '\\0' '\\033'",
        "done",
        "commits: 1",
    ),
];

/// Of each kind.
const MANY: usize = 5;
/// A log keeps so much, and some words about what it left out.
const MOST_LOG: u64 = (32 << 20) + 4096;
/// Of memory, for the supervisor and for each shim.
const MOST_MEMORY: u64 = 100 << 20;
/// How often a run may have to be taken up again.
const MOST_RESUMED: usize = 10;
/// Until nothing may be left of what a session started.
const GONE_AFTER: Duration = Duration::from_secs(15);

fn number(variable: &str, default: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(default, |text| text.parse().expect("a number"))
}

/// The processes that have `around` in their environment, with their command lines.
fn processes(around: &Path) -> Vec<(u32, String)> {
    let mark = around.as_os_str().as_encoded_bytes();
    let holds = |pid: u32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.windows(mark.len()).any(|window| window == mark)
    };
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| holds(*pid))
        .map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            (pid, String::from_utf8_lossy(&line).replace('\0', " "))
        })
        .collect()
}

/// The most memory a process has had so far, in bytes.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes << 10)
}

/// Watches our own processes until the run has ended: the most memory of each.
fn watched(around: &Path, run: &mut Child) -> BTreeMap<u32, (u64, String)> {
    let mut peaks = BTreeMap::new();
    while run.try_wait().expect("it can be waited for").is_none() {
        for (pid, line) in processes(around) {
            // Between fork and exec a child of theirs looks like them.
            if line.contains("git-parallel")
                && let Some(peak) = peak(pid)
            {
                peaks.insert(pid, (peak, line));
            }
        }
        sleep(Duration::from_millis(100));
    }
    peaks
}

fn tasks() -> String {
    let all = (0..MANY).flat_map(|round| KINDS.iter().map(move |kind| (round, kind)));
    let tasks = all.zip(1..).map(|((round, (name, ..)), number)| {
        // A limit only for those that need it: nobody else is to be ended on a busy machine.
        let limit = match *name {
            "hangs" | "stubborn" => "- Timeout: 2s\n",
            _ => "",
        };
        format!("## T{number:03}: {name} {round}\n{limit}\n")
    });
    tasks.collect()
}

fn script() -> String {
    let cases = KINDS.map(|(name, does, ..)| format!("{name}-*) {does} ;;\n"));
    format!(
        "work() {{ echo $GIT_PARALLEL_NAME > $GIT_PARALLEL_NAME.txt; }}\n\
         case $GIT_PARALLEL_NAME in\n{}esac\n",
        cases.concat()
    )
}

#[test]
fn fifty_sessions_that_end_in_every_way_get_their_right_outcome_and_leave_nothing() {
    let repo = Repo::new();
    repo.file("tasks.md", &tasks());
    let agent = repo.around().join("agent");
    fs::write(&agent, script()).expect("a script");
    repo.git(["config", "parallel.worktrees", "60"]);
    let args = [
        "-q",
        "run",
        "--from",
        "tasks.md",
        "--workers",
        "8",
        "--",
        "sh",
    ];
    let prints = number("PRINTS", 64 << 20).to_string();
    let mut run = repo
        .parallel(args)
        .args([&agent])
        .env("PRINTS", prints)
        .spawn();
    let peaks = watched(repo.around(), &mut run);
    let ended = Instant::now();
    while !processes(repo.around()).is_empty() {
        let left = processes(repo.around());
        assert!(ended.elapsed() < GONE_AFTER, "still there: {left:?}");
        sleep(Duration::from_millis(100));
    }
    for (peak, line) in peaks.values() {
        assert!(*peak < MOST_MEMORY, "{peak} bytes: {line}");
    }
    let most = peaks
        .values()
        .map(|(peak, _)| peak)
        .max()
        .expect("a process");
    eprintln!("most memory of one process: {} KiB", most >> 10);

    let status = repo.parallel(["status", "--json"]).json(0);
    let tasks = status["tasks"].as_array().expect("tasks");
    assert_eq!(tasks.len(), MANY * KINDS.len());
    for (task, (name, _, outcome, seen)) in tasks.iter().zip(KINDS.iter().cycle()) {
        assert_eq!(task["outcome"], *outcome, "{name}: {task:#}");
        let evidence = task["evidence"].as_array().expect("evidence").iter();
        let evidence = evidence.map(|one| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", text("kind"), text("value"))
        });
        let mut evidence = evidence.collect::<Vec<_>>().into_iter();
        assert!(
            evidence.any(|one| one.starts_with(seen)),
            "{name}: {task:#}"
        );
        let log = task["log"].as_str().expect("a log");
        let length = fs::metadata(log).expect("a log").len();
        assert!(length <= MOST_LOG, "{name} left {length} bytes in {log}");
    }
}

/// Somewhere between 0 and `most`, other than the last time.
fn some(most: u64, seed: &mut u64) -> u64 {
    // Knuth's MMIX generator; its high bits are good enough here.
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % most
}

#[test]
fn a_supervisor_that_is_killed_at_random_loses_nothing_and_the_run_goes_on() {
    let kills = number("KILLS", 8);
    let mut seed = number("SEED", u64::from(std::process::id()));
    eprintln!("SEED={seed}");
    let mut killed = 0;
    while killed < kills {
        let repo = Repo::new();
        let line = "echo $GIT_PARALLEL_TASK > $GIT_PARALLEL_NAME.txt; sleep 0.1; \
                    echo more >> $GIT_PARALLEL_NAME.txt";
        let names: Vec<String> = (1..=10).map(|number| format!("job-{number}")).collect();
        let args = ["-q", "run", "--tasks", &names.join(","), "--exec", line];
        let mut run = repo.parallel(args).spawn();
        while !repo
            .path()
            .join(".git/parallel/runs/r1/events.jsonl")
            .exists()
        {
            sleep(Duration::from_millis(5));
        }
        loop {
            sleep(Duration::from_millis(some(400, &mut seed)));
            if killed == kills || run.try_wait().expect("it can be waited for").is_some() {
                break;
            }
            run.kill().expect("killed");
            run.wait().expect("reaped");
            killed += 1;
            run = repo.parallel(["-q", "run", "--resume"]).spawn();
        }
        run.wait().expect("ended");
        all_there(&repo, names.len());
    }
}

/// The server of tmux in which the first run of a repository works, if one lives.
fn tmux_server(repo: &Repo) -> Option<String> {
    let asked = Command::new("tmux")
        .arg("-S")
        .arg(repo.path().join(".git/parallel/runs/r1/tmux"))
        .args(["display-message", "-p", "#{pid}"])
        .output();
    let pid = String::from_utf8_lossy(&asked.expect("tmux").stdout)
        .trim()
        .to_owned();
    (!pid.is_empty()).then_some(pid)
}

#[test]
fn a_tmux_that_is_killed_at_random_loses_nothing_and_the_run_goes_on() {
    if !have("tmux") {
        return;
    }
    let kills = number("KILLS", 4);
    let mut seed = number("SEED", u64::from(std::process::id()));
    eprintln!("SEED={seed}");
    let mut killed = 0;
    while killed < kills {
        let repo = Repo::new();
        let line = "echo $GIT_PARALLEL_TASK > $GIT_PARALLEL_NAME.txt; sleep 0.3; \
                    echo more >> $GIT_PARALLEL_NAME.txt";
        let names: Vec<String> = (1..=10).map(|number| format!("job-{number}")).collect();
        let args = ["-q", "run", "--launcher", "tmux", "--retries", "2"];
        let call = repo.parallel(args).args(["--workers", "3", "--exec", line]);
        let mut run = call.args(["--tasks", &names.join(",")]).spawn();
        while run.try_wait().expect("it can be waited for").is_none() {
            sleep(Duration::from_millis(some(700, &mut seed)));
            if killed == kills {
                continue;
            }
            if let Some(pid) = tmux_server(&repo) {
                // It may have ended by itself in between.
                killed += u64::from(kill(&["-9", &pid]));
            }
        }
        all_there(&repo, names.len());
        if let Some(pid) = tmux_server(&repo) {
            kill(&[&pid]);
        }
    }
}

#[test]
fn a_controller_of_slurm_that_is_killed_at_random_loses_nothing_and_the_run_goes_on() {
    if !Cluster::is_possible() {
        return;
    }
    let kills = number("KILLS", 3);
    let mut seed = number("SEED", u64::from(std::process::id()));
    eprintln!("SEED={seed}");
    let cluster = Cluster::start();
    let mut killed = 0;
    while killed < kills {
        let repo = Repo::new();
        let call = |args: &[&str]| {
            let variables = cluster.variables().into_iter();
            let call = repo.parallel(["-q", "run"]).args(args);
            let call = variables.fold(call, |call, (key, value)| call.env(key, value));
            call.env("SBATCH_PARTITION", "n1").spawn()
        };
        let line = "exec 9> ../$GIT_PARALLEL_NAME.desk; flock -n 9 || echo two > ../shared; \
                    echo $GIT_PARALLEL_TASK > $GIT_PARALLEL_NAME.txt; sleep 1; \
                    echo more >> $GIT_PARALLEL_NAME.txt";
        let names: Vec<String> = (1..=8).map(|number| format!("job-{number}")).collect();
        let tasks = names.join(",");
        let mut run = call(&[
            "--launcher",
            "slurm",
            "--retries",
            "2",
            "--workers",
            "3",
            "--exec",
            line,
            "--tasks",
            &tasks,
        ]);
        let mut resumed = 0;
        loop {
            match run.try_wait().expect("it can be waited for") {
                None => {}
                Some(status) if status.success() || resumed == MOST_RESUMED => break,
                // Slurm itself cancels a job that it finds in two minds about when it comes back.
                Some(_) => {
                    resumed += 1;
                    run = call(&["--resume"]);
                }
            }
            // What it took in the last five seconds a controller that is killed forgets.
            sleep(Duration::from_millis(some(8000, &mut seed)));
            if killed < kills {
                cluster.kill("slurmctld");
                killed += 1;
                sleep(Duration::from_millis(some(1000, &mut seed)));
                cluster.start_controller();
            }
            // Of a job that was started twice it closes the node, and leaves it to somebody to look.
            cluster.open("n1");
        }
        all_there(&repo, names.len());
        let shared = repo.around().join("shared");
        assert!(!shared.exists(), "two sessions at one desk");
        // What a controller believes to run of a run that is over, nobody is left to end.
        cluster.asks("scancel", &["--partition=n1"]);
    }
}

/// Whether there was something to kill.
fn kill(args: &[&str]) -> bool {
    let killed = Command::new("kill").args(args).status();
    killed.expect("kill").success()
}

/// Every task is done once, with all of its work.
#[track_caller]
fn all_there(repo: &Repo, count: usize) {
    let status = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["state"], "done", "{status:#}");
    let tasks = status["tasks"].as_array().expect("tasks");
    assert_eq!(tasks.len(), count);
    for task in tasks {
        let (name, branch) = (&task["name"], &task["branch"]);
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let file = format!("{}:{}.txt", text(branch), text(name));
        let work = repo.git(["show", &file]);
        assert_eq!(work, format!("{}\nmore", text(&task["id"])), "{task:#}");
        assert_eq!(task["commits"], 1, "{task:#}");
    }
    let fsck = repo.git(["fsck", "--no-progress"]);
    assert!(
        !fsck.contains("missing") && !fsck.contains("broken"),
        "{fsck}"
    );
}
