//! Where nothing can be written: what only looks works, what would write says so and changes
//! nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{Repo, isolate, program_folder};

/// Somebody who is not root, for whom permissions count.
const NOBODY: &str = "12345";

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|seen| seen.uid() == 0)
}

/// Runs the program as somebody for whom permissions count.
fn as_nobody(repo: &Repo, words: &[&str]) -> Output {
    let program = program_folder().join("git-parallel");
    let mut command = match is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", NOBODY, "--clear-groups"])
                .arg(program);
            command
        }
        false => Command::new(program),
    };
    isolate(&mut command, &repo.home());
    let output = command.args(words).current_dir(repo.path()).output();
    output.expect("it runs")
}

/// Takes away, or gives back, the permission to write below a folder.
fn writable(folder: &Path, writable: bool) {
    let mut folders = vec![folder.to_owned()];
    while let Some(path) = folders.pop() {
        let seen = path.symlink_metadata().expect("an entry");
        if seen.is_dir() {
            let mode = if writable { 0o755 } else { 0o555 };
            for entry in fs::read_dir(&path).expect("a folder") {
                folders.push(entry.expect("an entry").path());
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("permissions");
        }
    }
}

/// A repository with branches that go together and one that does not; all of it somebody's.
fn repository() -> Repo {
    let repo = Repo::new();
    repo.file("src/lib.rs", "one\n").commit("Begin");
    repo.branch("a", "main", &[("src/lib.rs", "a\n")]);
    repo.branch("b", "main", &[("src/lib.rs", "b\n")]);
    repo.parallel(["run", "--tasks", "one", "--exec", "echo x > one.txt"])
        .code(0);
    if is_root() {
        let given = Command::new("chown")
            .args(["-R", NOBODY])
            .arg(repo.around())
            .status();
        assert!(given.expect("chown runs").success());
    }
    repo
}

#[test]
fn in_a_repository_that_cannot_be_written_looking_works_and_changing_is_refused_clearly() {
    let repo = repository();
    let git_dir = repo.path().join(".git");
    writable(&git_dir, false);
    writable(repo.around(), true);
    writable(&git_dir, false);
    let refs = repo.ask_git(repo.path(), ["for-each-ref"]).stdout;
    let mut wrong = Vec::new();
    for (words, codes) in [
        (&["analyze"][..], &[0][..]),
        (&["check", "a", "b"], &[1]),
        (&["check", "a", "b", "parallel/one", "--json"], &[1]),
        (&["status"], &[0]),
        (&["report"], &[0]),
        (&["undo", "--list"], &[0]),
        (&["merge", "-n", "a"], &[0]),
        (&["clean", "-n"], &[0, 4]),
        (&["doctor"], &[0, 1]),
        (&["split", "--tasks", "x,y"], &[3]),
        (&["run", "--tasks", "x", "--exec", "true"], &[3]),
        (&["merge", "a"], &[3]),
        (&["clean", "-f"], &[3]),
        (&["doctor", "--fix"], &[0, 1, 3]),
    ] {
        let ended = as_nobody(&repo, words);
        let code = ended.status.code().unwrap_or(-1);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let clear = code < 2 || said.contains("error: ");
        if !codes.contains(&code) || !clear {
            wrong.push(format!("{words:?}: {code}\n{said}"));
        }
    }
    writable(&git_dir, true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(repo.ask_git(repo.path(), ["for-each-ref"]).stdout, refs);
    // And with the permission it goes on.
    let ended = as_nobody(&repo, &["clean", "-f"]);
    assert!(ended.status.success(), "{ended:?}");
}

#[test]
fn a_session_folder_that_cannot_be_made_stops_the_run() {
    // A file lies where the session folder has to be, in every worktree.
    let repo = Repo::new();
    repo.file(".parallel", "in the way\n");
    repo.commit("A file in the way");
    let run = ["run", "--workers", "1", "--retries", "0"];
    let told = repo
        .parallel(run)
        .args(["--tasks", "one,two,three,four,five", "--exec", "true"])
        .run()
        .code(1);
    told.says("no session can be started").says(".parallel");
    let status = repo.parallel(["status", "--json"]).json(0);
    assert_eq!(status["state"], "stopped", "{status:#}");
    assert_eq!(pending(&status), 2, "{status:#}");
}

fn pending(status: &serde_json::Value) -> usize {
    let tasks = status["tasks"].as_array().expect("tasks").iter();
    tasks.filter(|task| task["state"] == "pending").count()
}

#[test]
fn a_folder_of_sessions_that_nobody_may_write_stops_the_run_and_with_the_permission_it_goes_on() {
    let repo = repository();
    let runs = repo.path().join(".git/parallel/runs/r2");
    // The first session takes the permission away.
    let line = "chmod 555 ../project/.git/parallel/runs/r2; echo x > $GIT_PARALLEL_NAME.txt";
    let tasks = "one,two,three,four,five,six";
    let run = ["run", "--workers", "1", "--retries", "0", "--tasks", tasks];
    let ended = as_nobody(&repo, &[&run[..], &["--exec", line]].concat());
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("no session can be started"), "{said}");
    let status = as_nobody(&repo, &["status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(status["state"], "stopped", "{status:#}");
    assert_eq!(status["tasks"][0]["outcome"], "done", "{status:#}");
    assert_eq!(pending(&status), 2, "{status:#}");
    fs::set_permissions(&runs, fs::Permissions::from_mode(0o755)).expect("permissions");
    let again = as_nobody(&repo, &["run", "--resume", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    // The line takes it away each time: one more session, and it stops again.
    assert_eq!(status["state"], "stopped", "{status:#}");
    let done = status["tasks"].as_array().expect("tasks").iter();
    let done = done.filter(|task| task["outcome"] == "done").count();
    assert_eq!(done, 2, "{status:#}");
}
