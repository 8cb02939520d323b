//! A stream of bytes, line by line. Chunks may end anywhere, inside a character too, so nothing is
//! text before its line is whole.

use super::trouble::Trouble;

/// Longer lines come from no model server.
const LONGEST: usize = 256 << 10;

/// What has come of a line so far.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes in a chunk and hands on every line that it ends, without its line break.
    pub fn feed(
        &mut self,
        mut chunk: &[u8],
        mut line: impl FnMut(&[u8]) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        while let Some(end) = chunk.iter().position(|byte| *byte == b'\n') {
            self.extend(&chunk[..end])?;
            line(self.begun.strip_suffix(b"\r").unwrap_or(&self.begun))?;
            self.begun.clear();
            chunk = &chunk[end + 1..];
        }
        self.extend(chunk)
    }

    /// What stands behind the last line break.
    pub fn rest(self) -> Vec<u8> {
        self.begun
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        if self.begun.len() + bytes.len() > LONGEST {
            let limit = LONGEST >> 10;
            return Err(Trouble::Limit(format!(
                "sent a line of more than {limit} KiB"
            )));
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_wherever_the_chunks_end() {
        let text = "a\r\nzwölf\n\n漢".as_bytes();
        for size in 1..=text.len() {
            let (mut lines, mut seen) = (Lines::default(), Vec::new());
            for chunk in text.chunks(size) {
                lines
                    .feed(chunk, |line| {
                        seen.push(String::from_utf8(line.to_vec()).unwrap());
                        Ok(())
                    })
                    .unwrap();
            }
            assert_eq!(seen, ["a", "zwölf", ""], "chunks of {size}");
            assert_eq!(lines.rest(), "漢".as_bytes());
        }
    }

    #[test]
    fn a_line_without_end_ends() {
        let mut lines = Lines::default();
        let fed = (0..=LONGEST).find(|_| lines.feed(b"x", |_| Ok(())).is_err());
        assert_eq!(fed, Some(LONGEST));
    }
}
