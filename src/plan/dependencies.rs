//! Which task waits for which: what is written, what follows from the files, cycles, order, waves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use crate::id::TaskId;

use super::files::{around, covers};
use super::model::{Implied, Priority, Task};

/// Who waits for whom, by position in the list of tasks. Dependencies on tasks that the list does
/// not have are left out.
#[derive(Debug)]
pub struct Graph {
    /// For each task the tasks it waits for …
    waits: Vec<Vec<usize>>,
    /// … and its place in an order in which all wait for earlier ones; empty where there is none.
    ranks: Vec<usize>,
}

impl Graph {
    /// The dependencies that `tasks` declare.
    pub fn of(tasks: &[Task]) -> Self {
        let places = places(tasks);
        let waits = tasks.iter().map(|task| {
            let on = task.depends.iter();
            on.filter_map(|id| places.get(id).copied()).collect()
        });
        let mut graph = Self {
            waits: waits.collect(),
            ranks: Vec::new(),
        };
        if let Ok(order) = graph.order() {
            graph.ranks = vec![0; order.len()];
            for (rank, at) in order.into_iter().enumerate() {
                graph.ranks[at] = rank;
            }
        }
        graph
    }

    /// Positions so that every task stands behind those it waits for, otherwise in the given
    /// order; or a cycle, in the order of the arrows, its first task again at the end.
    pub fn order(&self) -> Result<Vec<usize>, Vec<usize>> {
        let mut order = Vec::with_capacity(self.waits.len());
        let mut placed = vec![false; self.waits.len()];
        let mut missing: Vec<usize> = self.waits.iter().map(Vec::len).collect();
        let dependents = self.dependents();
        let ready = (0..missing.len()).filter(|task| missing[*task] == 0);
        let mut ready: BinaryHeap<_> = ready.map(Reverse).collect();
        while let Some(Reverse(next)) = ready.pop() {
            placed[next] = true;
            order.push(next);
            for &task in &dependents[next] {
                missing[task] -= 1;
                if missing[task] == 0 {
                    ready.push(Reverse(task));
                }
            }
        }
        match placed.iter().position(|placed| !placed) {
            None => Ok(order),
            Some(stuck) => Err(self.cycle_behind(stuck, &placed)),
        }
    }

    /// For each task the tasks that wait for it.
    fn dependents(&self) -> Vec<Vec<usize>> {
        let mut dependents = vec![Vec::new(); self.waits.len()];
        for (task, waits) in self.waits.iter().enumerate() {
            for &on in waits {
                dependents[on].push(task);
            }
        }
        dependents
    }

    /// Follows dependencies of a task that can never start until one comes up twice.
    fn cycle_behind(&self, stuck: usize, placed: &[bool]) -> Vec<usize> {
        let mut way = vec![stuck];
        loop {
            let last = way[way.len() - 1];
            // A task that cannot be placed waits for one that cannot be placed.
            let Some(&on) = self.waits[last].iter().find(|&&on| !placed[on]) else {
                return way;
            };
            if let Some(start) = way.iter().position(|&task| task == on) {
                return self.arrows(&way[start..]);
            }
            way.push(on);
        }
    }

    /// A way against the arrows turned around, beginning with its earliest task and closed.
    fn arrows(&self, way: &[usize]) -> Vec<usize> {
        let mut cycle: Vec<usize> = way.iter().rev().copied().collect();
        let first = (0..cycle.len()).min_by_key(|&at| cycle[at]).unwrap_or(0);
        cycle.rotate_left(first);
        cycle.push(cycle[0]);
        cycle
    }

    /// The tasks that the task at a position waits for.
    pub fn waited(&self, at: usize) -> &[usize] {
        &self.waits[at]
    }

    /// Whether `later` waits for `earlier`, by itself or through others.
    pub fn is_behind(&self, later: usize, earlier: usize) -> bool {
        // What stands before `earlier` in an order does not wait for it.
        let rank = |task: usize| self.ranks.get(task).map_or(usize::MAX, |rank| *rank);
        let floor = self.ranks.get(earlier).map_or(0, |rank| *rank);
        if rank(later) <= floor {
            return false;
        }
        let mut seen = HashSet::new();
        let mut open = vec![later];
        while let Some(task) = open.pop() {
            for &on in &self.waits[task] {
                if on == earlier {
                    return true;
                }
                if rank(on) > floor && seen.insert(on) {
                    open.push(on);
                }
            }
        }
        false
    }

