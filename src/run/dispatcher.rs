//! What is to be done next. Pure: where the run stands goes in, actions come out; whoever carries
//! them out journals what happens and asks again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::id::TaskId;
use crate::plan::{Priority, Task};
use crate::store::{Outcome, RunState, SessionEnd, TaskPhase, TaskState};

use super::outcome::{is_failure, is_usable};

/// Everything that decides.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a> {
    /// The plan's.
    pub tasks: &'a [Task],
    /// Theirs.
    pub ways: &'a Ways,
    pub state: &'a RunState,
    /// Tasks that somebody works at, and as which worker.
    pub active: &'a BTreeMap<TaskId, u32>,
    /// Finished tasks whose worktrees are being released.
    pub releasing: &'a BTreeSet<TaskId>,
    /// Finished tasks whose worktrees hold something that is nowhere else.
    pub kept: &'a BTreeSet<TaskId>,
    /// How many worktrees this run may have at once.
    pub worktrees: usize,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Work at a task, as this worker.
    Start { task: TaskId, worker: u32 },
    /// A task will never run, for this reason.
    Skip { task: TaskId, reason: String },
    /// A slot is needed: try to remove the worktree of a finished task.
    Release { task: TaskId },
}

/// So many sessions in a row that could not even be started are enough.
const MOST_UNSTARTED: usize = 3;

/// What to do now; nothing when all that is left is to wait.
pub fn next(board: Board<'_>) -> Vec<Action> {
    let skips = board.skips();
    if !skips.is_empty() {
        // What follows from them is seen when they have been journaled.
        return skips;
    }
    match enough(board.state) {
        Some(_) => Vec::new(),
        None => board.starts(),
    }
}

/// Why nothing new is started any more, whatever is left to do; what is at work goes on.
pub fn enough(state: &RunState) -> Option<String> {
    let failed = state.tasks.iter().filter(|task| has_failed(task)).count();
    if let Some(most) = state.options.max_fail.filter(|most| failed >= *most) {
        return Some(format!("{failed} failed, and --max-fail is {most}"));
    }
    if unstarted_in_a_row(state) < MOST_UNSTARTED {
        return None;
    }
    let mut evidence = state.tasks.iter().flat_map(|task| &task.evidence);
    let why = evidence.find(|seen| matches!(seen.kind.as_str(), "start" | "failure"));
    let why = why.map_or("", |seen| seen.value.as_str());
    Some(format!("no session can be started: {why}"))
}

/// How many of the latest sessions could not be started since the run was last taken up: they ended
/// before they began, or their task could not get so far.
fn unstarted_in_a_row(state: &RunState) -> usize {
    let sessions = state.tasks.iter().flat_map(|task| &task.sessions);
    let sessions =
        sessions.filter_map(|one| Some((one.ended?, one.end == Some(SessionEnd::NotStarted))));
    let stuck = |task: &&TaskState| task.evidence.iter().any(|seen| seen.kind == "failure");
    let stuck = state.tasks.iter().filter(stuck);
    let mut ends: Vec<(Timestamp, bool)> = sessions
        .chain(stuck.filter_map(|task| Some((task.ended?, true))))
        .filter(|(at, _)| *at >= state.resumed.unwrap_or(state.started))
        .collect();
    ends.sort_by_key(|(at, _)| *at);
    ends.iter()
        .rev()
        .take_while(|(_, unstarted)| *unstarted)
        .count()
}

/// Whether a task that the run cannot do without was tried and came to nothing.
fn has_failed(task: &TaskState) -> bool {
    let bad = task.outcome.is_some_and(|outcome| {
        is_failure(outcome) || outcome == Outcome::Skipped && !task.sessions.is_empty()
    });
    bad && !task.optional
}

