//! `git parallel status --watch`: a run on the whole terminal while it goes on.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::git::Repository;
use crate::id::RunId;
use crate::process::{Interrupt, StopSignal};
use crate::run::{self, Herald, Lookout, RunReport};
use crate::store::{RunPhase, RunState, Store};
use crate::ui::run_words::{predicate, sentence};
use crate::ui::text::clean;
use crate::ui::watch::frame;
use crate::ui::{FullScreen, Key};

use super::standing;

/// How soon a key, a resize or a new event is noticed.
const GLANCE: Duration = Duration::from_millis(200);

/// Ages are drawn anew this often.
const TICK: Duration = Duration::from_secs(1);

/// A run that changes hands has no supervisor for a moment.
const BETWEEN_SUPERVISORS: Duration = Duration::from_secs(3);

/// Why nobody watches any more.
enum Left {
    /// The run has ended.
    Over,
    /// A key.
    Asked,
    /// Nobody would ever end it.
    Orphaned,
    Signalled(StopSignal),
}

/// Who is called when something happens.
#[derive(Debug)]
pub struct Calling {
    pub bell: bool,
    pub herald: Option<Herald>,
}

/// Shows the run until it has ended, and exits as `run` does then, or until somebody leaves.
pub fn watch(
    context: &Context,
    repository: &Repository,
    store: &Store,
    run: RunId,
    calling: Calling,
) -> Result<Verdict> {
    let screen = &context.screen;
    if !screen.shows_frames() {
        return Err(
            Failure::usage("status --watch draws on a terminal, and there is none here")
                .next(format!("git parallel wait {run}"))
                .next(format!("git parallel status {run}")),
        );
    }
    let interrupt = Interrupt::watch()?;
    let mut watching = Watching {
        context,
        repository,
        store,
        lookout: Lookout::default(),
        state: store.load_run(run)?,
        told: store.read_journal(run)?.records.len(),
        calling,
    };
    let left = match watching.is_over() {
        true => Left::Over,
        false => watching.look_on(&interrupt)?,
    };
    let herald = watching.calling.herald.take();
    if let Some(trouble) = herald.and_then(Herald::finish) {
        screen.warn(&clean(&trouble));
    }
    let state = &watching.state;
    match left {
        Left::Over => {
            standing::answer(context, store, run, None, false)?;
            Ok(Verdict::finding_if(state.phase != RunPhase::Done))
        }
        Left::Asked => {
            let said = format!("{run} {}: {}", predicate(state.phase), sentence(state));
            screen.narrate(&said);
            Ok(Verdict::Done)
        }
        Left::Orphaned => Err(super::wait::interrupted(run)),
        Left::Signalled(StopSignal::Interrupt) => {
            Err(Failure::interrupted("watching was interrupted").kept(format!("{run} goes on")))
        }
        Left::Signalled(StopSignal::Terminate) => {
            Err(Failure::terminated("watching was terminated").kept(format!("{run} goes on")))
        }
    }
}

struct Watching<'a> {
    context: &'a Context,
    repository: &'a Repository,
    store: &'a Store,
    lookout: Lookout,
    state: RunState,
    /// So many events of the journal are known.
    told: usize,
    calling: Calling,
}

impl Watching<'_> {
    fn is_over(&self) -> bool {
        !matches!(self.state.phase, RunPhase::Running | RunPhase::Interrupted)
    }

    fn look_on(&mut self, interrupt: &Interrupt) -> Result<Left> {
        let screen = &self.context.screen;
        let mut full = FullScreen::enter(screen)?;
        let mut orphaned: Option<Instant> = None;
        let mut size = screen.answer_size();
        loop {
            let length = self.store.journal_length(self.state.run)?;
            self.state = self.store.load_run(self.state.run)?;
            self.call()?;
            full.show(&self.draw(size));
            if self.is_over() {
                return Ok(Left::Over);
            }
            orphaned = match self.state.phase {
                RunPhase::Interrupted => orphaned.or(Some(Instant::now())),
                _ => None,
            };
            if orphaned.is_some_and(|since| since.elapsed() >= BETWEEN_SUPERVISORS) {
                return Ok(Left::Orphaned);
            }
            let drawn = Instant::now();
            while drawn.elapsed() < TICK && self.store.journal_length(self.state.run)? == length {
                match full.key(GLANCE) {
                    Some(Key::Leave) => return Ok(Left::Asked),
                    Some(Key::Redraw) => {
                        full.forget();
                        break;
                    }
                    Some(Key::Other) | None => {}
                }
                if let Some(signal) = interrupt.take() {
                    return Ok(Left::Signalled(signal));
                }
                if screen.answer_size() != size {
                    size = screen.answer_size();
                    full.forget();
                    break;
                }
            }
        }
    }

    /// Calls for what happened since the last look.
    fn call(&mut self) -> Result<()> {
        if !self.calling.bell && self.calling.herald.is_none() {
            return Ok(());
        }
        let records = self.store.read_journal(self.state.run)?.records;
        for record in records.iter().skip(self.told) {
            if self.calling.bell && record.event.calls() {
                self.context.screen.ring();
            }
            if let Some(herald) = &mut self.calling.herald {
                herald.tell(&self.state, record.at, &record.event);
            }
        }
        self.told = records.len();
        Ok(())
    }

    fn draw(&mut self, (columns, rows): (usize, usize)) -> Vec<String> {
        let now = Timestamp::now();
        let glimpses = self.lookout.look(self.repository, &self.state);
        let mut view = standing::view(self.context);
        // The last column stays free: a terminal may wrap after it.
        view.columns = Some(columns - 1);
        frame(view, &self.state, &self.report(now), &glimpses, now, rows)
    }

    /// The numbers that change while it goes on; how branches merge is not looked at here.
    fn report(&self, now: Timestamp) -> RunReport {
        let plan = standing::plan_of(self.store, &self.state);
        let mut report = run::report(&self.state, plan.as_ref(), &[], now);
        run::look_for_life(self.store, &self.state, &mut report, now);
        run::listen_in(self.store, &self.state, &mut report);
        report
    }
}
