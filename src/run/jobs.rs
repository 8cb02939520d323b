//! The `slurm` launcher: a job a session. The job is the same shim as the local launcher starts, on
//! a node that sees the repository, its worktrees and this program at the same paths.
//!
//! Jobs have no dependencies of Slurm's: a task starts from what came of those that it depends on,
//! so its worktree can only be made when they are done, and its job is asked for then.
//!
//! Nothing of a plan reaches Slurm: a job is named by its run and task, and its folder is the
//! session's, by which it is found again whoever asked for it, and whether or not the controller's
//! answer arrived.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::error::{OnPath, Result};
use crate::id::JobId;
use crate::process::slurm::{self, Job, JobRequest, JobState, Submission};
use crate::process::{self, Background};
use crate::store::{Lock, SessionEnd, end_of_log};

use super::job::{Queue, Seen, Standing, stand};
use super::launch::{self, Found};
use super::launcher::{Begun, Launcher};
use super::queued::Queued;
use super::session::{SessionFolder, SessionResult, SessionSpec};
use super::shim;
use super::spent::Spent;

/// How often the session's files are looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// How often Slurm is asked, once for all jobs of a run.
const POLL: Duration = Duration::from_secs(5);

/// How seldom at most, while it does not answer.
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// How long the last word of a job may take from the node's file system to ours.
const SETTLING: Duration = Duration::from_secs(5);

/// What a session gets of Slurm beyond its own time limit, which its shim enforces.
const BEYOND: Duration = Duration::from_secs(120);

/// After being asked, before Slurm ends the job; longer than a shim gives its program.
const GRACE: Duration = Duration::from_secs(15);

/// How often a shim looks whether it is to end.
const LOOK: Duration = Duration::from_secs(1);

/// Between two tries to have Slurm end a job.
const BETWEEN: Duration = Duration::from_secs(1);

/// So often a job may be forgotten before it began: a controller that is killed again and again does
/// that to all that it took in the last seconds.
const MOST_JOBS: usize = 10;

/// What a job prints besides its session: Slurm's own words, mostly.
const LOG: &str = "job.log";

/// What a job runs. Paths reach it as arguments: no shell reads them.
const SCRIPT: &str = "#!/bin/sh\nexec \"$1\" session job \"$2\"\n";

/// The jobs of a run.
#[derive(Debug)]
pub struct Jobs {
    program: PathBuf,
    /// Where the folders of this repository's sessions are.
    runs: PathBuf,
    queue: Mutex<Option<Answer>>,
    spent: Mutex<Spent>,
}

/// What Slurm said last.
#[derive(Debug)]
struct Answer {
    jobs: Result<Vec<Job>, String>,
    /// When it was asked.
    at: Instant,
    /// Until it is asked again.
    pause: Duration,
}

impl Jobs {
    pub fn new(program: PathBuf, runs: PathBuf) -> Self {
        Self {
            program,
            runs,
            queue: Mutex::new(None),
            spent: Mutex::default(),
        }
    }

    /// What Slurm says of a session's job now; what it said before `since` does not count, and
    /// then nothing is known.
    fn queue(&self, folder: &SessionFolder, since: Instant) -> Option<Queue> {
        let mut last = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match last.take() {
            Some(answer) if answer.at.elapsed() < answer.pause => answer,
            stale => {
                let answer = ask(stale.map_or(POLL, |stale| stale.pause));
                self.end_spent(answer.jobs.as_deref().unwrap_or_default());
                answer
            }
        };
        let said = (answer.at >= since).then(|| match &answer.jobs {
            Ok(jobs) => of_folder(jobs, folder).map_or(Queue::Unknown, Queue::Has),
            Err(reason) => Queue::Silent(reason.clone()),
        });
        *last = Some(answer);
        said
    }

    /// Ends jobs that Slurm keeps though their sessions are over: others may wait for their place.
    fn end_spent(&self, jobs: &[Job]) {
        let is_over = |job: &Job| {
            let folder = SessionFolder::new(PathBuf::from(&job.folder));
            folder.path().starts_with(&self.runs) && folder.result().is_some() && !lives(&folder)
        };
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        for job in spent.due(jobs, is_over, Instant::now()) {
            // What Slurm does not hear now it is told the next time.
            slurm::cancel(job);
        }
    }

    fn see(&self, folder: &SessionFolder, since: Instant, known: Option<&Queued>) -> Seen {
        let queue = self.queue(folder, since);
        // The files are looked at after Slurm: what ended before its answer has left its word. The
        // lock goes first: whoever frees it has left its word before.
        let held = lives(folder);
        Seen {
            result: folder.result(),
            began: folder.started().is_some(),
            held,
            asked: folder.times_asked() > 0,
            given_up: folder.is_given_up(),
            queue: queue.unwrap_or_else(|| {
                Queue::Silent(known.map(|known| known.reason.clone()).unwrap_or_default())
            }),
        }
    }

