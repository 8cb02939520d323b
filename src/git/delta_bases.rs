//! Packed objects that were read lately, by where they lie. git stores most objects as a difference
//! from another one, so whoever reads many of them, such as the versions of a file one after the
//! other, would put the same bases together again and again.

use std::mem;

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

use crate::hashed::HashMap;

/// Bytes that all readers together hold at most.
const ROOM: usize = 96 << 20;

/// Lets a view hold the bases of what it reads, from now on, as one of so many readers.
pub(super) fn hold(view: &mut gix::Repository, readers: usize) {
    if !view.objects.has_pack_cache() {
        let room = ROOM / readers.max(1);
        view.objects
            .set_pack_cache(move || Box::new(DeltaBases::with(room)));
    }
}

/// In which pack an object lies, and where.
type Place = (u32, u64);

/// What was read lately, in two generations: when the young ones have filled half of the room, the
/// old ones go and the young ones take their place. What is asked for is young again.
#[derive(Debug, Default)]
struct DeltaBases {
    young: HashMap<Place, Base>,
    old: HashMap<Place, Base>,
    /// Bytes of the young ones, and how many make a generation.
    held: usize,
    most: usize,
}

#[derive(Debug)]
struct Base {
    data: Box<[u8]>,
    kind: Kind,
    compressed: usize,
}

impl DeltaBases {
    fn with(room: usize) -> Self {
        Self {
            most: room / 2,
            ..Self::default()
        }
    }

    fn take_in(&mut self, place: Place, base: Base) {
        if self.held + base.data.len() > self.most {
            self.old = mem::take(&mut self.young);
            self.held = 0;
        }
        self.held += base.data.len();
        if let Some(before) = self.young.insert(place, base) {
            self.held -= before.data.len();
        }
    }
}

impl DecodeEntry for DeltaBases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, compressed: usize) {
        if data.len() <= self.most {
            let base = Base {
                data: data.into(),
                kind,
                compressed,
            };
            self.take_in((pack, offset), base);
        }
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let place = (pack, offset);
        if let Some(base) = self.old.remove(&place) {
            self.take_in(place, base);
        }
        let base = self.young.get(&place)?;
        out.clear();
        out.extend_from_slice(&base.data);
        Some((base.kind, base.compressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_lately_is_held_and_never_more_than_there_is_room_for() {
        let mut bases = DeltaBases::with(80);
        let mut out = Vec::new();
        for offset in 0..100_u64 {
            bases.put(1, offset, &[offset as u8; 10], Kind::Blob, 7);
            assert_eq!(bases.get(1, 0, &mut out), Some((Kind::Blob, 7)));
            assert_eq!(out, [0; 10]);
            let held = bases.young.len() + bases.old.len();
            assert!(held <= 8, "{held} of ten bytes each");
        }
        assert_eq!(bases.get(1, 50, &mut out), None);
        assert_eq!(bases.get(2, 0, &mut out), None);
        bases.put(1, 200, &[1; 41], Kind::Blob, 7);
        assert_eq!(bases.get(1, 200, &mut out), None);
    }
}
