//! Plan in, answers into the journal: every chunk that is still open, as many at once as the plan
//! allows. The journal is written here alone, one message at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Duration, interval};

use crate::error::{OrFail, Result};
use crate::git::Repository;
use crate::llm::Client;
use crate::process::StopSignal;
use crate::store::{Cache, Journal};

use super::events::Event;
use super::model::AnglesPlan;
use super::report::{ChunkState, came_of, fold};
use super::request::{Desk, GivenUp};

/// Requests under way, and how many bytes have come of each.
pub type Active = BTreeMap<(u32, usize), usize>;

/// One step, for the one who waits.
#[derive(Debug)]
pub struct Progress<'a> {
    pub plan: &'a AnglesPlan,
    pub chunks: &'a [Vec<ChunkState>],
    pub active: &'a Active,
    /// Since the first request, in seconds.
    pub elapsed: f64,
    /// What just happened; `None` when only time went by.
    pub event: Option<&'a Event>,
}

/// What is given every step of the way.
pub type Sink<'a> = dyn FnMut(&Progress<'_>) + 'a;

/// What tells the executor of a request.
#[derive(Debug)]
pub enum Message {
    Started {
        angle: u32,
        chunk: usize,
    },
    Heard {
        angle: u32,
        chunk: usize,
        bytes: usize,
    },
    Ended {
        event: Event,
        fatal: bool,
    },
}

/// What is to be executed.
#[derive(Debug)]
pub struct Execution {
    pub repository: Repository,
    pub client: Client,
    pub cache: Cache,
    pub plan: AnglesPlan,
    pub journal: Journal<Event>,
    /// What the journal holds so far.
    pub events: Vec<Event>,
    /// Only these angles; all of them where none is named.
    pub only: Vec<u32>,
}

/// How it ended.
#[derive(Debug)]
pub struct Executed {
    pub plan: AnglesPlan,
    /// All that the journal holds.
    pub events: Vec<Event>,
    pub stopped_by: Option<StopSignal>,
}

/// Makes the requests, until every chunk has its answer, the server is lost, or a signal comes.
pub fn execute(execution: Execution, sink: &mut Sink<'_>) -> Result<Executed> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_unable(|| "cannot start")?;
    runtime.block_on(run(execution, sink))
}

async fn run(execution: Execution, sink: &mut Sink<'_>) -> Result<Executed> {
    let Execution {
        repository,
        client,
        cache,
        plan,
        journal,
        events,
        only,
    } = execution;
    let chunks = fold(&plan, &events);
    let jobs = jobs(&chunks, &only);
    let desk = Desk::new(repository, client, cache, plan.clone());
    let mut foreman = Foreman {
        plan,
        journal,
        events,
        chunks,
        active: Active::new(),
        start: Instant::now(),
    };
    foreman.record(Event::ExecutionStarted {
        pid: std::process::id(),
    })?;
    let (mut working, messages) = set_to_work(desk, jobs);
    let stopped_by = foreman.oversee(messages, sink).await?;
    // Connections that are dropped tell the server to stop working for us.
    working.shutdown().await;
    let wall_seconds = foreman.start.elapsed().as_secs_f64();
    foreman.record(Event::ExecutionEnded { wall_seconds })?;
    Ok(Executed {
        plan: foreman.plan,
        events: foreman.events,
        stopped_by,
    })
}

/// Starts all jobs, of which so many as the plan allows are at work at once.
fn set_to_work(
    desk: Desk,
    jobs: Vec<(u32, usize)>,
) -> (JoinSet<()>, mpsc::UnboundedReceiver<Message>) {
    let (line, messages) = mpsc::unbounded_channel();
    let at_once = Arc::new(Semaphore::new(desk.at_once()));
    let desk = Arc::new(desk);
    let mut working = JoinSet::new();
    for (angle, chunk) in jobs {
        let (desk, line) = (Arc::clone(&desk), line.clone());
        let at_once = Arc::clone(&at_once);
        working.spawn(async move {
            let Ok(_turn) = at_once.acquire().await else {
                return;
            };
            // Nobody listens any more where all is being put away.
            let _ = line.send(Message::Started { angle, chunk });
            let heard = |bytes| {
                let _ = line.send(Message::Heard {
                    angle,
                    chunk,
                    bytes,
                });
            };
            let message = ended(angle, chunk, desk.solve(angle, chunk, &heard).await);
            let _ = line.send(message);
        });
    }
    (working, messages)
}

