//! Waiting for the lock files of other gits: for a while, unevenly so that two who wait do not
//! meet again and again, and never by deleting one.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Failure, Result, shell_word};
use crate::process::Output;

use super::program::complaint;

/// How long another git's lock is waited for before it is named.
const LIMIT: Duration = Duration::from_secs(3);

/// Calls git again as long as it stumbles over somebody's lock file. Exit code 5 with the file and
/// its age once that took too long; any other complaint of git is a failure at once.
pub(super) fn patiently(subcommand: &str, call: impl Fn() -> Result<Output>) -> Result<Output> {
    let mut wait = Wait::begin();
    loop {
        let output = call()?;
        if output.status.success() {
            return Ok(output);
        }
        match lock_named(&output.complaint()) {
            Some(lock) => wait.go_on(&lock)?,
            None => return Err(complaint(subcommand, &output)),
        }
    }
}

/// Waits until none of these lock files is there, before a call that must not be made twice. Exit
/// code 5 as above.
pub(super) fn await_release(locks: &[PathBuf]) -> Result<()> {
    let mut wait = Wait::begin();
    for lock in locks {
        while lock.exists() {
            wait.go_on(lock)?;
        }
    }
    Ok(())
}

/// For locks of others.
struct Wait {
    start: Instant,
    pause: Duration,
}

impl Wait {
    fn begin() -> Self {
        Self {
            start: Instant::now(),
            pause: Duration::from_millis(10),
        }
    }

    /// Pauses, a little longer each time, unless this lock was waited for long enough.
    fn go_on(&mut self, lock: &Path) -> Result<()> {
        if self.start.elapsed() >= LIMIT {
            return Err(held(lock));
        }
        thread::sleep(uneven(self.pause));
        self.pause = (self.pause * 2).min(Duration::from_millis(200));
        Ok(())
    }
}

/// Up to half as long again: the clock's last digits differ from process to process.
fn uneven(pause: Duration) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let digits = now.unwrap_or_default().subsec_nanos() % 1000;
    pause + pause * digits / 2000
}

/// The file in "Unable to create '/x/.git/packed-refs.lock': File exists."
pub(super) fn lock_named(said: &str) -> Option<PathBuf> {
    let (before, _) = said.split_once(".lock': File exists")?;
    let (_, path) = before.rsplit_once('\'')?;
    Some(PathBuf::from(format!("{path}.lock")))
}

/// How old a lock file is; 0 where it is gone by now.
pub(super) fn seconds_held(lock: &Path) -> u64 {
    let changed = lock.metadata().and_then(|seen| seen.modified()).ok();
    let age = changed.and_then(|at| SystemTime::now().duration_since(at).ok());
    age.map_or(0, |age| age.as_secs())
}

/// A lock file of another git is in the way.
pub fn held(lock: &Path) -> Failure {
    Failure::busy(format!(
        "another git has held {} for {} s",
        lock.display(),
        seconds_held(lock)
    ))
    .kept("everything is as it was")
    .next(format!("ls -l {}", shell_word(&lock.to_string_lossy())))
    .next("git parallel doctor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_read_from_what_git_says() {
        let said = "fatal: prepare: cannot lock ref 'refs/heads/a': Unable to create \
                    '/r/it is/.git/packed-refs.lock': File exists.\n\nAnother git process seems";
        assert_eq!(
            lock_named(said),
            Some(PathBuf::from("/r/it is/.git/packed-refs.lock"))
        );
        assert_eq!(lock_named("fatal: bad object"), None);
    }

    #[test]
    fn a_pause_is_never_shorter_nor_twice_as_long() {
        for millis in [10, 200] {
            let pause = Duration::from_millis(millis);
            let taken = uneven(pause);
            assert!(taken >= pause && taken < pause * 2, "{taken:?}");
        }
    }
}
