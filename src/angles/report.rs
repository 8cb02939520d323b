//! Plan and journal in, report out: who has answered, what was found, how much was seen, how long
//! it took.

use super::events::{Answer, Event};
use super::join::{Checked, Contradiction, Finding, contradictions, join};
use super::model::{Angle, AnglesPlan};

/// Where an angle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AngleState {
    /// Every chunk was answered.
    Done,
    /// A chunk was given up; what the others brought counts all the same.
    Failed,
    /// A chunk has neither answer nor failure yet.
    Running,
}

/// What has become of a chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ChunkState {
    #[default]
    Open,
    Done(Answer),
    Failed(String),
}

/// Where an analysis stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub plan: AnglesPlan,
    pub angles: Vec<AngleReport>,
    /// The worst first.
    pub findings: Vec<Finding>,
    pub contradictions: Vec<Contradiction>,
    pub coverage: Coverage,
    pub timing: Timing,
}

/// One angle.
#[derive(Clone, Debug, PartialEq)]
pub struct AngleReport {
    pub number: u32,
    pub name: String,
    pub state: AngleState,
    pub chunks: Vec<ChunkState>,
}

/// How much of the scope was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub files: usize,
    /// Files of which every angle that reads them has read all.
    pub files_read: usize,
    /// Over all angles.
    pub bytes_unseen: u64,
}

/// How long it took, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// From first request to last answer, of all executions.
    pub wall: f64,
    /// Work of the server on our requests, added up.
    pub busy: f64,
    /// What our requests waited at the server, added up.
    pub queue: f64,
    /// Whether the server says how long it worked; else `busy` is how long requests took.
    pub measured: bool,
    /// Requests that were made.
    pub requests: u32,
}

impl Timing {
    /// How many requests were at work at once, on average: work over time. What is waited for in a
    /// queue is no work. `None` where nothing was asked.
    pub fn speedup(&self) -> Option<f64> {
        (self.wall > 0.0 && self.busy > 0.0).then(|| self.busy / self.wall)
    }

    /// Whether the server answers one request at a time, though several were sent.
    pub fn is_serial(&self, at_once: usize) -> bool {
        let speedup = self.speedup().filter(|_| self.measured);
        at_once > 1 && self.requests > 1 && speedup.is_some_and(|speedup| speedup < 1.3)
    }
}

/// What can still be done with the angles that have answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All of them.
    All,
    /// Some failed: the others can be combined, this many at once at most.
    Some(usize),
    /// One alone: nothing to combine.
    Single,
    None,
}

impl Report {
    /// Puts it together.
    pub fn new(plan: AnglesPlan, events: &[Event]) -> Self {
        let chunks = fold(&plan, events);
        let findings = join(&in_order(events));
        Self {
            angles: plan
                .angles
                .iter()
                .zip(&chunks)
                .map(|(a, c)| angle(a, c))
                .collect(),
            contradictions: contradictions(&findings),
            findings,
            coverage: coverage(&plan, &chunks),
            timing: timing(events),
            plan,
        }
    }

    /// The angles that have answered in full, by number.
    pub fn done(&self) -> Vec<u32> {
        let done = self
            .angles
            .iter()
            .filter(|angle| angle.state == AngleState::Done);
        done.map(|angle| angle.number).collect()
    }

    /// What can still be done.
    pub fn standing(&self) -> Standing {
        match (self.done().len(), self.angles.len()) {
            (0, _) => Standing::None,
            (done, all) if done == all => Standing::All,
            (1, _) => Standing::Single,
            (done, _) => Standing::Some(done),
        }
    }

    /// What an angle found.
    pub fn findings_of(&self, angle: u32) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.angles.contains(&angle))
    }

    /// The name of an angle.
    pub fn name_of(&self, angle: u32) -> &str {
        let found = self.angles.iter().find(|one| one.number == angle);
        found.map_or("?", |angle| &angle.name)
    }
}

/// The angle's number, the chunk and what has become of it, where an event tells.
pub fn came_of(event: &Event) -> Option<(u32, usize, ChunkState)> {
    match event {
        Event::ChunkDone {
            angle,
            chunk,
            answer,
        } => Some((*angle, *chunk, ChunkState::Done(answer.clone()))),
        Event::ChunkFailed {
            angle,
            chunk,
            reason,
        } => Some((*angle, *chunk, ChunkState::Failed(reason.clone()))),
        _ => None,
    }
}

/// What has become of every chunk of every angle; the last word about a chunk holds.
pub fn fold(plan: &AnglesPlan, events: &[Event]) -> Vec<Vec<ChunkState>> {
    let open = |angle: &Angle| vec![ChunkState::Open; angle.chunks.len()];
    let mut states: Vec<Vec<ChunkState>> = plan.angles.iter().map(open).collect();
    for event in events {
        let Some((angle, chunk, state)) = came_of(event) else {
            continue;
        };
        let chunks = (angle as usize)
            .checked_sub(1)
            .and_then(|at| states.get_mut(at));
        if let Some(known) = chunks.and_then(|chunks| chunks.get_mut(chunk)) {
            *known = state;
        }
    }
    states
}

/// Findings as they were reported.
fn in_order(events: &[Event]) -> Vec<Checked> {
    let mut all = Vec::new();
    for event in events {
        if let Event::ChunkDone { angle, answer, .. } = event {
            all.extend(answer.findings.iter().map(|found| Checked {
                angle: *angle,
                claim: found.claim.clone(),
                evidence: found.evidence,
            }));
        }
    }
    all
}

