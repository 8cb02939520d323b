//! What finished runs teach about the next: how long tasks really take here, how differently, how
//! long a session takes to start, an agent to know enough for its first edit and a branch to merge,
//! and how much an agent reads and writes.
//!
//! Times are averaged by their logarithms, so that one task that hung does not count for all, and
//! drawn towards the built-in figures, so that a few runs do not promise too much.

use super::model::Measured;

/// Fewer finished tasks than this are no experience.
const LEAST_TASKS: usize = 5;
/// … and fewer runs.
const LEAST_RUNS: usize = 2;
/// A built-in figure counts as much as so many that were measured.
const PRIOR: f64 = 3.0;
/// The spread that goes with the published rule: the slower of two takes 1.2 times the mean.
const PRIOR_SPREAD: f64 = 0.36;
/// Less is no time that anything takes.
const SHORTEST: f64 = 0.001;

/// One task that was finished.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The number of its run.
    pub run: u32,
    /// From the task's start to its session's: the worktree and the launch.
    pub start_seconds: f64,
    /// How long its agent read before it edited anything, where it told.
    pub read_seconds: Option<f64>,
    /// How long its sessions ran, reading included.
    pub work_seconds: f64,
    /// What its agent read and wrote, where it told.
    pub tokens: Option<u64>,
}

impl Sample {
    /// How long it was worked at, where reading usually takes so long and is no part of it.
    fn without_reading(&self, usual: Option<f64>) -> f64 {
        let read = usual.map_or(0.0, |usual| self.read_seconds.unwrap_or(usual));
        (self.work_seconds - read).max(0.0)
    }
}

/// What finished runs and their merges took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Experience {
    pub tasks: Vec<Sample>,
    /// Seconds that each branch took to merge and verify.
    pub merges: Vec<f64>,
}

/// The figures that are there before anything is measured, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuiltIn {
    pub task: f64,
    pub start: f64,
    pub context: f64,
    pub merge: f64,
}

/// What it teaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    pub measured: Measured,
    /// In the mean.
    pub task_seconds: f64,
    pub start_seconds: f64,
    /// What an agent reads before it edits; `None` where that was hardly told, and is part of the
    /// tasks' time.
    pub context_seconds: Option<f64>,
    pub merge_seconds: f64,
    /// The standard deviation of the logarithms of the times of tasks of one run.
    pub spread: f64,
    /// What an agent reads and writes for a task, in the mean.
    pub tokens: Option<f64>,
}

/// What to make of the experience; `None` where it is too little to tell.
pub fn learn(experience: &Experience, built_in: BuiltIn) -> Option<Learned> {
    let tasks = &experience.tasks;
    let mut runs: Vec<u32> = tasks.iter().map(|sample| sample.run).collect();
    runs.sort_unstable();
    runs.dedup();
    if tasks.len() < LEAST_TASKS || runs.len() < LEAST_RUNS {
        return None;
    }
    let read: Vec<f64> = tasks.iter().filter_map(|task| task.read_seconds).collect();
    let context =
        (read.len() >= LEAST_TASKS).then(|| self::usual(built_in.context, read.iter().copied()));
    let works: Vec<(u32, f64)> = tasks
        .iter()
        .map(|sample| (sample.run, sample.without_reading(context)))
        .collect();
    let spread = spread(&runs, &works);
    let usual = usual(built_in.task, works.iter().map(|(_, seconds)| *seconds));
    let starts = tasks.iter().map(|sample| sample.start_seconds);
    let told: Vec<f64> = tasks
        .iter()
        .filter_map(|sample| sample.tokens.map(|tokens| tokens as f64))
        .collect();
    Some(Learned {
        measured: Measured {
            runs: runs.len(),
            tasks: tasks.len(),
            contexts: context.map_or(0, |_| read.len()),
            merges: experience.merges.len(),
        },
        // The mean of a log-normal distribution lies above its middle.
        task_seconds: usual * (spread * spread / 2.0).exp(),
        start_seconds: self::usual(built_in.start, starts),
        context_seconds: context,
        merge_seconds: self::usual(built_in.merge, experience.merges.iter().copied()),
        spread,
        tokens: (told.len() >= LEAST_TASKS).then(|| told.iter().sum::<f64>() / told.len() as f64),
    })
}

fn log(seconds: f64) -> f64 {
    seconds.max(SHORTEST).ln()
}

/// The mean of the logarithms, drawn towards the built-in figure: what was measured beside that.
fn usual(built_in: f64, measured: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut weight) = (0.0, PRIOR);
    for seconds in measured {
        sum += log(seconds) - log(built_in);
        weight += 1.0;
    }
    built_in * (sum / weight).exp()
}

