//! Where a session stands whose shim is a job of Slurm's, by what was seen of it. Pure.
//!
//! The session's own files come first: they are written by the one who was there. Slurm is believed
//! where there are none, and when it says why a session was told to end. What Slurm does not
//! answer proves nothing.

use crate::id::JobId;
use crate::process::slurm::{Job, JobState};
use crate::store::SessionEnd;

use super::queued::Queued;
use super::session::SessionResult;

/// What there is to see.
#[derive(Debug)]
pub struct Seen {
    /// What the session left.
    pub result: Option<SessionResult>,
    /// Its shim began.
    pub began: bool,
    /// Its shim holds the session's lock.
    pub held: bool,
    /// We asked it to end.
    pub asked: bool,
    /// It was counted as lost while it lived on, and told to end.
    pub given_up: bool,
    pub queue: Queue,
}

/// What Slurm says.
#[derive(Debug)]
pub enum Queue {
    /// Nothing, and why.
    Silent(String),
    /// It has no such job.
    Unknown,
    Has(Job),
}

/// Where the session stands.
#[derive(Debug, PartialEq)]
pub enum Standing {
    InQueue(Queued),
    Working,
    Over(SessionResult),
    /// The job is over, and its word may still be on its way from the node's file system to ours;
    /// what it amounts to if there is none.
    Ending(SessionResult),
    /// Slurm has given the job up, and its session lives on.
    Stray,
    /// Slurm has not got it, and it never began.
    Nowhere,
}

/// Judges what was seen.
pub fn stand(seen: Seen) -> Standing {
    let began = seen.began;
    match (seen.result, seen.queue) {
        (Some(result), queue) => told(result, seen.asked, seen.given_up, queue),
        // Nobody else may work where it works, whatever Slurm has forgotten or given up.
        (None, Queue::Has(job)) if seen.held => match job.state {
            JobState::Over(_) => Standing::Stray,
            JobState::Waiting | JobState::Working => Standing::Working,
        },
        (None, Queue::Unknown) if seen.held => Standing::Working,
        (None, Queue::Has(job)) => of_job(job, began, seen.asked),
        (None, Queue::Silent(_)) if began => Standing::Working,
        (None, Queue::Silent(reason)) => Standing::InQueue(Queued { job: None, reason }),
        (None, Queue::Unknown) if began => Standing::Ending(SessionResult {
            complaint: Some("it left no result, and Slurm knows nothing of its job".to_owned()),
            ..SessionResult::lost()
        }),
        (None, Queue::Unknown) => Standing::Nowhere,
    }
}

/// A session that was told to end, and not by us, does not know why: Slurm may. Its signals reach the
/// program as soon as the shim, which may see the one end before it hears of the other.
fn told(result: SessionResult, asked: bool, given_up: bool, queue: Queue) -> Standing {
    let knows = !matches!(result.end, SessionEnd::Cancelled | SessionEnd::Signalled(_));
    if knows || asked {
        return Standing::Over(result);
    }
    match queue {
        Queue::Has(job) => match &job.state {
            JobState::Over(word) if ended_by_itself(&result, word) => Standing::Over(result),
            JobState::Over(word) => {
                let (end, complaint) = end_of(&job, word, true);
                Standing::Over(SessionResult {
                    end,
                    complaint: Some(complaint),
                    ..result
                })
            }
            JobState::Waiting | JobState::Working => Standing::Working,
        },
        Queue::Silent(_) => Standing::Working,
        Queue::Unknown if given_up => Standing::Over(SessionResult {
            end: SessionEnd::Lost,
            complaint: Some("Slurm had given its job up, and it was told to end".to_owned()),
            ..result
        }),
        Queue::Unknown => Standing::Over(result),
    }
}

/// Whether a signal came from elsewhere than Slurm, which says that the job came to its end.
fn ended_by_itself(result: &SessionResult, word: &str) -> bool {
    result.end != SessionEnd::Cancelled && matches!(word, "COMPLETED" | "FAILED")
}

