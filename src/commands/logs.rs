//! `git parallel logs [RUN|TASK]`: what sessions printed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::agents::Events;
use crate::context::Context;
use crate::error::{Failure, Result, Verdict};
use crate::id::TaskId;
use crate::run;
use crate::store::{
    LogReader, RunPhase, RunState, Selection, Store, TaskPhase, TaskState, last_lines,
};
use crate::ui::logs::{Retelling, heading, shown};

use super::select;

/// How often a log that is followed is looked at.
const PAUSE: Duration = Duration::from_millis(150);

/// Show what the sessions of a run printed
///
/// Of each task its latest attempt; of several tasks each under its name. What an agent prints for
/// programs is retold for people: what it says, a line for each thing it does, what it took. Of
/// anything else, control sequences are shown and not obeyed on a terminal; into a pipe or file go
/// the bytes as they are.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run (r1), a task of the latest run (T001, or its name), or RUN/TASK; @, the default, is
    /// the latest run
    #[arg(value_name = "RUN|TASK")]
    selector: Option<String>,
    /// This attempt, instead of the latest
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    attempt: Option<u32>,
    /// Go on until the sessions have ended
    #[arg(short, long)]
    follow: bool,
    /// Only the last N lines of each log
    #[arg(long, value_name = "N")]
    tail: Option<usize>,
    /// The bytes as they are, on a terminal and of an agent, too
    #[arg(long)]
    raw: bool,
}

impl Args {
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let selection = select::selection(&store, self.selector.as_deref())?;
        let mut reading = Reading {
            context,
            as_it_is: self.raw,
            raw: self.raw || !context.screen.answers_to_terminal(),
            retellings: HashMap::new(),
            headed: selection.task.is_none() && selection.run.tasks.len() > 1,
            last: None,
        };
        if self.follow {
            reading.follow(&store, selection, self.tail)?;
        } else {
            reading.show(&selection, self.attempt, self.tail)?;
        }
        Ok(Verdict::Done)
    }
}

/// Follows the logs of a selection until its sessions have ended, each from its beginning.
pub fn follow(context: &Context, store: &Store, selection: Selection) -> Result<Verdict> {
    let mut reading = Reading {
        context,
        as_it_is: false,
        raw: !context.screen.answers_to_terminal(),
        retellings: HashMap::new(),
        headed: selection.task.is_none() && selection.run.tasks.len() > 1,
        last: None,
    };
    reading.follow(store, selection, None)?;
    Ok(Verdict::Done)
}

/// A log of the selection.
struct Source {
    task: TaskId,
    reader: LogReader,
}

/// Where the output goes, and which log it came from last.
struct Reading<'a> {
    context: &'a Context,
    /// Agents' streams, too.
    as_it_is: bool,
    raw: bool,
    /// Of each log that an agent writes, how far it was retold.
    retellings: HashMap<PathBuf, Retelling>,
    headed: bool,
    last: Option<PathBuf>,
}

