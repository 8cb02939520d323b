//! What every change on the way to a commit touched, kept from one call to the next: walking a
//! history and comparing its trees is most of what a survey costs.

use std::collections::HashMap;

use crate::error::Result;
use crate::git::{MainlineChange, RepoPath, Repository};
use crate::id::Oid;

use super::collisions::keep_latest;
use super::moves::moves;
use super::pack::{Packed, Shelf, Unpacked};

/// Under which name it is kept.
const NAME: &str = "past";

/// The changes of a branch along its first parents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Every path that is touched by a change.
    pub names: Vec<RepoPath>,
    /// The oldest first.
    pub changes: Vec<PastChange>,
}

/// A change; files are positions among the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastChange {
    pub commit: Oid,
    /// Under the names that the files had then; a moved file has two.
    pub touched: Vec<u32>,
    /// Old and new name of what it moved.
    pub moves: Vec<(u32, u32)>,
}

/// The past of `tip`: from where an earlier call left it, as far as that is the same history.
pub fn past(repository: &Repository, tip: Oid, shelf: &dyn Shelf) -> Result<Past> {
    let keeps = repository.is_as_named();
    let left = shelf.take(NAME).filter(|_| keeps);
    let left = left.and_then(|bytes| Past::unpack(&bytes));
    let left = left.unwrap_or_default();
    if left.changes.last().is_some_and(|last| last.commit == tip) {
        return Ok(left);
    }
    let places: HashMap<Oid, usize> = left
        .changes
        .iter()
        .map(|change| change.commit)
        .zip(1..)
        .collect();
    let new = repository.latest_changes(tip, |id| places.contains_key(&id), usize::MAX)?;
    let common = new.met.map_or(0, |met| places[&met]);
    let past = left.up_to(common).and(&new.changes);
    if keeps {
        shelf.put(NAME, &past.pack());
    }
    if new.met.is_none() {
        keep_latest(repository, tip, new.changes, shelf);
    }
    Ok(past)
}

impl Past {
    /// Of changes that are told newest first.
    #[cfg(test)]
    pub fn of(changes: &[MainlineChange]) -> Self {
        Self::default().and(changes)
    }

    /// With later changes, which are told newest first.
    fn and(self, changes: &[MainlineChange]) -> Self {
        let mut growing = Growing::on(self);
        for change in changes.iter().rev() {
            let touched = change.touched.iter().map(|file| &file.path);
            growing.add(change.commit, touched, moves(&change.touched));
        }
        growing.past
    }

    /// Without all but the oldest so many, and without names that only the others touched.
    fn up_to(self, count: usize) -> Self {
        if count == self.changes.len() {
            return self;
        }
        let mut growing = Growing::on(Self::default());
        let name = |at: &u32| &self.names[*at as usize];
        for change in &self.changes[..count] {
            let moves = change.moves.iter().map(|(old, new)| (name(old), name(new)));
            growing.add(change.commit, change.touched.iter().map(name), moves);
        }
        growing.past
    }

    fn pack(&self) -> Vec<u8> {
        let mut packed = Packed::default();
        packed.count(self.names.len());
        for name in &self.names {
            packed.bytes(name.as_bytes());
        }
        packed.count(self.changes.len());
        for change in &self.changes {
            packed.bytes(change.commit.as_bytes());
            packed.count(change.touched.len());
            for name in &change.touched {
                packed.number(*name);
            }
            packed.count(change.moves.len());
            for (old, new) in &change.moves {
                packed.number(*old);
                packed.number(*new);
            }
        }
        packed.0
    }

    /// What [`Past::pack`] wrote; `None` where it did not.
    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut unpacked = Unpacked::new(bytes);
        let mut past = Self::default();
        for _ in 0..unpacked.count()? {
            past.names.push(RepoPath::new(unpacked.bytes()?));
        }
        let names = past.names.len() as u32;
        let name = |unpacked: &mut Unpacked<'_>| unpacked.small().filter(|name| *name < names);
        for _ in 0..unpacked.count()? {
            let commit = unpacked.id()?;
            let touched = (0..unpacked.count()?).map(|_| name(&mut unpacked));
            let touched = touched.collect::<Option<_>>()?;
            let moves = (0..unpacked.count()?)
                .map(|_| Some((name(&mut unpacked)?, name(&mut unpacked)?)))
                .collect::<Option<_>>()?;
            past.changes.push(PastChange {
                commit,
                touched,
                moves,
            });
        }
        unpacked.end(past)
    }
}

/// A past to which changes are added.
struct Growing {
    past: Past,
    numbers: HashMap<RepoPath, u32>,
}

impl Growing {
    fn on(past: Past) -> Self {
        let numbers = past.names.iter().cloned().zip(0..).collect();
        Self { past, numbers }
    }

    fn add<'a>(
        &mut self,
        commit: Oid,
        touched: impl Iterator<Item = &'a RepoPath>,
        moves: impl IntoIterator<Item = (&'a RepoPath, &'a RepoPath)>,
    ) {
        let touched = touched.map(|path| self.number(path)).collect();
        let moves = moves
            .into_iter()
            .map(|(old, new)| (self.number(old), self.number(new)))
            .collect();
        self.past.changes.push(PastChange {
            commit,
            touched,
            moves,
        });
    }

    fn number(&mut self, path: &RepoPath) -> u32 {
        if let Some(known) = self.numbers.get(path) {
            return *known;
        }
        let number = self.past.names.len() as u32;
        self.past.names.push(path.clone());
        self.numbers.insert(path.clone(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::testing::change;

    #[test]
    fn a_past_goes_on_where_it_was_left_and_what_is_cut_is_none() {
        let changes = [
            change(&[("src/b.rs", Some(4), Some(5))]),
            change(&[("a.rs", Some(1), None), ("src/a.rs", None, Some(1))]),
            change(&[("a.rs", None, Some(1)), ("b.rs", None, Some(2))]),
        ];
        let whole = Past::of(&changes);
        let bytes = whole.pack();
        assert_eq!(Past::unpack(&bytes), Some(whole.clone()));
        for end in 0..bytes.len() {
            assert_eq!(Past::unpack(&bytes[..end]), None);
        }
        let oldest = Past::of(&changes[1..]);
        assert_eq!(whole.clone().up_to(2), oldest);
        assert_eq!(oldest.and(&changes[..1]), whole);
    }
}
