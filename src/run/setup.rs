//! Making a new worktree ready to work in, before its first session: ignored files are copied,
//! ports are chosen, lines are run. The lines have a shim of their own, as sessions have: their
//! log, their time limit, their process tree; killed at any moment, this goes on where it stood.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use crate::error::Result;
use crate::store::{Event, Outcome, Readiness, SessionCommand, SessionEnd, SetupOptions};

use super::launch::{self, Found};
use super::session::{SessionFolder, SessionResult};
use super::task::{Driver, Shared, Stop, blocking};
use super::workspace;
use super::{copies, outcome, ports};

/// Runs each argument as a line of its own and says which; the first that fails is the last.
const ONE_AFTER_ANOTHER: &str =
    r#"for line do printf '+ %s\n' "$line"; sh -c "$line" || exit; done"#;

impl Driver {
    /// Makes the worktree ready, or finishes that; breaks off when the task cannot start.
    pub(super) async fn set_up(&mut self) -> Result<ControlFlow<()>> {
        let Some(setup) = self.shared.options.setup.clone() else {
            return Ok(ControlFlow::Continue(()));
        };
        if self.is_ready().await? {
            return Ok(ControlFlow::Continue(()));
        }
        let mut notes = Vec::new();
        let result = match self.begun_setup().await? {
            Some(result) => result,
            None if self.stopping() => SessionResult::unseen(SessionEnd::Cancelled),
            None => {
                let task = self.task.id;
                let number = self.state.setups + 1;
                let log = self.setup_folder(number).log();
                self.tell(Event::SetupPlanned { task, number, log }).await?;
                notes = self.provide(setup.clone()).await?;
                self.run_lines(number, &setup.run).await?
            }
        };
        if result.end != SessionEnd::Exited(0) || *self.stop.borrow() == Stop::AtOnce {
            self.setup_failed(&result).await?;
            return Ok(ControlFlow::Break(()));
        }
        let (_, worktree) = self.home()?;
        let shared = Arc::clone(&self.shared);
        notes.extend(blocking(move || record(&shared, &worktree)).await?);
        let task = self.task.id;
        self.tell(Event::SetupDone { task, notes }).await?;
        Ok(ControlFlow::Continue(()))
    }

    /// Whether nothing is left to do. A worktree that was cleaned up and made anew is not ready.
    async fn is_ready(&self) -> Result<bool> {
        if self.state.readiness != Readiness::Ready {
            return Ok(false);
        }
        let (_, worktree) = self.home()?;
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.repository.has_provisions(&worktree)).await
    }

    fn setup_folder(&self, number: u32) -> SessionFolder {
        let task_dir = self.shared.store.run_dir(self.shared.run);
        let task_dir = task_dir.join(self.task.id.to_string());
        SessionFolder::new(task_dir.join(format!("setup-{number}")))
    }

    /// How the lines ended, or end, that an earlier supervisor started; `None` where they have to
    /// be run from the first.
    async fn begun_setup(&mut self) -> Result<Option<SessionResult>> {
        if self.state.readiness != Readiness::Begun {
            return Ok(None);
        }
        let folder = self.setup_folder(self.state.setups);
        let found = match launch::find(&folder)? {
            Found::Living => self.wait(&folder, None).await?,
            found => found,
        };
        match found {
            // Ended by somebody who has thought better of it since.
            Found::Ended(result) if result.end == SessionEnd::Cancelled && !self.stopping() => {
                Ok(None)
            }
            Found::Ended(result) => Ok(Some(result)),
            Found::Vanished => {
                blocking(move || {
                    launch::clear_away(&folder);
                    Ok(())
                })
                .await?;
                Ok(None)
            }
            Found::Living | Found::Queued(_) | Found::NotBegun => Ok(None),
        }
    }

    /// Copies files and chooses ports.
    async fn provide(&self, setup: SetupOptions) -> Result<Vec<String>> {
        let (_, worktree) = self.home()?;
        let shared = Arc::clone(&self.shared);
        blocking(move || provide(&shared, &worktree, &setup)).await
    }

    async fn run_lines(&mut self, number: u32, lines: &[String]) -> Result<SessionResult> {
        if lines.is_empty() {
            return Ok(SessionResult::unseen(SessionEnd::Exited(0)));
        }
        let folder = self.setup_folder(number);
        let words = ["sh", "-c", ONE_AFTER_ANOTHER, "setup"].map(str::to_owned);
        let command = SessionCommand::Program(words.into_iter().chain(lines.to_vec()).collect());
        let spec = self.session_spec(command)?;
        let shim = launch::launch(&self.shared.program, &folder, &spec)?;
        Ok(match self.wait(&folder, Some(shim)).await? {
            Found::Ended(result) => result,
            _ => SessionResult::lost(),
        })
    }

    /// A worktree that cannot be made ready is nothing to work in.
    async fn setup_failed(&mut self, result: &SessionResult) -> Result<()> {
        let outcome = match result.end {
            SessionEnd::Exited(0) | SessionEnd::Cancelled => Outcome::Cancelled,
            SessionEnd::TimedOut | SessionEnd::Silent => Outcome::TimedOut,
            _ => Outcome::Failed,
        };
        let now = Timestamp::now();
        let what = "the worktree could not be made ready (parallel.setup)";
        let evidence = vec![
            outcome::of("setup", what, now),
            outcome::ending(result, now),
        ];
        self.finish(outcome, evidence).await
    }
}

/// Remembers what set-up made; returns what there is to say about it.
fn record(shared: &Shared, worktree: &Path) -> Result<Option<String>> {
    shared.repository.record_provisions(worktree)?;
    let seen = shared.repository.worktree_status(worktree)?.dirty;
    Ok((seen > 0).then(|| {
        format!(
            "paths that set-up changed and git does not ignore: {seen}; each will be committed with the \
             task's work"
        )
    }))
}

fn provide(shared: &Shared, worktree: &Path, setup: &SetupOptions) -> Result<Vec<String>> {
    let repository = &shared.repository;
    if setup.ports > 0 {
        ports::provide(repository, &shared.store, worktree, setup.ports)?;
    }
    match &setup.from {
        Some(from) if !setup.copy.is_empty() => {
            let desk = workspace::session_dir(worktree);
            copies::copy(repository, from, worktree, &desk, &setup.copy)
        }
        None if !setup.copy.is_empty() => Ok(vec![
            "nothing copied: the repository has no worktree to copy from".to_owned(),
        ]),
        _ => Ok(Vec::new()),
    }
}
