//! How long the tasks of a plan take, as they say themselves, as the user says of all of them, as
//! finished runs taught, or as is assumed.

use super::dependencies::earliest_ends;
use super::model::{Estimate, EstimateSource, OverheadSource, Overheads, PlanKind, Task};
use super::options::PlanOptions;

/// What a task takes that says nothing about it, when most say nothing.
pub const DEFAULT_TASK_SECONDS: f64 = 20.0 * 60.0;

/// How long all tasks take one after the other, and each of them, in seconds. Where most tasks say
/// how long they take, the others are taken to be like them.
pub fn estimate(tasks: &[Task], options: &PlanOptions) -> (Estimate, Vec<f64>) {
    let (total, learned) = (whole(options, tasks.len()), options.learned);
    let said: Vec<f64> = tasks
        .iter()
        .filter_map(|task| task.estimate_seconds)
        .collect();
    let most = said.len() * 2 > tasks.len();
    let usual = if most {
        said.iter().sum::<f64>() / said.len() as f64
    } else {
        learned.map_or(DEFAULT_TASK_SECONDS, |learned| learned.task_seconds)
    };
    let mut lengths: Vec<f64> = tasks
        .iter()
        .map(|task| task.estimate_seconds.unwrap_or(usual))
        .collect();
    let sum: f64 = lengths.iter().sum();
    if let Some((total, _)) = total.filter(|_| sum > 0.0) {
        lengths.iter_mut().for_each(|length| *length *= total / sum);
    }
    let estimate = Estimate {
        sequential_seconds: total.map_or(sum, |(total, _)| total),
        source: match (total, most) {
            (Some((_, source)), _) => source,
            (None, false) if learned.is_some() => EstimateSource::Learned,
            (None, true) => EstimateSource::Tasks,
            (None, false) => EstimateSource::Default,
        },
        runs: learned
            .filter(|_| total.is_none() && !most)
            .map_or(0, |learned| learned.measured.runs),
        tokens: learned
            .and_then(|learned| learned.tokens)
            .map(|each| (each * tasks.len() as f64).round() as u64),
    };
    (estimate, lengths)
}

/// What sessions took to read themselves in is part of how long they were measured to take, unless
/// it was measured apart.
pub fn overheads(given: Overheads, estimate: &Estimate) -> Overheads {
    let apart = given.measured.is_some_and(|measured| measured.contexts > 0);
    match (estimate.source, given.source) {
        (EstimateSource::Learned, OverheadSource::Learned) if !apart => Overheads {
            context_seconds: 0.0,
            ..given
        },
        _ => given,
    }
}

/// What was said of how long all of it takes. Each take of a goal is all of the work.
fn whole(options: &PlanOptions, tasks: usize) -> Option<(f64, EstimateSource)> {
    let times = match options.kind {
        PlanKind::Variants => tasks as f64,
        PlanKind::Split | PlanKind::Tasks => 1.0,
    };
    let (seconds, source) = options.total?;
    Some((seconds * times, source))
}

/// Seconds that the tasks take at least, however many work at once.
pub fn longest_chain(tasks: &[Task], order: &[usize], lengths: &[f64]) -> f64 {
    let ends = earliest_ends(tasks, order, |at| lengths[at].round() as u64);
    ends.into_iter().max().unwrap_or(0) as f64
}
