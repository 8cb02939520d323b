//! Slurm, as its own programs speak for it.
//!
//! Its controller may be away for a while, which says nothing about its jobs: every question here
//! has *no answer* as one of its answers, and whoever asks is expected to ask again. Partition,
//! account and the like are the user's: `sbatch` reads them from `SBATCH_PARTITION` and its kin.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::error::{Failure, Result};
use crate::id::JobId;

use super::Program;

/// No answer of Slurm is waited for longer. `sbatch` itself tries for a while.
const LIMIT: Duration = Duration::from_secs(30);

/// What its programs say when the controller, or the way to it, is away. Anything else is a
/// refusal. (`src/common/slurm_errno.c` of Slurm.)
const AWAY: [&str; 8] = [
    "Unable to contact slurm controller",
    "Unable to contact slurm daemon",
    "Slurm backup controller in standby mode",
    "controller not responding",
    "Connection refused",
    "timed out",
    "Zero Bytes were transmitted or received",
    "Protocol authentication error",
];

/// Why a job waits that nobody has looked at yet.
pub const SUBMITTED: &str = "submitted";

/// A job to be.
#[derive(Debug)]
pub struct JobRequest<'a> {
    /// Of letters and digits.
    pub name: &'a str,
    /// Where it begins, and by which it is found again: no other job may have it.
    pub folder: &'a Path,
    /// What it prints, in its folder: a plain name.
    pub log: &'a str,
    pub script: &'a Path,
    pub args: [&'a Path; 2],
    pub limit: Duration,
}

/// What became of a request.
#[derive(Debug)]
pub enum Submission {
    Accepted(JobId),
    /// With Slurm's words.
    Refused(String),
    /// It may have been accepted all the same.
    NoAnswer(String),
}

/// What Slurm says of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: JobId,
    pub state: JobState,
    /// In Slurm's words, why it is so.
    pub reason: String,
    /// Where it runs or ran.
    pub node: String,
    /// Where it begins.
    pub folder: String,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    Waiting,
    Working,
    /// With Slurm's word: `COMPLETED`, `NODE_FAIL`, …
    Over(String),
}

/// Slurm's version, if it is installed and its controller answers.
pub fn answers() -> Result<String> {
    // It reads its configuration even for this.
    let told = Program::new("sbatch").arg("--version").output()?;
    if !told.status.success() {
        let words = last_line(&told.complaint());
        return Err(Failure::unable(format!("sbatch fails: {words}")));
    }
    let version = told.text();
    match jobs() {
        Ok(_) => Ok(version),
        Err(words) => Err(Failure::unable(format!(
            "{version} does not answer: {words}"
        ))),
    }
}

/// Asks for a job.
pub fn submit(request: &JobRequest<'_>) -> Result<Submission> {
    let minutes = request.limit.as_secs().div_ceil(60);
    let call = Program::new("sbatch")
        .args(["--parsable", "--no-requeue", "--nodes=1", "--ntasks=1"])
        // What a session needs to know (keys of agents, PATH) it has from us, as everywhere.
        .args(["--export=ALL", "--input=/dev/null"])
        .arg(format!("--job-name={}", request.name))
        .arg(format!("--time={minutes}"))
        .arg(joined("--chdir=", request.folder))
        // A backslash keeps Slurm from reading `%` in the folder's own path as one of its patterns.
        .arg(format!("--output=\\{}", request.log))
        .arg(request.script)
        .args(request.args);
    let Some(told) = call.output_within(LIMIT)? else {
        return Ok(Submission::NoAnswer(no_answer()));
    };
    let id = told.text();
    let id = id.split(';').next().and_then(|id| id.trim().parse().ok());
    Ok(match (told.status.success(), id) {
        (true, Some(id)) => Submission::Accepted(JobId(id)),
        _ => unsuccessful(&told.complaint()),
    })
}

fn joined(option: &str, path: &Path) -> OsString {
    let mut joined = OsString::from(option);
    joined.push(path);
    joined
}

fn unsuccessful(complaint: &str) -> Submission {
    let words = last_line(complaint);
    match AWAY.iter().any(|away| complaint.contains(away)) {
        true => Submission::NoAnswer(words),
        false => Submission::Refused(words),
    }
}