impl<'a> Board<'a> {
    fn task(&self, id: TaskId) -> Option<&'a TaskState> {
        self.state.task(id)
    }

    fn waiting(&self) -> impl Iterator<Item = (&'a Task, &'a TaskState)> {
        self.tasks
            .iter()
            .filter_map(|task| Some((task, self.task(task.id)?)))
            .filter(|(_, state)| state.phase == TaskPhase::Pending)
            .filter(|(task, _)| !self.active.contains_key(&task.id))
    }

    fn skips(&self) -> Vec<Action> {
        let hopeless = self.every_p0_failed();
        self.waiting()
            .filter_map(|(task, _)| {
                let reason = self
                    .obstacle(task)
                    .or_else(|| hopeless.then(|| "every task of priority P0 failed".to_owned()))?;
                let task = task.id;
                Some(Action::Skip { task, reason })
            })
            .collect()
    }

    /// Why a task can never start: the first link of the chain of failures that leads to it.
    fn obstacle(&self, task: &Task) -> Option<String> {
        let mut depends = task.depends.iter().filter_map(|id| self.task(*id));
        let bad = depends.find(|task| is_bad(task))?;
        let root = self.root(bad);
        let how = root.outcome.map_or("is blocked", word);
        Some(format!("{} ({}) {how}", root.id, root.name))
    }

    fn root(&self, bad: &'a TaskState) -> &'a TaskState {
        let mut depends = bad.depends.iter().filter_map(|id| self.task(*id));
        match depends.find(|task| is_bad(task)) {
            Some(deeper) => self.root(deeper),
            None => bad,
        }
    }

    fn every_p0_failed(&self) -> bool {
        let mut any = false;
        let all = self.p0().all(|task| {
            any = true;
            task.outcome.is_some_and(|outcome| !is_usable(outcome))
        });
        any && all
    }

    fn p0(&self) -> impl Iterator<Item = &'a TaskState> {
        let p0 = self.tasks.iter().filter(|t| t.priority == Priority::P0);
        p0.filter_map(|task| self.task(task.id))
    }

    /// Priority first, then the longest way to the end, then the plan's order, as far as workers
    /// and worktrees go.
    fn starts(&self) -> Vec<Action> {
        let barrier = self.p0().any(|task| !has_ended(task));
        let ways = &self.ways.0;
        let mut ready: Vec<(&Task, &TaskState)> = self
            .waiting()
            .filter(|(task, _)| !barrier || task.priority == Priority::P0)
            .filter(|(task, _)| self.is_ready(task))
            .collect();
        ready.sort_by(|(a, _), (b, _)| {
            let longer = ways[&b.id].total_cmp(&ways[&a.id]);
            a.priority.cmp(&b.priority).then(longer)
        });
        let mut workers = self.free_workers();
        let mut slots = self.worktrees.saturating_sub(self.used_worktrees());
        let mut short = 0;
        let mut actions = Vec::new();
        let mut at_work: BTreeSet<TaskId> = self.active.keys().copied().collect();
        for (task, state) in ready {
            if workers.is_empty() {
                break;
            }
            if state.apart.iter().any(|one| at_work.contains(&one.from)) {
                continue;
            }
            if state.worktree.is_none() && slots == 0 {
                short += 1;
                continue;
            }
            slots -= usize::from(state.worktree.is_none());
            let worker = claim(&mut workers, state);
            let task = task.id;
            at_work.insert(task);
            actions.push(Action::Start { task, worker });
        }
        let short = short.min(workers.len());
        actions.extend(self.releases(short.saturating_sub(self.releasing.len())));
        actions
    }

    fn is_ready(&self, task: &Task) -> bool {
        task.depends.iter().all(|id| {
            let outcome = self.task(*id).and_then(|task| task.outcome);
            outcome.is_some_and(is_usable)
        })
    }

    fn free_workers(&self) -> Vec<u32> {
        let busy: BTreeSet<u32> = self.active.values().copied().collect();
        let all = self.state.options.workers as u32;
        let room = (all as usize).saturating_sub(self.active.len());
        (1..=all)
            .filter(|worker| !busy.contains(worker))
            .take(room)
            .collect()
    }

    fn used_worktrees(&self) -> usize {
        let there = self
            .state
            .tasks
            .iter()
            .filter(|task| task.worktree.is_some());
        let coming = self.active.keys().filter(|id| {
            let task = self.task(**id);
            task.is_some_and(|task| task.worktree.is_none())
        });
        there.count() + coming.count()
    }

    /// Those that have been finished longest.
    fn releases(&self, wanted: usize) -> impl Iterator<Item = Action> {
        let mut idle: Vec<&TaskState> = self
            .state
            .tasks
            .iter()
            .filter(|task| task.phase == TaskPhase::Finished && task.worktree_ready)
            .filter(|task| !self.kept.contains(&task.id) && !self.releasing.contains(&task.id))
            .collect();
        idle.sort_by_key(|task| task.ended);
        let idle = idle.into_iter().take(wanted);
        idle.map(|task| Action::Release { task: task.id })
    }
}

