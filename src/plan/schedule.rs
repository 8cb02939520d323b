//! How long these very tasks take on so many slots: list scheduling with what waits for what, a
//! start that costs time, and one merge after the other at the end. Where it is known how
//! differently long tasks take, it is the mean of several ways that it may go.

use super::dependencies::Graph;
use super::model::{Overheads, Priority, Scheduled, Task};
use super::spread::factors;

/// Ways that it may go.
const WAYS: u64 = 16;

/// When all of it is merged, for 1 to `most` slots, and what no number of slots gets below.
///
/// `lengths` are the tasks' seconds of work and `order` is a topological order. One slot works in
/// one place and merges nothing.
pub fn schedule(
    tasks: &[Task],
    order: &[usize],
    lengths: &[f64],
    overheads: &Overheads,
    most: usize,
) -> Scheduled {
    let work: f64 = lengths.iter().sum();
    let start = overheads.worktree_seconds + overheads.startup_seconds + overheads.context_seconds;
    let graph = Graph::of(tasks);
    let ways = ways(lengths, overheads.spread);
    let total = |slots: usize| {
        let total = |lengths: &Vec<f64>| {
            let ends = ends(tasks, &graph, order, |at| start + lengths[at], slots);
            merged(ends, overheads.merge_seconds)
        };
        ways.iter().map(total).sum::<f64>() / ways.len() as f64
    };
    let mut totals = vec![work];
    totals.extend((2..=most).map(total));
    let unbounded = ends(
        tasks,
        &graph,
        order,
        |at| start + lengths[at],
        tasks.len().max(1),
    );
    let path = unbounded.into_iter().fold(0.0, f64::max);
    Scheduled {
        totals,
        lower_bound_seconds: path + overheads.merge_seconds,
        decides: false,
    }
}

/// How long the tasks may take: as said, and where a spread is known, longer and shorter.
fn ways(lengths: &[f64], spread: Option<f64>) -> Vec<Vec<f64>> {
    let Some(spread) = spread else {
        return vec![lengths.to_vec()];
    };
    let way = |seed: u64| {
        let drawn = lengths.iter().zip(factors(spread, seed));
        drawn.map(|(length, factor)| length * factor).collect()
    };
    (0..WAYS).map(way).collect()
}

/// When each task ends: whatever is ready goes to the slot that is free first.
fn ends(
    tasks: &[Task],
    graph: &Graph,
    order: &[usize],
    length: impl Fn(usize) -> f64,
    slots: usize,
) -> Vec<f64> {
    let mut ends = vec![0.0; tasks.len()];
    let mut free = vec![0.0_f64; slots.min(tasks.len().max(1))];
    let mut barrier = 0.0;
    for urgent in [true, false] {
        for &at in order {
            if (tasks[at].priority == Priority::P0) != urgent {
                continue;
            }
            let ready = graph
                .waited(at)
                .iter()
                .map(|&on| ends[on])
                .fold(barrier, f64::max);
            let slot = (0..free.len()).min_by(|&a, &b| free[a].total_cmp(&free[b]));
            let slot = slot.unwrap_or(0);
            ends[at] = ready.max(free[slot]) + length(at);
            free[slot] = ends[at];
        }
        barrier = ends.iter().copied().fold(0.0, f64::max);
    }
    ends
}

/// When the last of them is merged, one after the other as they end.
fn merged(mut ends: Vec<f64>, each: f64) -> f64 {
    ends.sort_by(f64::total_cmp);
    ends.into_iter()
        .fold(0.0, |busy: f64, end| busy.max(end) + each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{options, task};

    fn totals(tasks: &[Task], lengths: &[f64]) -> (Vec<f64>, f64) {
        let order: Vec<usize> = (0..tasks.len()).collect();
        let found = schedule(tasks, &order, lengths, &options().overheads, 3);
        (found.totals, found.lower_bound_seconds)
    }

    #[test]
    fn slots_dependencies_starts_and_merges_all_take_their_time() {
        let free = [task(1, &[]), task(2, &[]), task(3, &[])];
        // 33 s to start, 100 s of work, 10 s a merge.
        assert_eq!(
            totals(&free, &[100.0; 3]),
            (vec![300.0, 276.0, 163.0], 143.0)
        );
        let chain = [task(1, &[]), task(2, &[1]), task(3, &[2])];
        assert_eq!(
            totals(&chain, &[100.0; 3]),
            (vec![300.0, 409.0, 409.0], 409.0)
        );
    }

    #[test]
    fn tasks_that_differ_keep_who_waits_for_the_slowest_longer() {
        let tasks: Vec<Task> = (1..=3).map(|id| task(id, &[])).collect();
        let total = |spread: f64| {
            let overheads = Overheads {
                spread: Some(spread),
                ..options().overheads
            };
            schedule(&tasks, &[0, 1, 2], &[100.0; 3], &overheads, 3).totals[2]
        };
        assert!((total(0.0) - 163.0).abs() < 0.001);
        assert!(total(0.5) > total(0.2) && total(0.2) > total(0.0));
    }
}