    /// Asks for a session's job. A refusal becomes its result.
    fn submit(&self, folder: &SessionFolder, spec: &SessionSpec) -> Result<Queued> {
        let script = folder.path().join("job.sh");
        fs::write(&script, SCRIPT).on_path("write", &script)?;
        let request = JobRequest {
            name: &format!("{}-{}", spec.run, spec.task),
            folder: folder.path(),
            log: LOG,
            script: &script,
            args: [&self.program, folder.path()],
            limit: Duration::from_secs(spec.timeout_seconds) + BEYOND,
        };
        Ok(match slurm::submit(&request)? {
            Submission::Accepted(job) => {
                folder.note_job(job)?;
                Queued {
                    job: Some(job),
                    reason: slurm::SUBMITTED.to_owned(),
                }
            }
            Submission::NoAnswer(reason) => Queued { job: None, reason },
            Submission::Refused(words) => {
                folder.write_result(&SessionResult::unstarted(words))?;
                Queued::default()
            }
        })
    }
}

impl Launcher for Jobs {
    fn start(&self, folder: &SessionFolder, spec: &SessionSpec) -> Result<Begun> {
        launch::prepare(folder, spec)?;
        folder.forget_asking()?;
        self.submit(folder, spec).map(Begun::InQueue)
    }

    fn find(&self, folder: &SessionFolder) -> Result<Found> {
        Ok(match folder.read_spec() {
            // What came of asking for its job, if anybody did, is seen by waiting for it.
            Ok(_) => Found::Queued(Queued::default()),
            Err(_) => Found::NotBegun,
        })
    }

    fn wait(
        &self,
        folder: &SessionFolder,
        _child: Option<Background>,
        known: Option<&Queued>,
    ) -> Result<Found> {
        let mut vigil = Vigil {
            jobs: self,
            folder,
            known,
            since: Instant::now(),
            ending: None,
            end: End::default(),
        };
        loop {
            if let Some(found) = vigil.look()? {
                return Ok(found);
            }
            sleep(GLANCE);
        }
    }

    fn cancel(&self, folder: &SessionFolder, _child: Option<u32>) {
        // Whoever waits for the session tells Slurm, as often as it takes. Where this cannot be
        // written nothing else can.
        let _ = folder.ask_to_end();
    }

    /// Slurm has done that: a job is over when nothing of it is left.
    fn clear_away(&self, _folder: &SessionFolder) {}
}

fn ask(pause: Duration) -> Answer {
    let at = Instant::now();
    let jobs = slurm::jobs();
    let pause = match jobs {
        Ok(_) => POLL,
        Err(_) => (pause * 2).min(MOST_PATIENCE),
    };
    Answer { jobs, at, pause }
}

/// The job of a session's folder: the one that lives, where an answer that never arrived left two.
fn of_folder(jobs: &[Job], folder: &SessionFolder) -> Option<Job> {
    let folder = folder.path().to_string_lossy();
    let own = || jobs.iter().filter(|job| job.folder == *folder);
    let lives = |job: &&Job| !matches!(job.state, JobState::Over(_));
    let found = own()
        .find(lives)
        .or_else(|| own().max_by_key(|job| job.id.0));
    found.cloned()
}

/// Adds what Slurm printed last into the job: why it killed it, as a rule.
fn with_last_words(folder: &SessionFolder, result: SessionResult) -> SessionResult {
    // What cannot be read says nothing.
    let words = end_of_log(&folder.path().join(LOG), 1).unwrap_or_default();
    let complaint = match (result.complaint, words.trim()) {
        (Some(complaint), words) if !words.is_empty() => Some(format!("{complaint} ({words})")),
        (complaint, _) => complaint,
    };
    SessionResult {
        complaint,
        ..result
    }
}

/// Slurm forgets a job soon: what it amounts to is kept with the session.
fn keep(folder: &SessionFolder, result: SessionResult) -> Result<Found> {
    if folder.result().as_ref() != Some(&result) {
        folder.write_result(&result)?;
    }
    Ok(Found::Ended(result))
}

/// A wait for one session.
struct Vigil<'a> {
    jobs: &'a Jobs,
    folder: &'a SessionFolder,
    known: Option<&'a Queued>,
    /// What Slurm said before does not count.
    since: Instant,
    /// Since when the job is over, without a word of the session.
    ending: Option<Instant>,
    end: End,
}

