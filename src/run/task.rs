//! The life of one task of a run: worktree, session, settlement, and again if it failed. Written as
//! it happens; every step first asks whether an earlier supervisor took it already.
//!
//! Nothing is decided here that concerns other tasks, and nothing is written to the journal: what
//! happens is told to the supervisor, who writes it and answers with where the task now stands.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;

use crate::error::{Failure, OrFail, Result};
use crate::git::Repository;
use crate::id::{Oid, RunId, TaskId};
use crate::plan::{Plan, Task};
use crate::store::{
    Drift, Event, Evidence, Lock, Outcome, RunOptions, SessionCommand, SessionEnd, Store,
    TaskFinished, TaskPhase, TaskState, put_document,
};

use super::base::{self, Base, Dependency};
use super::documents::Product;
use super::launcher::Launcher;
use super::names::{Names, Place};
use super::outbox;
use super::outcome::{self, is_failure, judge};
use super::overlap::Looked;
use super::session::SessionResult;
use super::settle::{Left, Settlement, settle};
use super::workspace::{self, Making, Workspace};

/// So many failures, and a task is skipped.
const MOST_FAILURES: u32 = 3;

/// How long a git that a killed supervisor left behind may go on with a worktree.
const ORPHAN_LIMIT: Duration = Duration::from_mins(10);

/// What all tasks of a run share.
#[derive(Debug)]
pub struct Shared {
    pub repository: Repository,
    pub store: Store,
    pub run: RunId,
    pub plan: Plan,
    pub base: Oid,
    pub options: RunOptions,
    pub launcher: Arc<dyn Launcher>,
    pub names: Mutex<Names>,
    /// Held by whoever registers a worktree.
    pub turns: Mutex<()>,
    /// The post-checkout hook.
    pub hook: PathBuf,
    /// This very program, to start shims with.
    pub program: PathBuf,
}

impl Shared {
    /// The words by which the registry entry of a task's worktree is known as ours.
    pub fn reason(&self, task: TaskId) -> String {
        format!("git-parallel {}/{task}", self.run)
    }
}

/// Whether the run is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    No,
    /// Sessions are asked to end.
    Gently,
    /// Sessions are killed.
    AtOnce,
}

/// What the supervisor is told.
#[derive(Debug)]
pub enum Message {
    /// Something happened; the answer is where the task now stands.
    Tell(Event, oneshot::Sender<TaskState>),
    /// Nobody works at this task any more.
    Over(TaskId, Result<()>),
    /// A worktree was released, or holds something that is nowhere else.
    Released(TaskId, Result<bool>),
    /// Where the branches stand, and which of them conflict.
    Looked(Result<Looked>),
    /// What has moved in the user's own checkouts; nothing where that cannot be told.
    CheckoutsSeen(Option<Vec<Drift>>),
}

/// Who works at one task.
#[derive(Debug)]
pub struct Driver {
    pub shared: Arc<Shared>,
    pub line: mpsc::UnboundedSender<Message>,
    pub stop: watch::Receiver<Stop>,
    pub task: Task,
    pub state: TaskState,
    pub worker: u32,
    pub depends: Vec<Dependency>,
    /// One of these was done again after the task had started from it.
    pub stale: bool,
    /// The run was being stopped when its last supervisor died: what it cancelled is done again.
    pub was_stopping: bool,
    /// What came of the latest session.
    pub settled: Option<Settlement>,
}

impl Driver {
    /// Brings the task to its outcome, or as far as it can get.
    pub async fn drive(mut self) -> Result<()> {
        let lock = Arc::new(self.lock().await?);
        let resumed = self.state.worktree_ready;
        if !resumed && self.make_worktree(&lock).await?.is_break() {
            return Ok(());
        }
        if resumed && self.unsettled().is_none() {
            self.follow_base(&lock).await?;
        }
        if self.set_up().await?.is_break() {
            return Ok(());
        }
        if self.shared.options.command == SessionCommand::None {
            return self.look_at_handiwork(resumed, &lock).await;
        }
        loop {
            self.wait_out_limit().await;
            if self.stopping() && self.unsettled().is_none() {
                return self.finish(Outcome::Cancelled, Vec::new()).await;
            }
            let result = self.session().await?;
            if *self.stop.borrow() == Stop::AtOnce {
                return self.finish(Outcome::Cancelled, Vec::new()).await;
            }
            let settled = self.settle(&lock).await?;
            if self.judge(&result, &settled).await?.is_break() {
                return Ok(());
            }
            self.rest().await;
        }
    }

