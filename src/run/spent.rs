//! Jobs that Slurm keeps though their sessions are over.
//!
//! A controller that is killed may have heard of a job's end and not yet written it down. When it
//! comes back it calls the job running, until it next has the node tell what runs there: some half an
//! hour (`MAX_REG_FREQUENCY` pings), in which the job holds its processors and tasks wait for them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::id::JobId;
use crate::process::slurm::{Job, JobState};

/// Longer than Slurm takes to see that a job has ended, and to clear up after it.
const LINGERS: Duration = Duration::from_secs(20);

/// Jobs at work whose sessions are over, and since when that has been seen.
#[derive(Debug, Default)]
pub struct Spent(HashMap<JobId, Instant>);

impl Spent {
    /// Those among all of Slurm's jobs that are to be ended by now.
    pub fn due(
        &mut self,
        jobs: &[Job],
        is_over: impl Fn(&Job) -> bool,
        now: Instant,
    ) -> Vec<JobId> {
        let works = |job: &&Job| job.state == JobState::Working;
        let spent = jobs.iter().filter(works).filter(|job| is_over(job));
        let since = |job: &Job| (job.id, *self.0.get(&job.id).unwrap_or(&now));
        self.0 = spent.map(since).collect();
        let due = self.0.iter().filter(|(_, since)| now >= **since + LINGERS);
        due.map(|(id, _)| *id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u32, state: JobState) -> Job {
        Job {
            id: JobId(id),
            state,
            reason: String::new(),
            node: "n1".to_owned(),
            folder: "/w".to_owned(),
        }
    }

    #[test]
    fn a_job_whose_session_is_over_is_ended_once_it_has_lingered() {
        let mut spent = Spent::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let jobs = [
            job(1, JobState::Working),
            job(2, JobState::Working),
            job(3, JobState::Over("COMPLETED".to_owned())),
            job(4, JobState::Waiting),
        ];
        let is_over = |job: &Job| job.id != JobId(2);
        assert_eq!(spent.due(&jobs, is_over, at(0)), []);
        assert_eq!(spent.due(&jobs, is_over, at(19)), []);
        assert_eq!(spent.due(&jobs, is_over, at(20)), [JobId(1)]);
        // One that was not there for a while counts anew.
        assert_eq!(spent.due(&jobs[1..], is_over, at(25)), []);
        assert_eq!(spent.due(&jobs, is_over, at(30)), []);
    }
}
