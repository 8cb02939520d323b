//! Lock files of another git where a conflict is resolved: see `tests/locks.rs`.

use std::fs;
use std::thread;
use std::time::Duration;

use super::{clash, is_reconciled, tree};
use crate::locks::{Other, is_named};

/// What a git of somebody else may hold, below the repository's git directory.
const LOCKS: [&str; 4] = [
    "worktrees/project-two/index.lock",
    "worktrees/project-two/HEAD.lock",
    "refs/heads/parallel/two.lock",
    "packed-refs.lock",
];

const RESOLVE: [&str; 4] = ["resolve", "two", "--exec", "echo both > f"];

#[test]
fn one_that_is_held_for_half_a_second_is_waited_for() {
    for lock in LOCKS {
        let repo = clash();
        let other = Other::holds(&repo, lock, Duration::from_millis(500));
        let ended = repo.parallel(RESOLVE).run();
        other.release();
        assert_eq!(ended.exit_code(), 0, "{lock}:\n{}", ended.stderr);
        assert!(is_reconciled(&repo), "{lock}");
    }
}

/// All cases at once: each waits for a few seconds.
fn each_at_once<T: Send + 'static>(cases: impl IntoIterator<Item = T>, meet: fn(T)) {
    let cases = cases.into_iter();
    let cases: Vec<_> = cases
        .map(|case| thread::spawn(move || meet(case)))
        .collect();
    for case in cases {
        case.join().expect("no case fails");
    }
}

#[test]
fn one_that_is_held_on_is_named_and_then_the_command_goes_on() {
    each_at_once(LOCKS, |lock| {
        let repo = clash();
        let other = Other::holds(&repo, lock, Duration::from_secs(60));
        let ended = repo.parallel(RESOLVE).run();
        assert!(!other.has_ended(), "it waited for all of {lock}");
        other.release();
        let code = ended.exit_code();
        // packed-refs is nothing that a commit needs.
        let named = code == 5 && is_named(&ended.stderr, lock);
        let unneeded = code == 0 && lock == "packed-refs.lock";
        assert!(named || unneeded, "{lock}: {code}\n{}", ended.stderr);
        repo.parallel(RESOLVE).code(0);
        assert!(is_reconciled(&repo), "{lock}");
    });
}

#[test]
fn one_that_appears_later_is_named_by_whoever_goes_on_or_back() {
    let ways = ["--continue", "--abort"].into_iter();
    let cases = ways.flat_map(|way| LOCKS[..2].iter().map(move |lock| (way, *lock)));
    each_at_once(cases, |(way, lock)| {
        let repo = clash();
        repo.parallel(["resolve", "two"]).code(1);
        fs::write(tree(&repo, "two").join("f"), "both\n").expect("a file");
        let other = Other::holds(&repo, lock, Duration::from_secs(60));
        let ended = repo.parallel(["resolve", "two", way]).run();
        other.release();
        let (code, said) = (ended.exit_code(), ended.stderr);
        let named = code == 5 && is_named(&said, lock);
        assert!(named, "{way} met {lock}: {code}\n{said}");
        repo.parallel(["resolve", "two", way]).code(0);
    });
}
