//! Two edits of one text: whether they are so far apart that merging them is beyond doubt.
//!
//! git merges by hunks of the Histogram difference; hunks that overlap or touch are a conflict (or
//! need a closer look). A hunk of lines that repeat can be drawn in several places, and two
//! implementations may choose differently: so each hunk counts with all the places it could slide
//! to, and "apart" holds whichever was chosen.

use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, InternedInput, Token, sources::byte_lines};

/// The lines of the base, numbered from 0, that an edit may touch: sorted and apart. An insertion
/// touches the empty range where it goes in.
pub(super) type Touched = Vec<Range<u32>>;

/// The lines of `before` that turning it into `after` may touch.
pub(super) fn touched(before: &[u8], after: &[u8]) -> Touched {
    let input = InternedInput::new(byte_lines(before), byte_lines(after));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut touched: Touched = Vec::new();
    for hunk in diff.hunks() {
        let removed = slack(&input.before, &hunk.before);
        let added = slack(&input.after, &hunk.after);
        let start = hunk.before.start - removed.0.max(added.0).min(hunk.before.start);
        let end = hunk.before.end + removed.1.max(added.1);
        match touched.last_mut() {
            Some(last) if start <= last.end => {
                last.start = last.start.min(start);
                last.end = last.end.max(end);
            }
            _ => touched.push(start..end),
        }
    }
    touched
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
        if a.end < b.start {
            ours.next();
        } else if b.end < a.start {
            theirs.next();
        } else {
            return false;
        }
    }
    true
}

#[cfg(test)]
// A list of one range is meant, not the numbers in it.
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

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
        assert_eq!(touched(base.as_bytes(), b"start\n}\n}\nend\n"), [1..4]);
        assert_eq!(
            touched(base.as_bytes(), b"start\n}\n}\n}\n}\nend\n"),
            [1..4]
        );
        assert!(!apart_in(
            base,
            "start\n}\n}\n}\n}\nend\n",
            "START\n}\n}\n}\nend\n"
        ));
    }

    #[test]
    fn an_unfinished_last_line_is_another_line() {
        assert_eq!(touched(b"a\nb", b"a\nb\n"), [1..2]);
    }
}
