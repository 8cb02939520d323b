//! One call of the program and what came of it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// No call of a test may take longer.
const LIMIT: Duration = Duration::from_secs(120);

/// A call about to be made.
pub struct Call {
    command: Command,
    input: Option<Vec<u8>>,
    words: String,
}

impl Call {
    /// `git-parallel` in `folder`, with `home` as HOME and nothing of ours in the environment that
    /// could change what git does.
    pub fn new(folder: &Path, home: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_git-parallel"));
        isolate(&mut command, home);
        command.current_dir(folder);
        Self {
            command,
            input: None,
            words: "git-parallel".to_owned(),
        }
    }

    /// Adds arguments.
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        for arg in args {
            self.words.push(' ');
            self.words.push_str(&arg.as_ref().to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Runs in another folder.
    pub fn dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Gives it text, or any bytes, on standard input.
    pub fn input(mut self, text: impl AsRef<[u8]>) -> Self {
        self.input = Some(text.as_ref().to_owned());
        self
    }

    /// Starts it and hands the process out, for a test that wants to kill it.
    pub fn spawn(self) -> Child {
        self.start(Stdio::null())
    }

    /// Starts it with its standard input open, for a test that wants to talk with it.
    pub fn converse(self) -> Child {
        self.start(Stdio::piped())
    }

    fn start(mut self, stdin: Stdio) -> Child {
        self.command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// Runs it to its end, whatever the exit code.
    pub fn run(mut self) -> Ended {
        let stdin = if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let mut child = self
            .command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        if let (Some(mut pipe), Some(text)) = (child.stdin.take(), self.input) {
            let _ = pipe.write_all(&text);
        }
        let pid = child.id();
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let words = self.words.clone();
        let guard = thread::spawn(move || {
            if wait.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                eprintln!("'{words}' took more than {LIMIT:?}: ended");
                let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
            }
        });
        let output = child
            .wait_with_output()
            .expect("the program can be waited for");
        let _ = done.send(());
        let _ = guard.join();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            words: self.words,
        }
    }

    /// Runs it and insists on this exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Ended {
        self.run().code(code)
    }

    /// Runs it, insists on exit code 0, and returns its standard output.
    #[track_caller]
    pub fn ok(self) -> String {
        self.code(0).stdout
    }

    /// Runs it, insists on this exit code, and reads its standard output as JSON.
    #[track_caller]
    pub fn json(self, code: i32) -> serde_json::Value {
        self.code(code).json()
    }
}

/// A call that ended.
pub struct Ended {
    code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    words: String,
}

impl Ended {
    /// Insists on this exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "exit code of '{}'\n--- stdout\n{}\n--- stderr\n{}",
            self.words,
            self.stdout,
            self.stderr
        );
        self
    }

    /// How it ended; a signal counts as -1.
    pub fn exit_code(&self) -> i32 {
        self.code.unwrap_or(-1)
    }

    /// Insists that standard error holds `text`.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "standard error of '{}' lacks {text:?}:\n{}",
            self.words,
            self.stderr
        );
        self
    }

    /// Insists that standard output holds `text`.
    #[track_caller]
    pub fn answers(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "standard output of '{}' lacks {text:?}:\n{}",
            self.words,
            self.stdout
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "'{}' answered no JSON ({error}):\n{}\n{}",
                self.words, self.stdout, self.stderr
            )
        })
    }
}

/// The folder in which the program under test lies: first on PATH, `git parallel` is it.
pub fn program_folder() -> &'static Path {
    let program = Path::new(env!("CARGO_BIN_EXE_git-parallel"));
    program.parent().expect("a folder")
}

/// Takes out of the environment whatever could make git or the program behave differently here
/// than elsewhere. PATH stays: the suite runs with whichever git comes first on it.
pub fn isolate(command: &mut Command, home: &Path) {
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        let strange = [
            "GIT_", "XDG_", "CLICOLOR", "GH_", "GITHUB_", "OLLAMA_", "OPENAI_",
        ];
        if strange.iter().any(|start| name.starts_with(start)) {
            command.env_remove(&key);
        }
    }
    let temporary = home.join("tmp");
    // Whatever a killed process leaves there goes with the rest of the test.
    let _ = std::fs::create_dir_all(&temporary);
    command
        .env_remove("NO_COLOR")
        .env("TMPDIR", temporary)
        .env("HOME", home)
        .env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC");
}
