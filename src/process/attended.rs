//! A program that is run to its end while a signal to us is taken as one to it.

use std::io::{PipeReader, Read};
use std::process::ExitStatus;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
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
/// Of what it prints, the end is kept.
const KEPT: usize = 1 << 16;

/// What a program that ended left behind.
#[derive(Debug)]
pub struct Attended {
    pub status: ExitStatus,
    /// The end of what it printed, both streams in one.
    pub output: String,
    pub took: Duration,
    /// Its time was up: it did not end by itself.
    pub timed_out: bool,
}

/// Runs a program in a process group of its own. When a signal comes or its time is up, it and what it started are
/// asked to end, and killed if they do not; what it leaves running is ended, too.
pub fn attend(
    program: Program,
    limit: Option<Duration>,
    interrupt: &Interrupt,
) -> Result<Attended> {
    let start = Instant::now();
    let (mut child, pipe) = program.start_piped()?;
    let group = Pid::from_raw(child.pid().cast_signed());
    let (sender, output) = mpsc::channel();
    thread::spawn(move || {
        // Nobody listens any more: we have seen enough.
        let _ = sender.send(last_of(pipe));
    });
    let mut asked: Option<Instant> = None;
    let mut timed_out = false;
    let status = loop {
        if let Some(status) = child.try_wait().or_unable(|| "cannot wait for a program")? {
            break status;
        }
        match asked {
            None if interrupt.came() || limit.is_some_and(|limit| start.elapsed() > limit) => {
                timed_out = !interrupt.came();
                asked = Some(Instant::now());
                let _ = killpg(group, Signal::SIGTERM);
            }
            Some(since) if since.elapsed() > GRACE => {
                let _ = killpg(group, Signal::SIGKILL);
            }
            _ => {}
        }
        thread::sleep(PAUSE);
    };
    let output = rest(&output, group);
    Ok(Attended {
        status,
        output,
        took: start.elapsed(),
        timed_out,
    })
}

/// What it printed. Whoever still holds the pipe has outlived the program: it is ended.
fn rest(output: &Receiver<Vec<u8>>, group: Pid) -> String {
    let printed = match output.recv_timeout(GRACE) {
        Err(RecvTimeoutError::Timeout) => {
            let _ = killpg(group, Signal::SIGKILL);
            output.recv_timeout(GRACE).unwrap_or_default()
        }
        printed => printed.unwrap_or_default(),
    };
    let _ = killpg(group, Signal::SIGKILL);
    String::from_utf8_lossy(&printed).trim_end().to_owned()
}

fn last_of(mut pipe: PipeReader) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    // An error ends it, as its end does.
    while let Ok(read @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..read]);
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_both_streams_is_kept_in_their_order() {
        let line = "echo one; echo two >&2; exit 3";
        let ended = attend(Program::shell(line), None, &Interrupt::default()).unwrap();
        assert_eq!(
            (ended.output.as_str(), ended.status.code()),
            ("one\ntwo", Some(3))
        );
    }

    #[test]
    fn what_a_program_leaves_running_does_not_hold_us_up() {
        let line = "sleep 60 & echo started";
        let ended = attend(Program::shell(line), None, &Interrupt::default()).unwrap();
        assert_eq!(ended.output, "started");
        assert!(ended.took < Duration::from_secs(30));
    }

    #[test]
    fn when_its_time_is_up_it_ends_and_what_it_had_printed_is_kept() {
        let line = "echo started; sleep 60; echo done";
        let limit = Some(Duration::from_millis(300));
        let ended = attend(Program::shell(line), limit, &Interrupt::default()).unwrap();
        assert!(ended.timed_out);
        assert_eq!(
            (ended.output.as_str(), ended.status.code()),
            ("started", None)
        );
        assert!(ended.took < Duration::from_secs(30));
    }
}
