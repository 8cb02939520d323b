//! The terminal or the pipe: answers to stdout, narration to stderr.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::look::Look;
use super::paint::Paint;
use super::signs::Signs;

/// How much narration the user asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// `-q`: answers and errors only.
    Quiet,
    Normal,
    /// `-v`: also what is done on the way.
    Verbose,
}

/// What the terminal behind a screen can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// It shows Unicode, as far as the locale tells.
    pub unicode: bool,
    /// It obeys control sequences: not `TERM=dumb`.
    pub redraws: bool,
}

/// Where a command's words go. A reader that went away (a closed pipe) is no error; a full disk
/// behind a redirection is, and is kept for [`Screen::trouble`].
#[derive(Debug)]
pub struct Screen {
    verbosity: Verbosity,
    paint_out: Paint,
    paint_err: Paint,
    terminal: Terminal,
    trouble: RefCell<Option<io::Error>>,
    reader_is_gone: Cell<bool>,
}

impl Screen {
    /// A screen with this much narration and colours on these streams.
    pub fn new(verbosity: Verbosity, color_out: bool, color_err: bool) -> Self {
        Self {
            verbosity,
            paint_out: Paint::new(color_out),
            paint_err: Paint::new(color_err),
            terminal: Terminal::default(),
            trouble: RefCell::new(None),
            reader_is_gone: Cell::new(false),
        }
    }

    /// The same screen, with what its terminal can do known.
    #[must_use]
    pub fn on(mut self, terminal: Terminal) -> Self {
        self.terminal = terminal;
        self
    }

    /// The signs that the reader's character set has.
    pub fn signs(&self) -> Signs {
        Signs::new(self.terminal.unicode)
    }

    /// Whether narration can be redrawn in place.
    pub fn redraws(&self) -> bool {
        self.terminal.redraws && self.narrates_to_terminal()
    }

    /// Columns and rows of the terminal that narration goes to, or 80 by 24.
    pub fn narration_size(&self) -> (usize, usize) {
        let size = terminal_size::terminal_size_of(io::stderr());
        size.map_or((80, 24), |(columns, rows)| {
            (usize::from(columns.0).max(2), usize::from(rows.0).max(2))
        })
    }

    /// Whether somebody sits here who can type and sees what is answered.
    pub fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && self.answers_to_terminal()
    }

    /// Whether answers go to a terminal that can be redrawn.
    pub fn shows_frames(&self) -> bool {
        self.terminal.redraws && self.answers_to_terminal()
    }

    /// Columns and rows of the terminal that answers go to, or 80 by 24.
    pub fn answer_size(&self) -> (usize, usize) {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map_or((80, 24), |(columns, rows)| {
            (usize::from(columns.0).max(20), usize::from(rows.0).max(2))
        })
    }

    /// Writes a frame of live lines, control sequences and all, in one go.
    pub fn redraw(&self, frame: &str) {
        let mut err = io::stderr().lock();
        let _ = err.write_all(frame.as_bytes()).and_then(|()| err.flush());
    }

    /// Colours for what is answered.
    pub fn paint(&self) -> Paint {
        self.paint_out
    }

    /// Colours for what is narrated.
    pub fn paint_narration(&self) -> Paint {
        self.paint_err
    }

    /// Whether answers go to a terminal.
    pub fn answers_to_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether narration goes to a terminal, which can be redrawn.
    pub fn narrates_to_terminal(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// How many columns a line may have: the terminal's, or 80.
    pub fn columns(&self) -> usize {
        terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0).max(20))
    }

    /// How answers may look.
    pub fn look(&self) -> Look {
        Look {
            paint: self.paint(),
            signs: self.signs(),
            columns: self.columns(),
        }
    }

    /// How narration may look.
    pub fn narration_look(&self) -> Look {
        Look {
            paint: self.paint_narration(),
            signs: self.signs(),
            columns: self.narration_size().0,
        }
    }

    /// Calls whoever sits at the terminal.
    pub fn ring(&self) {
        if self.terminal.redraws && self.narrates_to_terminal() {
            self.redraw("\x07");
        }
    }

    /// Prints a part of the answer and a newline.
    pub fn answer(&self, text: &str) {
        self.write_out(format!("{text}\n").as_bytes());
    }

    /// Prints bytes of the answer as they are.
    pub fn answer_raw(&self, bytes: &[u8]) {
        self.write_out(bytes);
    }

    /// Prints the answer as one JSON document.
    pub fn answer_json<T: Serialize>(&self, value: &T) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.answer(&text),
            Err(error) => self.keep(io::Error::other(error)),
        }
    }

    /// Prints the answer as one line of JSON.
    pub fn answer_json_line<T: Serialize>(&self, value: &T) {
        match serde_json::to_string(value) {
            Ok(text) => self.answer(&text),
            Err(error) => self.keep(io::Error::other(error)),
        }
    }

    /// Narrates: what is being done, what comes next. Silent with `-q`.
    pub fn narrate(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.write_err(text);
        }
    }

    /// Narrates in detail, with `-v` only.
    pub fn detail(&self, text: &str) {
        if self.verbosity >= Verbosity::Verbose {
            self.write_err(text);
        }
    }

    /// Says something that must be seen even with `-q`.
    pub fn warn(&self, text: &str) {
        let label = self.paint_err.yellow("note:");
        self.write_err(&format!("{label} {text}"));
    }

    /// Asks a person yes or no, and takes nothing but `y` or `yes` for yes. `None` where there is
    /// no terminal to ask on.
    pub fn asks(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !self.narrates_to_terminal() {
            return None;
        }
        let mut err = io::stderr().lock();
        let _ = write!(err, "{question}").and_then(|()| err.flush());
        let mut answer = String::new();
        // Nothing that can be read is no yes.
        let _ = io::stdin().read_line(&mut answer);
        let answer = answer.trim().to_ascii_lowercase();
        Some(answer == "y" || answer == "yes")
    }

    /// Says why the command failed.
    pub fn fail(&self, failure: &crate::error::Failure) {
        self.write_err(&super::failure::render(failure, self.paint_err));
    }

    /// Whether narration is wanted at all.
    pub fn narrates(&self) -> bool {
        self.verbosity >= Verbosity::Normal
    }

    /// What went wrong while answering, if anything did.
    pub fn trouble(&self) -> Option<io::Error> {
        self.trouble.borrow_mut().take()
    }

    /// Whether whoever read the answer has gone away: nothing more need be said.
    pub fn reader_is_gone(&self) -> bool {
        self.reader_is_gone.get()
    }

    fn write_out(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
            self.keep(error);
        }
    }

    fn write_err(&self, text: &str) {
        // There is nowhere left to complain to.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    fn keep(&self, error: io::Error) {
        if error.kind() == io::ErrorKind::BrokenPipe {
            self.reader_is_gone.set(true);
        } else {
            self.trouble.borrow_mut().get_or_insert(error);
        }
    }
}
