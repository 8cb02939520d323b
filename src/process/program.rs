//! A program that is run to its end while we wait: its input, its output, its exit.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Failure, OrFail, Result};

use super::background::Background;

/// A program about to be run. Its arguments are passed as they are; no shell reads them.
#[derive(Debug)]
pub struct Program {
    command: Command,
    input: Option<Vec<u8>>,
}

/// What a program that ended left behind.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// All it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// All it wrote to its standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text, without the final newline; invalid UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout)
            .trim_end_matches(['\n', '\r'])
            .to_owned()
    }

    /// Standard error as text, trimmed; invalid UTF-8 is replaced.
    pub fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

impl Program {
    /// The program of this name (found on `PATH`) or path.
    pub fn new(name: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(name);
        command.stdin(Stdio::null());
        Self {
            command,
            input: None,
        }
    }

    /// A line for `sh -c`, as `git rebase --exec` and `git bisect run` understand it.
    pub fn shell(line: &str) -> Self {
        Self::new("sh").arg("-c").arg(line)
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Sets several environment variables.
    #[must_use]
    pub fn envs<I, K, V>(mut self, pairs: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.command.envs(pairs);
        self
    }

    /// Takes environment variables away.
    #[must_use]
    pub fn without_env<I, S>(mut self, keys: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        for key in keys {
            self.command.env_remove(key);
        }
        self
    }

    /// Sets the folder it runs in.
    #[must_use]
    pub fn dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Gives it `bytes` on standard input; without this it reads nothing.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Keeps a lock held as long as the program lives, even when we are killed: it inherits the
    /// open, locked `file` (as its standard input, which it must not read).
    #[must_use]
    pub fn holding(mut self, lock: File) -> Self {
        self.command.stdin(lock);
        self
    }

    /// Lets it read this file on standard input.
    #[must_use]
    pub fn reading(mut self, input: File) -> Self {
        self.command.stdin(input);
        self
    }

    /// Puts it into a process group of its own, where Ctrl-C on our terminal does not reach it.
    #[must_use]
    pub fn own_group(mut self) -> Self {
        self.command.process_group(0);
        self
    }

    /// Runs it to its end and keeps what it wrote. Whatever its exit code, that is an answer;
    /// only a program that cannot be started is a failure.
    pub fn output(mut self) -> Result<Output> {
        let input = self.input.take();
        if input.is_some() {
            self.command.stdin(Stdio::piped());
        }
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|e| self.not_started(&e))?;
        // Feed from a thread: a program that writes before it has read all would block us both.
        let feeder = child.stdin.take().zip(input).map(|(mut pipe, bytes)| {
            thread::spawn(move || {
                // A program that stops reading early says why by its exit code.
                let _ = pipe.write_all(&bytes);
            })
        });
        let output = child.wait_with_output().map_err(|e| self.not_started(&e))?;
        if let Some(feeder) = feeder {
            let _ = feeder.join();
        }
        Ok(Output {
            status: output.status,
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }

    /// The same within a time limit: after it the program is killed and there is no answer. For
    /// programs that wait for somebody on a network.
    pub fn output_within(mut self, limit: Duration) -> Result<Option<Output>> {
        let input = self.input.take();
        if input.is_some() {
            self.command.stdin(Stdio::piped());
        }
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|e| self.not_started(&e))?;
        if let Some((mut pipe, bytes)) = child.stdin.take().zip(input) {
            thread::spawn(move || {
                let _ = pipe.write_all(&bytes);
            });
        }
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let end = Instant::now() + limit;
        let left = || end.saturating_duration_since(Instant::now());
        // What it started may hold the pipes open longer than it lives: the limit is for all.
        let heard = stdout.recv_timeout(left()).and_then(|stdout| {
            let stderr = stderr.recv_timeout(left())?;
            Ok((stdout, stderr))
        });
        let Ok((stdout, stderr)) = heard else {
            // It can only fail for a program that ended by itself just now.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        };
        let status = child.wait().map_err(|e| self.not_started(&e))?;
        Ok(Some(Output {
            status,
            stdout,
            stderr,
        }))
    }

    /// Runs it to its end on our own terminal or pipes: what it prints goes where we print.
    pub fn status(mut self) -> Result<ExitStatus> {
        self.command.status().map_err(|e| self.not_started(&e))
    }

    /// Starts it and goes on; what it prints goes to these files.
    pub fn start(mut self, stdout: File, stderr: File) -> Result<Background> {
        self.command.stdout(stdout).stderr(stderr);
        let child = self.command.spawn().map_err(|e| self.not_started(&e))?;
        Ok(Background::new(child))
    }

    /// Starts it in a process group of its own and goes on; all that it and its children print
    /// comes out of the pipe, in the order in which they printed it.
    pub(super) fn start_piped(self) -> Result<(Background, PipeReader)> {
        let mut program = self.own_group();
        let (reader, writer) = io::pipe().or_unable(|| "cannot make a pipe")?;
        let second = writer.try_clone().or_unable(|| "cannot make a pipe")?;
        program.command.stdout(writer).stderr(second);
        let child = program.command.spawn();
        let child = child.map_err(|e| program.not_started(&e))?;
        Ok((Background::new(child), reader))
    }

    /// The same with a pipe for each stream: standard output, then standard error.
    pub(super) fn start_apart(self) -> Result<(Background, PipeReader, PipeReader)> {
        let mut program = self.own_group();
        let (output, writer) = io::pipe().or_unable(|| "cannot make a pipe")?;
        let (complaints, second) = io::pipe().or_unable(|| "cannot make a pipe")?;
        program.command.stdout(writer).stderr(second);
        let child = program.command.spawn();
        let child = child.map_err(|e| program.not_started(&e))?;
        Ok((Background::new(child), output, complaints))
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        let name = self.command.get_program().display();
        if error.kind() == io::ErrorKind::NotFound {
            Failure::unable(format!("{name} is not installed, or not on PATH"))
        } else {
            Failure::unable(format!("cannot run {name}: {error}"))
        }
    }
}

/// Reads a pipe to its end in a thread of its own.
fn collect(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still what it said.
            let _ = pipe.read_to_end(&mut bytes);
        }
        // Nobody listens any more once the time is up.
        let _ = sender.send(bytes);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_its_input_and_gives_its_output() {
        let output = Program::new("cat").input("hello\n").output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.text(), "hello");
    }

    #[test]
    fn input_larger_than_a_pipe_does_not_block() {
        let bytes = vec![b'x'; 1 << 20];
        let output = Program::new("cat").input(bytes.clone()).output().unwrap();
        assert_eq!(output.stdout, bytes);
    }

    #[test]
    fn a_program_that_takes_too_long_is_killed() {
        let short = Duration::from_millis(100);
        let start = Instant::now();
        let output = Program::new("sleep").arg("60").output_within(short);
        assert!(output.unwrap().is_none());
        assert!(start.elapsed() < Duration::from_secs(30));
        let long = Duration::from_secs(60);
        let bytes = vec![b'x'; 1 << 20];
        let output = Program::new("cat").input(bytes.clone()).output_within(long);
        assert_eq!(output.unwrap().unwrap().stdout, bytes);
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = Program::new("no-such-program").output().unwrap_err();
        assert_eq!(
            failure.what,
            "no-such-program is not installed, or not on PATH"
        );
    }
}