impl Vigil<'_> {
    /// Looks once; returns what there is to tell.
    fn look(&mut self) -> Result<Option<Found>> {
        let seen = self.jobs.see(self.folder, self.since, self.known);
        let asked = seen.asked;
        if let Queue::Has(job) = &seen.queue {
            self.end.press(self.folder, job);
        }
        let standing = stand(seen);
        if !matches!(standing, Standing::Ending(_)) {
            self.ending = None;
        }
        match standing {
            Standing::Over(result) => keep(self.folder, result).map(Some),
            Standing::Ending(result) => {
                let ending = self.ending.get_or_insert_with(Instant::now);
                match ending.elapsed() >= SETTLING {
                    true => keep(self.folder, with_last_words(self.folder, result)).map(Some),
                    false => Ok(None),
                }
            }
            Standing::Stray => {
                if !self.folder.is_given_up() {
                    self.folder.give_up()?;
                }
                Ok(None)
            }
            Standing::Working => Ok(self.known.map(|_| Found::Living)),
            // Should Slurm have a job after all, that begins with looking whether it is wanted.
            Standing::InQueue(Queued { job: None, .. }) | Standing::Nowhere
                if asked && self.folder.jobs() == 0 =>
            {
                let cancelled = SessionResult::unseen(SessionEnd::Cancelled);
                keep(self.folder, cancelled).map(Some)
            }
            Standing::InQueue(queued) => Ok(self.news(queued).map(Found::Queued)),
            Standing::Nowhere => self.submit_again(),
        }
    }

    /// What is known of a session in the queue, where that is new.
    fn news(&self, queued: Queued) -> Option<Queued> {
        let known = self.known.and_then(|known| known.job);
        let queued = Queued {
            job: queued.job.or(known),
            ..queued
        };
        (self.known != Some(&queued)).then_some(queued)
    }

    /// Slurm has no job of a session that never began: its answer or the job itself was lost. Asked
    /// for again it is with more and more patience.
    fn submit_again(&mut self) -> Result<Option<Found>> {
        let jobs = self.folder.jobs();
        let pause = match jobs {
            0 => Duration::ZERO,
            jobs => (POLL * (1 << jobs.min(8)) / 2).min(MOST_PATIENCE),
        };
        if self.since.elapsed() < pause {
            return Ok(None);
        }
        if jobs >= MOST_JOBS {
            let words = "Slurm took its job several times, and knows nothing of it";
            return keep(self.folder, SessionResult::unstarted(words.to_owned())).map(Some);
        }
        let queued = self.jobs.submit(self.folder, &self.folder.read_spec()?)?;
        self.since = Instant::now();
        Ok(queued.job.is_some().then_some(Found::Queued(queued)))
    }
}

/// How far we are with ending a job.
#[derive(Debug, Default)]
struct End {
    /// How often its processes were asked.
    asked: u32,
    begun: Option<Instant>,
    tried: Option<Instant>,
}

impl End {
    /// Has Slurm do what was asked for and is not done yet.
    fn press(&mut self, folder: &SessionFolder, job: &Job) {
        let asked = folder.times_asked();
        if asked == 0 || self.tried.is_some_and(|tried| tried.elapsed() < BETWEEN) {
            return;
        }
        let begun = *self.begun.get_or_insert_with(Instant::now);
        match &job.state {
            JobState::Working if self.asked < asked => {
                self.asked += u32::from(slurm::terminate(job.id));
            }
            JobState::Working if begun.elapsed() >= GRACE => drop(slurm::cancel(job.id)),
            JobState::Waiting => drop(slurm::cancel(job.id)),
            JobState::Working | JobState::Over(_) => {}
        }
        self.tried = Some(Instant::now());
    }
}

/// Whether a session's shim holds its lock, on this node or another: that takes a file system on
/// which locks hold across nodes.
fn lives(folder: &SessionFolder) -> bool {
    Lock::is_held(&folder.lock()).unwrap_or(false)
}

/// Is the job of the session in `folder`: its shim, which holds the session's lock.
pub fn job(folder: PathBuf) -> Result<()> {
    let session = SessionFolder::new(folder.clone());
    let spec = session.read_spec()?;
    if session.times_asked() > 0 {
        return session.write_result(&SessionResult::unseen(SessionEnd::Cancelled));
    }
    let purpose = format!("session of {}/{}", spec.run, spec.task);
    let _lock = Lock::acquire(&session.lock(), &purpose, Duration::ZERO)?;
    shim::shim_that(folder, |session| {
        thread::spawn(move || heed(&session));
    })
}

/// Ends the session that we are the shim of when its folder says so, and Slurm's signal did not
/// come: its controller may be away, or have given up this node.
fn heed(session: &SessionFolder) {
    while session.times_asked() == 0 && !session.is_given_up() {
        sleep(LOOK);
    }
    sleep(GRACE);
    process::interrupt(std::process::id());
}

/// Whether Slurm still has the job of a session that left no result; where it does not answer, that
/// is assumed.
pub fn may_live(folder: &SessionFolder, job: JobId) -> bool {
    let goes_on = |one: &Job| one.id == job && !matches!(one.state, JobState::Over(_));
    let queued = || slurm::jobs().map_or(true, |jobs| jobs.iter().any(goes_on));
    folder.result().is_none() && (lives(folder) || queued())
}