fn has_ended(task: &TaskState) -> bool {
    matches!(
        task.phase,
        TaskPhase::Finished | TaskPhase::Blocked | TaskPhase::Waiting
    )
}

fn is_bad(task: &TaskState) -> bool {
    matches!(task.phase, TaskPhase::Blocked | TaskPhase::Waiting)
        || task.outcome.is_some_and(|outcome| !is_usable(outcome))
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::TimedOut => "timed out",
        Outcome::Skipped => "failed too often",
        Outcome::Cancelled => "was cancelled",
        Outcome::Lost => "was lost",
        _ => "failed",
    }
}

/// The worker that had the task before, if it is free; else the first.
fn claim(workers: &mut Vec<u32>, task: &TaskState) -> u32 {
    let before = task.sessions.last().map(|session| session.worker);
    let index = workers.iter().position(|worker| Some(*worker) == before);
    workers.remove(index.unwrap_or(0))
}

/// Of each task, the seconds of the longest chain of tasks that begins with it.
#[derive(Clone, Debug)]
pub struct Ways(HashMap<TaskId, f64>);

impl Ways {
    /// Of the tasks of a plan.
    pub fn of(tasks: &[Task]) -> Self {
        let own = |task: &Task| task.estimate_seconds.unwrap_or(1.0);
        let own: HashMap<TaskId, f64> = tasks.iter().map(|task| (task.id, own(task))).collect();
        let mut ways = own.clone();
        // A chain has at most as many links as there are tasks; usually two rounds are enough.
        for _ in 0..tasks.len() {
            let mut is_longer = false;
            for task in tasks.iter().rev() {
                let way = ways[&task.id];
                for below in &task.depends {
                    let through = own.get(below).map_or(0.0, |seconds| seconds + way);
                    if ways.get(below).is_some_and(|known| *known < through) {
                        ways.insert(*below, through);
                        is_longer = true;
                    }
                }
            }
            if !is_longer {
                break;
            }
        }
        Self(ways)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::sample::Tale;
    use crate::store::{Apart, Event};

    use Priority::{P0, P1, P2};

    /// Priority, seconds, dependencies.
    type Shape = (Priority, f64, &'static [u32]);

    fn tasks(shapes: &[Shape]) -> Vec<Task> {
        let task = |(number, (priority, seconds, depends)): (u32, &Shape)| {
            let depends = depends.iter().copied().map(TaskId);
            serde_json::from_value(json!({
                "id": TaskId(number),
                "name": format!("task-{number}"),
                "title": "",
                "prompt": "",
                "files": {},
                "depends": depends.collect::<Vec<_>>(),
                "priority": priority,
                "estimate_seconds": seconds,
            }))
            .unwrap()
        };
        (1..).zip(shapes).map(task).collect()
    }

    fn tale(shapes: &[Shape]) -> Tale {
        let depends: Vec<&[u32]> = shapes.iter().map(|(_, _, depends)| *depends).collect();
        Tale::of(&depends)
    }

    /// What is to be done where the tale stands, with this many worktrees; `active` are at work.
    fn asked(
        shapes: &[Shape],
        tale: &Tale,
        worktrees: usize,
        active: &[(u32, u32)],
    ) -> Vec<Action> {
        let active = active.iter().map(|(task, worker)| (TaskId(*task), *worker));
        next(Board {
            tasks: &tasks(shapes),
            ways: &Ways::of(&tasks(shapes)),
            state: &tale.state(),
            active: &active.collect(),
            releasing: &BTreeSet::new(),
            kept: &BTreeSet::new(),
            worktrees,
        })
    }

    fn start(task: u32, worker: u32) -> Action {
        let task = TaskId(task);
        Action::Start { task, worker }
    }

    #[test]
    fn priority_comes_first_then_the_longest_way_to_the_end_then_the_plan() {
        let shapes: [Shape; 5] = [
            (P2, 900.0, &[]),
            (P1, 10.0, &[]),
            (P1, 10.0, &[]),
            (P1, 20.0, &[]),
            (P2, 50.0, &[3]),
        ];
        let starts = asked(&shapes, &tale(&shapes), 15, &[]);
        assert_eq!(starts, [start(3, 1), start(4, 2), start(2, 3), start(1, 4)]);
    }

    #[test]
    fn nothing_else_starts_before_every_p0_task_has_ended() {
        let shapes: [Shape; 3] = [(P1, 1.0, &[]), (P0, 1.0, &[]), (P0, 1.0, &[])];
        let tale = tale(&shapes)
            .starts(1.0, 2, 1)
            .finishes(2.0, 2, Outcome::Done, "");
        assert_eq!(asked(&shapes, &tale, 15, &[]), [start(3, 1)]);
        let tale = tale.starts(3.0, 3, 1);
        assert_eq!(asked(&shapes, &tale, 15, &[(3, 1)]), []);
        let tale = tale.finishes(4.0, 3, Outcome::Failed, "exit 1");
        assert_eq!(asked(&shapes, &tale, 15, &[]), [start(1, 1)]);
    }

    #[test]
    fn a_run_whose_p0_tasks_all_failed_skips_the_rest() {
        let shapes: [Shape; 2] = [(P0, 1.0, &[]), (P1, 1.0, &[])];
        let tale = tale(&shapes)
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::TimedOut, "");
        let actions = asked(&shapes, &tale, 15, &[]);
        assert!(
            matches!(
                &actions[..],
                [Action::Skip {
                    task: TaskId(2),
                    ..
                }]
            ),
            "{actions:?}"
        );
    }

    #[test]
    fn what_a_failure_leads_to_is_skipped_and_names_where_it_began() {
        let shapes: [Shape; 3] = [(P1, 1.0, &[]), (P1, 1.0, &[1]), (P1, 1.0, &[2])];
        let tale = tale(&shapes)
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::Lost, "")
            .finishes(2.0, 2, Outcome::Skipped, "dependency T001");
        let reason = "T001 (task-1) was lost".to_owned();
        let task = TaskId(3);
        assert_eq!(
            asked(&shapes, &tale, 15, &[]),
            [Action::Skip { task, reason }]
        );
    }

