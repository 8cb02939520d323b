//! A program that is run to its end within a time limit, both of its streams kept apart, and ended
//! with all that it started when the time is up or a signal comes.

use std::io::{PipeReader, Read};
use std::process::ExitStatus;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::error::{OrFail, Result};

use super::interrupt::Interrupt;
use super::program::Program;

/// How often we look whether it ended or a signal came.
const PAUSE: Duration = Duration::from_millis(10);
/// Between asking it to end and killing it; and for the last output of what it left running.
const GRACE: Duration = Duration::from_secs(2);
/// Of standard output, the beginning is kept: enough for any answer.
const MOST: u64 = 64 << 20;

/// What a program that ended left behind.
#[derive(Debug)]
pub struct Heard {
    /// How it ended; nothing when we ended it.
    pub status: Option<ExitStatus>,
    /// A signal to us ended it.
    pub interrupted: bool,
    pub stdout: Vec<u8>,
    /// What it wrote to standard error, trimmed.
    pub complaint: String,
    pub took: Duration,
}

/// Runs `program` for at most `time`.
pub fn listen(program: Program, time: Duration, interrupt: &Interrupt) -> Result<Heard> {
    let start = Instant::now();
    let (mut child, stdout, stderr) = program.start_apart()?;
    let group = Pid::from_raw(child.pid().cast_signed());
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    let mut ended: Option<Instant> = None;
    let mut interrupted = false;
    let status = loop {
        if let Some(status) = child.try_wait().or_unable(|| "cannot wait for a program")? {
            break status;
        }
        interrupted |= interrupt.came();
        match ended {
            None if interrupted || start.elapsed() >= time => {
                ended = Some(Instant::now());
                let _ = killpg(group, Signal::SIGTERM);
            }
            Some(since) if since.elapsed() > GRACE => {
                let _ = killpg(group, Signal::SIGKILL);
            }
            _ => {}
        }
        thread::sleep(PAUSE);
    };
    let took = start.elapsed();
    let stdout = rest(&stdout, group);
    let stderr = rest(&stderr, group);
    let _ = killpg(group, Signal::SIGKILL);
    Ok(Heard {
        status: ended.is_none().then_some(status),
        interrupted,
        stdout,
        complaint: String::from_utf8_lossy(&stderr).trim().to_owned(),
        took,
    })
}

fn collect(pipe: PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut pipe = pipe.take(MOST);
        // What was read before an error is still what it said.
        let _ = pipe.read_to_end(&mut bytes);
        // A program that says more must not be blocked by it.
        let _ = std::io::copy(&mut pipe.into_inner(), &mut std::io::sink());
        let _ = sender.send(bytes);
    });
    receiver
}

/// Whoever still holds the pipe has outlived the program: it is ended.
fn rest(pipe: &Receiver<Vec<u8>>, group: Pid) -> Vec<u8> {
    pipe.recv_timeout(GRACE).unwrap_or_else(|_| {
        let _ = killpg(group, Signal::SIGKILL);
        pipe.recv_timeout(GRACE).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_streams_are_kept_apart_and_time_is_limited_for_the_whole_tree() {
        let heard = listen(
            Program::shell("echo one; echo two >&2; exit 3"),
            Duration::from_secs(30),
            &Interrupt::default(),
        )
        .unwrap();
        assert_eq!(heard.stdout, b"one\n");
        assert_eq!(heard.complaint, "two");
        assert_eq!(heard.status.and_then(|status| status.code()), Some(3));
        let short = Duration::from_millis(100);
        let line = "echo begun; sleep 60 & sleep 60";
        let heard = listen(Program::shell(line), short, &Interrupt::default()).unwrap();
        assert!(heard.status.is_none() && !heard.interrupted);
        assert_eq!(heard.stdout, b"begun\n");
    }
}