fn of_job(job: Job, began: bool, asked: bool) -> Standing {
    match &job.state {
        // Slurm is asked now and then only, and what it said last may be older than the session; and
        // it calls a job running before its first process runs.
        JobState::Waiting | JobState::Working if began => Standing::Working,
        JobState::Waiting => Standing::InQueue(Queued {
            job: Some(job.id),
            reason: job.reason,
        }),
        JobState::Working => Standing::InQueue(Queued {
            job: Some(job.id),
            reason: format!("begins on {}", job.node),
        }),
        JobState::Over(_) if asked && !began => {
            Standing::Over(SessionResult::unseen(SessionEnd::Cancelled))
        }
        JobState::Over(_) if asked => {
            Standing::Ending(SessionResult::unseen(SessionEnd::Cancelled))
        }
        JobState::Over(word) => {
            let (end, complaint) = end_of(&job, word, began);
            Standing::Ending(SessionResult {
                complaint: Some(complaint),
                ..SessionResult::unseen(end)
            })
        }
    }
}

/// What Slurm's word for the end of a job means for its session, which left none of its own.
fn end_of(job: &Job, word: &str, began: bool) -> (SessionEnd, String) {
    let Job { id, node, .. } = job;
    match word {
        "CANCELLED" => (
            SessionEnd::Cancelled,
            format!("Slurm's job {id} was cancelled, and not by this run"),
        ),
        "TIMEOUT" | "DEADLINE" => (SessionEnd::TimedOut, called(*id, word)),
        // Slurm could not open the file for what the job prints, or the program is not there.
        "FAILED" | "COMPLETED" if !began => (
            SessionEnd::NotStarted,
            format!(
                "Slurm's job {id} ran on {node} and left no word: the node must see this \
                 repository, its worktrees and this program at the same paths"
            ),
        ),
        _ => (SessionEnd::Lost, called(*id, word)),
    }
}

