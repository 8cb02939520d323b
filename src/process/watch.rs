//! One program watched from its start until nothing of it is left: its output logged, its time
//! limited, its tree ended.

use std::io::{PipeReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::error::{OrFail, Result};

use super::program::Program;
use super::tree;

/// How long a program may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From its start.
    pub time: Duration,
    /// Without printing anything.
    pub silence: Option<Duration>,
    /// Between being asked to end and being killed.
    pub grace: Duration,
    /// For what it left running to end by itself, and for the last output to arrive.
    pub drain: Duration,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this exit code.
    Exited(i32),
    /// By this signal, from somewhere else.
    Signalled(i32),
    /// We ended it, after its time was up.
    TimedOut,
    /// We ended it, after it was silent for too long.
    Silent,
    /// We ended it, as we were asked to.
    Cancelled,
}

/// What there is to say about a program that ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub ending: Ending,
    pub took: Duration,
    /// How much it printed.
    pub bytes: u64,
}

/// Takes what a program prints, piece by piece.
pub type Ear = Box<dyn FnMut(&[u8]) + Send>;

/// Who takes what a program prints.
pub enum Ears {
    /// Both streams, in the order in which they were printed.
    One(Ear),
    /// Standard output, and standard error.
    Two(Ear, Ear),
}

/// The signals that ask us to end, caught from the moment this is made. Make it before any thread
/// is started.
#[derive(Clone, Copy, Debug)]
pub struct Signals(SigSet);

impl Signals {
    /// From now on SIGTERM, SIGINT and SIGHUP are requests, not death.
    pub fn catch() -> Result<Self> {
        let mut set = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
            set.add(signal);
        }
        set.thread_block().or_unable(|| "cannot block signals")?;
        Ok(Self(set))
    }
}

/// Starts `program`, calls `started` with its process id, and stays with it until neither it nor
/// anything it started is left. A first signal asks it to end, a second one kills it.
pub fn watch(
    program: Program,
    ears: Ears,
    limits: Limits,
    signals: Signals,
    started: impl FnOnce(u32),
) -> Result<Ended> {
    let (child, pipes) = match ears {
        Ears::One(ear) => {
            let (child, output) = program.start_piped()?;
            (child, vec![(output, ear)])
        }
        Ears::Two(ear, second) => {
            let (child, output, complaints) = program.start_apart()?;
            (child, vec![(output, ear), (complaints, second)])
        }
    };
    let pid = child.pid();
    started(pid);
    let start = Instant::now();
    let (sender, events) = mpsc::channel();
    let heard = Arc::new(Heard::default());
    heard.open.store(pipes.len(), Ordering::Relaxed);
    for (pipe, ear) in pipes {
        spawn_reader(pipe, ear, start, Arc::clone(&heard), sender.clone());
    }
    spawn_reaper(pid, sender.clone());
    spawn_listener(signals, sender);
    let mut course = Course::new(start, limits);
    attend(pid, &mut course, &events, &heard);
    Ok(Ended {
        ending: course.ending(),
        took: course.took(),
        bytes: heard.bytes.load(Ordering::Relaxed),
    })
}

/// What the reader has seen so far.
#[derive(Debug, Default)]
struct Heard {
    bytes: AtomicU64,
    /// Milliseconds from the start to the last output.
    last: AtomicU64,
    /// How many pipes somebody holds the other end of.
    open: AtomicUsize,
}

#[derive(Debug)]
enum Happening {
    Exited(Ending),
    /// Neither the program nor anything it started is left.
    AllGone,
    /// Nobody holds the other end of the pipe any more.
    OutputClosed,
    /// Somebody asks us to end it.
    Asked,
}

fn spawn_reader(
    mut output: PipeReader,
    mut ear: Ear,
    start: Instant,
    heard: Arc<Heard>,
    sender: Sender<Happening>,
) {
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count @ 1..) = output.read(&mut buffer) {
            let now = start.elapsed().as_millis() as u64;
            heard.last.store(now, Ordering::Relaxed);
            heard.bytes.fetch_add(count as u64, Ordering::Relaxed);
            ear(&buffer[..count]);
        }
        if heard.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            let _ = sender.send(Happening::OutputClosed);
        }
    });
}