/// All jobs of this user that Slurm remembers; why there is no answer, where there is none. Those
/// that are over it forgets after some minutes (`MinJobAge`).
pub fn jobs() -> Result<Vec<Job>, String> {
    let call = Program::new("squeue")
        .args(["--me", "--noheader", "--states=all"])
        .arg("--format=%i|%T|%N|%r|%Z");
    match call.output_within(LIMIT) {
        Ok(Some(told)) if told.status.success() => {
            Ok(told.text().lines().filter_map(job).collect())
        }
        Ok(Some(told)) => Err(last_line(&told.complaint())),
        Ok(None) => Err(no_answer()),
        Err(failure) => Err(failure.what),
    }
}

/// Reads `12|PENDING||Resources|/folder`.
fn job(line: &str) -> Option<Job> {
    let mut fields = line.splitn(5, '|');
    let mut next = || fields.next().map(str::to_owned);
    Some(Job {
        id: JobId(next()?.parse().ok()?),
        state: state(next()?),
        node: next()?,
        reason: reason(next()?),
        folder: next()?,
    })
}

/// The scheduler gives none before it has looked at a job.
fn reason(words: String) -> String {
    match words.as_str() {
        "None" => SUBMITTED.to_owned(),
        _ => words,
    }
}

/// A word that is not known is no end: nothing is called over that may go on.
fn state(word: String) -> JobState {
    match word.as_str() {
        "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_HOLD" | "REQUEUE_FED"
        | "RESV_DEL_HOLD" | "SPECIAL_EXIT" => JobState::Waiting,
        "BOOT_FAIL" | "CANCELLED" | "COMPLETED" | "DEADLINE" | "FAILED" | "NODE_FAIL"
        | "OUT_OF_MEMORY" | "PREEMPTED" | "REVOKED" | "TIMEOUT" => JobState::Over(word),
        _ => JobState::Working,
    }
}

/// Asks all processes of a job to end; whether Slurm heard it.
pub fn terminate(job: JobId) -> bool {
    scancel(&["--signal=TERM", "--full", &job.to_string()])
}

/// Takes a job from the queue, or ends it: what does not end by itself is killed.
pub fn cancel(job: JobId) -> bool {
    scancel(&[&job.to_string()])
}

fn scancel(words: &[&str]) -> bool {
    let told = Program::new("scancel").args(words).output_within(LIMIT);
    matches!(told, Ok(Some(told)) if told.status.success())
}

/// `sbatch: error: Batch job submission failed: Invalid account` without who says it.
fn last_line(complaint: &str) -> String {
    let line = complaint.lines().last().unwrap_or("no reason was given");
    let kinds = [": error: ", ": fatal: "];
    let mut words = kinds.iter().filter_map(|kind| line.split_once(kind));
    words
        .next()
        .map_or(line, |(_, words)| words)
        .trim()
        .to_owned()
}

fn no_answer() -> String {
    format!(
        "Slurm's controller gave no answer within {} s",
        LIMIT.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_queue_is_read_whatever_the_folder_is_called() {
        let read = job("12|PENDING||Resources|/w/a|b %j").unwrap();
        assert_eq!(read.id, JobId(12));
        assert_eq!(read.state, JobState::Waiting);
        assert_eq!(read.reason, "Resources");
        assert_eq!(read.folder, "/w/a|b %j");
        let over = job("7|NODE_FAIL|n1|None|/w").unwrap();
        assert_eq!(over.state, JobState::Over("NODE_FAIL".to_owned()));
        assert_eq!(
            job("7|NEW_WORD|n1|None|/w").unwrap().state,
            JobState::Working
        );
        for other in [
            "",
            "slurm_load_jobs error",
            "1_2|PENDING||Resources|/w",
            "3|RUNNING|n1",
        ] {
            assert_eq!(job(other), None, "{other}");
        }
    }

    #[test]
    fn a_controller_that_is_away_has_not_refused() {
        let failed = "sbatch: error: Batch job submission failed: ";
        let away = format!("{failed}Unable to contact slurm controller (connect failure)");
        assert!(matches!(unsuccessful(&away), Submission::NoAnswer(_)));
        let refused = unsuccessful(&format!("{failed}Invalid account"));
        let Submission::Refused(words) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(words, "Batch job submission failed: Invalid account");
    }
}