fn angle(angle: &Angle, chunks: &[ChunkState]) -> AngleReport {
    let is_open = chunks.contains(&ChunkState::Open);
    let has_failed = chunks
        .iter()
        .any(|chunk| matches!(chunk, ChunkState::Failed(_)));
    AngleReport {
        number: angle.number,
        name: angle.name.clone(),
        state: match (is_open, has_failed) {
            (true, _) => AngleState::Running,
            (_, true) => AngleState::Failed,
            _ => AngleState::Done,
        },
        chunks: chunks.to_vec(),
    }
}

fn coverage(plan: &AnglesPlan, states: &[Vec<ChunkState>]) -> Coverage {
    let mut unread = vec![false; plan.files.len()];
    let mut touched = vec![false; plan.files.len()];
    let mut unseen = 0;
    for (angle, states) in plan.angles.iter().zip(states) {
        for (chunk, state) in angle.chunks.iter().zip(states) {
            let bytes: u64 = chunk.pieces.iter().map(|piece| piece.bytes).sum();
            let missed = match state {
                ChunkState::Done(answer) => answer.unseen_bytes,
                _ => bytes,
            };
            unseen += missed;
            for piece in &chunk.pieces {
                touched[piece.file] = true;
                unread[piece.file] |=
                    missed > 0 || matches!(state, ChunkState::Open | ChunkState::Failed(_));
            }
        }
    }
    let in_scope = touched.iter().filter(|touched| **touched).count();
    let read = touched
        .iter()
        .zip(&unread)
        .filter(|(touched, unread)| **touched && !**unread);
    Coverage {
        files: in_scope,
        files_read: read.count(),
        bytes_unseen: unseen,
    }
}

fn timing(events: &[Event]) -> Timing {
    let mut timing = Timing {
        measured: true,
        ..Timing::default()
    };
    for event in events {
        match event {
            Event::ExecutionEnded { wall_seconds } => timing.wall += wall_seconds,
            Event::ChunkDone { answer, .. } if !answer.cached => {
                timing.requests += answer.requests;
                timing.measured &= answer.times.busy.is_some();
                let busy = answer.times.busy.unwrap_or(answer.times.total);
                timing.busy += busy;
                timing.queue += (answer.times.total - busy).max(0.0);
            }
            _ => {}
        }
    }
    timing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angles::testing::plan;
    use crate::llm::Times;

    fn done(angle: u32, chunk: usize, busy: f64, total: f64) -> Event {
        let times = Times {
            busy: Some(busy),
            total,
        };
        let answer = Answer {
            times,
            requests: 1,
            ..Answer::default()
        };
        Event::ChunkDone {
            angle,
            chunk,
            answer,
        }
    }

    fn failed(angle: u32, chunk: usize) -> Event {
        let reason = "x".to_owned();
        Event::ChunkFailed {
            angle,
            chunk,
            reason,
        }
    }

    #[test]
    fn speedup_counts_work_and_not_the_queue() {
        let ended = |wall_seconds| Event::ExecutionEnded { wall_seconds };
        let serial: Vec<Event> = (1..=4)
            .map(|n| done(n, 0, 1.0, f64::from(n)))
            .chain([ended(4.0)])
            .collect();
        let report = Report::new(plan(4, 1), &serial);
        assert_eq!(
            (report.timing.speedup(), report.timing.queue),
            (Some(1.0), 6.0)
        );
        assert!(report.timing.is_serial(4) && !report.timing.is_serial(1));
        let parallel: Vec<Event> = (1..=4)
            .map(|n| done(n, 0, 1.0, 1.0))
            .chain([ended(1.0)])
            .collect();
        let report = Report::new(plan(4, 1), &parallel);
        assert_eq!(
            (report.timing.speedup(), report.timing.queue),
            (Some(4.0), 0.0)
        );
        assert!(!report.timing.is_serial(4));
    }

    #[test]
    fn what_can_be_combined_depends_on_how_many_angles_answered() {
        let standing =
            |angles: usize, events: &[Event]| Report::new(plan(angles, 2), events).standing();
        let all = |angle: u32| [done(angle, 0, 1.0, 1.0), done(angle, 1, 1.0, 1.0)];
        let bad = |angle: u32| [done(angle, 0, 1.0, 1.0), failed(angle, 1)];
        let four = |good: u32| -> Vec<Event> {
            (1..=4)
                .flat_map(|n| if n <= good { all(n) } else { bad(n) })
                .collect()
        };
        let expected = [
            Standing::None,
            Standing::Single,
            Standing::Some(2),
            Standing::Some(3),
            Standing::All,
        ];
        for (good, expected) in (0..).zip(expected) {
            assert_eq!(standing(4, &four(good)), expected, "{good} of 4");
        }
        assert_eq!(standing(1, &all(1)), Standing::All);
        assert_eq!(standing(2, &all(1)), Standing::Single);
    }

    #[test]
    fn a_chunk_that_was_given_up_is_not_seen_until_it_is_answered() {
        let mut events = vec![done(1, 0, 1.0, 1.0), failed(1, 1)];
        let report = Report::new(plan(1, 2), &events);
        assert_eq!((report.coverage.files, report.coverage.files_read), (2, 1));
        assert_eq!(report.coverage.bytes_unseen, 10);
        assert_eq!(report.angles[0].state, AngleState::Failed);
        events.push(done(1, 1, 1.0, 1.0));
        let report = Report::new(plan(1, 2), &events);
        assert_eq!(
            (report.coverage.files_read, report.coverage.bytes_unseen),
            (2, 0)
        );
        assert_eq!(report.angles[0].state, AngleState::Done);
    }
}