    pub(super) async fn tell(&mut self, event: Event) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let gone = || "the supervisor is gone";
        self.line
            .send(Message::Tell(event, answer))
            .or_unable(gone)?;
        self.state = answered.await.or_unable(gone)?;
        Ok(())
    }

    pub(super) fn stopping(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }

    /// The right to touch the task's worktree: also held by a git that outlived its supervisor.
    async fn lock(&self) -> Result<Lock> {
        let run_dir = self.shared.store.run_dir(self.shared.run);
        let path = run_dir.join(self.task.id.to_string()).join("lock");
        let purpose = format!("run {}/{}", self.shared.run, self.task.id);
        blocking(move || Lock::acquire(&path, &purpose, ORPHAN_LIMIT)).await
    }

    /// Makes the worktree, or finishes it; breaks off when the task cannot start.
    async fn make_worktree(&mut self, lock: &Arc<Lock>) -> Result<ControlFlow<()>> {
        let Some(mut workspace) = self.workspace().await? else {
            return Ok(ControlFlow::Break(()));
        };
        loop {
            self.tell(Event::WorktreePlanned {
                task: self.task.id,
                branch: workspace.place.branch.clone(),
                path: workspace.place.path.clone(),
                base: workspace.base,
            })
            .await?;
            let shared = Arc::clone(&self.shared);
            let job = workspace.clone();
            let making =
                blocking(move || job.register(&shared.repository, &shared.store, &shared.turns))
                    .await?;
            if making == Making::Registered {
                break;
            }
            workspace.place = self.pick_place()?;
            workspace.tip = workspace.base;
            workspace.resumed = false;
        }
        let (shared, lock) = (Arc::clone(&self.shared), Arc::clone(lock));
        blocking(move || workspace.fill(&shared.repository, &shared.hook, &lock)).await?;
        self.tell(Event::WorktreeMade { task: self.task.id })
            .await?;
        Ok(ControlFlow::Continue(()))
    }

    /// The worktree to make: the one that was planned before, else a new one. `None` when what the
    /// task depends on does not go together; then that has been told.
    async fn workspace(&mut self) -> Result<Option<Workspace>> {
        let reason = self.shared.reason(self.task.id);
        if let (Some(branch), Some(base)) = (self.state.branch.clone(), self.state.base) {
            let path = match &self.state.worktree {
                Some(path) => path.clone(),
                None => self.pick_place()?.path,
            };
            return Ok(Some(Workspace {
                place: Place { branch, path },
                base,
                tip: self.state.tip.unwrap_or(base),
                reason,
                resumed: true,
            }));
        }
        let Some(base) = self.base().await? else {
            return Ok(None);
        };
        Ok(Some(Workspace {
            place: self.pick_place()?,
            base,
            tip: base,
            reason,
            resumed: false,
        }))
    }

    fn pick_place(&self) -> Result<Place> {
        let mut names = self.shared.names.lock();
        let names = names
            .as_mut()
            .map_err(|_| Failure::unable("a step of the run broke off"))?;
        Ok(names.pick(&self.task.name))
    }

    async fn base(&mut self) -> Result<Option<Oid>> {
        let (shared, depends) = (Arc::clone(&self.shared), self.depends.clone());
        let task = self.task.id;
        let found = blocking(move || {
            base::find(&shared.repository, shared.run, task, shared.base, &depends)
        });
        match found.await? {
            Base::Commit(commit) => Ok(Some(commit)),
            Base::Made { name, commit } => {
                self.tell(Event::BaseMade { task, name, commit }).await?;
                Ok(Some(commit))
            }
            Base::Conflict(reason) => {
                let evidence = vec![outcome::of("dependency", reason, Timestamp::now())];
                self.tell(Event::TaskBlocked { task, evidence }).await?;
                Ok(None)
            }
        }
    }

    /// The latest session, if it began or was about to and is not settled yet.
    pub(super) fn unsettled(&self) -> Option<u32> {
        let last = self.state.sessions.last()?;
        let unsettled = match self.state.phase {
            TaskPhase::Starting | TaskPhase::InQueue => last.ended.is_none(),
            TaskPhase::Running => true,
            _ => false,
        };
        unsettled.then_some(last.attempt)
    }

    pub(super) fn home(&self) -> Result<(String, PathBuf)> {
        let home = self.state.branch.clone().zip(self.state.worktree.clone());
        home.ok_or_else(|| Failure::unable(format!("{} has no worktree", self.task.id)))
    }

    async fn settle(&mut self, lock: &Arc<Lock>) -> Result<Settlement> {
        let (branch, worktree) = self.home()?;
        let base = self.state.base.unwrap_or(self.shared.base);
        let (shared, task, lock) = (
            Arc::clone(&self.shared),
            self.task.clone(),
            Arc::clone(lock),
        );
        let settled = blocking(move || {
            let left = Left {
                run: shared.run,
                task: &task,
                worktree: &worktree,
                branch: &branch,
                base,
                commit: shared.options.commit,
            };
            let settled = settle(&shared.repository, &left, &lock)?;
            if let Some(Product::Document(text)) = &settled.product {
                put_document(&shared.store.task_document(shared.run, task.id), text)?;
            }
            Ok(settled)
        })
        .await?;
        if let Some(commit) = settled.committed {
            let task = self.task.id;
            self.tell(Event::WorkCommitted { task, commit }).await?;
        }
        self.settled = Some(settled.clone());
        Ok(settled)
    }

    /// Tells what came of it; goes on when the task is to be tried again.
    async fn judge(
        &mut self,
        result: &SessionResult,
        settled: &Settlement,
    ) -> Result<ControlFlow<()>> {
        let verified = self.verify(result, settled).await?;
        let verified = verified.as_ref();
        let judged = judge(&self.task, result, settled, verified, Timestamp::now());
        let (_, worktree) = self.home()?;
        let judged = outbox::weigh(judged, &workspace::session_dir(&worktree), self.task.id);
        if let Some(flow) = self.provide_need(&judged).await? {
            return Ok(flow);
        }
        let (mut outcome, mut evidence) = (judged.outcome, judged.evidence);
        let failures = self.state.failures + 1;
        if is_failure(outcome) && !self.stopping() {
            if failures <= self.shared.options.retries && failures < MOST_FAILURES {
                self.tell(Event::AttemptFailed {
                    task: self.task.id,
                    attempt: self.state.attempts,
                    outcome,
                    evidence,
                })
                .await?;
                return Ok(ControlFlow::Continue(()));
            }
            if failures >= MOST_FAILURES {
                let value = format!("{failures} attempts failed, none is left");
                evidence.push(outcome::of("failures", value, Timestamp::now()));
                outcome = Outcome::Skipped;
            }
        }
        self.finish(outcome, evidence).await?;
        if outcome == Outcome::Cancelled && self.was_stopping && !self.stopping() {
            self.tell(Event::TaskReopened { task: self.task.id })
                .await?;
        }
        Ok(ControlFlow::Break(()))
    }

    pub(super) async fn finish(&mut self, outcome: Outcome, evidence: Vec<Evidence>) -> Result<()> {
        let (tip, commits, changed) = match self.settled.take() {
            Some(settled) => (Some(settled.tip), settled.commits, settled.changed),
            None => (
                self.state.tip,
                self.state.commits,
                self.state.changed.clone(),
            ),
        };
        self.tell(Event::TaskFinished(TaskFinished {
            task: self.task.id,
            outcome,
            tip,
            commits,
            changed,
            evidence,
        }))
        .await
    }

    /// Without an agent, a task is done when somebody has committed on its branch; until then its
    /// worktree waits.
    async fn look_at_handiwork(&mut self, resumed: bool, lock: &Arc<Lock>) -> Result<()> {
        if !resumed {
            return Ok(());
        }
        let settled = self.settle(lock).await?;
        if settled.commits == 0 && !matches!(settled.product, Some(Product::Document(_))) {
            return Ok(());
        }
        let result = SessionResult::unseen(SessionEnd::Exited(0));
        self.judge(&result, &settled).await.map(drop)
    }

    /// Between attempts: 1 s, 2 s, with a little of chance so that several do not return at once.
    async fn rest(&mut self) {
        let chance = u64::from(Timestamp::now().subsec_nanosecond().unsigned_abs()) % 250;
        let pause = Duration::from_millis((500 << self.state.failures.min(6)) + chance);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = self.stop.changed() => {}
        }
    }
}

/// Does what takes its time on a thread of its own.
pub async fn blocking<T, F>(job: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    spawn_blocking(job)
        .await
        .or_unable(|| "a step of the run broke off")?
}
