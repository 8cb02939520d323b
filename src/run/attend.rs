//! One session of a task, from its launch to its end: begun, found again, waited for, told to stop.
//! Where it runs is its launcher's business; what came of it is judged elsewhere.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::error::{OrFail, Result};
use crate::process::Background;
use crate::store::{Event, SessionCommand, SessionEnd};

use super::again;
use super::hook::with_guard;
use super::launch::Found;
use super::launcher::{Begun, Launcher};
use super::launchers;
use super::news;
use super::outcome;
use super::ports;
use super::queued::Queued;
use super::session::{SessionFolder, SessionResult, SessionSpec, VERSION};
use super::task::{Driver, Stop, blocking};
use super::workspace::{self, Briefing};

/// How long a session that could not be launched is given to turn up all the same.
const LAST_CHANCE: Duration = Duration::from_secs(1);

impl Driver {
    fn folder(&self, attempt: u32) -> SessionFolder {
        SessionFolder::of(&self.shared.store, self.shared.run, self.task.id, attempt)
    }

    /// A session, from wherever it stands to its end.
    pub(super) async fn session(&mut self) -> Result<SessionResult> {
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
            let found = self.wait_at(&launcher, &folder, child, queued, &mut asked);
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
        self.wait_at(&here, folder, shim, None, &mut Stop::No).await
    }

    /// The same of a session anywhere, as far as its launcher waits at once; `asked` is what was
    /// passed on.
    async fn wait_at(
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
}

/// The process of a shim that began; 0 where it did not say.
fn pid(folder: &SessionFolder) -> u32 {
    folder.started().map_or(0, |started| started.shim.pid)
}
