//! Lock files of another git: held for a moment they are waited for, held on they are named, and
//! none is ever deleted.

use std::fs;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::support::Repo;

/// What a git of somebody else may hold, below the repository's git directory.
const LOCKS: [&str; 5] = [
    "config.lock",
    "HEAD.lock",
    "index.lock",
    "packed-refs.lock",
    "refs/heads/parallel/one.lock",
];

/// Another git that holds a lock file for a while, and gives it back as git does.
fn holds(repo: &Repo, lock: &str, time: Duration) -> JoinHandle<()> {
    let path = repo.path().join(".git").join(lock);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, "").expect("a file");
    thread::spawn(move || {
        thread::sleep(time);
        // Nobody else may have taken it away.
        fs::remove_file(&path).expect("it is still there");
    })
}

fn worked() -> Repo {
    let repo = Repo::new();
    repo.file(".gitignore", "*.log\n").commit("Begin");
    repo.parallel(["run", "--tasks", "one", "--exec", "echo x > one.txt"])
        .code(0);
    repo
}

fn merged() -> Repo {
    let repo = worked();
    repo.parallel(["merge"]).code(0);
    repo
}

fn cleaned() -> Repo {
    let repo = merged();
    repo.parallel(["clean"]).code(0);
    repo
}

/// A command, and the repository that it finds.
type Case = (fn() -> Repo, &'static [&'static str]);

const CASES: [Case; 5] = [
    (
        Repo::new,
        &["run", "--tasks", "one", "--exec", "echo x > one.txt"],
    ),
    (worked, &["merge"]),
    (merged, &["clean"]),
    (worked, &["clean", "--force"]),
    (cleaned, &["undo"]),
];

#[test]
fn a_lock_that_is_held_for_half_a_second_stops_no_command() {
    for (make, words) in CASES {
        for lock in LOCKS {
            let repo = make();
            let other = holds(&repo, lock, Duration::from_millis(500));
            let ended = repo.parallel(words).run();
            other.join().expect("it gave its lock back");
            let code = ended.exit_code();
            assert_eq!(code, 0, "{words:?} met {lock}:\n{}", ended.stderr);
        }
    }
}

#[test]
fn a_lock_that_is_held_for_a_minute_is_not_waited_for_so_long_and_is_named_with_its_age() {
    // All at once: a case waits for a few seconds, and its lock is held for 60.
    let minutes: Vec<JoinHandle<()>> = CASES
        .into_iter()
        .flat_map(|case| LOCKS.map(|lock| (case, lock)))
        .map(|((make, words), lock)| thread::spawn(move || outlasts(&make(), words, lock)))
        .collect();
    for minute in minutes {
        minute.join().expect("no case fails");
    }
}

/// A command that meets a lock which is held for 60 s.
fn outlasts(repo: &Repo, words: &'static [&'static str], lock: &str) {
    let other = holds(repo, lock, Duration::from_secs(60));
    let start = Instant::now();
    let ended = repo.parallel(words).run();
    let waited = start.elapsed();
    let (code, said) = (
        ended.exit_code(),
        format!("{}{}", ended.stdout, ended.stderr),
    );
    let when = format!("{words:?} met {lock} for {waited:?}: {code}\n{said}");
    assert!(!other.is_finished(), "it waited for all of it: {when}");
    // Many need no such lock; a run whose tasks met it tells of them.
    let named = said.contains(lock) && said.contains(" s");
    assert!(code == 0 || matches!(code, 1 | 5) && named, "{when}");
    other.join().expect("it gave its lock back");
}

#[test]
fn a_lock_that_is_held_on_is_named_and_left_and_nothing_is_lost() {
    for (make, words) in CASES {
        for lock in [
            "HEAD.lock",
            "packed-refs.lock",
            "refs/heads/parallel/one.lock",
        ] {
            let repo = make();
            let path: PathBuf = repo.path().join(".git").join(lock);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, "").expect("a file");
            let ended = repo.parallel(words).run();
            assert!(path.exists(), "{words:?} took {lock} away");
            let code = ended.exit_code();
            // Many need no such lock.
            let told = matches!(code, 1 | 3 | 5)
                && format!("{}{}", ended.stdout, ended.stderr).contains(".lock");
            assert!(
                code == 0 || told,
                "{words:?} met {lock}: {code}\n{}",
                ended.stderr
            );
            fs::remove_file(&path).expect("it is still there");
            let again: &[&str] = match words {
                ["run", ..] if code != 0 => &["run", "--resume"],
                _ => words,
            };
            if code != 0 {
                let ended = repo.parallel(again).run();
                assert_eq!(
                    ended.exit_code(),
                    0,
                    "{again:?} after {lock}:\n{}",
                    ended.stderr
                );
            }
            repo.git(["fsck", "--no-progress", "--no-dangling"]);
        }
    }
}
