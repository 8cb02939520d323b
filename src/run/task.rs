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
use crate::process::Background;
use crate::store::{
    Drift, Event, Evidence, Lock, Outcome, RunOptions, SessionCommand, SessionEnd, Store,
    TaskFinished, TaskPhase, TaskState, put_document,
};

use super::again;
use super::base::{self, Base, Dependency};
use super::documents::Product;
use super::hook::with_guard;
use super::launch::Found;
use super::launcher::{Begun, Launcher};
use super::launchers;
use super::names::{Names, Place};
use super::news;
use super::outbox;
use super::outcome::{self, is_failure, judge};
use super::overlap::Looked;
use super::ports;
use super::queued::Queued;
use super::session::{SessionFolder, SessionResult, SessionSpec, VERSION};
use super::settle::{Left, Settlement, settle};
use super::workspace::{self, Briefing, Making, Workspace};

/// So many failures, and a task is skipped.
const MOST_FAILURES: u32 = 3;

/// How long a git that a killed supervisor left behind may go on with a worktree.
const ORPHAN_LIMIT: Duration = Duration::from_mins(10);

/// How long a session that could not be launched is given to turn up all the same.
const LAST_CHANCE: Duration = Duration::from_secs(1);

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
            let making = blocking(move || job.register(&shared.repository, &shared.store)).await?;
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
    fn unsettled(&self) -> Option<u32> {
        let last = self.state.sessions.last()?;
        let unsettled = match self.state.phase {
            TaskPhase::Starting | TaskPhase::InQueue => last.ended.is_none(),
            TaskPhase::Running => true,
            _ => false,
        };
        unsettled.then_some(last.attempt)
    }

    fn folder(&self, attempt: u32) -> SessionFolder {
        SessionFolder::of(&self.shared.store, self.shared.run, self.task.id, attempt)
    }

    /// A session, from wherever it stands to its end.
    async fn session(&mut self) -> Result<SessionResult> {
        let found = match self.unsettled() {
            None => Found::NotBegun,
            Some(attempt) => self.shared.launcher.find(&self.folder(attempt))?,
        };
        let attempt = match (&found, self.unsettled()) {
            (_, Some(attempt)) => attempt,
            _ => self.plan_session().await?,
        };
        let folder = self.folder(attempt);
        let found = match found {
            Found::NotBegun if self.stopping() => {
                Found::Ended(SessionResult::unseen(SessionEnd::Cancelled))
            }
            found => self.attend(attempt, found).await?,
        };
        let result = match found {
            Found::Ended(result) => result,
            _ if self.stopping() => SessionResult::unseen(SessionEnd::Cancelled),
            _ => {
                let (launcher, folder) = (Arc::clone(&self.shared.launcher), folder.clone());
                blocking(move || {
                    launcher.clear_away(&folder);
                    Ok(())
                })
                .await?;
                SessionResult::lost()
            }
        };
        self.ended(attempt, &result).await?;
        Ok(result)
    }

    /// Launches a session that has not begun, and stays with it until it is over.
    async fn attend(&mut self, attempt: u32, found: Found) -> Result<Found> {
        let folder = self.folder(attempt);
        let launcher = Arc::clone(&self.shared.launcher);
        let mut begun = match found {
            Found::NotBegun => match self.begin(&folder).await? {
                Ok(begun) => begun,
                Err(over) => return Ok(over),
            },
            Found::Living => Begun::Elsewhere,
            Found::Queued(queued) => Begun::InQueue(queued),
            over => return Ok(over),
        };
        let mut asked = Stop::No;
        loop {
            let (child, queued) = match begun {
                Begun::Child(shim) => {
                    self.started(attempt, shim.pid()).await?;
                    (Some(shim), None)
                }
                Begun::Elsewhere => {
                    self.started(attempt, pid(&folder)).await?;
                    (None, None)
                }
                Begun::InQueue(queued) => {
                    self.queued(attempt, &queued).await?;
                    (None, Some(queued))
                }
            };
            let found = self.wait_by(&launcher, &folder, child, queued, &mut asked);
            begun = match found.await? {
                Found::Queued(queued) => Begun::InQueue(queued),
                Found::Living => Begun::Elsewhere,
                over => return Ok(over),
            };
        }
    }

    /// Launches a session, or tells how it ended before it began: whatever keeps it from starting, such
    /// as a folder that cannot be written, stops the run when it keeps all.
    async fn begin(&self, folder: &SessionFolder) -> Result<Result<Begun, Found>> {
        let failure = match self.launch(folder).await {
            Ok(begun) => return Ok(Ok(begun)),
            Err(failure) => failure,
        };
        // A tmux that was killed may have opened the window all the same.
        tokio::time::sleep(LAST_CHANCE).await;
        Ok(match self.shared.launcher.find(folder)? {
            Found::NotBegun => Err(Found::Ended(SessionResult::unstarted(failure.what))),
            Found::Living => Ok(Begun::Elsewhere),
            Found::Queued(queued) => Ok(Begun::InQueue(queued)),
            over => Err(over),
        })
    }

    /// Tells what the session waits for, if that is known.
    async fn queued(&mut self, attempt: u32, queued: &Queued) -> Result<()> {
        if *queued == Queued::default() {
            return Ok(());
        }
        let words = match queued.job {
            Some(job) => format!("job {job}: {}", queued.reason),
            None => queued.reason.clone(),
        };
        self.tell(Event::SessionQueued {
            task: self.task.id,
            attempt,
            job: queued.job,
            evidence: vec![outcome::of("queue", words, Timestamp::now())],
        })
        .await
    }

    async fn plan_session(&mut self) -> Result<u32> {
        let attempt = self.state.attempts + 1;
        self.tell(Event::SessionPlanned {
            task: self.task.id,
            attempt,
            worker: self.worker,
            log: self.folder(attempt).log(),
        })
        .await?;
        Ok(attempt)
    }

    async fn launch(&self, folder: &SessionFolder) -> Result<Begun> {
        let (branch, worktree) = self.home()?;
        workspace::brief(&Briefing {
            run: self.shared.run,
            plan: &self.shared.plan,
            task: &self.task,
            worker: self.worker,
            branch: &branch,
            worktree: &worktree,
            base: self.state.base.unwrap_or(self.shared.base),
            depends: &self.depends,
            sources: self.sources(),
            again: again::told(&self.state, &self.verify_output()),
        })?;
        // These it is told in its prompt.
        let (store, rivals) = (&self.shared.store, &self.state.rivals);
        news::remember(store, self.shared.run, self.task.id, rivals)?;
        let command = match self.shared.options.command.clone() {
            SessionCommand::Agent(agent) => {
                SessionCommand::Agent(Box::new(with_guard(*agent, &self.shared.program)))
            }
            command => command,
        };
        let mut spec = self.session_spec(command)?;
        spec.conversation = self.conversation();
        let (shared, folder) = (Arc::clone(&self.shared), folder.clone());
        blocking(move || shared.launcher.start(&folder, &spec)).await
    }

    /// The documents that it builds on.
    fn sources(&self) -> Vec<PathBuf> {
        let depends = self.depends.iter();
        depends
            .map(|on| self.shared.store.task_document(self.shared.run, on.task))
            .filter(|path| path.is_file())
            .collect()
    }

    /// What a shim is to do in the task's worktree.
    pub(super) fn session_spec(&self, command: SessionCommand) -> Result<SessionSpec> {
        let (_, worktree) = self.home()?;
        let options = &self.shared.options;
        Ok(SessionSpec {
            version: VERSION,
            run: self.shared.run,
            task: self.task.id,
            name: self.task.name.clone(),
            command,
            conversation: None,
            prompt_file: workspace::prompt_file(&worktree),
            session_dir: workspace::session_dir(&worktree),
            ports: ports::of(&worktree),
            worktree,
            timeout_seconds: self.task.timeout_seconds.unwrap_or(options.timeout_seconds),
            silence_seconds: options.silence_seconds,
        })
    }

    async fn started(&mut self, attempt: u32, pid: u32) -> Result<()> {
        let told = self
            .state
            .sessions
            .last()
            .is_some_and(|s| s.started.is_some());
        if told {
            return Ok(());
        }
        let task = self.task.id;
        self.tell(Event::SessionStarted { task, attempt, pid })
            .await
    }

    async fn ended(&mut self, attempt: u32, result: &SessionResult) -> Result<()> {
        if self
            .state
            .sessions
            .last()
            .is_some_and(|s| s.ended.is_some())
        {
            return Ok(());
        }
        self.tell(Event::SessionEnded {
            task: self.task.id,
            attempt,
            end: result.end,
            seconds: result.seconds,
            bytes: result.bytes,
            agent: result.agent.clone(),
        })
        .await
    }

    /// Waits for a shim beside us, and passes on what the user wants meanwhile.
    pub(super) async fn wait(
        &mut self,
        folder: &SessionFolder,
        shim: Option<Background>,
    ) -> Result<Found> {
        let here = launchers::local(&self.shared.program);
        self.wait_by(&here, folder, shim, None, &mut Stop::No).await
    }

    /// The same of a session anywhere, as far as its launcher waits at once; `asked` is what was
    /// passed on.
    async fn wait_by(
        &mut self,
        launcher: &Arc<dyn Launcher>,
        folder: &SessionFolder,
        shim: Option<Background>,
        known: Option<Queued>,
        asked: &mut Stop,
    ) -> Result<Found> {
        let pid = shim.as_ref().map(Background::pid);
        let (waits, waited_for) = (Arc::clone(launcher), folder.clone());
        let job = move || waits.wait(&waited_for, shim, known.as_ref());
        let mut over = std::pin::pin!(blocking(job));
        loop {
            let wanted = *self.stop.borrow_and_update();
            if wanted > *asked {
                launcher.cancel(folder, pid);
                *asked = wanted;
            }
            tokio::select! {
                found = &mut over => return found,
                changed = self.stop.changed() => changed.or_unable(|| "the supervisor is gone")?,
            }
        }
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

/// The process of a shim that began; 0 where it did not say.
fn pid(folder: &SessionFolder) -> u32 {
    folder.started().map_or(0, |started| started.shim.pid)
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