fn called(job: JobId, word: &str) -> String {
    format!("Slurm says of its job {job}: {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: JobState) -> Queue {
        Queue::Has(Job {
            id: JobId(7),
            state,
            reason: "Resources".to_owned(),
            node: "n1".to_owned(),
            folder: "/w".to_owned(),
        })
    }

    fn over(word: &str) -> Queue {
        job(JobState::Over(word.to_owned()))
    }

    fn seen(result: Option<SessionEnd>, began: bool, asked: bool, queue: Queue) -> Standing {
        stand(Seen {
            result: result.map(SessionResult::unseen),
            began,
            held: false,
            asked,
            given_up: false,
            queue,
        })
    }

    #[test]
    fn what_a_session_left_is_believed_before_slurm() {
        for queue in [
            over("FAILED"),
            over("NODE_FAIL"),
            Queue::Unknown,
            job(JobState::Working),
        ] {
            let standing = seen(Some(SessionEnd::Exited(0)), true, false, queue);
            let result = SessionResult::unseen(SessionEnd::Exited(0));
            assert_eq!(standing, Standing::Over(result));
        }
    }

    #[test]
    fn why_a_session_was_told_to_end_is_slurms_to_say_unless_we_did_it() {
        let cases = [
            ("CANCELLED", SessionEnd::Cancelled),
            ("TIMEOUT", SessionEnd::TimedOut),
            ("PREEMPTED", SessionEnd::Lost),
            ("NODE_FAIL", SessionEnd::Lost),
        ];
        for (word, expected) in cases {
            let told = seen(Some(SessionEnd::Cancelled), true, false, over(word));
            let Standing::Over(result) = told else {
                panic!("{word}: {told:?}")
            };
            assert_eq!(result.end, expected, "{word}");
            assert!(result.complaint.is_some());
            let ours = seen(Some(SessionEnd::Cancelled), true, true, over(word));
            let result = SessionResult::unseen(SessionEnd::Cancelled);
            assert_eq!(ours, Standing::Over(result), "{word}");
        }
        for end in [SessionEnd::Cancelled, SessionEnd::Signalled(15)] {
            let undecided = seen(Some(end), true, false, job(JobState::Working));
            assert_eq!(undecided, Standing::Working);
            let Standing::Over(told) = seen(Some(end), true, false, over("CANCELLED")) else {
                panic!("{end:?} is undecided")
            };
            assert_eq!(told.end, SessionEnd::Cancelled);
        }
        let killed = seen(Some(SessionEnd::Signalled(9)), true, false, over("FAILED"));
        let result = SessionResult::unseen(SessionEnd::Signalled(9));
        assert_eq!(killed, Standing::Over(result));
    }

    #[test]
    fn a_session_that_began_works_though_slurm_was_last_seen_to_have_it_wait() {
        let state = || job(JobState::Waiting);
        assert_eq!(seen(None, true, false, state()), Standing::Working);
        let waits = seen(None, false, false, state());
        assert!(matches!(
            waits,
            Standing::InQueue(Queued { job: Some(_), .. })
        ));
    }

    #[test]
    fn a_job_that_is_over_without_a_word_is_never_well() {
        let cases = [
            ("COMPLETED", true, SessionEnd::Lost),
            ("COMPLETED", false, SessionEnd::NotStarted),
            ("FAILED", false, SessionEnd::NotStarted),
            ("OUT_OF_MEMORY", true, SessionEnd::Lost),
            ("NODE_FAIL", false, SessionEnd::Lost),
            ("CANCELLED", false, SessionEnd::Cancelled),
            ("TIMEOUT", true, SessionEnd::TimedOut),
        ];
        for (word, began, expected) in cases {
            let standing = seen(None, began, false, over(word));
            let Standing::Ending(result) = standing else {
                panic!("{word}: {standing:?}")
            };
            assert_eq!(result.end, expected, "{word}");
        }
    }

    #[test]
    fn what_we_asked_to_end_was_cancelled_by_us_whatever_slurm_calls_it() {
        let cancelled = || SessionResult::unseen(SessionEnd::Cancelled);
        for word in ["CANCELLED", "FAILED", "TIMEOUT"] {
            let waited = seen(None, false, true, over(word));
            assert_eq!(waited, Standing::Over(cancelled()), "{word}");
            let worked = seen(None, true, true, over(word));
            assert_eq!(worked, Standing::Ending(cancelled()), "{word}");
        }
    }

    #[test]
    fn a_session_that_lives_is_never_over_whatever_slurm_says() {
        let lives = |queue| {
            stand(Seen {
                result: None,
                began: true,
                held: true,
                asked: false,
                given_up: false,
                queue,
            })
        };
        for word in ["NODE_FAIL", "PREEMPTED", "FAILED", "COMPLETED"] {
            assert_eq!(lives(over(word)), Standing::Stray, "{word}");
        }
        for queue in [
            Queue::Unknown,
            Queue::Silent("connect failure".to_owned()),
            job(JobState::Working),
            job(JobState::Waiting),
        ] {
            assert_eq!(lives(queue), Standing::Working);
        }
        // Told to end, it says that it was cancelled, by when Slurm may have forgotten its job.
        for queue in [over("NODE_FAIL"), Queue::Unknown] {
            let ended = stand(Seen {
                result: Some(SessionResult::unseen(SessionEnd::Cancelled)),
                began: true,
                held: false,
                asked: false,
                given_up: true,
                queue,
            });
            let Standing::Over(result) = ended else {
                panic!("{ended:?}")
            };
            assert_eq!(result.end, SessionEnd::Lost);
        }
    }

    #[test]
    fn a_controller_that_does_not_answer_loses_nothing() {
        let silent = || Queue::Silent("connect failure".to_owned());
        assert_eq!(seen(None, true, false, silent()), Standing::Working);
        let waits = seen(None, false, false, silent());
        assert!(matches!(waits, Standing::InQueue(Queued { job: None, .. })));
        assert_eq!(seen(None, false, false, Queue::Unknown), Standing::Nowhere);
    }
}