/// How differently long the tasks of one run took, of all runs together.
fn spread(runs: &[u32], works: &[(u32, f64)]) -> f64 {
    let (mut squares, mut weight) = (PRIOR * PRIOR_SPREAD * PRIOR_SPREAD, PRIOR);
    for run in runs {
        let of_run = works.iter().filter(|(of, _)| of == run);
        let logs: Vec<f64> = of_run.map(|(_, seconds)| log(*seconds)).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        squares += logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>();
        weight += (logs.len() - 1) as f64;
    }
    (squares / weight).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: BuiltIn = BuiltIn {
        task: 1200.0,
        start: 13.0,
        context: 20.0,
        merge: 10.0,
    };

    fn experience(times: &[(u32, f64)]) -> Experience {
        let sample = |&(run, work_seconds)| Sample {
            run,
            start_seconds: 4.0,
            read_seconds: None,
            work_seconds,
            tokens: None,
        };
        Experience {
            tasks: times.iter().map(sample).collect(),
            merges: Vec::new(),
        }
    }

    #[test]
    fn a_few_tasks_and_a_single_run_are_no_experience() {
        assert_eq!(learn(&experience(&[(1, 60.0); 9]), BUILT_IN), None);
        assert_eq!(learn(&experience(&[(1, 60.0), (2, 60.0)]), BUILT_IN), None);
    }

    #[test]
    fn the_more_was_measured_the_less_the_built_in_figures_count() {
        let few = [(1, 60.0), (1, 60.0), (2, 60.0), (2, 60.0), (3, 60.0)];
        let many: Vec<(u32, f64)> = (0..300).map(|at| (at / 10, 60.0)).collect();
        let [few, many] = [&few[..], &many].map(|times| learn(&experience(times), BUILT_IN));
        let (few, many) = (few.unwrap(), many.unwrap());
        assert_eq!((few.measured.runs, few.measured.tasks), (3, 5));
        assert!(
            few.task_seconds > 150.0 && few.task_seconds < 250.0,
            "{few:?}"
        );
        assert!((many.task_seconds - 60.0).abs() < 3.0, "{many:?}");
        assert!((many.start_seconds - 4.0).abs() < 0.1, "{many:?}");
        assert!(many.spread < 0.05 && few.spread > 0.2, "{many:?} {few:?}");
        assert_eq!((many.measured.merges, many.tokens), (0, None));
        assert_eq!(many.merge_seconds, 10.0);
    }

    #[test]
    fn one_task_that_hung_does_not_count_for_all_and_uneven_tasks_are_told() {
        let even: Vec<(u32, f64)> = (0..40).map(|at| (at / 10, 60.0)).collect();
        let mut hung = even.clone();
        hung[0].1 = 36_000.0;
        let uneven: Vec<(u32, f64)> = even
            .iter()
            .zip(0..)
            .map(|(one, at)| (one.0, if at % 2 == 0 { 30.0 } else { 120.0 }))
            .collect();
        let [even, hung, uneven] =
            [even, hung, uneven].map(|times| learn(&experience(&times), BUILT_IN).unwrap());
        assert!(hung.task_seconds < 3.0 * even.task_seconds, "{hung:?}");
        assert!((uneven.spread - 0.69).abs() < 0.05, "{uneven:?}");
    }

    #[test]
    fn merges_and_tokens_are_learned_where_they_are_told() {
        let mut told = experience(&[(1, 60.0), (1, 60.0), (2, 60.0), (2, 60.0), (3, 60.0)]);
        told.tasks
            .iter_mut()
            .for_each(|sample| sample.tokens = Some(50_000));
        told.merges = vec![2.0; 60];
        let learned = learn(&told, BUILT_IN).unwrap();
        assert_eq!(
            (learned.measured.merges, learned.tokens),
            (60, Some(50_000.0))
        );
        assert!((learned.merge_seconds - 2.0).abs() < 0.3, "{learned:?}");
        assert_eq!(
            (learned.measured.contexts, learned.context_seconds),
            (0, None)
        );
    }

    #[test]
    fn reading_is_taken_apart_from_the_work_where_enough_agents_told_of_it() {
        let mut told = experience(&[(1, 60.0); 120]);
        told.tasks
            .iter_mut()
            .skip(60)
            .for_each(|sample| sample.run = 2);
        let whole = learn(&told, BUILT_IN).unwrap();
        for sample in told.tasks.iter_mut().step_by(2) {
            sample.read_seconds = Some(40.0);
        }
        let apart = learn(&told, BUILT_IN).unwrap();
        assert_eq!((whole.context_seconds, apart.measured.contexts), (None, 60));
        assert!(
            (apart.context_seconds.unwrap() - 40.0).abs() < 2.0,
            "{apart:?}"
        );
        assert!((whole.task_seconds - 60.0).abs() < 6.0, "{whole:?}");
        // Those that did not tell are taken to have read as long as the others.
        assert!((apart.task_seconds - 20.0).abs() < 4.0, "{apart:?}");
    }
}
