//! Lock files of another git: held for a moment they are waited for, held on they are named, and
//! none is ever deleted.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
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

/// Another git that holds a lock file.
pub struct Other {
    over: Sender<()>,
    thread: JoinHandle<()>,
}

impl Other {
    /// For so long, unless it is released before; and it gives its lock back as git does.
    pub fn holds(repo: &Repo, lock: &str, time: Duration) -> Self {
        let path = repo.path().join(".git").join(lock);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, "").expect("a file");
        let (over, wait) = mpsc::channel();
        let thread = thread::spawn(move || {
            let _ = wait.recv_timeout(time);
            // Nobody else may have taken it away.
            fs::remove_file(&path).expect("it is still there");
        });
        Self { over, thread }
    }

    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// It gives its lock back now.
    pub fn release(self) {
        // It may have done so already.
        let _ = self.over.send(());
        self.thread.join().expect("it gave its lock back");
    }
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
            let other = Other::holds(&repo, lock, Duration::from_millis(500));
            let ended = repo.parallel(words).run();
            other.release();
            let code = ended.exit_code();
            assert_eq!(code, 0, "{words:?} met {lock}:\n{}", ended.stderr);
        }
    }
}

#[test]
fn a_lock_that_is_held_for_five_seconds_is_named_at_worst_and_then_the_command_goes_on() {
    each_at_once(|repo, words, lock| {
        let other = Other::holds(repo, lock, Duration::from_secs(5));
        let ended = repo.parallel(words).run();
        other.release();
        let code = ended.exit_code();
        if code == 0 {
            return;
        }
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let when = format!("{words:?} met {lock}: {code}\n{said}");
        assert!(matches!(code, 1 | 5) && is_named(&said, lock), "{when}");
        let again: &[&str] = match words {
            ["run", ..] => &["run", "--resume"],
            _ => words,
        };
        repo.parallel(again).code(0);
    });
}

/// Whether a message names a lock file, with its age.
pub fn is_named(said: &str, lock: &str) -> bool {
    let held = said.split("has held ").skip(1);
    held.into_iter().any(|held| {
        let (path, rest) = held.split_once(" for ").unwrap_or_default();
        let age = rest.split_once(" s").map(|(age, _)| age);
        path.ends_with(lock) && age.is_some_and(|age| age.parse::<u64>().is_ok())
    })
}

#[test]
fn a_lock_that_is_held_for_a_minute_is_not_waited_for_so_long_and_is_named_with_its_age() {
    each_at_once(outlasts);
}

/// All cases at once: each waits for a few seconds.
fn each_at_once(meet: fn(&Repo, &'static [&'static str], &str)) {
    let cases: Vec<JoinHandle<()>> = CASES
        .into_iter()
        .flat_map(|case| LOCKS.map(|lock| (case, lock)))
        .map(|((make, words), lock)| thread::spawn(move || meet(&make(), words, lock)))
        .collect();
    for case in cases {
        case.join().expect("no case fails");
    }
}

/// A command that meets a lock which would be held for 60 s.
fn outlasts(repo: &Repo, words: &'static [&'static str], lock: &str) {
    let other = Other::holds(repo, lock, Duration::from_secs(60));
    let start = Instant::now();
    let ended = repo.parallel(words).run();
    let waited = start.elapsed();
    let (code, said) = (
        ended.exit_code(),
        format!("{}{}", ended.stdout, ended.stderr),
    );
    let when = format!("{words:?} met {lock} for {waited:?}: {code}\n{said}");
    assert!(!other.has_ended(), "it waited for all of it: {when}");
    other.release();
    // Many need no such lock; a run whose tasks met it tells of them.
    let named = matches!(code, 1 | 5) && is_named(&said, lock);
    assert!(code == 0 || named, "{when}");
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
