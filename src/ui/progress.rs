//! A run in progress: live lines on a terminal, a line an event elsewhere, nothing with `-q`.

use jiff::Timestamp;

use crate::id::TaskId;
use crate::run::Progress;
use crate::store::{Event, RunState, TaskPhase, TaskState};

use super::event_lines::{EventLines, Told, between, told};
use super::live::Block;
use super::run_words::{clock, sentence, standing};
use super::screen::Screen;
use super::signs::Signs;
use super::text::{clean, fit, pad, width};

/// Rows of a terminal that the live lines leave free.
const ROWS_LEFT: usize = 2;

/// The most columns of a task's name.
const NAME: usize = 30;

/// The sink of a run's progress. Dropping it takes the live lines off the terminal.
#[derive(Debug)]
pub struct RunProgress<'a> {
    screen: &'a Screen,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Silent,
    Lines(EventLines),
    Live { signs: Signs, block: Block },
}

impl<'a> RunProgress<'a> {
    /// A renderer that suits the screen; `waves` are the plan's.
    pub fn new(screen: &'a Screen, waves: &[Vec<TaskId>]) -> Self {
        let signs = screen.signs();
        let shape = if !screen.narrates() {
            Shape::Silent
        } else if screen.redraws() {
            let block = Block::default();
            Shape::Live { signs, block }
        } else {
            let paint = screen.paint_narration();
            Shape::Lines(EventLines::new(signs, paint, waves, Timestamp::now()))
        };
        Self { screen, shape }
    }

    /// Shows one step.
    pub fn show(&mut self, progress: &Progress<'_>) {
        match &mut self.shape {
            Shape::Silent => {}
            Shape::Lines(teller) => {
                for line in teller.tell(progress) {
                    self.screen.narrate(&line);
                }
            }
            Shape::Live { signs, block } => {
                let above = lasting(*signs, progress);
                let above: Vec<String> = above
                    .map(|told| told.line(self.screen.paint_narration()))
                    .into_iter()
                    .collect();
                let (columns, rows) = self.screen.narration_size();
                let lines = live(*signs, progress.state, progress.at, columns, rows);
                self.screen.redraw(&block.frame(&above, &lines, columns));
            }
        }
    }

    /// Takes the live lines off the terminal; what was printed above them stays.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for RunProgress<'_> {
    fn drop(&mut self) {
        if let Shape::Live { block, .. } = &mut self.shape
            && block.is_drawn()
        {
            let (columns, _) = self.screen.narration_size();
            self.screen.redraw(&block.frame(&[], &[], columns));
        }
    }
}

/// What stays on a terminal: everything but the starts, which the live lines show.
fn lasting(signs: Signs, progress: &Progress<'_>) -> Option<Told> {
    match progress.event? {
        Event::SessionStarted { attempt: 1, .. } => None,
        event => told(signs, progress.state, event),
    }
}

/// A line for each task with a session, then the totals.
fn live(
    signs: Signs,
    state: &RunState,
    now: Timestamp,
    columns: usize,
    rows: usize,
) -> Vec<String> {
    if state.ended.is_some() {
        return Vec::new();
    }
    let active: Vec<&TaskState> = state.tasks.iter().filter(|t| t.phase.is_active()).collect();
    let names = active.iter().map(|t| width(&clean(&t.name))).max();
    let names = names.unwrap_or(0).min(NAME);
    let room = rows.saturating_sub(ROWS_LEFT + 1).max(1);
    let mut lines: Vec<String> = active
        .iter()
        .take(room)
        .map(|task| live_task(signs, state, task, now, names))
        .collect();
    lines.push(format!(
        "{} {} {} {}",
        clock(between(state.started, now)),
        signs.dot,
        state.run,
        sentence(state)
    ));
    // The last column stays free: a terminal may wrap after it.
    let fitted = lines.iter().map(|line| fit(line, columns - 1).into_owned());
    fitted.collect()
}

fn live_task(
    signs: Signs,
    state: &RunState,
    task: &TaskState,
    now: Timestamp,
    names: usize,
) -> String {
    let session = task.sessions.last();
    let since = session.and_then(|s| s.started).or(task.started);
    let elapsed = since.map_or(0.0, |since| between(since, now));
    let worker = session.map_or_else(String::new, |s| format!("  worker-{}", s.worker));
    let unusual = match task.phase {
        TaskPhase::Running => String::new(),
        _ => format!("  {}", standing(state, task)),
    };
    format!(
        "{} {} {} {}{worker}{unusual}",
        clock(elapsed),
        signs.started,
        task.id,
        pad(&fit(&clean(&task.name), names), names),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::{Tale, at};
    use crate::store::{Outcome, RunPhase};

    fn tale() -> Tale {
        Tale::of(&[&[], &[], &[1]])
            .starts(0.0, 1, 1)
            .starts(10.0, 2, 2)
    }

    #[test]
    fn every_running_task_has_a_line_and_the_totals_come_last() {
        let expected = [
            "00:42 ⚡ T001 task-1  worker-1",
            "00:32 ⚡ T002 task-2  worker-2",
            "00:42 · r1 0 of 3 done, 2 running, 1 waits for T001",
        ];
        let lines = live(Signs::new(true), &tale().state(), at(42.0), 80, 24);
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_narrow_and_low_terminal_gets_fewer_and_shorter_lines() {
        let lines = live(Signs::new(true), &tale().state(), at(42.0), 20, 4);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line) < 20), "{lines:?}");
    }

    #[test]
    fn nothing_stays_when_the_run_is_over() {
        let state = tale()
            .finishes(50.0, 1, Outcome::Done, "")
            .over(50.0, RunPhase::Failed)
            .state();
        assert!(live(Signs::new(true), &state, at(51.0), 80, 24).is_empty());
    }
}
