//! The supervisor: sole owner of a run's state and sole writer of its journal. It asks the
//! dispatcher what to do, lets a driver do it, and takes in what the drivers tell, one message at a
//! time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use crate::error::{OrFail, Result};
use crate::id::TaskId;
use crate::plan::PlanKind;
use crate::process::StopSignal;
use crate::store::{
    Drift, Event, Lock, Outcome, RunJournal, RunPhase, RunState, SessionCommand, TaskFinished,
    TaskPhase, TaskState,
};

use super::base::Dependency;
use super::dispatcher::{self, Action, Board, Ways};
use super::documents;
use super::drift;
use super::outcome;
use super::overlap::{self, Looked, Tips};
use super::progress::Progress;
use super::release::Release;
use super::signals::Signals;
use super::task::{Driver, Message, Shared, Stop, blocking};

/// After a second Ctrl-C, how long the killed sessions may take to be gone.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How often we look whether somebody asks for something.
const GLANCE: Duration = Duration::from_millis(200);

/// How long between two looks at the user's own checkouts.
const BETWEEN_CHECKOUTS: Duration = Duration::from_secs(30);

/// A run that is ours to supervise.
#[derive(Debug)]
pub struct OpenRun {
    pub(super) shared: Arc<Shared>,
    pub(super) journal: RunJournal,
    pub(super) state: RunState,
    /// Held until we are gone.
    pub(super) _lock: Lock,
    /// How many worktrees this run may have at once.
    pub(super) worktrees: usize,
    /// The run was being stopped when its last supervisor died.
    pub(super) was_stopping: bool,
    /// Worktrees whose removal its last supervisor had begun.
    pub(super) half_released: Vec<TaskId>,
    /// What was written down before anybody looked on.
    pub(super) untold: Vec<Event>,
}

impl OpenRun {
    /// Where the run stands.
    pub fn state(&self) -> &RunState {
        &self.state
    }
}

/// Where a run stands when its supervisor is done with it.
#[derive(Debug)]
pub struct Supervised {
    pub state: RunState,
    /// Set when it was stopped by a signal.
    pub stopped_by: Option<StopSignal>,
}

/// What is given every step of the way.
pub type Sink<'a> = dyn FnMut(&Progress<'_>) + 'a;

/// Goes on with the run until every task has its outcome, or a signal stops it: the first one
/// cancels its sessions, the second one kills them.
pub fn supervise(run: OpenRun, sink: &mut Sink<'_>) -> Result<Supervised> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .or_unable(|| "cannot start")?;
    let id = run.state.run;
    let ended = runtime.block_on(async {
        let (line, messages) = mpsc::unbounded_channel();
        let supervisor = Supervisor {
            ways: Ways::of(&run.shared.plan.tasks),
            undecided: true,
            run,
            active: BTreeMap::new(),
            releasing: BTreeSet::new(),
            kept: BTreeSet::new(),
            tips: Some(Tips::default()),
            checkouts_at: Some(Instant::now() + BETWEEN_CHECKOUTS),
            looks_again: false,
            line,
            reins: BTreeMap::new(),
            stop: Stop::No,
            stopped_by: None,
            sink,
        };
        supervisor.run(messages).await
    });
    // Threads may still wait for sessions that outlive us.
    runtime.shutdown_background();
    ended.map_err(|failure| {
        failure
            .kept("the run's branches and worktrees; its sessions go on")
            .next(format!("git parallel run --resume {id}"))
    })
}

pub(super) struct Supervisor<'a, 'b> {
    pub(super) run: OpenRun,
    ways: Ways,
    /// Something has happened that the dispatcher decides by.
    undecided: bool,
    /// Tasks with a driver, and their worker.
    active: BTreeMap<TaskId, u32>,
    releasing: BTreeSet<TaskId>,
    /// Worktrees that hold something that is nowhere else.
    kept: BTreeSet<TaskId>,
    /// The branches as they were last looked at; away while somebody looks.
    tips: Option<Tips>,
    /// When to look at the user's own checkouts again; away while somebody looks.
    checkouts_at: Option<Instant>,
    /// Something has happened since that look began.
    looks_again: bool,
    line: mpsc::UnboundedSender<Message>,
    /// By which a driver is told to stop.
    pub(super) reins: BTreeMap<TaskId, watch::Sender<Stop>>,
    /// Whether the run as a whole is to go on.
    stop: Stop,
    stopped_by: Option<StopSignal>,
    sink: &'a mut Sink<'b>,
}

