//! What the past tells about the files that are here now: which change most, and which together.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::past::Past;

/// A change of more files than this says nothing about which belong together: a move, a reformat.
pub(super) const WIDEST: usize = 30;
/// Older changes than this many are not asked which files go together.
pub(super) const REMEMBERED: usize = 5_000;
/// Two files that changed together less often than this did so by chance.
const LEAST_TOGETHER: u32 = 4;

/// One change, reduced to the files that are still here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Positions in the census, ascending.
    pub files: Vec<u32>,
    /// How many files it touched in all.
    pub width: usize,
}

/// The past of the files in a census, newest change first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    pub changes: Vec<Change>,
}

/// How often a file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heat {
    pub file: u32,
    /// Changes among the latest `RECENT`.
    pub changes: u32,
}

/// Two files that change together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Together {
    pub a: u32,
    pub b: u32,
    /// Changes that touched both.
    pub both: u32,
    /// Changes that touched the one that changes less often.
    pub either: u32,
}

impl Together {
    /// How often the one that changes less brings the other along: 0 to 1.
    pub fn share(&self) -> f64 {
        f64::from(self.both) / f64::from(self.either.max(1))
    }
}

/// The latest changes, of which people remember something.
pub const RECENT: usize = 500;

impl History {
    /// What of the past concerns the files at these paths, under the names that they had.
    pub fn of<'a, P>(paths: impl Iterator<Item = &'a P>, past: &Past) -> Self
    where
        P: AsRef<[u8]> + ?Sized + 'a,
    {
        let files: HashMap<&[u8], u32> = paths.map(P::as_ref).zip(0..).collect();
        let mut file_of: Vec<Option<u32>> = past
            .names
            .iter()
            .map(|name| files.get(name.as_bytes()).copied())
            .collect();
        let changes = past.changes.iter().rev().map(|change| {
            let touched = change.touched.iter();
            let mut files: Vec<u32> = touched.filter_map(|name| file_of[*name as usize]).collect();
            files.sort_unstable();
            files.dedup();
            // Older changes know a moved file by its older name.
            for &(old, new) in &change.moves {
                if let Some(file) = file_of[new as usize] {
                    file_of[old as usize] = Some(file);
                }
            }
            Change {
                files,
                width: change.touched.len(),
            }
        });
        Self {
            changes: changes.collect(),
        }
    }

    /// Changes that a person made file by file, newest first.
    pub fn deliberate(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.width <= WIDEST)
    }

    /// Every file that changed among the latest changes, the hottest first.
    pub fn heat(&self) -> Vec<Heat> {
        let mut heat: HashMap<u32, u32> = HashMap::new();
        for file in self
            .changes
            .iter()
            .take(RECENT)
            .flat_map(|change| &change.files)
        {
            *heat.entry(*file).or_default() += 1;
        }
        let heat = heat
            .into_iter()
            .map(|(file, changes)| Heat { file, changes });
        let mut hottest: Vec<Heat> = heat.collect();
        hottest.sort_by_key(|heat| (Reverse(heat.changes), heat.file));
        hottest
    }

    /// Pairs of files that go together at least half of the time, the closest first.
    pub fn together(&self) -> Vec<Together> {
        let mut alone: HashMap<u32, u32> = HashMap::new();
        let mut both: HashMap<(u32, u32), u32> = HashMap::new();
        for change in self.deliberate().take(REMEMBERED) {
            for (at, &a) in change.files.iter().enumerate() {
                *alone.entry(a).or_default() += 1;
                for &b in &change.files[at + 1..] {
                    *both.entry((a, b)).or_default() += 1;
                }
            }
        }
        let mut pairs: Vec<Together> = both
            .into_iter()
            .filter(|(_, both)| *both >= LEAST_TOGETHER)
            .map(|((a, b), both)| Together {
                a,
                b,
                both,
                either: alone[&a].min(alone[&b]),
            })
            .filter(|pair| pair.share() >= 0.5)
            .collect();
        pairs.sort_by(|one, other| {
            let strength = |pair: &Together| pair.share() * f64::from(pair.both).ln();
            strength(other)
                .total_cmp(&strength(one))
                .then((one.a, one.b).cmp(&(other.a, other.b)))
        });
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::testing::{change, file, history};

    #[test]
    fn a_moved_file_keeps_its_past() {
        let files = [file("src/a.rs"), file("src/b.rs")];
        let mainline = [
            change(&[("src/b.rs", Some(4), Some(5))]),
            // a.rs moved as it was, b.rs with an edit.
            change(&[
                ("a.rs", Some(1), None),
                ("b.rs", Some(2), None),
                ("src/a.rs", None, Some(1)),
                ("src/b.rs", None, Some(4)),
            ]),
            change(&[("a.rs", None, Some(1)), ("b.rs", None, Some(2))]),
        ];
        let history = history(&files, &mainline);
        let files: Vec<&[u32]> = history.changes.iter().map(|c| c.files.as_slice()).collect();
        assert_eq!(files, [&[1][..], &[0, 1], &[0, 1]]);
    }

    #[test]
    fn what_went_and_came_without_being_the_same_is_no_move() {
        let files = [file("x/mod.rs"), file("y/mod.rs")];
        let mainline = [
            change(&[
                ("mod.rs", Some(1), None),
                ("x/mod.rs", None, Some(2)),
                ("y/mod.rs", None, Some(3)),
            ]),
            change(&[("mod.rs", None, Some(1))]),
        ];
        let history = history(&files, &mainline);
        assert!(history.changes[1].files.is_empty());
    }

    #[test]
    fn files_that_go_together_are_found_and_chance_is_not() {
        let files = [file("a.rs"), file("b.rs"), file("c.rs")];
        let both = change(&[("a.rs", Some(1), Some(2)), ("b.rs", Some(1), Some(2))]);
        let alone = change(&[("b.rs", Some(2), Some(3))]);
        let chance = change(&[("a.rs", Some(1), Some(2)), ("c.rs", Some(1), Some(2))]);
        let mainline = [vec![both; 6], vec![alone; 2], vec![chance; 3]].concat();
        let history = history(&files, &mainline);
        let expected = Together {
            a: 0,
            b: 1,
            both: 6,
            either: 8,
        };
        assert_eq!(history.together(), [expected]);
        assert_eq!(
            history.heat()[0],
            Heat {
                file: 0,
                changes: 9
            }
        );
    }
}
