//! An agent at work at a conflict: a live line on a terminal, now and then a line elsewhere.

use std::path::Path;
use std::time::Duration;

use crate::store::{LogReader, SessionCommand};
use crate::ui::live::Block;
use crate::ui::run_words::{brief, clock};
use crate::ui::screen::Screen;
use crate::ui::text::{clean, fit};

use super::first_line;

/// Between two lines where nothing can be redrawn.
const BETWEEN_LINES: Duration = Duration::from_secs(30);
/// Between two frames.
const BETWEEN_FRAMES: Duration = Duration::from_millis(200);
/// The most columns of the command.
const COMMAND: usize = 50;

/// Tells how it goes. Dropping it takes the live line off the terminal.
#[derive(Debug)]
pub struct ResolveProgress<'a> {
    screen: &'a Screen,
    name: String,
    block: Block,
    log: Option<LogReader>,
    /// The last thing that was printed.
    said: String,
    told: Duration,
}

impl<'a> ResolveProgress<'a> {
    /// For the branch that the user knows as `name`.
    pub fn new(screen: &'a Screen, name: &str) -> Self {
        Self {
            screen,
            name: clean(name).into_owned(),
            block: Block::default(),
            log: None,
            said: String::new(),
            told: Duration::ZERO,
        }
    }

    /// Tells who is set at what.
    pub fn start(&self, command: &SessionCommand, with: &str) {
        let command = match command {
            SessionCommand::Exec(line) => line.clone(),
            SessionCommand::Program(words) => words.join(" "),
            SessionCommand::Agent(agent) => agent.agent.clone(),
            SessionCommand::None => String::new(),
        };
        self.screen.narrate(&format!(
            "{} {}: resolving the merge of {} with: {}",
            self.screen.signs().started,
            self.name,
            clean(with),
            first_line(&command, COMMAND)
        ));
    }

    /// Shows how long it has been at it, and what it said last.
    pub fn show(&mut self, elapsed: Duration, log: &Path) {
        if !self.screen.narrates() {
            return;
        }
        let pause = if self.screen.redraws() {
            BETWEEN_FRAMES
        } else {
            BETWEEN_LINES
        };
        if elapsed < self.told + pause {
            return;
        }
        self.told = elapsed;
        if !self.screen.redraws() {
            let took = brief(elapsed.as_secs_f64());
            self.screen
                .narrate(&format!("{}: at it for {took}", self.name));
            return;
        }
        self.listen(log);
        let line = format!(
            "{} {} {}  {}",
            clock(elapsed.as_secs_f64()),
            self.screen.signs().started,
            self.name,
            self.said
        );
        let (columns, _) = self.screen.narration_size();
        // The last column stays free: a terminal may wrap after it.
        let line = fit(line.trim_end(), columns - 1).into_owned();
        self.screen.redraw(&self.block.frame(&[], &[line], columns));
    }

    fn listen(&mut self, log: &Path) {
        let reader = self.log.get_or_insert_with(|| LogReader::new(log));
        let bytes = reader.new_lines().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        if let Some(last) = last {
            self.said = clean(last.trim()).into_owned();
        }
    }

    /// Takes the live line off the terminal.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for ResolveProgress<'_> {
    fn drop(&mut self) {
        if self.block.is_drawn() {
            let (columns, _) = self.screen.narration_size();
            self.screen.redraw(&self.block.frame(&[], &[], columns));
        }
    }
}
