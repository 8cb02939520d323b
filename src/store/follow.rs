//! A run that is looked at again and again: only what its journal gained since is read.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::error::{OnPath, Result};
use crate::id::RunId;

use super::journal;
use super::run_state::RunState;
use super::run_terms::RunPhase;
use super::{Event, Lock, Store};

/// A run, how far its journal was read, and where it stood then.
#[derive(Debug)]
pub struct Followed {
    journal: PathBuf,
    lock: PathBuf,
    read: u64,
    /// As the journal has it, whoever lives.
    state: RunState,
}

impl Store {
    /// Begins to follow a run.
    pub fn follow(&self, run: RunId) -> Result<Followed> {
        let (state, read) = self.folded_so_far(run)?;
        Ok(Followed {
            journal: self.run_dir(run).join("events.jsonl"),
            lock: self.run_lock_path(run),
            read,
            state,
        })
    }
}

impl Followed {
    /// Where the run stands now: `Interrupted` when it should be running and nobody supervises it.
    pub fn state(&mut self, store: &Store) -> Result<RunState> {
        self.read_on(store)?;
        let mut state = self.state.clone();
        if state.phase == RunPhase::Running && !Lock::is_held_by_its_taker(&self.lock)? {
            // Its last words may have come before it let go.
            self.read_on(store)?;
            state = self.state.clone();
            if state.phase == RunPhase::Running {
                state.phase = RunPhase::Interrupted;
            }
        }
        Ok(state)
    }

    fn read_on(&mut self, store: &Store) -> Result<()> {
        let length = match fs::metadata(&self.journal) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error).on_path("read", &self.journal),
        };
        if length < self.read {
            // It was mended: what was read may not be what it holds.
            (self.state, self.read) = store.folded_so_far(self.state.run)?;
        } else if length > self.read {
            let (records, read) = journal::read_on::<Event>(&self.journal, self.read)?;
            for record in records {
                self.state.apply(record.at, &record.event);
            }
            self.read = read;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::sample::Tale;
    use crate::store::{Journal, Outcome};

    /// Writes the tale's events from the `from`-th on; what was written before must be there.
    fn write(store: &Store, tale: &Tale, from: usize) {
        let folder = store.run_dir(RunId(1));
        fs::create_dir_all(&folder).unwrap();
        let (mut journal, _) = Journal::open(&folder.join("events.jsonl")).unwrap();
        for (_, event, _) in tale.steps().skip(from) {
            journal.append(Timestamp::now(), event).unwrap();
        }
    }

    #[test]
    fn what_was_added_is_taken_in_and_a_torn_line_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let tale = Tale::of(&[&[]]);
        write(&store, &tale, 0);
        let mut followed = store.follow(RunId(1)).unwrap();
        let state = followed.state(&store).unwrap();
        assert_eq!(
            (state.phase, state.tasks[0].outcome),
            (RunPhase::Interrupted, None)
        );
        let tale = tale.starts(1.0, 1, 1).finishes(2.0, 1, Outcome::Done, "");
        write(&store, &tale, 1);
        let path = store.run_dir(RunId(1)).join("events.jsonl");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        assert_eq!(followed.state(&store).unwrap().tasks[0].outcome, None);
        fs::write(&path, &whole).unwrap();
        let state = followed.state(&store).unwrap();
        assert_eq!(state.tasks[0].outcome, Some(Outcome::Done));
        assert_eq!(state.tasks[0].sessions.len(), 1);
    }

    #[test]
    fn a_journal_that_became_shorter_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let tale = Tale::of(&[&[]]).starts(1.0, 1, 1);
        write(&store, &tale, 0);
        let mut followed = store.follow(RunId(1)).unwrap();
        assert_eq!(followed.state(&store).unwrap().tasks[0].attempts, 1);
        fs::remove_file(store.run_dir(RunId(1)).join("events.jsonl")).unwrap();
        write(&store, &Tale::of(&[&[]]), 0);
        assert_eq!(followed.state(&store).unwrap().tasks[0].attempts, 0);
    }
}
