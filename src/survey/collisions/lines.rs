//! The lines that an edit made, followed through the edits that came after it.

use std::ops::Range;

use crate::git::LineEdit;

/// Whether git would call a change of these lines and these edits a conflict: where they overlap or
/// touch.
pub fn collide(lines: &[Range<u32>], runs: &[LineEdit]) -> bool {
    let touch = |line: &Range<u32>, run: &LineEdit| {
        line.start <= run.before.end && run.before.start <= line.end
    };
    lines
        .iter()
        .any(|line| runs.iter().any(|run| touch(line, run)))
}

/// Where these lines are after the edits. What an edit replaced goes on as what it was replaced by.
pub fn carry(lines: &mut [Range<u32>], runs: &[LineEdit]) {
    for line in lines {
        *line = carried(line, runs);
    }
}

fn carried(line: &Range<u32>, runs: &[LineEdit]) -> Range<u32> {
    // How far what lies below the runs so far was shifted.
    let mut shift = 0;
    let (mut start, mut end) = (None, None);
    for run in runs.iter().take_while(|run| run.before.start <= line.end) {
        let meets = run.before.end >= line.start;
        if meets && run.before.start < line.start {
            start.get_or_insert(run.after.start);
        }
        if meets && start.is_none() {
            start = Some(shifted(line.start, shift));
        }
        shift += i64::from(run.after.end - run.after.start);
        shift -= i64::from(run.before.end - run.before.start);
        end = (meets && run.before.end > line.end).then_some(run.after.end);
    }
    let start = start.unwrap_or_else(|| shifted(line.start, shift));
    start..end.unwrap_or_else(|| shifted(line.end, shift)).max(start)
}

fn shifted(line: u32, by: i64) -> u32 {
    (i64::from(line) + by).max(0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(before: Range<u32>, after: Range<u32>) -> LineEdit {
        LineEdit { before, after }
    }

    #[test]
    fn edits_collide_where_they_overlap_or_touch() {
        let at =
            |before: Range<u32>| collide(&[Range { start: 10, end: 12 }], &[run(before, 0..9)]);
        assert!(at(11..12) && at(12..13) && at(8..10) && at(10..10) && at(12..12));
        assert!(!at(0..9) && !at(13..20) && !at(13..13));
    }

    #[test]
    fn lines_are_followed_through_later_edits() {
        let after = |runs: &[LineEdit]| carried(&(10..12), runs);
        assert_eq!(after(&[run(2..3, 2..6)]), 13..15);
        assert_eq!(after(&[run(2..6, 2..2)]), 6..8);
        assert_eq!(after(&[run(20..21, 20..30)]), 10..12);
        assert_eq!(after(&[run(11..12, 11..20)]), 10..20);
        assert_eq!(after(&[run(8..11, 8..9)]), 8..10);
        assert_eq!(after(&[run(8..14, 8..9)]), 8..9);
        assert_eq!(after(&[run(2..3, 2..6), run(10..12, 13..13)]), 13..13);
    }
}
