//! Locks that the kernel frees when their holder dies, however it dies. Advisory locks on files
//! (`flock`): nobody ever deletes one, so none can be stale.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use crate::error::{Failure, OnPath, OrFail, Result};

/// How long a child may hold what it was never meant to have.
const BETWEEN_FORK_AND_EXEC: Duration = Duration::from_secs(1);

/// A held lock; dropping it frees it.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock at `path`, waiting up to `limit`; `purpose` is what others are told while it
    /// is held ("merge r3"). Exit code 5 with the holder's words when it stays taken.
    pub fn acquire(path: &Path, purpose: &str, limit: Duration) -> Result<Self> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(lock) = Self::try_acquire(path, purpose)? {
                return Ok(lock);
            }
            if start.elapsed() >= limit {
                return Err(held(path, limit));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Takes the lock at `path` if nobody holds it.
    pub fn try_acquire(path: &Path, purpose: &str) -> Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => {
                let mut lock = Self { file };
                lock.sign(purpose);
                Ok(Some(lock))
            }
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(Failure::io("lock", path, &error)),
        }
    }

    /// A second hold on the same lock, for a program to inherit: it stays taken until that program
    /// has ended, too.
    pub fn share(&self) -> Result<File> {
        self.file.try_clone().or_unable(|| "cannot share a lock")
    }

    /// Whether some process holds the lock at `path` now. A lock file that does not exist is free.
    pub fn is_held(path: &Path) -> Result<bool> {
        if !path.exists() {
            return Ok(false);
        }
        let file = File::open(path).on_path("open", path)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(fs::TryLockError::WouldBlock) => Ok(true),
            Err(fs::TryLockError::Error(error)) => Err(Failure::io("lock", path, &error)),
        }
    }

    /// Whether the process that took the lock at `path` still holds it. One that was killed while
    /// it started another program leaves its locks to that child until the program begins: such a
    /// moment is waited for.
    pub fn is_held_by_its_taker(path: &Path) -> Result<bool> {
        let start = Instant::now();
        while Self::is_held(path)? {
            if taker(path).is_none_or(is_alive) || start.elapsed() >= BETWEEN_FORK_AND_EXEC {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(false)
    }

    /// Waits, without limit, until whoever holds the lock at `path` is gone.
    pub fn wait_until_free(path: &Path) -> Result<()> {
        let file = File::open(path).on_path("open", path)?;
        file.lock_shared().on_path("lock", path)
    }

    /// Leaves word for whoever has to wait; losing it (a full disk) costs only the courtesy.
    fn sign(&mut self, purpose: &str) {
        let _ = self.file.set_len(0);
        let _ = self.file.rewind();
        let _ = writeln!(self.file, "{purpose} (pid {})", std::process::id());
    }
}

fn open(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).on_path("create", folder)?;
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .on_path("open", path)
}

fn held(path: &Path, limit: Duration) -> Failure {
    let holder = holder(path).unwrap_or_else(|| "another process".to_owned());
    Failure::busy(format!(
        "{holder} has held {} for more than {} s",
        path.display(),
        limit.as_secs()
    ))
    .kept("nothing was changed")
}

/// The process that signed the lock.
fn taker(path: &Path) -> Option<Pid> {
    let words = holder(path)?;
    let (_, pid) = words.rsplit_once("(pid ")?;
    let pid = pid.trim_end_matches(['\'', ')']).parse().ok()?;
    Some(Pid::from_raw(pid))
}

/// Whether there is such a process, ours or somebody else's.
fn is_alive(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH)
}

impl Lock {
    /// What the latest holder of the lock at `path` left word of.
    pub fn holder(path: &Path) -> Option<String> {
        holder(path)
    }
}

fn holder(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(PathBuf::from(path))
        .ok()?
        .read_to_string(&mut text)
        .ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| format!("'{line}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_lock_is_refused_with_its_holder_and_free_when_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert!(!Lock::is_held(&path).unwrap());
        let lock = Lock::acquire(&path, "merge r3", Duration::ZERO).unwrap();
        assert!(Lock::is_held(&path).unwrap());
        let failure = Lock::acquire(&path, "clean", Duration::ZERO).unwrap_err();
        assert_eq!(failure.kind, crate::error::Kind::Busy);
        assert!(failure.what.contains("merge r3"), "{failure}");
        drop(lock);
        assert!(!Lock::is_held(&path).unwrap());
        Lock::wait_until_free(&path).unwrap();
    }
}
