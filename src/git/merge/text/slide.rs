//! Where a run of changed lines could stand in several places, git lets it slide: as far down as it
//! goes, or to the last place at which lines change in the other text, too. Runs that meet on the
//! way are one from there on.

use gix::diff::blob::Token;

use super::Changed;

/// Lets all runs of both texts slide to where git has them when it merges.
pub(super) fn settle(before: &[Token], after: &[Token], changed: &mut Changed) {
    settle_one(before, &mut changed.removed, &changed.added);
    settle_one(after, &mut changed.added, &changed.removed);
}

fn settle_one(lines: &[Token], flags: &mut [bool], other: &[bool]) {
    let (mut run, mut beside) = (Run::first(flags), Run::first(other));
    loop {
        if !run.is_empty() {
            settle_run(lines, flags, other, &mut run, &mut beside);
        }
        if !run.next(flags) || !beside.next(other) {
            return;
        }
    }
}

fn settle_run(
    lines: &[Token],
    flags: &mut [bool],
    other: &[bool],
    run: &mut Run,
    beside: &mut Run,
) {
    let (mut highest, mut meets);
    loop {
        let length = run.length();
        while run.slide_up(lines, flags) {
            beside.previous(other);
        }
        highest = run.end;
        meets = !beside.is_empty();
        while run.slide_down(lines, flags) {
            beside.next(other);
            meets |= !beside.is_empty();
        }
        // What it met may let it slide further.
        if run.length() == length {
            break;
        }
    }
    if run.end != highest && meets {
        while beside.is_empty() && run.slide_up(lines, flags) {
            beside.previous(other);
        }
    }
}

/// A run of changed lines, possibly none, between two that are unchanged. The runs of both texts
/// go in pairs, since the unchanged lines do.
struct Run {
    start: usize,
    end: usize,
}

impl Run {
    fn first(flags: &[bool]) -> Self {
        let mut run = Self { start: 0, end: 0 };
        run.stretch_down(flags);
        run
    }

    fn length(&self) -> usize {
        self.end - self.start
    }

    fn is_empty(&self) -> bool {
        self.length() == 0
    }

    /// Goes to the next run; false at the end.
    fn next(&mut self, flags: &[bool]) -> bool {
        if self.end == flags.len() {
            return false;
        }
        self.start = self.end + 1;
        self.end = self.start;
        self.stretch_down(flags);
        true
    }

    /// Goes to the run above.
    fn previous(&mut self, flags: &[bool]) {
        self.end = self.start.saturating_sub(1);
        self.start = self.end;
        self.stretch_up(flags);
    }

    fn slide_up(&mut self, lines: &[Token], flags: &mut [bool]) -> bool {
        if self.start == 0 || lines[self.start - 1] != lines[self.end - 1] {
            return false;
        }
        (self.start, self.end) = (self.start - 1, self.end - 1);
        (flags[self.start], flags[self.end]) = (true, false);
        self.stretch_up(flags);
        true
    }

    fn slide_down(&mut self, lines: &[Token], flags: &mut [bool]) -> bool {
        if self.end == lines.len() || lines[self.start] != lines[self.end] {
            return false;
        }
        (flags[self.start], flags[self.end]) = (false, true);
        (self.start, self.end) = (self.start + 1, self.end + 1);
        self.stretch_down(flags);
        true
    }

    fn stretch_up(&mut self, flags: &[bool]) {
        let above = flags[..self.start].iter().rev();
        self.start -= above.take_while(|changed| **changed).count();
    }

    fn stretch_down(&mut self, flags: &[bool]) {
        let below = flags[self.end..].iter();
        self.end += below.take_while(|changed| **changed).count();
    }
}
