//! Bytes into lines, within bounds.

/// Longer lines are passed over: no event that counts is that long.
const LONGEST: usize = 8 << 20;

/// The end of the input that is no whole line yet.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
    /// The line that has begun is too long.
    skips: bool,
}

impl Lines {
    /// Hands every line that is whole now to `each`, without its line feed.
    pub fn take(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.add(&rest[..end]);
            if !self.skips {
                each(&self.begun);
            }
            self.begun.clear();
            self.skips = false;
            rest = &rest[end + 1..];
        }
        self.add(rest);
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.begun.len() + bytes.len() > LONGEST {
            self.skips = true;
            self.begun = Vec::new();
        }
        if !self.skips {
            self.begun.extend_from_slice(bytes);
        }
    }

    /// What is left without a line feed.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_they_arrive_and_endless_ones_are_passed_over() {
        let input = b"one\n\ntwo\nthree";
        for size in 1..=input.len() {
            let mut lines = Lines::default();
            let mut seen = Vec::new();
            for part in input.chunks(size) {
                lines.take(part, |line| seen.push(line.to_vec()));
            }
            assert_eq!(seen, [b"one".to_vec(), b"".to_vec(), b"two".to_vec()]);
            assert_eq!(lines.rest(), b"three");
        }
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for _ in 0..10 {
            lines.take(&vec![b'x'; 1 << 20], |line| seen.push(line.to_vec()));
            assert!(lines.begun.len() <= LONGEST);
        }
        lines.take(b"\nnext\n", |line| seen.push(line.to_vec()));
        assert_eq!(seen, [b"next".to_vec()]);
    }
}
