//! What finished runs teach about the next: how long tasks really take here, and how long a session
//! takes to start.

/// Fewer finished tasks than this are no experience.
const LEAST_TASKS: usize = 5;
/// … and fewer runs.
const LEAST_RUNS: usize = 2;

/// One task that was finished.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The number of its run.
    pub run: u32,
    /// From the task's start to its session's: the worktree and the launch.
    pub start_seconds: f64,
    /// How long its sessions ran.
    pub work_seconds: f64,
}

/// What the samples say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    /// Finished runs that it comes from.
    pub runs: usize,
    /// The mean.
    pub task_seconds: f64,
    /// The mean.
    pub start_seconds: f64,
}

/// Means of the samples; `None` where they are too few to tell.
pub fn learn(samples: &[Sample]) -> Option<Learned> {
    let mut runs: Vec<u32> = samples.iter().map(|sample| sample.run).collect();
    runs.sort_unstable();
    runs.dedup();
    if samples.len() < LEAST_TASKS || runs.len() < LEAST_RUNS {
        return None;
    }
    let mean = |of: fn(&Sample) -> f64| samples.iter().map(of).sum::<f64>() / samples.len() as f64;
    Some(Learned {
        runs: runs.len(),
        task_seconds: mean(|sample| sample.work_seconds).max(0.001),
        start_seconds: mean(|sample| sample.start_seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_tasks_are_no_experience_and_more_are_averaged() {
        let sample = |run, work_seconds| Sample {
            run,
            start_seconds: 4.0,
            work_seconds,
        };
        assert_eq!(learn(&[sample(1, 60.0); 9]), None, "of one run only");
        assert_eq!(learn(&[sample(1, 60.0), sample(2, 60.0)]), None);
        let samples = [1, 1, 2, 2, 3].map(|run| sample(run, 60.0 * f64::from(run)));
        let learned = learn(&samples).unwrap();
        assert_eq!((learned.runs, learned.task_seconds), (3, 108.0));
        assert_eq!(learned.start_seconds, 4.0);
    }
}
