//! An analysis in progress: live lines on a terminal, a line an event elsewhere, nothing with `-q`.

use crate::angles::{AnglesPlan, ChunkState, Event, Progress};
use crate::size;
use crate::ui::live::Block;
use crate::ui::run_words::clock;
use crate::ui::screen::Screen;
use crate::ui::signs::Signs;
use crate::ui::text::{clean, count, fit, pad, width};

/// The sink of an analysis' progress. Dropping it takes the live lines off the terminal.
#[derive(Debug)]
pub struct AnglesProgress<'a> {
    screen: &'a Screen,
    block: Option<Block>,
}

impl<'a> AnglesProgress<'a> {
    /// A renderer that suits the screen.
    pub fn new(screen: &'a Screen) -> Self {
        let live = screen.narrates() && screen.redraws();
        Self {
            screen,
            block: live.then(Block::default),
        }
    }

    /// Shows one step.
    pub fn show(&mut self, progress: &Progress<'_>) {
        let signs = self.screen.signs();
        let told = told(progress, signs);
        match &mut self.block {
            None => told.iter().for_each(|line| self.screen.narrate(line)),
            Some(block) => {
                let (columns, _) = self.screen.narration_size();
                let above: Vec<String> = told.into_iter().collect();
                let lines = live(progress, signs, columns);
                self.screen.redraw(&block.frame(&above, &lines, columns));
            }
        }
    }
}

impl Drop for AnglesProgress<'_> {
    fn drop(&mut self) {
        if let Some(block) = self.block.as_mut().filter(|block| block.is_drawn()) {
            let (columns, _) = self.screen.narration_size();
            self.screen.redraw(&block.frame(&[], &[], columns));
        }
    }
}

/// What stays: a chunk that failed, an angle that is through.
fn told(progress: &Progress<'_>, signs: Signs) -> Option<String> {
    let (angle, reason) = match progress.event? {
        Event::ChunkDone { angle, .. } => (*angle, None),
        Event::ChunkFailed { angle, reason, .. } => (*angle, Some(reason)),
        _ => return None,
    };
    let chunks = &progress.chunks[angle as usize - 1];
    let name = format!("{angle} {}", clean(name(progress.plan, angle)));
    let clock = clock(progress.elapsed);
    if let Some(reason) = reason {
        return Some(format!(
            "[{clock}] {} {name}: {}",
            signs.failed,
            clean(reason)
        ));
    }
    let is_through = !chunks.contains(&ChunkState::Open);
    is_through.then(|| {
        let (done, findings, bad) = counted(chunks);
        let sign = if bad == 0 { signs.done } else { signs.failed };
        let chunks = match chunks.len() {
            1 => String::new(),
            all => format!(", {done} of {all} chunks"),
        };
        format!(
            "[{clock}] {sign} {name}: {}{chunks}",
            count(findings, "finding", "findings")
        )
    })
}

/// A line an angle, and how far everything is.
fn live(progress: &Progress<'_>, signs: Signs, columns: usize) -> Vec<String> {
    let angles = &progress.plan.angles;
    let names = angles
        .iter()
        .map(|angle| width(&clean(&angle.name)))
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    let (mut done, mut all) = (0, 0);
    for (angle, chunks) in angles.iter().zip(progress.chunks) {
        let (answered, findings, bad) = counted(chunks);
        done += answered;
        all += chunks.len();
        let active: Vec<usize> = progress
            .active
            .iter()
            .filter(|((number, _), _)| *number == angle.number)
            .map(|(_, bytes)| *bytes)
            .collect();
        let sign = match active.is_empty() {
            false => signs.started,
            true if bad > 0 => signs.failed,
            true if answered == chunks.len() => signs.done,
            true => signs.waiting,
        };
        lines.push(format!(
            "{sign} {} {}  {answered}/{} chunks  {}{}",
            angle.number,
            pad(&clean(&angle.name), names),
            chunks.len(),
            count(findings, "finding", "findings"),
            now(&active)
        ));
    }
    lines.push(format!(
        "{} {} {done} of {all} requests answered",
        clock(progress.elapsed),
        signs.dot
    ));
    lines
        .iter()
        .map(|line| fit(line, columns - 1).into_owned())
        .collect()
}

/// What is under way for one angle.
fn now(active: &[usize]) -> String {
    let bytes: usize = active.iter().sum();
    match (active.len(), bytes) {
        (0, _) => String::new(),
        (1, 0) => "  reading".to_owned(),
        (number, 0) => format!("  reading {number}"),
        (_, bytes) => format!("  answering, {}", size::spell(bytes as u64)),
    }
}

/// Chunks answered, findings in them, chunks given up.
fn counted(chunks: &[ChunkState]) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for chunk in chunks {
        match chunk {
            ChunkState::Open => {}
            ChunkState::Done(answer) => {
                counts.0 += 1;
                counts.1 += answer.findings.len();
            }
            ChunkState::Failed(_) => counts.2 += 1,
        }
    }
    counts
}

fn name(plan: &AnglesPlan, angle: u32) -> &str {
    let found = plan.angles.iter().find(|one| one.number == angle);
    found.map_or("?", |angle| &angle.name)
}
