//! What an attempt needs besides another one: patience, a person, a check of its work, and the
//! conversation that it left off.

use std::ops::ControlFlow;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::store::{Event, SessionCommand, SessionEnd, TaskPhase, end_of_log};

use super::launch::{self, Found};
use super::outcome::{Judgement, Need, Verified};
use super::session::{SessionFolder, SessionResult};
use super::settle::Settlement;
use super::task::{Driver, Stop, blocking};

/// So many pauses in a row; after them it is a failure like any other.
const MOST_PAUSES: u32 = 6;
/// So much of what a check printed is told to the next attempt.
const LINES_OF_CHECK: usize = 30;
/// No pause is longer.
const LONGEST_PAUSE: u64 = 15 * 60;

impl Driver {
    /// What a judged attempt needs is provided for, where it can be; `None` where it is to be
    /// taken as it is.
    pub(super) async fn provide_need(
        &mut self,
        judged: &Judgement,
    ) -> Result<Option<ControlFlow<()>>> {
        let (task, attempt) = (self.task.id, self.state.attempts);
        if self.stopping() {
            return Ok(None);
        }
        let evidence = judged.evidence.clone();
        match judged.needs {
            Some(Need::Patience) if self.state.rate_limits < MOST_PAUSES => {
                let pause = pause(self.shared.options.patience_seconds, self.state.rate_limits);
                let until = Timestamp::now().saturating_add(pause);
                let until = until.unwrap_or(Timestamp::MAX);
                self.tell(Event::RateLimited {
                    task,
                    attempt,
                    until,
                    evidence,
                })
                .await?;
                Ok(Some(ControlFlow::Continue(())))
            }
            Some(Need::Person) => {
                self.tell(Event::TaskWaits { task, evidence }).await?;
                Ok(Some(ControlFlow::Break(())))
            }
            _ => Ok(None),
        }
    }

    /// Rests as long as the agent's service wants.
    pub(super) async fn wait_out_limit(&mut self) {
        let until = self.state.rests_until;
        let Some(until) = until.filter(|_| self.state.phase == TaskPhase::RateLimited) else {
            return;
        };
        let left = Timestamp::now().until(until).ok();
        let left = left.and_then(|left| Duration::try_from(left).ok());
        let left = left
            .unwrap_or_default()
            .min(Duration::from_secs(LONGEST_PAUSE));
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            _ = self.stop.changed() => {}
        }
    }

    /// The conversation that the attempt before this one left off, if anything was said in it.
    pub(super) fn conversation(&self) -> Option<String> {
        let before = self.state.sessions.iter().rev().nth(1)?;
        let account = before.agent.as_ref()?;
        let worked = account.tokens.output > 0 || account.activity.is_some();
        account.conversation.clone().filter(|_| worked)
    }

    /// Checks the work of a session that may count as done, as the user asked; `None` where there
    /// is nothing to check. The check has a shim of its own, as sessions have.
    pub(super) async fn verify(
        &mut self,
        result: &SessionResult,
        settled: &Settlement,
    ) -> Result<Option<Verified>> {
        let Some(line) = self.shared.options.verify.clone() else {
            return Ok(None);
        };
        if result.end != SessionEnd::Exited(0) || settled.commits == 0 || self.stopping() {
            return Ok(None);
        }
        let folder = self.verify_folder(self.state.attempts);
        let found = match launch::find(&folder)? {
            Found::Living => self.wait(&folder, None).await?,
            Found::Ended(result) if result.end != SessionEnd::Cancelled => Found::Ended(result),
            left => {
                if matches!(left, Found::Vanished) {
                    let folder = folder.clone();
                    let clear = move || {
                        launch::clear_away(&folder);
                        Ok(())
                    };
                    blocking(clear).await?;
                }
                let spec = self.session_spec(SessionCommand::Exec(line.clone()))?;
                let shim = launch::launch(&self.shared.program, &folder, &spec)?;
                self.wait(&folder, Some(shim)).await?
            }
        };
        if *self.stop.borrow() == Stop::AtOnce {
            return Ok(None);
        }
        let end = match found {
            Found::Ended(result) => result.end,
            _ => SessionEnd::Lost,
        };
        Ok(Some(Verified::of(&line, end)))
    }

    /// What the check of the attempt before this one printed last; empty where there was none.
    pub(super) fn verify_output(&self) -> String {
        let before = self.state.attempts.saturating_sub(1);
        let log = self.verify_folder(before).log();
        // What cannot be read is one hint less.
        end_of_log(&log, LINES_OF_CHECK).unwrap_or_default()
    }

    fn verify_folder(&self, attempt: u32) -> SessionFolder {
        let run = self.shared.store.run_dir(self.shared.run);
        let task = run.join(self.task.id.to_string());
        SessionFolder::new(task.join(format!("verify-{attempt}")))
    }
}

/// Twice as long each time, with a little of chance so that several do not return at once.
fn pause(first: u64, before: u32) -> SignedDuration {
    let seconds = first.saturating_mul(1 << before.min(20)).min(LONGEST_PAUSE);
    let chance = Timestamp::now().subsec_nanosecond().unsigned_abs() % 1000;
    SignedDuration::from_millis((seconds * 1000) as i64 + i64::from(chance))
}
