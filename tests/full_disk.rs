//! No room: on a small disk, and where no file may grow beyond a limit (`ulimit -f`, which kills
//! whoever has not heard of it). Every command says so, loses nothing, and goes on once there is
//! room again.

use std::fs;
use std::process::{Command, Output};

use crate::support::{Call, Ollama, Repo, TestFolder, isolate, program_folder};

/// In which way there is no room.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// No file may grow beyond so many blocks of 512 bytes.
    Blocks(usize),
    /// On a file system of a few megabytes so many kilobytes are left, for all of them.
    Left(usize),
}

/// Runs a command, and what it starts, within this limit.
fn limited(repo: &Repo, limit: Limit, words: &[&str], host: &str) -> Output {
    let mut command = match limit {
        Limit::Blocks(blocks) => {
            let mut command = Command::new("sh");
            let line = format!("ulimit -f {blocks}; exec git-parallel \"$@\"");
            command.args(["-c", &line, "sh"]);
            command
        }
        Limit::Left(kilobytes) => on_a_small_disk(repo, kilobytes),
    };
    isolate(&mut command, &repo.home());
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{}:{path}", program_folder().display()))
        .env("OLLAMA_HOST", host)
        .args(words)
        .current_dir(repo.path())
        .output()
        .expect("it starts")
}

/// A shell that takes everything around the repository to a small file system, in a mount namespace
/// of its own, leaves so much room there, runs the command, and brings everything back.
fn on_a_small_disk(repo: &Repo, kilobytes: usize) -> Command {
    let around = repo.around().display();
    let script = format!(
        "set -e; beside={around}.kept; mkdir $beside; cp -a {around}/. $beside
         used=$(du -sk $beside | cut -f1)
         mount -t tmpfs -o size=$((used + 4096))k none {around}; cp -a $beside/. {around}
         free=$(df -k --output=avail {around} | tail -1)
         head -c $(((free - {kilobytes}) * 1024)) /dev/zero > {around}/filler
         cd {around}/project; code=0; git-parallel \"$@\" || code=$?
         cd /; rm {around}/filler; rm -rf $beside; mkdir $beside; cp -a {around}/. $beside
         umount {around}; find {around} -mindepth 1 -delete; cp -a $beside/. {around}
         rm -rf $beside; exit $code"
    );
    let mut command = namespace();
    command.args(["sh", "-c", &script, "sh"]);
    command
}

/// Root mounts as it is, others as root of a user namespace.
fn namespace() -> Command {
    let mut command = Command::new("unshare");
    command.arg(match nix::unistd::geteuid().is_root() {
        true => "--mount",
        false => "--map-root-user",
    });
    command.arg("--mount");
    command
}

/// Whether a file system can be mounted here. Under `CI=true` one that cannot fails the test.
fn can_mount() -> bool {
    let folder = TestFolder::new();
    let mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none"];
    let mounted = namespace().args(mount).arg(folder.path()).output();
    let can = mounted.is_ok_and(|mounted| mounted.status.success());
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        can || !ci,
        "no file system can be mounted here, and CI=true"
    );
    if !can {
        eprintln!("skipped: no file system can be mounted here");
    }
    can
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
    let mut limits = [0, 1, 2, 4, 8, 16].map(Limit::Blocks).to_vec();
    if can_mount() {
        limits.extend([0, 4, 16, 40, 100, 200].map(Limit::Left));
    }
    let mut refused = [false; 2];
    for limit in limits.iter().copied() {
        let repo = make();
        let before = secrets(&repo);
        let refs = repo.git(["for-each-ref", "refs/heads"]);
        let ended = limited(&repo, limit, words, server.host());
        let when = format!("{words:?} with {limit:?}: {ended:?}");
        let code = ended.status.code();
        assert!(matches!(code, Some(0..=5)), "{when}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(
            matches!(code, Some(0 | 1)) || said.contains("error: "),
            "{when}"
        );
        assert_eq!(secrets(&repo), before, "{when}");
        if code != Some(0) {
            refused[usize::from(matches!(limit, Limit::Left(_)))] = true;
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
    // Otherwise nothing was tried.
    let tried = [
        true,
        limits.iter().any(|limit| matches!(limit, Limit::Left(_))),
    ];
    assert_eq!(refused, tried, "{words:?}");
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
