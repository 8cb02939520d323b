//! The clock is set back by an hour, or forward by a day: while a run goes on, and between commands.
//! Nothing panics, no time is negative or absurd, and what came about later than now has not waited
//! for its whole life.
//!
//! `libfaketime` sets the clock of real processes; what counts seconds (a time limit) goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Call, Repo, have};

/// Where Debian and Fedora have it; beside the program elsewhere.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/local/lib/faketime/libfaketimeMT.so.1",
];

/// A clock that can be set.
struct Clock {
    library: PathBuf,
    setting: PathBuf,
}

impl Clock {
    /// `None` where there is none to be had.
    fn beside(repo: &Repo) -> Option<Self> {
        if !have("faketime") {
            return None;
        }
        let found = LIBRARIES.iter().map(Path::new).find(|path| path.exists());
        let library = found.expect("libfaketime lies in none of its places");
        let clock = Self {
            library: library.to_owned(),
            setting: repo.around().join("clock"),
        };
        clock.set("+0");
        Some(clock)
    }

    /// As an offset: `+1h`, `-1h`.
    fn set(&self, offset: &str) {
        let draft = self.setting.with_extension("new");
        fs::write(&draft, format!("{offset}\n")).expect("a file");
        fs::rename(draft, &self.setting).expect("a rename");
    }

    /// This call and whatever it starts go by this clock.
    fn rules(&self, call: Call) -> Call {
        call.env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.setting)
            .env("FAKETIME_NO_CACHE", "1")
            .env("DONT_FAKE_MONOTONIC", "1")
    }
}

/// Every number of seconds in an answer.
fn seconds(value: &Value, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if let (true, Some(number)) = (key.ends_with("seconds"), value.as_f64()) {
                    found.push((key.clone(), number));
                }
                seconds(value, found);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| seconds(value, found)),
        _ => {}
    }
}

/// Insists that all that tells of times does, for people and programs, and that none is negative.
fn tells_the_time(repo: &Repo, clock: &Clock) {
    for words in [
        &["status", "r1"][..],
        &["report", "r1"],
        &["undo", "--list"],
        &["doctor"],
    ] {
        let text = clock.rules(repo.parallel(words)).run();
        assert!(
            matches!(text.exit_code(), 0 | 1),
            "{words:?}: {}",
            text.stderr
        );
        let mut after_minus = text.stdout.split(" -").skip(1);
        let is_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        assert!(!after_minus.any(is_number), "{words:?}: {}", text.stdout);
        let json = clock.rules(repo.parallel(words).args(["--json"])).run();
        let mut found = Vec::new();
        seconds(&json.json(), &mut found);
        for (key, number) in found {
            assert!(number >= 0.0, "{words:?}: {key} is {number}");
        }
    }
}

#[test]
fn set_while_a_run_goes_on_it_comes_to_its_end_and_times_are_what_they_were() {
    for jump in ["-1h", "+1d"] {
        set_while_a_run_goes_on(jump);
    }
}

fn set_while_a_run_goes_on(jump: &str) {
    let repo = Repo::new();
    let Some(clock) = Clock::beside(&repo) else {
        return;
    };
    let begun = repo.around().join("begun");
    let line = format!(
        "echo x > $GIT_PARALLEL_NAME.txt; touch {}; sleep 2",
        begun.display()
    );
    let run = repo.parallel(["run", "--tasks", "one,two", "--exec", &line]);
    let run = clock.rules(run).spawn();
    let start = Instant::now();
    while !begun.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "no session began"
        );
        thread::sleep(Duration::from_millis(20));
    }
    clock.set(jump);
    let ended = run.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}");
    assert!(!said.contains(" -"), "{said}");
    tells_the_time(&repo, &clock);
    let report = clock.rules(repo.parallel(["report", "--json"])).json(0);
    assert_eq!(report["state"], "done", "{report:#}");
    // Two who slept for two seconds each, side by side at best; never an hour, nor a day.
    let mut times = Vec::new();
    seconds(&report, &mut times);
    let measured = ["actual_seconds", "busy_seconds", "seconds"];
    times.retain(|(key, _)| measured.contains(&key.as_str()));
    let long = times.iter().find(|(_, seconds)| *seconds > 1800.0);
    assert_eq!(long, None, "{jump}: {report:#}");
    let actual = report["actual_seconds"].as_f64().expect("a number");
    let speedup = report["speedup"].as_f64().expect("a number");
    assert!(actual >= 2.0 && speedup <= 2.0, "{jump}: {report:#}");
    clock.rules(repo.parallel(["merge", "--clean"])).code(0);
    tells_the_time(&repo, &clock);
}

#[test]
fn what_came_into_the_trash_later_than_now_has_waited_for_no_time_at_all() {
    let repo = Repo::new();
    let Some(clock) = Clock::beside(&repo) else {
        return;
    };
    clock.set("+1h");
    let line = "echo x > $GIT_PARALLEL_NAME.txt";
    let run = repo.parallel(["run", "--tasks", "one", "--exec", line]);
    clock.rules(run).code(0);
    clock.rules(repo.parallel(["clean", "-f"])).code(0);
    clock.set("+0");
    tells_the_time(&repo, &clock);
    let empty = |more: &[&str]| clock.rules(repo.parallel(["clean", "--empty-trash"]).args(more));
    empty(&["--older-than", "1h"])
        .code(0)
        .answers("nothing in the trash");
    // What came there later is told from what was there before, and comes back.
    clock.rules(repo.parallel(["undo"])).code(0);
    assert!(repo.around().join("project-one/one.txt").exists());
    clock.rules(repo.parallel(["clean", "-f"])).code(0);
    empty(&[]).code(0).answers("1 worktree");
    empty(&[]).code(0).answers("nothing in the trash");
}

#[test]
fn a_lease_is_held_by_a_session_that_lives_whatever_the_time() {
    let repo = Repo::new();
    let Some(clock) = Clock::beside(&repo) else {
        return;
    };
    repo.file("a.txt", "a\n").commit("Add a file");
    let (taken, over) = (repo.around().join("taken"), repo.around().join("over"));
    let line = format!(
        "git parallel session lock a.txt && touch {0}; \
         while [ ! -e {1} ]; do sleep 0.05; done; echo x >> $GIT_PARALLEL_NAME.txt",
        taken.display(),
        over.display()
    );
    clock.set("+1h");
    let path = std::env::var("PATH").unwrap_or_default();
    let folder = crate::support::program_folder();
    let run = repo
        .parallel(["run", "--tasks", "one", "--exec", &line])
        .env("PATH", format!("{}:{path}", folder.display()));
    let run = clock.rules(run).spawn();
    let start = Instant::now();
    while !taken.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it was not taken"
        );
        thread::sleep(Duration::from_millis(20));
    }
    clock.set("-1h");
    let held = clock.rules(repo.parallel(["session", "locks"])).ok();
    fs::write(&over, "").expect("a file");
    let ended = run.wait_with_output().expect("an end");
    assert!(ended.status.success(), "{ended:?}");
    assert!(held.contains("a.txt"), "{held}");
    let held = clock.rules(repo.parallel(["session", "locks"])).ok();
    assert_eq!(held, "no session of r1 holds a lease\n");
}
