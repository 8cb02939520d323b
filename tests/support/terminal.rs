//! A program on a terminal of its own, typed at and read like a person would.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::call::{isolate, program_folder};

/// Nothing that is waited for on a terminal takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// A program on a pseudo-terminal that `script` (util-linux) makes.
pub struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    output: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// Starts a shell line on a terminal, in `folder`, with `home` as HOME and the program under
    /// test first on PATH.
    pub fn start(line: &str, folder: &Path, home: &Path, env: &[(&str, &str)]) -> Self {
        let mut command = Command::new("script");
        isolate(&mut command, home);
        let path = std::env::var("PATH").unwrap_or_default();
        let mut child = command
            .args(["--quiet", "--flush", "--command", line, "/dev/null"])
            .current_dir(folder)
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .env("PATH", format!("{}:{path}", program_folder().display()))
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script starts");
        let keyboard = child.stdin.take().expect("a keyboard");
        let mut screen = child.stdout.take().expect("a screen");
        let (send, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keyboard,
            output,
            seen: String::new(),
        }
    }

    /// Types these keys.
    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
        self.keyboard.flush().expect("typed");
        self
    }

    /// Waits until this text has appeared since the last wait.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        let end = Instant::now() + LIMIT;
        loop {
            if let Some(at) = self.seen.find(text) {
                self.seen.drain(..at + text.len());
                return self;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("{text:?} did not appear; on the screen:\n{}", self.seen),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