/// Sole writer of the journal.
struct Foreman {
    plan: AnglesPlan,
    journal: Journal<Event>,
    events: Vec<Event>,
    chunks: Vec<Vec<ChunkState>>,
    active: Active,
    start: Instant,
}

impl Foreman {
    fn record(&mut self, event: Event) -> Result<()> {
        self.journal.append(self.journal.now(), &event)?;
        self.events.push(event);
        Ok(())
    }

    /// Takes in what the requests bring, until there is no more, or the server is lost, or a signal
    /// comes.
    async fn oversee(
        &mut self,
        mut messages: mpsc::UnboundedReceiver<Message>,
        sink: &mut Sink<'_>,
    ) -> Result<Option<StopSignal>> {
        let mut signals = Signals::listen()?;
        let mut clock = interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    None => return Ok(None),
                    Some(Message::Ended { event, fatal }) => {
                        take(&mut self.chunks, &mut self.active, &event);
                        self.record(event.clone())?;
                        self.show(sink, Some(&event));
                        if fatal {
                            return Ok(None);
                        }
                    }
                    Some(Message::Started { angle, chunk }) => {
                        self.active.insert((angle, chunk), 0);
                        self.show(sink, None);
                    }
                    Some(Message::Heard { angle, chunk, bytes }) => {
                        self.active.insert((angle, chunk), bytes);
                        self.show(sink, None);
                    }
                },
                signal = signals.next() => return Ok(Some(signal)),
                _ = clock.tick() => self.show(sink, None),
            }
        }
    }

    fn show(&self, sink: &mut Sink<'_>, event: Option<&Event>) {
        sink(&Progress {
            plan: &self.plan,
            chunks: &self.chunks,
            active: &self.active,
            elapsed: self.start.elapsed().as_secs_f64(),
            event,
        });
    }
}

/// What is still to be asked: the first chunks of all angles, then the second ones, so that no
/// angle waits for another.
fn jobs(chunks: &[Vec<ChunkState>], only: &[u32]) -> Vec<(u32, usize)> {
    let mut jobs: Vec<(usize, u32)> = Vec::new();
    for (states, angle) in chunks.iter().zip(1..) {
        if only.is_empty() || only.contains(&angle) {
            let open = states
                .iter()
                .enumerate()
                .filter(|(_, state)| !matches!(state, ChunkState::Done(_)));
            jobs.extend(open.map(|(chunk, _)| (chunk, angle)));
        }
    }
    jobs.sort_unstable();
    jobs.into_iter()
        .map(|(chunk, angle)| (angle, chunk))
        .collect()
}

fn ended(
    angle: u32,
    chunk: usize,
    solved: std::result::Result<super::events::Answer, GivenUp>,
) -> Message {
    match solved {
        Ok(answer) => Message::Ended {
            event: Event::ChunkDone {
                angle,
                chunk,
                answer,
            },
            fatal: false,
        },
        Err(GivenUp { reason, fatal }) => Message::Ended {
            event: Event::ChunkFailed {
                angle,
                chunk,
                reason,
            },
            fatal,
        },
    }
}

fn take(chunks: &mut [Vec<ChunkState>], active: &mut Active, event: &Event) {
    let Some((angle, chunk, state)) = came_of(event) else {
        return;
    };
    active.remove(&(angle, chunk));
    chunks[angle as usize - 1][chunk] = state;
}

/// Ctrl-C, SIGTERM and a terminal that goes away.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).or_unable(|| "cannot watch for Ctrl-C");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> StopSignal {
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
            _ = self.hangup.recv() => StopSignal::Terminate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angles::events::Answer;

    #[test]
    fn all_angles_go_on_at_once_and_what_is_answered_is_not_asked_again() {
        let done = || ChunkState::Done(Answer::default());
        let open = || ChunkState::Open;
        let failed = || ChunkState::Failed("x".to_owned());
        let chunks = [
            vec![done(), open(), open()],
            vec![failed(), done()],
            vec![open()],
        ];
        let all = [(2, 0), (3, 0), (1, 1), (1, 2)];
        assert_eq!(jobs(&chunks, &[]), all);
        assert_eq!(jobs(&chunks, &[1, 3]), [(3, 0), (1, 1), (1, 2)]);
    }
}
