//! No room: on a small disk, and where no file may grow beyond a limit (`ulimit -f`, which kills
//! whoever has not heard of it). Every command says so, loses nothing, and goes on once there is
//! room again.

use std::fs;
use std::process::{Command, Output};

use crate::support::{Call, Ollama, Repo, isolate, program_folder};

/// Runs a command whose files, and its children's, may grow to so many blocks of 512 bytes.
fn limited(repo: &Repo, blocks: usize, words: &[&str], host: &str) -> Output {
    let line = format!("ulimit -f {blocks}; exec git-parallel \"$@\"");
    let mut command = Command::new("sh");
    isolate(&mut command, &repo.home());
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", program_folder().display()))
        .env("OLLAMA_HOST", host)
        .args(["-c", &line, "sh"])
        .args(words)
        .current_dir(repo.path())
        .output()
        .expect("sh runs")
}

/// A run of two tasks, one of which was worked at.
fn worked() -> Repo {
    let repo = Repo::new();
    repo.file(".gitignore", ".env\n").commit("Ignore");
    let work = "echo x > $GIT_PARALLEL_NAME.txt; echo s > .env";
    repo.parallel(["run", "--tasks", "one,two", "--exec", work])
        .ok();
    repo
}

/// What must be there afterwards whatever happens: files by name and content.
fn secrets(repo: &Repo) -> usize {
    let mut found = 0;
    let mut folders = vec![repo.around().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.ends_with(".env") => {
                    assert_eq!(fs::read_to_string(&path).expect("a file"), "s\n");
                    found += 1;
                }
                false => {}
            }
        }
    }
    found
}

/// Tries a command with every limit, and then without.
fn goes_on(make: impl Fn() -> Repo, words: &[&str], again: &[&str], codes: &[i32]) {
    let server = Ollama::new();
    for blocks in [0, 1, 2, 4, 8, 16] {
        let repo = make();
        let before = secrets(&repo);
        let refs = repo.git(["for-each-ref", "refs/heads"]);
        let ended = limited(&repo, blocks, words, server.host());
        let when = format!("{words:?} with {blocks} blocks: {ended:?}");
        let code = ended.status.code();
        assert!(matches!(code, Some(0..=5)), "{when}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(
            matches!(code, Some(0 | 1)) || said.contains("error: "),
            "{when}"
        );
        assert_eq!(secrets(&repo), before, "{when}");
        if code != Some(0) {
            // What was not done is not half done, and what was there is there.
            let now = repo.git(["for-each-ref", "refs"]);
            for line in refs.lines() {
                let id = line.split(' ').next().unwrap_or_default();
                assert!(now.contains(id), "{when}\n{now}");
            }
        }
        let begun = |kept: &str| repo.path().join(".git/parallel").join(kept).exists();
        let next = match again {
            ["run", "--resume"] if !begun("runs/r1") => words,
            ["angles", ..] if !begun("angles/a1/plan.json") => words,
            _ => again,
        };
        let call: Call = repo.parallel(next).env("OLLAMA_HOST", server.host());
        let ended = call.run();
        let right = codes.contains(&ended.exit_code());
        assert!(
            right,
            "{when}\nthen {next:?}: {}\n{}",
            ended.exit_code(),
            ended.stderr
        );
        assert_eq!(secrets(&repo), before, "{when}");
        repo.git(["fsck", "--no-progress", "--no-dangling"]);
    }
}

#[test]
fn a_split() {
    let split = ["split", "--tasks", "one,two"];
    goes_on(Repo::new, &split, &split, &[0]);
}

#[test]
fn a_run() {
    let line = "echo x > $GIT_PARALLEL_NAME.txt";
    let run = ["run", "--tasks", "one,two", "--exec", line];
    goes_on(Repo::new, &run, &["run", "--resume"], &[0, 1, 2]);
}

#[test]
fn a_merge() {
    goes_on(worked, &["merge"], &["merge"], &[0]);
}

#[test]
fn a_clean_up() {
    goes_on(worked, &["clean", "-f"], &["clean", "-f"], &[0]);
}

#[test]
fn an_undo() {
    let cleaned = || {
        let repo = worked();
        repo.parallel(["clean", "-f"]).code(0);
        repo
    };
    goes_on(cleaned, &["undo", "1"], &["undo", "1"], &[0, 4]);
}

#[test]
fn an_analysis() {
    let program = || {
        let repo = Repo::new();
        repo.file("src/a.rs", "fn a() {\n    // BUG: compares by time\n}\n")
            .commit("Write it");
        repo
    };
    let run = ["angles", "run", "src", "security"];
    goes_on(program, &run, &["angles", "run", "--resume", "a1"], &[0]);
}
