//! The whole terminal for a while: its alternate screen, one frame after another, and single keys.
//!
//! A frame is one write over the last one, nothing is erased first, so nothing flickers. Whatever
//! ends the command, dropping this gives the terminal back as it was.

use std::fmt::Write;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

use crate::error::{OrFail, Result};

use super::screen::Screen;

/// To the alternate screen; the cursor hidden.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// And back.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `q`, Ctrl-C, Ctrl-D, Escape, or the terminal is gone.
    Leave,
    /// Ctrl-L.
    Redraw,
    Other,
}

/// The terminal, ours until this is dropped.
#[derive(Debug)]
pub struct FullScreen<'a> {
    screen: &'a Screen,
    /// How the keyboard was set; `None` where standard input is no terminal.
    before: Option<Termios>,
    /// The frame that is on the screen.
    shown: String,
}

impl<'a> FullScreen<'a> {
    /// Takes the terminal that answers go to.
    pub fn enter(screen: &'a Screen) -> Result<Self> {
        let mut full = Self {
            screen,
            before: None,
            shown: String::new(),
        };
        if io::stdin().is_terminal() {
            let before = tcgetattr(io::stdin()).or_unable(|| "cannot ask the terminal")?;
            let mut single = before.clone();
            // Ctrl-C comes as a key like any other, so that it cannot tear us off half-way.
            single
                .local_flags
                .remove(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG);
            tcsetattr(io::stdin(), SetArg::TCSADRAIN, &single)
                .or_unable(|| "cannot set the terminal")?;
            full.before = Some(before);
        }
        screen.answer_raw(ENTER.as_bytes());
        Ok(full)
    }

    /// Shows these lines, no wider than the terminal; nothing is written when they are shown
    /// already.
    pub fn show(&mut self, lines: &[String]) {
        let frame = frame(lines);
        if frame != self.shown {
            self.screen.answer_raw(frame.as_bytes());
            self.shown = frame;
        }
    }

    /// The terminal's content is not what was shown: it changed its size, or somebody wrote on it.
    pub fn forget(&mut self) {
        self.shown.clear();
        self.screen.answer_raw(b"\x1b[2J");
    }

    /// Waits at most so long for a key.
    pub fn key(&self, limit: Duration) -> Option<Key> {
        if self.before.is_none() {
            thread::sleep(limit);
            return self.screen.reader_is_gone().then_some(Key::Leave);
        }
        let stdin = io::stdin();
        let mut sources = [PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        let limit = PollTimeout::try_from(limit).unwrap_or(PollTimeout::ZERO);
        // A signal ends the wait early: the caller looks for it.
        if poll(&mut sources, limit).unwrap_or(0) == 0 {
            return None;
        }
        let mut typed = [0; 16];
        match stdin.lock().read(&mut typed) {
            Ok(0) | Err(_) => Some(Key::Leave),
            Ok(count) => Some(meaning(&typed[..count])),
        }
    }
}

impl Drop for FullScreen<'_> {
    fn drop(&mut self) {
        self.screen.answer_raw(LEAVE.as_bytes());
        if let Some(before) = &self.before {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, before);
        }
    }
}

/// Escape alone leaves; followed by more it is an arrow or another key that we do not know.
fn meaning(typed: &[u8]) -> Key {
    match typed {
        [b'q' | b'Q' | 0x03 | 0x04, ..] | [0x1b] => Key::Leave,
        [0x0c, ..] => Key::Redraw,
        _ => Key::Other,
    }
}

/// From the upper left corner, each line over the old one, what is below cleared. No newline at
/// the end, or a full terminal would scroll.
fn frame(lines: &[String]) -> String {
    let mut frame = String::from("\x1b[H");
    for (index, line) in lines.iter().enumerate() {
        let end = if index == 0 { "" } else { "\r\n" };
        // Writing to a String cannot fail.
        let _ = write!(frame, "{end}{line}\x1b[K");
    }
    frame.push_str("\x1b[J");
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_writes_over_the_last_one_and_never_scrolls() {
        let lines = ["a".to_owned(), "b".to_owned()];
        assert_eq!(frame(&lines), "\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J");
    }

    #[test]
    fn arrows_do_not_leave_and_escape_does() {
        assert_eq!(meaning(b"q"), Key::Leave);
        assert_eq!(meaning(b"\x03"), Key::Leave);
        assert_eq!(meaning(b"\x1b"), Key::Leave);
        assert_eq!(meaning(b"\x1b[A"), Key::Other);
        assert_eq!(meaning(b"\x0c"), Key::Redraw);
    }
}