    #[test]
    fn a_blocked_task_holds_up_what_depends_on_it_and_nothing_else() {
        let shapes: [Shape; 3] = [(P0, 1.0, &[]), (P1, 1.0, &[1]), (P1, 1.0, &[])];
        let blocked = Event::TaskBlocked {
            task: TaskId(1),
            evidence: Vec::new(),
        };
        let tale = tale(&shapes).then(1.0, blocked);
        let reason = "T001 (task-1) is blocked".to_owned();
        let task = TaskId(2);
        assert_eq!(
            asked(&shapes, &tale, 15, &[]),
            [Action::Skip { task, reason }]
        );
    }

    #[test]
    fn there_are_no_more_sessions_than_workers() {
        let shapes: [Shape; 7] = [(P1, 1.0, &[]); 7];
        let starts = asked(&shapes, &tale(&shapes), 15, &[(1, 1), (2, 3), (3, 5)]);
        assert_eq!(starts, [start(4, 2), start(5, 4)]);
    }

    #[test]
    fn a_task_that_is_tried_again_keeps_its_worker() {
        let shapes: [Shape; 2] = [(P1, 1.0, &[]); 2];
        let failed = Event::AttemptFailed {
            task: TaskId(2),
            attempt: 1,
            outcome: Outcome::Failed,
            evidence: Vec::new(),
        };
        let tale = tale(&shapes).starts(1.0, 2, 4).then(2.0, failed);
        assert_eq!(asked(&shapes, &tale, 15, &[(1, 1)]), [start(2, 4)]);
    }

