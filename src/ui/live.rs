//! Lines at the bottom of a terminal that are redrawn in place, with what stays printed above
//! them.
//!
//! Every frame is one write: cursor up to the first line of the block, each line written over the
//! old one, the rest of the screen cleared; nothing is erased first, so nothing flickers. The
//! cursor rests in the first column below the block, where a `^C` that the terminal echoes is
//! wiped by the next frame, and where a shell prompt finds its place should we die.

use std::fmt::Write;

use super::text::width;

/// What is on the screen now.
#[derive(Debug, Default)]
pub struct Block {
    /// The columns that each line of the block took when it was drawn.
    widths: Vec<usize>,
}

impl Block {
    /// The bytes that put `above` over the block for good and draw `lines` as the block. Lines of
    /// the block are plain text and fit into `columns`, the terminal's width now.
    pub fn frame(&mut self, above: &[String], lines: &[String], columns: usize) -> String {
        let mut frame = String::new();
        let up = self.height(columns);
        if up > 0 {
            // Writing to a String cannot fail.
            let _ = write!(frame, "\x1b[{up}A");
        }
        for line in above.iter().chain(lines) {
            let _ = write!(frame, "\r{line}\x1b[K\n");
        }
        frame.push_str("\r\x1b[J");
        self.widths = lines.iter().map(|line| width(line)).collect();
        frame
    }

    /// Whether the block is on the screen.
    pub fn is_drawn(&self) -> bool {
        !self.widths.is_empty()
    }

    /// Rows of the block: a terminal that became narrower has wrapped its lines.
    fn height(&self, columns: usize) -> usize {
        let rows = |width: &usize| width.div_ceil(columns.max(1)).max(1);
        self.widths.iter().map(rows).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_frame_writes_over_the_last_one_and_clears_below() {
        let mut block = Block::default();
        let first = block.frame(&[], &lines(&["a", "b"]), 80);
        assert_eq!(first, "\ra\x1b[K\n\rb\x1b[K\n\r\x1b[J");
        let second = block.frame(&lines(&["done"]), &lines(&["b"]), 80);
        assert_eq!(second, "\x1b[2A\rdone\x1b[K\n\rb\x1b[K\n\r\x1b[J");
        assert_eq!(block.frame(&[], &[], 80), "\x1b[1A\r\x1b[J");
        assert!(!block.is_drawn());
    }

    #[test]
    fn lines_that_a_narrower_terminal_wrapped_are_counted_as_rows() {
        let mut block = Block::default();
        block.frame(&[], &lines(&["0123456789", "ab"]), 80);
        let frame = block.frame(&[], &[], 4);
        assert!(frame.starts_with("\x1b[4A"), "{frame:?}");
    }
}