impl Supervisor<'_, '_> {
    async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) -> Result<Supervised> {
        let mut signals = Signals::listen()?;
        let mut clock = interval(Duration::from_secs(1));
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut glances = interval(GLANCE);
        glances.set_missed_tick_behavior(MissedTickBehavior::Skip);
        self.tell_beginning();
        self.take_up();
        loop {
            self.dispatch()?;
            if self.is_over() {
                // Somebody may have asked for more in the last moment.
                self.heed()?;
                self.dispatch()?;
                if self.is_over() {
                    return self.close();
                }
            }
            tokio::select! {
                Some(message) = messages.recv() => self.take(message)?,
                stopped_by = signals.next() => {
                    if self.is_stopping() {
                        return self.kill(messages).await;
                    }
                    self.stopped_by = Some(stopped_by);
                    self.stop(match stopped_by {
                        StopSignal::Interrupt => "Ctrl-C",
                        StopSignal::Terminate => "SIGTERM",
                    })?;
                }
                _ = glances.tick() => self.heed()?,
                _ = clock.tick() => {
                    self.show(None);
                    self.glance_at_branches();
                    self.glance_at_checkouts();
                }
            }
        }
    }

    /// Writes down what happened, and shows it.
    pub(super) fn record(&mut self, event: &Event) -> Result<()> {
        let record = self.run.journal.append(self.run.journal.now(), event)?;
        self.run.state.apply(record.at, event);
        self.undecided |= decides(event);
        self.show(Some(event));
        Ok(())
    }

    fn show(&mut self, event: Option<&Event>) {
        (self.sink)(&Progress {
            state: &self.run.state,
            event,
            at: self.run.journal.now(),
        });
    }

    /// Shows what was written down before there was anybody to show it to.
    fn tell_beginning(&mut self) {
        for event in std::mem::take(&mut self.run.untold) {
            self.show(Some(&event));
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop != Stop::No
    }

    /// Goes on with what the last supervisor had begun.
    fn take_up(&mut self) {
        let begun = |task: &&TaskState| task.phase.is_active();
        let tasks = self.run.state.tasks.iter().filter(begun);
        let before = |task: &TaskState| task.sessions.last().map(|session| session.worker);
        let begun: Vec<_> = tasks.map(|task| (task.id, before(task))).collect();
        for (task, worker) in begun {
            let taken: BTreeSet<u32> = self.active.values().copied().collect();
            let free = (1..).find(|worker| !taken.contains(worker));
            self.start(task, worker.or(free).unwrap_or(1));
        }
        for task in std::mem::take(&mut self.run.half_released) {
            self.release(task, true);
        }
    }

    /// Starts whatever can be started now.
    fn dispatch(&mut self) -> Result<()> {
        while self.undecided && !self.is_stopping() {
            let actions = dispatcher::next(Board {
                tasks: &self.run.shared.plan.tasks,
                ways: &self.ways,
                state: &self.run.state,
                active: &self.active,
                releasing: &self.releasing,
                kept: &self.kept,
                worktrees: self.run.worktrees,
            });
            self.undecided = !actions.is_empty();
            for action in actions {
                match action {
                    Action::Start { task, worker } => self.start(task, worker),
                    Action::Skip { task, reason } => self.skip(task, &reason)?,
                    Action::Release { task } => self.release(task, false),
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, id: TaskId, worker: u32) {
        let plan = &self.run.shared.plan;
        let task = plan.tasks.iter().find(|task| task.id == id).cloned();
        let Some((task, state)) = task.zip(self.run.state.task(id).cloned()) else {
            return;
        };
        let stop = match state.stopping {
            Some(_) => self.stop.max(Stop::Gently),
            None => self.stop,
        };
        let (rein, told) = watch::channel(stop);
        self.reins.insert(id, rein);
        let driver = Driver {
            shared: Arc::clone(&self.run.shared),
            line: self.line.clone(),
            stop: told,
            depends: self.dependencies(&state),
            stale: self.run.state.stale_for(&state).is_some(),
            task,
            state,
            worker,
            was_stopping: self.run.was_stopping,
            settled: None,
        };
        self.active.insert(id, worker);
        let line = self.line.clone();
        tokio::spawn(async move {
            let over = driver.drive().await;
            // Nobody listens when the supervisor has failed; the journal knows what was done.
            let _ = line.send(Message::Over(id, over));
        });
    }

    fn dependencies(&self, task: &TaskState) -> Vec<Dependency> {
        let depends = task.depends.iter();
        depends
            .filter_map(|id| self.run.state.task(*id))
            .filter_map(|task| {
                Some(Dependency {
                    task: task.id,
                    name: task.name.clone(),
                    branch: task.branch.clone(),
                    tip: task.tip?,
                })
            })
            .collect()
    }

    fn skip(&mut self, task: TaskId, reason: &str) -> Result<()> {
        let evidence = outcome::of("dependency", reason, Timestamp::now());
        self.record(&Event::TaskFinished(TaskFinished {
            task,
            outcome: Outcome::Skipped,
            tip: None,
            commits: 0,
            changed: Vec::new(),
            evidence: vec![evidence],
        }))
    }

    fn release(&mut self, id: TaskId, begun: bool) {
        let home = self.run.state.task(id).map(|task| {
            let home = task.branch.clone().zip(task.worktree.clone());
            home.unwrap_or_default()
        });
        let Some((branch, worktree)) = home else {
            return;
        };
        self.releasing.insert(id);
        let release = Release {
            shared: Arc::clone(&self.run.shared),
            line: self.line.clone(),
            task: id,
            branch,
            worktree,
            begun,
        };
        let line = self.line.clone();
        tokio::spawn(async move {
            let released = release.release().await;
            let _ = line.send(Message::Released(id, released));
        });
    }

    fn take(&mut self, message: Message) -> Result<()> {
        match message {
            Message::Tell(event, answer) => {
                let task = event.task();
                self.record(&event)?;
                let state = task.and_then(|id| self.run.state.task(id)).cloned();
                if let Some(state) = state {
                    // A driver that is gone needs no answer.
                    let _ = answer.send(state);
                }
                Ok(())
            }
            Message::Over(task, over) => self.over(task, over),
            Message::Released(task, released) => {
                self.undecided = true;
                self.releasing.remove(&task);
                // What could not be looked at or removed is kept, too.
                if !released.unwrap_or(false) {
                    self.kept.insert(task);
                }
                Ok(())
            }
            Message::Looked(looked) => self.looked(looked),
            Message::CheckoutsSeen(drift) => {
                self.checkouts_at = Some(Instant::now() + BETWEEN_CHECKOUTS);
                self.checkouts_seen(drift)
            }
        }
    }

    /// A driver is done. What went wrong on its way is the task's outcome, not the run's end.
    fn over(&mut self, id: TaskId, over: Result<()>) -> Result<()> {
        self.undecided = true;
        self.active.remove(&id);
        self.reins.remove(&id);
        if let Err(failure) = over {
            let outcome = if self.is_stopping() {
                Outcome::Cancelled
            } else {
                Outcome::Failed
            };
            let task = self.run.state.task(id).cloned();
            self.record(&Event::TaskFinished(TaskFinished {
                task: id,
                outcome,
                tip: task.as_ref().and_then(|task| task.tip),
                commits: task.as_ref().map_or(0, |task| task.commits),
                changed: task.map(|task| task.changed).unwrap_or_default(),
                evidence: vec![outcome::of("failure", failure.what, Timestamp::now())],
            }))?;
        }
        self.look_at_branches();
        Ok(())
    }

    /// Looks for commits of those at work, as often as the clock ticks and nobody looks already.
    fn glance_at_branches(&mut self) {
        if self.tips.is_some() && !self.active.is_empty() {
            self.look_at_branches();
        }
    }

    /// Looks who conflicts with whom. Takes on one goal are meant to touch the same paths.
    fn look_at_branches(&mut self) {
        if self.run.shared.plan.kind == PlanKind::Variants {
            return;
        }
        let Some(tips) = self.tips.take() else {
            self.looks_again = true;
            return;
        };
        let look = overlap::look(&self.run.state);
        let (shared, line) = (Arc::clone(&self.run.shared), self.line.clone());
        tokio::spawn(async move {
            let looked = blocking(move || look.take(&shared.repository, tips)).await;
            let _ = line.send(Message::Looked(looked));
        });
    }

    /// Writes down what has changed. What could not be looked at is looked at the next time.
    fn looked(&mut self, looked: Result<Looked>) -> Result<()> {
        let (tips, found) = looked.map_or_else(
            |_| (Tips::default(), Vec::new()),
            |looked| (looked.tips, looked.found),
        );
        self.tips = Some(tips);
        for found in found {
            if !self.run.state.knows(&found) {
                self.record(&Event::OverlapFound(found))?;
            }
        }
        if std::mem::take(&mut self.looks_again) {
            self.look_at_branches();
        }
        Ok(())
    }

    /// Looks whether the user's own checkouts have moved, from time to time: it costs a `git status`.
    fn glance_at_checkouts(&mut self) {
        if self.checkouts_at.is_none_or(|at| Instant::now() < at) {
            return;
        }
        self.checkouts_at = None;
        let (shared, line) = (Arc::clone(&self.run.shared), self.line.clone());
        spawn_blocking(move || {
            let drift = drift::drift(&shared.repository, &shared.store, shared.run);
            let _ = line.send(Message::CheckoutsSeen(drift));
        });
    }

    /// Writes down what has changed; nothing where it cannot be told.
    fn checkouts_seen(&mut self, drift: Option<Vec<Drift>>) -> Result<()> {
        match drift {
            Some(checkouts) if checkouts != self.run.state.drift => {
                self.record(&Event::CheckoutsMoved { checkouts })
            }
            _ => Ok(()),
        }
    }

    fn is_over(&self) -> bool {
        self.active.is_empty() && self.releasing.is_empty() && self.tips.is_some()
    }

    /// Cancels what is under way.
    pub(super) fn stop(&mut self, reason: &str) -> Result<()> {
        self.pull(Stop::Gently);
        self.record(&Event::RunStopping {
            reason: reason.to_owned(),
        })
    }

    fn pull(&mut self, stop: Stop) {
        self.stop = stop;
        for rein in self.reins.values() {
            rein.send_replace(stop);
        }
    }

    /// Kills what is under way, and does not wait long for it.
    async fn kill(mut self, mut messages: mpsc::UnboundedReceiver<Message>) -> Result<Supervised> {
        self.pull(Stop::AtOnce);
        let deadline = Instant::now() + LAST_WORDS;
        while !self.is_over() {
            match timeout_at(deadline, messages.recv()).await {
                Ok(Some(message)) => self.take(message)?,
                _ => break,
            }
        }
        self.close()
    }

    fn close(mut self) -> Result<Supervised> {
        if self.stop != Stop::AtOnce {
            let shared = &self.run.shared;
            let drift = drift::drift(&shared.repository, &shared.store, shared.run);
            self.checkouts_seen(drift)?;
        }
        if let Some(reason) = self.stuck() {
            self.record(&Event::RunStopping { reason })?;
        }
        let shared = &self.run.shared;
        documents::join(&shared.store, &shared.plan, &self.run.state)?;
        let state = final_phase(&self.run.state);
        self.record(&Event::RunEnded { state })?;
        Ok(Supervised {
            state: self.run.state,
            stopped_by: self.stopped_by,
        })
    }

    /// Why tasks wait although nothing is under way.
    fn stuck(&self) -> Option<String> {
        let waits = |task: &TaskState| task.phase == TaskPhase::Pending;
        let launches = self.run.state.options.command != SessionCommand::None;
        let waiting = self.run.state.tasks.iter().any(waits);
        (waiting && launches && !self.is_stopping()).then(|| {
            dispatcher::enough(&self.run.state).unwrap_or_else(|| {
                format!(
                    "no worktree is free: {} of {} hold work that is nowhere else",
                    self.kept.len(),
                    self.run.worktrees
                )
            })
        })
    }
}

/// Whether the dispatcher may decide otherwise after it: not by how far a session is.
fn decides(event: &Event) -> bool {
    matches!(
        event,
        Event::TaskFinished(_)
            | Event::TaskBlocked { .. }
            | Event::TaskWaits { .. }
            | Event::TaskReopened { .. }
            | Event::WorktreeReleased { .. }
    )
}

/// `done`, `failed`, or `stopped` when tasks are left to do.
fn final_phase(state: &RunState) -> RunPhase {
    let ended = |task: &TaskState| {
        matches!(
            task.phase,
            TaskPhase::Finished | TaskPhase::Blocked | TaskPhase::Waiting
        )
    };
    let done = |task: &TaskState| task.optional || task.outcome == Some(Outcome::Done);
    if state.stopping.is_some() || !state.tasks.iter().all(ended) {
        RunPhase::Stopped
    } else if state.tasks.iter().all(done) {
        RunPhase::Done
    } else {
        RunPhase::Failed
    }
}
