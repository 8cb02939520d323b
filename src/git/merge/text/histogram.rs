//! The Histogram difference, as git draws it: the run of equal lines that is longest, or whose
//! lines are rarest, splits both texts, and what lies above and below it is compared by itself.
//!
//! Which run wins where several are as good depends on the order in which they are looked at, so
//! that order is git's: by the lines of the new text, and for each by its places in the old one.

use std::ops::Range;

use gix::diff::blob::Token;

use super::Changed;

/// Lines that are there more often than this are no start for a run.
pub(super) const MOST: u32 = 64;
/// No place.
const NONE: u32 = u32::MAX;

/// Which lines change from one text to the other; `None` where git would compare a part in another
/// way, since its common lines are all there too often. `tokens` bounds their numbers.
pub(super) fn changed(before: &[Token], after: &[Token], tokens: usize) -> Option<Changed> {
    let mut search = Search {
        before,
        after,
        count: vec![0; tokens],
        first: vec![NONE; tokens],
        next: vec![NONE; before.len()],
    };
    let mut changed = Changed {
        removed: vec![false; before.len()],
        added: vec![false; after.len()],
    };
    let mut parts = vec![(0..before.len(), 0..after.len())];
    while let Some((old, new)) = parts.pop() {
        let run = match old.is_empty() || new.is_empty() {
            true => None,
            false => search.run(&old, &new)?,
        };
        match run {
            Some(run) => {
                parts.push((old.start..run.old.start, new.start..run.new.start));
                parts.push((run.old.end..old.end, run.new.end..new.end));
            }
            None => {
                changed.removed[old].fill(true);
                changed.added[new].fill(true);
            }
        }
    }
    Some(changed)
}

/// Equal lines in both texts.
#[derive(Clone, Debug)]
struct Run {
    old: Range<usize>,
    new: Range<usize>,
}

/// What is known of the old lines of the part that is looked at, by token.
struct Search<'a> {
    before: &'a [Token],
    after: &'a [Token],
    /// How often a line is there.
    count: Vec<u32>,
    /// Its first place.
    first: Vec<u32>,
    /// For each place, the next one of the same line.
    next: Vec<u32>,
}

impl Search<'_> {
    /// The run that splits a part; within, `None` where nothing is in common.
    fn run(&mut self, old: &Range<usize>, new: &Range<usize>) -> Option<Option<Run>> {
        for place in old.clone().rev() {
            let token = self.before[place].0 as usize;
            self.next[place] = self.first[token];
            self.first[token] = place as u32;
            self.count[token] += 1;
        }
        let found = self.best(old, new);
        for place in old.clone() {
            let token = self.before[place].0 as usize;
            (self.first[token], self.count[token]) = (NONE, 0);
        }
        found
    }

    fn best(&self, old: &Range<usize>, new: &Range<usize>) -> Option<Option<Run>> {
        let mut best: Option<Run> = None;
        let (mut rarest, mut in_common) = (MOST + 1, false);
        let mut at = new.start;
        while at < new.end {
            let token = self.after[at].0 as usize;
            in_common |= self.count[token] > 0;
            let mut further = at + 1;
            if self.count[token] > 0 && self.count[token] <= rarest {
                let mut place = self.first[token];
                while place != NONE {
                    let (run, rare) = self.around(old, new, place as usize, at);
                    further = further.max(run.new.end);
                    let last = run.old.end - 1;
                    // A run of one line wins by its rarity alone.
                    let length = best.as_ref().map_or(1, |best| best.old.len());
                    if run.old.len() > length || rare < rarest {
                        rarest = rare;
                        best = Some(run);
                    }
                    place = self.next[place as usize];
                    while place != NONE && place as usize <= last {
                        place = self.next[place as usize];
                    }
                }
            }
            at = further;
        }
        (!in_common || rarest <= MOST).then_some(best)
    }

    /// The whole run around two equal lines, and how often its rarest line is there.
    fn around(
        &self,
        old: &Range<usize>,
        new: &Range<usize>,
        place: usize,
        at: usize,
    ) -> (Run, u32) {
        let pairs_up = self.before[old.start..place].iter().rev();
        let above = pairs_up
            .zip(self.after[new.start..at].iter().rev())
            .take_while(|(old, new)| old == new)
            .count();
        let pairs_down = self.before[place..old.end].iter();
        let below = pairs_down
            .zip(&self.after[at..new.end])
            .take_while(|(old, new)| old == new)
            .count();
        let run = Run {
            old: place - above..place + below,
            new: at - above..at + below,
        };
        let lines = self.before[run.old.clone()].iter();
        let rarest = lines.map(|line| self.count[line.0 as usize]).min();
        (run, rarest.unwrap_or(NONE))
    }
}