impl Reading<'_> {
    /// Every log of the selection, once.
    fn show(
        &mut self,
        selection: &Selection,
        attempt: Option<u32>,
        tail: Option<usize>,
    ) -> Result<()> {
        let mut found = false;
        for task in selection.tasks() {
            let Some(path) = log_of(task, attempt) else {
                continue;
            };
            found = true;
            let mut reader = LogReader::new(path);
            let mut bytes = reader.new_lines()?;
            bytes.extend(reader.rest());
            let bytes = self.readable(&selection.run, task, path, bytes, true);
            let bytes = tail.map_or(&bytes[..], |count| last_lines(&bytes, count));
            self.print(&selection.run, task, path, bytes, true);
        }
        match (found, attempt) {
            (true, _) => Ok(()),
            (false, Some(attempt)) => Err(no_attempt(selection, attempt)),
            (false, None) => {
                self.context.screen.narrate("no session has started yet");
                Ok(())
            }
        }
    }

    /// Every log of the selection, as they grow, until none of its tasks has a session any more.
    fn follow(&mut self, store: &Store, selection: Selection, tail: Option<usize>) -> Result<()> {
        let mut sources: Vec<Source> = Vec::new();
        let mut selection = selection;
        let mut tail = tail;
        loop {
            // Asked before the last look, or what is printed in between would be lost.
            let over = is_over(store, &selection);
            adopt(&mut sources, &selection);
            for source in &mut sources {
                let bytes = source.reader.new_lines()?;
                let mut bytes = self.of_source(&selection.run, source, bytes, false);
                if let Some(count) = tail {
                    bytes = last_lines(&bytes, count).to_vec();
                }
                self.print_source(&selection.run, source, &bytes);
            }
            tail = None;
            if over || self.context.screen.reader_is_gone() {
                break;
            }
            thread::sleep(PAUSE);
            selection.run = store.load_run(selection.run.run)?;
        }
        for source in &mut sources {
            let rest = source.reader.rest();
            let rest = self.of_source(&selection.run, source, rest, true);
            self.print_source(&selection.run, source, &rest);
        }
        if selection.run.phase == RunPhase::Interrupted {
            self.context.screen.warn(&format!(
                "{0} was interrupted; `git parallel run --resume {0}` goes on",
                selection.run.run
            ));
        }
        Ok(())
    }

    fn of_source(&mut self, run: &RunState, source: &Source, bytes: Vec<u8>, end: bool) -> Vec<u8> {
        match run.task(source.task) {
            Some(task) => self.readable(run, task, source.reader.path(), bytes, end),
            None => bytes,
        }
    }

    /// A piece of a log as it is to be printed; `end` is whether nothing more will come.
    fn readable(
        &mut self,
        run: &RunState,
        task: &TaskState,
        path: &Path,
        bytes: Vec<u8>,
        end: bool,
    ) -> Vec<u8> {
        let look = self.context.screen.look();
        let new = || Retelling::new(events_of(run, task, path), look);
        let known = self.retellings.contains_key(path);
        if !self.as_it_is
            && !known
            && let Some(retelling) = new()
        {
            self.retellings.insert(path.to_owned(), retelling);
        }
        if let Some(retelling) = self.retellings.get_mut(path) {
            let mut text = retelling.retell(&bytes);
            if end {
                text.push_str(&retelling.finish());
            }
            return text.into_bytes();
        }
        match self.raw {
            true => bytes,
            false => shown(&bytes).into_bytes(),
        }
    }

    fn print_source(&mut self, run: &RunState, source: &Source, bytes: &[u8]) {
        if let Some(task) = run.task(source.task)
            && !bytes.is_empty()
        {
            self.print(run, task, source.reader.path(), bytes, false);
        }
    }

    /// Prints a piece of a log, under its name when the log before was another one.
    fn print(&mut self, run: &RunState, task: &TaskState, path: &Path, bytes: &[u8], end: bool) {
        let screen = &self.context.screen;
        if self.headed && self.last.as_deref() != Some(path) {
            let gap = if self.last.is_some() { "\n" } else { "" };
            let heading = heading(run, task, screen.paint());
            screen.answer(&format!("{gap}{heading}"));
            self.last = Some(path.to_owned());
        }
        let unfinished = !bytes.is_empty() && !bytes.ends_with(b"\n");
        screen.answer_raw(bytes);
        if unfinished && end && (self.headed || !self.raw) {
            screen.answer("");
        }
    }
}

/// Takes in the logs of sessions that started since the last look.
fn adopt(sources: &mut Vec<Source>, selection: &Selection) {
    for task in selection.tasks() {
        let known = |path: &Path| sources.iter().any(|source| source.reader.path() == path);
        if let Some(path) = log_of(task, None).filter(|path| !known(path)) {
            let (task, reader) = (task.id, LogReader::new(path));
            sources.push(Source { task, reader });
        }
    }
}

/// In which way the program speaks that writes this log: an agent in its sessions, and nobody in
/// what is done before and after them.
fn events_of(run: &RunState, task: &TaskState, path: &Path) -> Events {
    match task.sessions.iter().any(|session| session.log == path) {
        true => run.options.command.events(),
        false => Events::None,
    }
}

/// The log of an attempt, or of the latest.
fn log_of(task: &TaskState, attempt: Option<u32>) -> Option<&Path> {
    match attempt {
        None => task.log.as_deref(),
        Some(wanted) => {
            let found = task.sessions.iter().find(|s| s.attempt == wanted);
            found.map(|session| session.log.as_path())
        }
    }
}

/// Nothing will be added any more: who works at a task or at its conflicts has ended, even where
/// the supervisor died before them.
fn is_over(store: &Store, selection: &Selection) -> bool {
    let run = &selection.run;
    let works = |task: &TaskState| {
        let at_conflict = || run::unfinished(store, run.run, task);
        match run.phase {
            RunPhase::Running if task.phase != TaskPhase::Finished => true,
            RunPhase::Interrupted if run::lives(store, run.run, task) => true,
            _ => at_conflict().is_some_and(|one| one.is_at_work().unwrap_or(false)),
        }
    };
    !selection.tasks().any(works)
}

fn no_attempt(selection: &Selection, attempt: u32) -> Failure {
    let run = selection.run.run;
    let whom = selection
        .task
        .map_or_else(|| run.to_string(), |task| format!("{run}/{task}"));
    Failure::unable(format!("{whom} has no attempt {attempt}"))
        .next(format!("git parallel status {whom}"))
}