    /// For each task whether it cannot run at the same time as the one at a position: one of the
    /// two waits for the other, or is it.
    pub fn apart_from(&self, at: usize) -> Vec<bool> {
        let mut apart = vec![false; self.waits.len()];
        for arrows in [&self.waits, &self.dependents()] {
            let mut open = vec![at];
            while let Some(task) = open.pop() {
                apart[task] = true;
                open.extend(arrows[task].iter().filter(|next| !apart[**next]));
            }
        }
        apart
    }
}

/// Where each task stands in the list; the first of one id counts.
fn places(tasks: &[Task]) -> HashMap<TaskId, usize> {
    let places = tasks.iter().enumerate().rev();
    places.map(|(at, task)| (task.id, at)).collect()
}

/// The dependencies that follow from one task creating what another modifies or reads, where it
/// does not wait for it already.
pub fn implied_by_creation(tasks: &[Task]) -> Vec<Implied> {
    let graph = Graph::of(tasks);
    let mut creators: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, task) in tasks.iter().enumerate() {
        for path in &task.files.create {
            creators.entry(path).or_default().push(at);
        }
    }
    let mut found = Vec::new();
    for (later, task) in tasks.iter().enumerate() {
        for (earlier, reason) in needed_creations(later, tasks, &creators) {
            if !graph.is_behind(later, earlier) {
                found.push(Implied {
                    task: task.id,
                    on: tasks[earlier].id,
                    reason,
                });
            }
        }
    }
    found
}

/// The others who create what a task modifies or reads, each with what that is.
fn needed_creations(
    at: usize,
    tasks: &[Task],
    creators: &HashMap<&str, Vec<usize>>,
) -> BTreeMap<usize, String> {
    let task = &tasks[at];
    let modified = task.files.modify.iter().map(|path| (path, "modifies"));
    let read = task.files.read.iter().map(|path| (path, "reads"));
    let mut found = BTreeMap::new();
    for (path, verb) in modified.chain(read) {
        if task.files.create.iter().any(|own| covers(own, path)) {
            continue;
        }
        let creators = around(path).filter_map(|path| creators.get(path));
        for &creator in creators.flatten().filter(|creator| **creator != at) {
            let told = || {
                format!(
                    "{} creates {path}, which {} {verb}",
                    tasks[creator].id, task.id
                )
            };
            found.entry(creator).or_insert_with(told);
        }
    }
    found
}

/// Makes every task that a P0 task waits for P0 too: else both would wait for each other, since
/// P0 holds everything else up. Returns what was raised, with the task that asks for it.
pub fn raise_what_p0_needs(tasks: &mut [Task]) -> Vec<(TaskId, TaskId)> {
    let places = places(tasks);
    let urgent = (0..tasks.len()).filter(|at| tasks[*at].priority == Priority::P0);
    let mut urgent: BinaryHeap<_> = urgent.map(Reverse).collect();
    let mut raised = Vec::new();
    while let Some(Reverse(by)) = urgent.pop() {
        let waited = tasks[by].depends.iter().filter_map(|on| places.get(on));
        let below = waited
            .copied()
            .find(|at| tasks[*at].priority != Priority::P0);
        if let Some(at) = below {
            tasks[at].priority = Priority::P0;
            raised.push((tasks[at].id, tasks[by].id));
            urgent.extend([Reverse(at), Reverse(by)]);
        }
    }
    raised
}

/// A topological order with the P0 tasks first. It stays one where P0 waits for P0 only.
pub fn p0_first(tasks: &[Task], mut order: Vec<usize>) -> Vec<usize> {
    order.sort_by_key(|&at| tasks[at].priority != Priority::P0);
    order
}

/// A task below P0 that a P0 task waits for, and that P0 task.
pub fn held_up_by_p0(tasks: &[Task]) -> Option<(usize, TaskId)> {
    let places = places(tasks);
    let urgent = tasks.iter().filter(|task| task.priority == Priority::P0);
    urgent
        .flat_map(|task| task.depends.iter().map(move |on| (on, task.id)))
        .find_map(|(on, by)| {
            let at = *places.get(on)?;
            (tasks[at].priority != Priority::P0).then_some((at, by))
        })
}

/// When each task would end if there were room for all at once, by what it waits for: its
/// dependencies, and every P0 task unless it is one. `order` is a topological order and `length`
/// says how long the task at a position takes.
pub fn earliest_ends(tasks: &[Task], order: &[usize], length: impl Fn(usize) -> u64) -> Vec<u64> {
    let graph = Graph::of(tasks);
    let mut ends = vec![0; tasks.len()];
    let mut barrier = 0;
    for urgent in [true, false] {
        for &at in order {
            if (tasks[at].priority == Priority::P0) == urgent {
                let waited = graph.waits[at].iter().map(|&on| ends[on]).max();
                ends[at] = waited.unwrap_or(0).max(barrier) + length(at);
            }
        }
        barrier = ends.iter().copied().max().unwrap_or(0);
    }
    ends
}

