//! A temporary folder that goes with its test, or with the next test run.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Once;
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// All of their names begin so; the process id of their test run follows.
const PREFIX: &str = "git-parallel-test-";

/// A folder, by its real path.
pub struct TestFolder {
    path: PathBuf,
}

impl TestFolder {
    pub fn new() -> Self {
        static SWEPT: Once = Once::new();
        SWEPT.call_once(sweep);
        let made = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", process::id()))
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let path = made.canonicalize().expect("a real path");
        Self { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        // Programs that a test has ended may write for a moment yet.
        for _ in 0..100 {
            match fs::remove_dir_all(&self.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    sleep(Duration::from_millis(20));
                }
                _ => return,
            }
        }
        eprintln!("left behind: {}", self.path.display());
    }
}

/// Removes what test runs that were killed left behind.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('-'));
        let pid = pid.and_then(|(pid, _)| pid.parse().ok());
        if pid.is_some_and(|pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