/// Reaps the program and every orphan that is handed to us, until there are none left.
fn spawn_reaper(program: u32, sender: Sender<Happening>) {
    thread::spawn(move || {
        loop {
            let (pid, ending) = match waitpid(None, None) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, Ending::Exited(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Ending::Signalled(signal as i32)),
                Ok(_) | Err(Errno::EINTR) => continue,
                Err(_) => break,
            };
            if pid == Pid::from_raw(program.cast_signed()) {
                let _ = sender.send(Happening::Exited(ending));
            }
        }
        #[cfg(not(target_os = "linux"))]
        while tree::group_exists(program) {
            thread::sleep(Duration::from_millis(50));
        }
        let _ = sender.send(Happening::AllGone);
    });
}

fn spawn_listener(signals: Signals, sender: Sender<Happening>) {
    thread::spawn(
        move || {
            while signals.0.wait().is_ok() && sender.send(Happening::Asked).is_ok() {}
        },
    );
}

/// Does what the course of things asks for until it is over.
fn attend(pid: u32, course: &mut Course, events: &Receiver<Happening>, heard: &Heard) {
    loop {
        let last = Duration::from_millis(heard.last.load(Ordering::Relaxed));
        let until = match course.next(Instant::now(), last) {
            Step::Over => return,
            Step::Terminate => {
                tree::signal_all(pid, Signal::SIGTERM);
                continue;
            }
            Step::Kill => {
                tree::signal_all(pid, Signal::SIGKILL);
                Instant::now() + Duration::from_millis(50)
            }
            Step::Wait(until) => until,
        };
        match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(happening) => course.take(&happening, Instant::now()),
            Err(RecvTimeoutError::Timeout) => {}
            // Unreachable while the listener lives; without it nothing more can happen to us.
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// How long after SIGKILL we stop waiting for a process that the kernel cannot end (a dead disk).
const LAST_WAIT: Duration = Duration::from_secs(10);

/// Where a watched program stands, and what is to be done next. Pure: time is handed in.
#[derive(Debug)]
struct Course {
    start: Instant,
    limits: Limits,
    exited: Option<(Ending, Instant)>,
    gone: Option<Instant>,
    output_closed: bool,
    asked: u32,
    /// Why we ended it, and when we first asked it to.
    terminated: Option<(Option<Ending>, Instant)>,
    killed: Option<Instant>,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Wait(Instant),
    Terminate,
    Kill,
    Over,
}

impl Course {
    fn new(start: Instant, limits: Limits) -> Self {
        Self {
            start,
            limits,
            exited: None,
            gone: None,
            output_closed: false,
            asked: 0,
            terminated: None,
            killed: None,
        }
    }

    fn take(&mut self, happening: &Happening, now: Instant) {
        match happening {
            Happening::Exited(ending) => self.exited = Some((*ending, now)),
            Happening::AllGone => self.gone = Some(now),
            Happening::OutputClosed => self.output_closed = true,
            Happening::Asked => self.asked += 1,
        }
    }

    /// What to do at `now`, when the last output came `last` after the start.
    fn next(&mut self, now: Instant, last: Duration) -> Step {
        if let Some(gone) = self.gone {
            let drained = gone + self.limits.drain;
            return if self.output_closed || now >= drained {
                Step::Over
            } else {
                Step::Wait(drained)
            };
        }
        let Some((_, asked)) = self.terminated else {
            return self.before_the_end(now, last);
        };
        let patience = asked + self.limits.grace;
        if now < patience && self.asked < 2 {
            return Step::Wait(patience);
        }
        let killed = *self.killed.get_or_insert(now);
        if now >= killed + LAST_WAIT {
            Step::Over
        } else {
            Step::Kill
        }
    }

    fn before_the_end(&mut self, now: Instant, last: Duration) -> Step {
        let (deadline, why) = self.deadline(last);
        if self.asked > 0 {
            let why = self.exited.is_none().then_some(Ending::Cancelled);
            self.terminated = Some((why, now));
            Step::Terminate
        } else if now >= deadline {
            self.terminated = Some((why, now));
            Step::Terminate
        } else {
            Step::Wait(deadline)
        }
    }

    /// When patience ends next, and what the ending is called then; what a program that ended
    /// well left running does not change how it ended.
    fn deadline(&self, last: Duration) -> (Instant, Option<Ending>) {
        if let Some((_, exited)) = self.exited {
            return (exited + self.limits.drain, None);
        }
        let time = (self.start + self.limits.time, Some(Ending::TimedOut));
        let silence = self.limits.silence;
        silence
            .map(|silence| (self.start + last + silence, Some(Ending::Silent)))
            .filter(|silence| silence.0 < time.0)
            .unwrap_or(time)
    }

    fn ending(&self) -> Ending {
        let ours = self.terminated.and_then(|(why, _)| why);
        let own = self.exited.map(|(ending, _)| ending);
        ours.or(own).unwrap_or(Ending::Cancelled)
    }

    fn took(&self) -> Duration {
        let end = self.exited.map(|(_, at)| at).or(self.gone);
        end.unwrap_or_else(Instant::now) - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        time: Duration::from_secs(60),
        silence: Some(Duration::from_secs(20)),
        grace: Duration::from_secs(10),
        drain: Duration::from_secs(2),
    };

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_program_that_talks_gets_all_of_its_time_and_then_the_grace() {
        let start = Instant::now();
        let mut course = Course::new(start, LIMITS);
        assert_eq!(
            course.next(at(start, 59), seconds(50)),
            Step::Wait(at(start, 60))
        );
        assert_eq!(course.next(at(start, 60), seconds(59)), Step::Terminate);
        assert_eq!(
            course.next(at(start, 60), seconds(59)),
            Step::Wait(at(start, 70))
        );
        assert_eq!(course.next(at(start, 70), seconds(59)), Step::Kill);
        course.take(&Happening::Exited(Ending::Signalled(9)), at(start, 70));
        course.take(&Happening::AllGone, at(start, 70));
        course.take(&Happening::OutputClosed, at(start, 70));
        assert_eq!(course.next(at(start, 70), seconds(59)), Step::Over);
        assert_eq!(course.ending(), Ending::TimedOut);
    }

    #[test]
    fn a_silent_program_is_ended_before_its_time() {
        let start = Instant::now();
        let mut course = Course::new(start, LIMITS);
        assert_eq!(
            course.next(at(start, 10), seconds(5)),
            Step::Wait(at(start, 25))
        );
        assert_eq!(course.next(at(start, 25), seconds(5)), Step::Terminate);
        assert_eq!(course.ending(), Ending::Silent);
    }

    #[test]
    fn what_a_program_leaves_running_is_ended_and_its_exit_code_stays() {
        let start = Instant::now();
        let mut course = Course::new(start, LIMITS);
        course.take(&Happening::Exited(Ending::Exited(0)), at(start, 5));
        assert_eq!(
            course.next(at(start, 5), seconds(1)),
            Step::Wait(at(start, 7))
        );
        assert_eq!(course.next(at(start, 7), seconds(1)), Step::Terminate);
        assert_eq!(course.next(at(start, 17), seconds(1)), Step::Kill);
        assert_eq!(course.ending(), Ending::Exited(0));
    }

    #[test]
    fn a_second_request_kills_at_once_and_an_unkillable_process_is_given_up() {
        let start = Instant::now();
        let mut course = Course::new(start, LIMITS);
        course.take(&Happening::Asked, start);
        assert_eq!(course.next(start, seconds(0)), Step::Terminate);
        course.take(&Happening::Asked, at(start, 1));
        assert_eq!(course.next(at(start, 1), seconds(0)), Step::Kill);
        assert_eq!(course.next(at(start, 11), seconds(0)), Step::Over);
        assert_eq!(course.ending(), Ending::Cancelled);
    }

    #[test]
    fn output_that_nobody_closes_is_not_waited_for_forever() {
        let start = Instant::now();
        let mut course = Course::new(start, LIMITS);
        course.take(&Happening::Exited(Ending::Exited(3)), at(start, 1));
        course.take(&Happening::AllGone, at(start, 1));
        assert_eq!(
            course.next(at(start, 1), seconds(1)),
            Step::Wait(at(start, 3))
        );
        assert_eq!(course.next(at(start, 3), seconds(1)), Step::Over);
    }
}
