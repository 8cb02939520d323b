//! Two edits of one text: whether they are so far apart that merging them is beyond doubt.
//!
//! git merges by hunks of the Histogram difference; hunks that overlap or touch are a conflict (or
//! need a closer look). A hunk of lines that repeat can be drawn in several places, and two
//! implementations may choose differently: so each hunk counts with all the places it could slide
//! to, and "apart" holds whichever was chosen.

use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, Hunk, InternedInput, Token, sources::byte_lines};

use crate::git::memory::{Packed, Unpacked};

/// Lines that an edit may touch, numbered from 0. An insertion touches the empty range of the base
/// where it goes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Touch {
    base: Range<u32>,
    /// The first and the last of the hunks in it.
    first: Hunk,
    last: Hunk,
}

/// All that an edit may touch: sorted and apart. The lines between are the same before and after.
pub(super) type Touched = Vec<Touch>;

/// The lines of `before` that turning it into `after` may touch.
pub(super) fn touched(before: &[u8], after: &[u8]) -> Touched {
    let input = InternedInput::new(byte_lines(before), byte_lines(after));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let length = input.before.len() as u32;
    let mut touched: Touched = Vec::new();
    for hunk in diff.hunks() {
        let removed = slack(&input.before, &hunk.before);
        let added = slack(&input.after, &hunk.after);
        let up = removed.0.max(added.0).min(hunk.before.start);
        let down = removed.1.max(added.1);
        let mut base = hunk.before.start - up..(hunk.before.end + down).min(length);
        let mut first = hunk.clone();
        // What can slide as far as another edit is one edit with it.
        while let Some(last) = touched.pop_if(|last| base.start <= last.base.end) {
            base = base.start.min(last.base.start)..base.end.max(last.base.end);
            first = last.first;
        }
        touched.push(Touch {
            base,
            first,
            last: hunk,
        });
    }
    touched
}

impl Touch {
    /// The lines of the tip that stand where `base` was.
    fn tip(&self) -> Range<usize> {
        let above = self.first.before.start - self.base.start;
        let below = self.base.end - self.last.before.end;
        (self.first.after.start - above) as usize..(self.last.after.end + below) as usize
    }
}

/// As it is kept from one call of the program to the next.
pub(super) fn pack(touch: &Touch, value: &mut Packed) {
    let Touch { base, first, last } = touch;
    for lines in [base, &first.before, &first.after, &last.before, &last.after] {
        value.number(lines.start);
        value.number(lines.end);
    }
}

/// What [`pack`] wrote; `None` where it did not.
pub(super) fn unpack(value: &mut Unpacked<'_>) -> Option<Touch> {
    let mut lines = || Some(value.number()?..value.number()?);
    let base = lines()?;
    let mut hunk = || {
        let (before, after) = (lines()?, lines()?);
        Some(Hunk { before, after })
    };
    let (first, last) = (hunk()?, hunk()?);
    Some(Touch { base, first, last })
}

/// How many lines a run of changed lines can slide up and down without changing what the edit
/// does.
fn slack(lines: &[Token], run: &Range<u32>) -> (u32, u32) {
    if run.is_empty() {
        return (0, 0);
    }
    let (start, end) = (run.start as usize, run.end as usize);
    let length = end - start;
    let up = lines[..start]
        .iter()
        .rev()
        .zip(lines[..end].iter().rev())
        .take_while(|(above, last)| above == last)
        .count();
    let down = lines[end..]
        .iter()
        .zip(&lines[end - length..])
        .take_while(|(below, first)| below == first)
        .count();
    (up as u32, down as u32)
}

/// Whether no range of one touches a range of the other.
pub(super) fn apart(ours: &Touched, theirs: &Touched) -> bool {
    let (mut ours, mut theirs) = (ours.iter().peekable(), theirs.iter().peekable());
    while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
        if a.base.end < b.base.start {
            ours.next();
        } else if b.base.end < a.base.start {
            theirs.next();
        } else {
            return false;
        }
    }
    true
}

/// The text that merging two edits of `base` gives, when they are apart.
pub(super) fn combined(base: &[u8], ours: (&[u8], &Touched), theirs: (&[u8], &Touched)) -> Vec<u8> {
    let lines = lines(base);
    let sides = [
        (self::lines(ours.0), ours.1),
        (self::lines(theirs.0), theirs.1),
    ];
    let mut touches: Vec<(&[&[u8]], &Touch)> = sides
        .iter()
        .flat_map(|(lines, touched)| touched.iter().map(|touch| (lines.as_slice(), touch)))
        .collect();
    touches.sort_by_key(|(_, touch)| touch.base.start);
    let mut text = Vec::with_capacity(base.len());
    let mut done = 0;
    for (tip, touch) in touches {
        text.extend_from_slice(&lines[done..touch.base.start as usize].concat());
        text.extend_from_slice(&tip[touch.tip()].concat());
        done = touch.base.end as usize;
    }
    text.extend_from_slice(&lines[done..].concat());
    text
}

/// The lines of a text, each with its end.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|&byte| byte == b'\n').collect()
}

#[cfg(test)]
// A list of one range is meant, not the numbers in it.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    fn lines_of(before: &str, after: &str) -> Vec<Range<u32>> {
        let touched = touched(before.as_bytes(), after.as_bytes());
        touched.into_iter().map(|touch| touch.base).collect()
    }

    fn apart_in(base: &str, ours: &str, theirs: &str) -> bool {
        let of = |side: &str| touched(base.as_bytes(), side.as_bytes());
        apart(&of(ours), &of(theirs))
    }

    #[test]
    fn edits_are_apart_only_with_a_line_between_them() {
        let base = "a\nb\nc\nd\ne\n";
        assert!(apart_in(base, "A\nb\nc\nd\ne\n", "a\nb\nC\nd\ne\n"));
        assert!(!apart_in(base, "A\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\n"));
        assert!(!apart_in(base, "a\nx\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\n"));
        assert!(apart_in(base, "a\nx\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\n"));
    }

    #[test]
    fn a_hunk_counts_with_every_place_it_can_slide_to() {
        let base = "start\n}\n}\n}\nend\n";
        assert_eq!(lines_of(base, "start\n}\n}\nend\n"), [1..4]);
        assert_eq!(lines_of(base, "start\n}\n}\n}\n}\nend\n"), [1..4]);
        assert!(!apart_in(
            base,
            "start\n}\n}\n}\n}\nend\n",
            "START\n}\n}\n}\nend\n"
        ));
    }

    #[test]
    fn edits_that_are_apart_are_both_in_what_they_come_to() {
        let combine = |base: &str, ours: &str, theirs: &str| {
            let edits = |tip: &str| touched(base.as_bytes(), tip.as_bytes());
            let (one, other) = (edits(ours), edits(theirs));
            assert!(apart(&one, &other));
            let text = combined(
                base.as_bytes(),
                (ours.as_bytes(), &one),
                (theirs.as_bytes(), &other),
            );
            String::from_utf8(text).unwrap()
        };
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(combine(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd"), "A\nb\nc\nd");
        assert_eq!(
            combine(base, "c\nd\ne\n", "a\nb\nc\nd\nx\ne\n"),
            "c\nd\nx\ne\n"
        );
        assert_eq!(
            combine("}\n}\n}\nx\ny\n", "}\n}\nx\ny\n", "}\n}\n}\nx\ny\nz"),
            "}\n}\nx\ny\nz"
        );
    }

    #[test]
    fn an_unfinished_last_line_is_another_line() {
        assert_eq!(lines_of("a\nb", "a\nb\n"), [1..2]);
    }
}
