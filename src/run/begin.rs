//! A run begins, or is taken up again.

use std::sync::{Arc, Mutex};

use crate::error::{Failure, OrFail, Result};
use crate::git::Repository;
use crate::id::{RunId, TaskId};
use crate::plan::{Plan, PlanKind, Risk, Task, ValidPlan};
use crate::store::{
    Apart, Event, Outcome, RunOptions, RunPhase, RunStarted, RunState, Store, TaskEntry, TaskState,
};

use super::drift;
use super::launchers::launcher;
use super::names::{Names, Naming};
use super::steer;
use super::supervisor::OpenRun;
use super::task::Shared;

/// A run as it is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    pub repository: &'a Repository,
    pub store: &'a Store,
    pub options: RunOptions,
    pub naming: Naming,
}

/// Makes a new run of a plan. Nothing is started yet.
pub fn begin(request: Request<'_>, plan: &ValidPlan) -> Result<OpenRun> {
    let lock = request.store.lock("begin a run")?;
    request.repository.mend_registry()?;
    let names = Names::of(request.repository, request.naming)?;
    let worktrees = room(request.repository, request.options.worktrees, None)?;
    let started = |run| RunStarted {
        run,
        plan: plan.id,
        goal: plan.goal.clone(),
        target: plan.target.clone(),
        base: plan.base,
        pid: std::process::id(),
        options: request.options.clone(),
        tasks: plan.tasks.iter().map(|task| entry(plan, task)).collect(),
    };
    let (run_lock, journal, state) = request.store.create_run(plan.plan(), started)?;
    drop(lock);
    // Without it, only a session that leaves its worktree would go unnoticed.
    let _ = drift::note(request.repository, request.store, state.run);
    Ok(OpenRun {
        shared: shared(
            request.repository,
            request.store,
            &state,
            plan.plan().clone(),
            names,
        )?,
        journal,
        state,
        _lock: run_lock,
        worktrees,
        was_stopping: false,
        half_released: Vec::new(),
        untold: Vec::new(),
    })
}

fn entry(plan: &Plan, task: &Task) -> TaskEntry {
    TaskEntry {
        id: task.id,
        name: task.name.clone(),
        title: task.title.clone(),
        depends: task.depends.clone(),
        optional: task.optional,
        apart: apart(plan, task.id),
    }
}

/// The tasks that change what this one changes and stand in no order with it. Takes on one goal are
/// meant to.
fn apart(plan: &Plan, task: TaskId) -> Vec<Apart> {
    if plan.kind == PlanKind::Variants {
        return Vec::new();
    }
    let risky = plan.overlaps.iter().filter(|one| one.risk == Risk::High);
    let apart = risky.filter_map(|one| {
        let from = match (one.a == task, one.b == task) {
            (true, _) => one.b,
            (_, true) => one.a,
            _ => return None,
        };
        let path = one.paths.first()?.clone();
        Some(Apart { from, path })
    });
    apart.collect()
}

/// What of a run that is taken up again is to be done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// What was cancelled, and in a run that has ended all that failed.
    Unfinished,
    /// This task, and what could not start for want of it.
    Task(TaskId),
    Nothing,
}

/// Takes a run over whose supervisor is gone, or that was stopped or has failed tasks; `naming` is
/// for worktrees that are still to be made.
pub fn resume(
    repository: &Repository,
    store: &Store,
    run: RunId,
    naming: Naming,
    again: Again,
) -> Result<OpenRun> {
    let lock = store.lock_run(run, &format!("run --resume {run}"))?;
    let (journal, state) = store.open_journal(run)?;
    if state.phase == RunPhase::Done && again == Again::Unfinished {
        return Err(
            Failure::usage(format!("{run} is done: there is nothing to resume"))
                .next(format!("git parallel check {run}")),
        );
    }
    let plan = store.run_plan(run)?;
    let half_released = half_released(store, run, &state)?;
    // Held by a git that outlived its supervisor, too: half-written entries are waited for.
    let registry = store.lock(&format!("resume {run}"))?;
    repository.mend_registry()?;
    let names = Names::of(repository, naming)?;
    let worktrees = room(repository, state.options.worktrees, Some(run))?;
    drop(registry);
    let mut open = OpenRun {
        worktrees,
        shared: shared(repository, store, &state, plan, names)?,
        was_stopping: state.stopping.is_some(),
        journal,
        state,
        _lock: lock,
        half_released,
        untold: Vec::new(),
    };
    open.go_on(again)?;
    Ok(open)
}

