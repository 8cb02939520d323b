//! A real terminal of a size of its own, looked at as a person sees it: a pane of tmux.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::call::{isolate, program_folder};

/// Nothing that is waited for on a screen takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// A shell in a pane of 80 columns and 24 rows, on a server that ends with this.
pub struct Tmux {
    /// Sockets have short names, wherever the tests keep their files.
    folder: tempfile::TempDir,
}

impl Tmux {
    /// A shell in `folder`, with `home` as HOME and the program under test first on PATH.
    pub fn start(folder: &Path, home: &Path) -> Self {
        let tmux = Self {
            folder: tempfile::Builder::new()
                .prefix("t")
                .tempdir_in("/tmp")
                .expect("a folder"),
        };
        let mut command = tmux.command();
        isolate(&mut command, home);
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{path}", program_folder().display()))
            .env("PS1", "$ ")
            .env_remove("TMUX")
            .current_dir(folder);
        command.args(["new-session", "-d", "-s", "t", "-x", "80", "-y", "24", "sh"]);
        assert!(command.status().expect("tmux starts").success());
        tmux
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        // `-f`: whatever is configured here is not.
        command.args(["-f", "/dev/null", "-S"]).arg(self.socket());
        command
    }

    fn asks(&self, args: &[&str]) -> String {
        let output = self.command().args(args).output().expect("tmux answers");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types a line and Return.
    pub fn types(&self, line: &str) -> &Self {
        self.asks(&["send-keys", "-t", "=t:", "-l", line]);
        self.presses("Enter")
    }

    /// Presses a key, by tmux's name for it.
    pub fn presses(&self, key: &str) -> &Self {
        self.asks(&["send-keys", "-t", "=t:", key]);
        self
    }

    /// Makes the terminal this big.
    pub fn resizes(&self, columns: u32, rows: u32) -> &Self {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.asks(&["resize-window", "-t", "=t:", "-x", &columns, "-y", &rows]);
        self
    }

    /// What is on the screen, without blanks at the ends of lines.
    pub fn screen(&self) -> String {
        self.asks(&["capture-pane", "-p", "-t", "=t:"])
    }

    /// Whether the program has the alternate screen.
    pub fn is_taken(&self) -> bool {
        self.asks(&["display-message", "-p", "-t", "=t:", "#{alternate_on}"])
            .trim()
            == "1"
    }

    /// Whether the terminal's bell has rung.
    pub fn has_rung(&self) -> bool {
        self.asks(&["display-message", "-p", "-t", "=t:", "#{window_bell_flag}"])
            .trim()
            == "1"
    }

    /// Waits until the screen is so, and returns it.
    #[track_caller]
    pub fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if is(&screen) {
                return screen;
            }
            assert!(start.elapsed() < LIMIT, "{what}: never; screen:\n{screen}");
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until this text is on the screen.
    #[track_caller]
    pub fn sees(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.asks(&["kill-server"]);
    }
}
