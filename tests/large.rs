//! Repositories and task files of a size that few people have. The large ones are made up, take a
//! while and are asked for: `cargo test --release --test cli large:: -- --ignored`.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::support::{self, Repo};

/// What 100,000 files may cost, in KiB of addresses: threads and mapped packs count, too.
const MOST_MEMORY: u32 = 3 << 20;

/// A hundred thousand files in a thousand folders, and two hundred changes of a few of them.
fn metropolis() -> Repo {
    let repo = Repo::unborn();
    let mut stream = String::new();
    let path = |number: usize| format!("district{}/house{number}.rs", number % 1_000);
    for change in 0..200 {
        let said = format!("Paint houses of district {}", change % 1_000);
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@b> {} +0000\ndata {}\n{said}\n",
            1_700_000_000 + change,
            said.len()
        );
        let files: Vec<usize> = match change {
            0 => (0..100_000).collect(),
            _ => (0..4).map(|step| step * 1_000 + change).collect(),
        };
        for number in files {
            let text = format!("fn open_door_{number}(key: &Key) {{ turn(key, {change}) }}\n");
            let _ = write!(
                stream,
                "M 100644 inline {}\ndata {}\n{text}\n",
                path(number),
                text.len()
            );
        }
    }
    let file = repo.around().join("stream");
    fs::write(&file, stream).expect("a stream");
    let line = format!(
        "alias.import=!exec git fast-import --quiet <'{}'",
        file.display()
    );
    repo.git(["-c", &line, "import"]);
    repo
}

/// Calls the program with bounded memory. Returns its answer.
fn bounded(repo: &Repo, args: &[&str]) -> serde_json::Value {
    let limited = format!("ulimit -v {MOST_MEMORY}; exec git-parallel \"$@\"");
    let mut command = Command::new("sh");
    support::isolate(&mut command, &repo.home());
    let path = std::env::var("PATH").expect("a PATH");
    let program = support::program_folder().display();
    command
        .args(["-c", &limited, "sh"])
        .args(args)
        .env("PATH", format!("{program}:{path}"))
        .current_dir(repo.path());
    let ended = command.output().expect("a shell");
    let told = String::from_utf8_lossy(&ended.stderr);
    serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

#[test]
#[ignore = "100,000 files"]
fn a_hundred_thousand_files_are_surveyed_and_asked_in_bounded_memory() {
    let repo = metropolis();
    let survey = bounded(&repo, &["analyze", "--json"]);
    assert_eq!(survey["codebase"]["files"], 100_000);
    let goal = [
        "analyze",
        "--json",
        "--goal",
        "Make open_door_4711 turn twice",
    ];
    for _ in ["made", "kept"] {
        let answer = bounded(&repo, &goal);
        assert_eq!(answer["files"][0]["path"], "district711/house4711.rs");
    }
    let split = [
        "split",
        "-n",
        "-f",
        "--json",
        "Make open_door_4711 turn twice",
    ];
    let plan = bounded(&repo, &split);
    assert!(plan["tasks"].to_string().contains("house4711"), "{plan}");
}

#[test]
fn ten_pages_of_tasks_keep_every_word_for_the_agents() {
    let repo = Repo::new();
    let mut pages = "# Tasks: many words\n".to_owned();
    for number in 1..=12 {
        let _ = write!(
            pages,
            "\n### T{number}: Write chapter {number}\n**Files**: chapter{number}.md (new)\n\n"
        );
        for line in 0..60 {
            let _ = writeln!(
                pages,
                "Line {line} of {number}: 章 глава فصل 📖, and so on."
            );
        }
    }
    assert!(pages.len() > 30_000);
    repo.file("tasks.md", &pages);
    let plan = repo.parallel(["split", "tasks.md", "--json"]).json(0);
    let tasks = plan["tasks"].as_array().expect("tasks");
    assert_eq!(tasks.len(), 12);
    for (number, task) in (1..).zip(tasks) {
        let prompt = task["prompt"].as_str().expect("a prompt");
        for line in 0..60 {
            let line = format!("Line {line} of {number}: 章 глава فصل 📖, and so on.");
            assert!(prompt.contains(&line), "{prompt}");
        }
    }
}