/// Tasks that can run at once, one wave after the other; within a wave the more urgent first.
pub fn waves(tasks: &[Task], order: &[usize]) -> Vec<Vec<TaskId>> {
    let mut placed: Vec<(u64, &Task)> = earliest_ends(tasks, order, |_| 1)
        .into_iter()
        .zip(tasks)
        .collect();
    placed.sort_by_key(|(wave, task)| (*wave, task.priority));
    placed
        .chunk_by(|(a, _), (b, _)| a == b)
        .map(|wave| wave.iter().map(|(_, task)| task.id).collect())
        .collect()
}

/// "T001 → T003 → T001".
pub fn arrows(tasks: &[Task], cycle: &[usize]) -> String {
    let ids: Vec<String> = cycle.iter().map(|&at| tasks[at].id.to_string()).collect();
    ids.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::task;

    fn ids(tasks: &[Task], positions: &[usize]) -> String {
        arrows(tasks, positions)
    }

    #[test]
    fn a_cycle_is_named_in_full_however_it_is_reached() {
        let tasks = [
            task(1, &[3]),
            task(2, &[1]),
            task(3, &[2]),
            task(4, &[3]),
            task(5, &[]),
        ];
        let cycle = Graph::of(&tasks).order().unwrap_err();
        assert_eq!(ids(&tasks, &cycle), "T001 → T002 → T003 → T001");
        let behind = [task(1, &[2]), task(2, &[3]), task(3, &[2])];
        let cycle = Graph::of(&behind).order().unwrap_err();
        assert_eq!(ids(&behind, &cycle), "T002 → T003 → T002");
    }

    #[test]
    fn tasks_stand_behind_what_they_wait_for_and_else_stay_in_order() {
        let tasks = [task(1, &[4]), task(2, &[]), task(3, &[1]), task(4, &[])];
        let order = Graph::of(&tasks).order().unwrap();
        assert_eq!(ids(&tasks, &order), "T002 → T004 → T001 → T003");
        let graph = Graph::of(&tasks);
        assert!(graph.is_behind(2, 3) && !graph.is_behind(3, 2) && !graph.is_behind(1, 0));
    }

    #[test]
    fn nothing_shares_a_wave_with_p0_but_p0() {
        let mut tasks = [task(1, &[]), task(2, &[]), task(3, &[2]), task(4, &[1])];
        tasks[1].priority = Priority::P0;
        tasks[2].priority = Priority::P0;
        let order = Graph::of(&tasks).order().unwrap();
        let waves = waves(&tasks, &order);
        let numbers: Vec<Vec<u32>> = waves
            .iter()
            .map(|wave| wave.iter().map(|id| id.0).collect())
            .collect();
        assert_eq!(numbers, [vec![2], vec![3], vec![1], vec![4]]);
    }

    #[test]
    fn whoever_touches_what_another_creates_waits_for_it_and_the_reason_is_kept() {
        let mut tasks = [task(1, &[]), task(2, &[]), task(3, &[1]), task(4, &[])];
        tasks[0].files.create = vec!["src/auth".to_owned()];
        tasks[1].files.modify = vec!["src/auth/login.rs".to_owned()];
        tasks[2].files.read = vec!["src/auth".to_owned()];
        tasks[3].files.create = vec!["src/auth".to_owned()];
        let found = implied_by_creation(&tasks);
        let told: Vec<&str> = found.iter().map(|f| f.reason.as_str()).collect();
        assert_eq!(
            told,
            [
                "T001 creates src/auth/login.rs, which T002 modifies",
                "T004 creates src/auth/login.rs, which T002 modifies",
                "T004 creates src/auth, which T003 reads",
            ]
        );
    }

    #[test]
    fn what_a_p0_task_waits_for_is_p0_too_all_the_way_up() {
        let mut tasks = [task(1, &[2]), task(2, &[3]), task(3, &[]), task(4, &[])];
        tasks[0].priority = Priority::P0;
        let raised = raise_what_p0_needs(&mut tasks);
        assert_eq!(raised, [(TaskId(2), TaskId(1)), (TaskId(3), TaskId(2))]);
        assert_eq!(held_up_by_p0(&tasks), None);
        assert_eq!(tasks[3].priority, Priority::P2);
    }
}