impl OpenRun {
    /// Journals that the run goes on, and gives tasks another chance.
    fn go_on(&mut self, again: Again) -> Result<()> {
        let reopened = match again {
            Again::Unfinished => self.unfinished(),
            Again::Nothing => Vec::new(),
            Again::Task(task) => steer::reopened(&self.state, task),
        };
        let pid = std::process::id();
        let resumed = Event::RunResumed { pid };
        // A run that only moved to the background begins.
        let has_begun = self.state.tasks.iter().any(|task| task.started.is_some());
        self.note(&resumed)?;
        self.untold.extend(has_begun.then_some(resumed));
        let mut reopened = reopened.into_iter();
        reopened.try_for_each(|task| self.note(&Event::TaskReopened { task }))
    }

    /// Cancelled tasks always, unless the user wanted one of them to end; in a run that had ended
    /// those that failed, too.
    fn unfinished(&self) -> Vec<TaskId> {
        let ended = self.state.phase == RunPhase::Failed || self.state.phase == RunPhase::Stopped;
        let again = |task: &&TaskState| match task.outcome {
            None | Some(Outcome::Done | Outcome::OutOfScope) => false,
            Some(Outcome::Cancelled) => ended || task.stopping.is_none(),
            Some(_) => ended,
        };
        let again = self.state.tasks.iter().filter(again);
        again.map(|task| task.id).collect()
    }

    fn note(&mut self, event: &Event) -> Result<()> {
        let record = self.journal.append(self.journal.now(), event)?;
        self.state.apply(record.at, event);
        Ok(())
    }
}

fn shared(
    repository: &Repository,
    store: &Store,
    state: &RunState,
    plan: Plan,
    names: Names,
) -> Result<Arc<Shared>> {
    let program = std::env::current_exe().or_unable(|| "cannot tell where this program lies")?;
    Ok(Arc::new(Shared {
        repository: repository.clone(),
        store: store.clone(),
        run: state.run,
        plan,
        base: state.base,
        options: state.options.clone(),
        launcher: launcher(state.options.launcher, store, state.run, &program)?,
        names: Mutex::new(names),
        turns: Mutex::default(),
        hook: repository.post_checkout_hook()?,
        program,
    }))
}

/// How many worktrees are left for this run: the limit counts those of all runs.
fn room(repository: &Repository, limit: usize, run: Option<RunId>) -> Result<usize> {
    let own = run.map(|run| format!("git-parallel {run}/"));
    let others = repository.worktrees()?;
    let others = others
        .iter()
        .filter_map(|worktree| worktree.locked.as_deref());
    let others = others
        .filter(|reason| reason.starts_with("git-parallel "))
        .filter(|reason| own.as_ref().is_none_or(|own| !reason.starts_with(own)))
        .count();
    match limit.checked_sub(others) {
        Some(room) if room > 0 => Ok(room),
        _ => Err(Failure::refused(format!(
            "{others} worktrees of other runs exist, and parallel.worktrees allows {limit} at once"
        ))
        .kept("nothing was changed")
        .next("git parallel clean")
        .next(format!("git config parallel.worktrees {}", others + limit))),
    }
}

/// Worktrees whose removal was planned and not done.
fn half_released(store: &Store, run: RunId, state: &RunState) -> Result<Vec<TaskId>> {
    let mut begun = Vec::new();
    for record in store.read_journal(run)?.records {
        match record.event {
            Event::WorktreeReleasePlanned { task } => begun.push(task),
            Event::WorktreeReleased { task } => begun.retain(|other| *other != task),
            _ => {}
        }
    }
    begun.retain(|id| state.task(*id).is_some_and(|task| task.worktree.is_some()));
    Ok(begun)
}
