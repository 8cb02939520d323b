//! What an agent tells while it works, written down as it comes: in the session's log, and as an
//! account that whoever watches the session can read.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::agents::{Account, Events, Listener};
use crate::process::Log;

use super::session::SessionFolder;

/// The account on disk is at most this much older than what was told.
const PAUSE: Duration = Duration::from_millis(300);

/// Shared by the two streams of a session.
#[derive(Clone, Debug)]
pub struct Ledger(Arc<Mutex<Book>>);

#[derive(Debug)]
struct Book {
    folder: SessionFolder,
    log: Log,
    listener: Option<Listener>,
    began: Instant,
    written: Option<(Instant, Account)>,
}

impl Ledger {
    /// For a session in `folder` whose agent prints such events.
    pub fn new(events: Events, folder: SessionFolder, log: Log) -> Self {
        Self(Arc::new(Mutex::new(Book {
            folder,
            log,
            listener: Some(Listener::new(events)),
            began: Instant::now(),
            written: None,
        })))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Book) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in standard output.
    pub fn tell(&self, bytes: &[u8]) {
        self.with(|book| {
            // On a full disk the log has a gap; a blocked program would be worse.
            let _ = book.log.write(bytes);
            if let Some(listener) = &mut book.listener {
                listener.hear(bytes);
                listener.note_time(book.began.elapsed());
            }
            book.write();
        });
    }

    /// Takes in standard error.
    pub fn complain(&self, bytes: &[u8]) {
        self.with(|book| drop(book.log.write(bytes)));
    }

    /// All that was told, now that nothing more will come.
    pub fn close(self) -> Account {
        self.with(|book| {
            book.listener
                .take()
                .map(Listener::finish)
                .unwrap_or_default()
        })
    }
}

impl Book {
    /// What is not written now is with the next event, or in the session's result.
    fn write(&mut self) {
        let Some(account) = self.listener.as_ref().map(Listener::account) else {
            return;
        };
        let now = Instant::now();
        let due = self
            .written
            .as_ref()
            .is_none_or(|(at, _)| now >= *at + PAUSE);
        let news = self
            .written
            .as_ref()
            .is_none_or(|(_, known)| known != account);
        if due && news {
            // It is a courtesy to whoever watches: the result has all of it.
            let _ = self.folder.write_account(account);
            self.written = Some((now, account.clone()));
        }
    }
}
