//! Power loss: what the next command relies on is on the disk before anything is built on it. `strace`
//! tells the order of the calls; see RELIABILITY.md.

use std::path::Path;
use std::process::Command;

use crate::support::{Ollama, Repo, have, isolate, program_folder};

/// The calls of one process, a line each, in their order.
fn calls(repo: &Repo, words: &[&str]) -> Vec<String> {
    calls_asking(repo, words, "127.0.0.1:1")
}

/// The same where there is a model server at `host`.
fn calls_asking(repo: &Repo, words: &[&str], host: &str) -> Vec<String> {
    let log = repo.around().join("calls");
    let mut strace = Command::new("strace");
    isolate(&mut strace, &repo.home());
    let ended = strace
        .args(["-qq", "-y", "-s", "200", "-e"])
        .arg("trace=write,fsync,fdatasync,rename,renameat,renameat2")
        .args(["-e", "signal=none", "-o"])
        .arg(&log)
        .arg(program_folder().join("git-parallel"))
        .args(words)
        .env("OLLAMA_HOST", host)
        .current_dir(repo.path())
        .output()
        .expect("strace runs");
    assert!(ended.status.success(), "{words:?}: {ended:?}");
    let calls = std::fs::read_to_string(log).expect("calls");
    calls.lines().map(str::to_owned).collect()
}

/// From where to where a call renames.
fn renamed(call: &str) -> Option<(&Path, &Path)> {
    let mut parts = call.strip_prefix("rename")?.split('"').skip(1).step_by(2);
    Some((Path::new(parts.next()?), Path::new(parts.next()?)))
}

fn syncs(call: &str, path: &Path) -> bool {
    call.starts_with("fsync") && call.contains(&format!("<{}>", path.display()))
}

/// Insists that whatever gets its name in our own folder is on the disk before, and its name after.
/// What can be found out again (the cache) need not be. Returns how many there were.
fn names_are_given_to_what_is_on_the_disk(calls: &[String]) -> usize {
    let mut seen = 0;
    for (at, call) in calls.iter().enumerate() {
        let Some((from, to)) = renamed(call) else {
            continue;
        };
        let ours = to.to_string_lossy().contains("/.git/parallel/");
        let draft = from.to_string_lossy().contains("/.new-");
        if !ours || !draft || to.to_string_lossy().contains("/parallel/cache/") {
            continue;
        }
        seen += 1;
        // A folder is by the time it gets its name: each file in it went the same way.
        let before = calls[..at].iter().any(|call| syncs(call, from));
        let folder = to.parent().expect("a folder");
        let after = calls[at..].iter().find(|call| call.starts_with("fsync"));
        assert!(before, "not on the disk: {call}");
        assert!(
            after.is_some_and(|call| syncs(call, folder)),
            "{call}: {after:?}"
        );
    }
    seen
}

/// Insists that each record that matters is on the disk before the next thing is done. Returns how
/// many there were.
fn records_are_on_the_disk(calls: &[String], journal: &str, events: &[&str]) -> usize {
    let mut seen = 0;
    for (at, call) in calls.iter().enumerate() {
        let written = call.starts_with("write(") && call.contains(&format!("/{journal}>"));
        let matters = events
            .iter()
            .any(|event| call.contains(&format!(r#"\"event\":\"{event}\""#)));
        if written && matters {
            seen += 1;
            let next = &calls[at + 1];
            let durable = next.starts_with("fdatasync(") && next.contains(&format!("/{journal}>"));
            assert!(durable, "{call}\nthen {next}");
        }
    }
    seen
}

#[test]
fn what_the_next_command_relies_on_is_on_the_disk_before_anything_is_built_on_it() {
    if !have("strace") {
        return;
    }
    let repo = Repo::new();
    let split = calls(&repo, &["split", "--tasks", "one,two"]);
    assert!(names_are_given_to_what_is_on_the_disk(&split) > 0);
    let run = calls(&repo, &["run", "--exec", "echo x > $GIT_PARALLEL_NAME.txt"]);
    assert!(names_are_given_to_what_is_on_the_disk(&run) > 0);
    let events = ["session-planned", "task-finished", "run-ended"];
    assert_eq!(records_are_on_the_disk(&run, "events.jsonl", &events), 5);
    let intents = [
        "merge-planned",
        "clean-planned",
        "sweep-planned",
        "undo-planned",
        "done",
    ];
    for (words, records) in [(&["merge"][..], 2), (&["clean"], 4), (&["undo"], 2)] {
        let calls = calls(&repo, words);
        let seen = records_are_on_the_disk(&calls, "operations.jsonl", &intents);
        assert_eq!(seen, records, "{words:?}");
    }
}

#[test]
fn what_an_analysis_was_told_is_on_the_disk_before_it_asks_for_more() {
    if !have("strace") {
        return;
    }
    let repo = Repo::new();
    repo.file("src/a.rs", "fn a() {}\n// BUG: one\n")
        .file("src/b.rs", "fn b() {}\n// BUG: two\n")
        .commit("Write it");
    let server = Ollama::new();
    let words = ["angles", "run", "src", "security"];
    let run = calls_asking(&repo, &words, server.host());
    assert!(names_are_given_to_what_is_on_the_disk(&run) > 0);
    let events = ["chunk-done", "execution-ended"];
    let records = records_are_on_the_disk(&run, "events.jsonl", &events);
    let show = repo.parallel(["angles", "show", "a1", "--json"]).json(0);
    let chunks: u64 = show["angles"]
        .as_array()
        .expect("angles")
        .iter()
        .map(|angle| angle["chunks"].as_u64().expect("a number"))
        .sum();
    assert_eq!(records as u64, chunks + 1, "{show:#}");
}
