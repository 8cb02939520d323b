//! The hunks of two edits of one text laid over each other, as git does it: those that overlap or
//! touch are a conflict, unless they do the same; what lies apart goes in.

use std::cmp::Ordering;
use std::ops::Range;

use super::{Hunk, Hunks, lines};

/// What becomes of a text that two sides edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::git::merge) enum Fate {
    Clean,
    Conflict,
    /// Both sides come to the same on some stretch by different hunks: it depends on settings
    /// whether that is a conflict.
    Unknown,
}

/// What becomes of it. `same` tells whether a stretch of our lines is the same as one of theirs,
/// where it can.
pub(in crate::git::merge) fn fate(
    ours: &Hunks,
    theirs: &Hunks,
    mut same: impl FnMut(&Range<u32>, &Range<u32>) -> Option<bool>,
) -> Fate {
    let mut fate = Fate::Clean;
    for stretch in stretches(ours, theirs) {
        if stretch.of != Of::Both {
            continue;
        }
        let differ = stretch.differ != Differ::Untold;
        let differ = differ || stretch.ours.len() != stretch.theirs.len();
        if differ || same(&stretch.ours, &stretch.theirs) == Some(false) {
            return Fate::Conflict;
        }
        fate = Fate::Unknown;
    }
    fate
}

/// The text that two edits come to that merge cleanly.
pub(in crate::git::merge) fn woven(
    (our_text, ours): (&[u8], &Hunks),
    (their_text, theirs): (&[u8], &Hunks),
) -> Vec<u8> {
    let (our_lines, their_lines) = (lines(our_text), lines(their_text));
    let mut text = Vec::with_capacity(our_text.len().max(their_text.len()));
    let mut done = 0;
    for stretch in stretches(ours, theirs) {
        if stretch.of == Of::Theirs {
            text.extend(our_lines[done..stretch.ours.start as usize].concat());
            text.extend(
                their_lines[stretch.theirs.start as usize..stretch.theirs.end as usize].concat(),
            );
            done = stretch.ours.end as usize;
        }
    }
    text.extend(our_lines[done..].concat());
    text
}

/// Who changed a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Ours,
    Theirs,
    /// In each other's way.
    Both,
}

/// A stretch that is not as it was, by the lines of both sides.
#[derive(Debug)]
struct Stretch {
    of: Of,
    ours: Range<u32>,
    theirs: Range<u32>,
    differ: Differ,
}

/// Where the hunks tell that the lines of both sides differ; a stretch may grow at its bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Differ {
    AtTop,
    Below,
    /// They do not tell.
    Untold,
}

/// All of them from top to bottom; where both sides did the same by the same hunk, there is none.
fn stretches(ours: &[Hunk], theirs: &[Hunk]) -> Vec<Stretch> {
    let (mut ours, mut theirs) = (Hand::of(ours), Hand::of(theirs));
    let mut all = Vec::new();
    while ours.hunk().is_some() || theirs.hunk().is_some() {
        match (ours.hunk(), theirs.hunk()) {
            (Some(one), other) if other.is_none_or(|other| is_above(one, other)) => {
                let image = theirs.image(&one.before);
                add(&mut all, Of::Ours, one.after.clone(), image, alone(one));
                ours.go_on();
            }
            (one, Some(other)) if one.is_none_or(|one| is_above(other, one)) => {
                let (image, after) = (ours.image(&other.before), other.after.clone());
                add(&mut all, Of::Theirs, image, after, alone(other));
                theirs.go_on();
            }
            (Some(one), Some(other)) => {
                if one.before != other.before || one.content != other.content {
                    let (ours, theirs) = (widened(one, other), widened(other, one));
                    add(&mut all, Of::Both, ours, theirs, meeting(one, other));
                }
                let (one, other) = (one.before.end, other.before.end);
                if one >= other {
                    theirs.go_on();
                }
                if other >= one {
                    ours.go_on();
                }
            }
            (Some(_), None) | (None, _) => break,
        }
    }
    all
}

/// Whether there is a line between them.
fn is_above(one: &Hunk, other: &Hunk) -> bool {
    one.before.end < other.before.start
}

/// The lines that come by one hunk, with those unchanged lines that the other hunk covers.
fn widened(one: &Hunk, other: &Hunk) -> Range<u32> {
    let above = one.before.start.saturating_sub(other.before.start);
    let below = other.before.end.saturating_sub(one.before.end);
    one.after.start.saturating_sub(above)..one.after.end + below
}

