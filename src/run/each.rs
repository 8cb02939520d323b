//! One command in several worktrees of a run at once. No session: nothing is journaled, nothing is
//! committed, whoever works there goes on.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::Failure;
use crate::git::REPOSITORY_VARIABLES;
use crate::id::{RunId, TaskId};
use crate::process::{Interrupt, Program, attend};

use super::workspace::{prompt_file, session_dir};

/// A worktree to run the command in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub run: RunId,
    pub task: TaskId,
    pub name: String,
    pub worktree: PathBuf,
}

/// What came of it there.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    pub site: Site,
    /// `None` where a signal or its limit ended it, or it could not be started.
    pub code: Option<i32>,
    /// How it ended, in words.
    pub ended: String,
    pub seconds: f64,
    /// The end of what it printed, both streams in one.
    pub output: String,
}

/// What is run at every site, and how.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// No shell reads it.
    pub command: &'a [String],
    /// How many at once.
    pub jobs: usize,
    /// How long it may take at each.
    pub limit: Duration,
}

/// Runs a command at every site, and tells what came of each in the order of the sites. When a signal comes, what runs is ended and nothing new is started.
pub fn each(sites: &[Site], round: Round<'_>, interrupt: &Interrupt, tell: &mut dyn FnMut(Visit)) {
    let next = AtomicUsize::new(0);
    let (sender, visits) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..round.jobs.clamp(1, sites.len().max(1)) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while !interrupt.came() {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(site) = sites.get(at) else { break };
                    // Somebody listens as long as the scope lasts.
                    let _ = sender.send((at, visit(site, round, interrupt)));
                }
            });
        }
        drop(sender);
        in_order(visits.iter(), tell);
    });
}

/// Hands on what comes in any order, each as soon as all before it have been handed on.
fn in_order<T>(coming: impl Iterator<Item = (usize, T)>, tell: &mut dyn FnMut(T)) {
    let mut waiting = std::collections::BTreeMap::new();
    let mut wanted = 0;
    for (at, one) in coming {
        waiting.insert(at, one);
        while let Some(one) = waiting.remove(&wanted) {
            tell(one);
            wanted += 1;
        }
    }
}

fn visit(site: &Site, round: Round<'_>, interrupt: &Interrupt) -> Visit {
    let (name, args) = round
        .command
        .split_first()
        .map_or(("true", round.command), |(n, a)| (n, a));
    let program = Program::new(name)
        .args(args)
        .dir(&site.worktree)
        .without_env(REPOSITORY_VARIABLES)
        .env("PWD", &site.worktree)
        .env("GIT_PARALLEL_RUN", site.run.to_string())
        .env("GIT_PARALLEL_TASK", site.task.to_string())
        .env("GIT_PARALLEL_NAME", &site.name)
        .env("GIT_PARALLEL_PROMPT_FILE", prompt_file(&site.worktree))
        .env("GIT_PARALLEL_SESSION_DIR", session_dir(&site.worktree));
    let site = site.clone();
    match attend(program, Some(round.limit), interrupt) {
        Ok(ended) => Visit {
            site,
            code: ended.status.code().filter(|_| !ended.timed_out),
            ended: match ended.status.code() {
                _ if ended.timed_out => "its time was up".to_owned(),
                Some(code) => format!("exit code {code}"),
                None => ended.status.to_string(),
            },
            seconds: ended.took.as_secs_f64(),
            output: ended.output,
        },
        Err(Failure { what, .. }) => Visit {
            site,
            code: None,
            ended: what,
            seconds: 0.0,
            output: String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(count: u32) -> (tempfile::TempDir, Vec<Site>) {
        let folder = tempfile::tempdir().unwrap();
        let site = |number| Site {
            run: RunId(1),
            task: TaskId(number),
            name: format!("task-{number}"),
            worktree: folder.path().to_owned(),
        };
        let sites = (1..=count).map(site).collect();
        (folder, sites)
    }

    fn visited(count: u32, jobs: usize, line: &str, interrupt: &Interrupt) -> Vec<Visit> {
        let (_folder, sites) = sites(count);
        let command = ["sh", "-c", line].map(str::to_owned);
        let mut visits = Vec::new();
        let round = Round {
            command: &command,
            jobs,
            limit: Duration::from_secs(60),
        };
        each(&sites, round, interrupt, &mut |visit| {
            visits.push(visit);
        });
        visits
    }

    #[test]
    fn what_came_of_each_is_told_in_their_order_however_fast_they_are() {
        // The first waits for the last.
        let line = "case $GIT_PARALLEL_TASK in T001) until test -e go; do sleep 0.01; done;; \
                    T003) touch go;; esac; echo $GIT_PARALLEL_NAME; exit ${GIT_PARALLEL_TASK#T00}";
        let visits = visited(3, 3, line, &Interrupt::default());
        let told: Vec<_> = visits
            .iter()
            .map(|one| (one.code, one.output.as_str()))
            .collect();
        let expected = [
            (Some(1), "task-1"),
            (Some(2), "task-2"),
            (Some(3), "task-3"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn there_are_no_more_at_once_than_asked_for() {
        let line = "mkdir alone || exit 9; sleep 0.02; rmdir alone";
        let visits = visited(4, 1, line, &Interrupt::default());
        assert!(visits.iter().all(|one| one.code == Some(0)), "{visits:?}");
    }

    #[test]
    fn a_program_that_is_missing_is_told_at_every_stop() {
        let (_folder, sites) = sites(2);
        let command = ["no-such-program".to_owned()];
        let mut told = Vec::new();
        let round = Round {
            command: &command,
            jobs: 2,
            limit: Duration::from_secs(60),
        };
        each(&sites, round, &Interrupt::default(), &mut |visit| {
            told.push(visit);
        });
        assert_eq!(told.len(), 2);
        assert!(
            told.iter()
                .all(|one| one.code.is_none() && one.ended.contains("not installed"))
        );
    }
}