    #[test]
    fn tasks_that_change_one_file_are_not_worked_at_together() {
        let shapes: [Shape; 3] = [(P1, 1.0, &[]); 3];
        let apart = |from: u32| Apart {
            from: TaskId(from),
            path: "src/a.rs".to_owned(),
        };
        let mut state = tale(&shapes).state();
        state.tasks[0].apart = vec![apart(3)];
        state.tasks[2].apart = vec![apart(1)];
        let asked = |active: &[(u32, u32)]| {
            let active = active.iter().map(|(task, worker)| (TaskId(*task), *worker));
            next(Board {
                tasks: &tasks(&shapes),
                ways: &Ways::of(&tasks(&shapes)),
                state: &state,
                active: &active.collect(),
                releasing: &BTreeSet::new(),
                kept: &BTreeSet::new(),
                worktrees: 15,
            })
        };
        assert_eq!(asked(&[]), [start(1, 1), start(2, 2)]);
        assert_eq!(asked(&[(1, 1), (2, 2)]), []);
        assert_eq!(asked(&[(3, 1), (2, 2)]), []);
    }

    #[test]
    fn after_enough_failures_nothing_new_is_started() {
        let shapes: [Shape; 3] = [(P1, 1.0, &[]); 3];
        let tale = tale(&shapes)
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::Failed, "exit 1");
        let mut state = tale.state();
        assert_eq!(enough(&state), None);
        state.options.max_fail = Some(1);
        let told = "1 failed, and --max-fail is 1".to_owned();
        assert_eq!(enough(&state), Some(told));
        state.tasks[0].optional = true;
        assert_eq!(enough(&state), None);
    }

    #[test]
    fn where_no_session_ever_starts_no_more_are_tried() {
        let shapes: [Shape; 4] = [(P1, 1.0, &[]); 4];
        let unstarted = |task| Event::SessionEnded {
            task: TaskId(task),
            attempt: 1,
            end: SessionEnd::NotStarted,
            seconds: 0.0,
            bytes: 0,
            agent: None,
        };
        let mut tale = tale(&shapes);
        for task in 1..=3 {
            assert_eq!(enough(&tale.state()), None);
            tale = tale
                .starts(1.0, task, 1)
                .then(2.0, unstarted(task))
                .finishes(2.0, task, Outcome::Failed, "start no such program");
        }
        let told = "no session can be started: no such program".to_owned();
        assert_eq!(enough(&tale.state()), Some(told));
        assert_eq!(asked(&shapes, &tale, 15, &[]), []);
        // Another end, or another supervisor: a new count.
        let other = tale.clone().starts(3.0, 4, 1).ends(4.0, 4, 1, 1, 1.0);
        assert_eq!(enough(&other.state()), None);
        let resumed = tale.then(5.0, Event::RunResumed { pid: 1 });
        assert_eq!(enough(&resumed.state()), None);
    }

    #[test]
    fn where_no_task_gets_so_far_as_a_session_no_more_are_tried() {
        let shapes: [Shape; 4] = [(P1, 1.0, &[]); 4];
        let mut tale = tale(&shapes);
        for task in 1..=3 {
            assert_eq!(enough(&tale.state()), None);
            tale = tale.finishes(2.0, task, Outcome::Failed, "failure no space");
        }
        let told = "no session can be started: no space".to_owned();
        assert_eq!(enough(&tale.state()), Some(told));
    }

    #[test]
    fn a_worktree_is_released_when_its_slot_is_needed_and_not_before() {
        let shapes: [Shape; 3] = [(P1, 1.0, &[]); 3];
        let tale = tale(&shapes)
            .starts(1.0, 1, 1)
            .finishes(2.0, 1, Outcome::Done, "");
        assert_eq!(asked(&shapes, &tale, 3, &[]), [start(2, 1), start(3, 2)]);
        let task = TaskId(1);
        let needed = asked(&shapes, &tale, 2, &[]);
        assert_eq!(needed, [start(2, 1), Action::Release { task }]);
    }
}