/// What a hunk alone tells of the sides' lines.
fn alone(hunk: &Hunk) -> Differ {
    match hunk.top_differs {
        true => Differ::AtTop,
        false => Differ::Untold,
    }
}

/// What two hunks that meet tell of the sides' lines: one may have changed the first or the last
/// line, which the other left as it was.
fn meeting(one: &Hunk, other: &Hunk) -> Differ {
    let top = match one.before.start.cmp(&other.before.start) {
        Ordering::Less => one.top_differs,
        Ordering::Greater => other.top_differs,
        Ordering::Equal => false,
    };
    let bottom = match one.before.end.cmp(&other.before.end) {
        Ordering::Greater => one.bottom_differs,
        Ordering::Less => other.bottom_differs,
        Ordering::Equal => one.before == other.before && one.content != other.content,
    };
    match (top, bottom) {
        (true, _) => Differ::AtTop,
        (false, true) => Differ::Below,
        (false, false) => Differ::Untold,
    }
}

/// Adds a stretch; one that overlaps or touches what came before it, on either side, is one with it.
fn add(all: &mut Vec<Stretch>, of: Of, ours: Range<u32>, theirs: Range<u32>, differ: Differ) {
    match all.last_mut() {
        Some(last) if ours.start <= last.ours.end || theirs.start <= last.theirs.end => {
            if last.of != of {
                last.of = Of::Both;
            }
            (last.ours.end, last.theirs.end) = (ours.end, theirs.end);
            if last.differ == Differ::Below {
                last.differ = Differ::Untold;
            }
        }
        _ => all.push(Stretch {
            of,
            ours,
            theirs,
            differ,
        }),
    }
}

/// The hunks of one side that are still to come.
struct Hand<'a> {
    left: &'a [Hunk],
    /// By how much its lines have moved from those of the base.
    moved: i64,
}

impl<'a> Hand<'a> {
    fn of(hunks: &'a [Hunk]) -> Self {
        Self {
            left: hunks,
            moved: 0,
        }
    }

    fn hunk(&self) -> Option<&'a Hunk> {
        self.left.first()
    }

    fn go_on(&mut self) {
        if let Some((hunk, left)) = self.left.split_first() {
            self.moved = i64::from(hunk.after.end) - i64::from(hunk.before.end);
            self.left = left;
        }
    }

    /// Where lines of the base stand that lie above all hunks to come.
    fn image(&self, base: &Range<u32>) -> Range<u32> {
        let moved = |line: u32| u32::try_from(i64::from(line) + self.moved).unwrap_or(0);
        moved(base.start)..moved(base.end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::hunks;
    use super::*;
    use crate::fuzz::Dice;

    #[test]
    fn what_hunks_tell_of_a_stretch_is_so() {
        let mut dice = Dice::new(11);
        let mut told = 0;
        for _ in 0..20_000 {
            let base = text(&mut dice, 9);
            let [ours, theirs] = [0, 1].map(|_| edited(&base, &mut dice));
            let [base, ours, theirs] = [base, ours, theirs].map(|lines| lines.concat());
            let edit = |tip: &str| hunks(base.as_bytes(), tip.as_bytes()).unwrap();
            for stretch in stretches(&edit(&ours), &edit(&theirs)) {
                let as_long = stretch.ours.len() == stretch.theirs.len();
                if stretch.of == Of::Both && stretch.differ != Differ::Untold && as_long {
                    told += 1;
                    let wide = |run: &Range<u32>| run.start as usize..run.end as usize;
                    assert_ne!(
                        lines(ours.as_bytes())[wide(&stretch.ours)],
                        lines(theirs.as_bytes())[wide(&stretch.theirs)],
                        "{base:?} {ours:?} {theirs:?}"
                    );
                }
            }
        }
        assert!(told > 300, "{told}");
    }

    fn text(dice: &mut Dice, most: usize) -> Vec<&'static str> {
        let lines = ["a\n", "b\n", "c\n", "d\n"];
        (0..dice.roll(most)).map(|_| dice.one(&lines)).collect()
    }

    fn edited(base: &[&'static str], dice: &mut Dice) -> Vec<&'static str> {
        let mut lines = Vec::new();
        for line in base {
            match dice.roll(6) {
                0 => {}
                1 => lines.extend(text(dice, 3)),
                _ => lines.push(*line),
            }
        }
        lines
    }
}
