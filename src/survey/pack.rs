//! How what was worked out is written down for the next call: numbers of as many bytes as they
//! need (LEB128), texts with their length before them.

use std::cmp::Ordering;

use crate::id::Oid;

/// Keeps what was worked out from one call of the program to the next. It may forget.
pub trait Shelf: Sync {
    /// What was put under this name last, whole.
    fn take(&self, name: &str) -> Option<Vec<u8>>;

    /// Puts something in the place of what was there, if possible.
    fn put(&self, name: &str, content: &[u8]);
}

/// Writes.
#[derive(Debug, Default)]
pub struct Packed(pub Vec<u8>);

impl Packed {
    pub fn number(&mut self, number: impl Into<u64>) {
        let mut rest = number.into();
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }
}

impl Packed {
    /// Byte strings of which each can be found without reading the others.
    pub fn rows<T: AsRef<[u8]>>(&mut self, rows: &[T]) {
        let mut end = 0;
        self.table(rows.iter().map(|row| {
            end += row.as_ref().len() as u32;
            end
        }));
        self.number(end);
        for row in rows {
            self.0.extend_from_slice(row.as_ref());
        }
    }

    /// Numbers of four bytes each.
    pub fn table(&mut self, numbers: impl ExactSizeIterator<Item = u32>) {
        self.count(4 * numbers.len());
        self.0.extend(numbers.flat_map(u32::to_le_bytes));
    }

    /// Ascending numbers, each with another.
    pub fn pairs(&mut self, pairs: &[(u32, u32)]) {
        self.count(pairs.len());
        let mut last = 0;
        for (ascending, other) in pairs {
            self.number(ascending - last);
            self.number(*other);
            last = *ascending;
        }
    }
}

/// Reads what [`Packed`] wrote; `None` where it is something else.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unpacked<'a>(&'a [u8]);

impl<'a> Unpacked<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// How many things follow, each of which takes a byte at least.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub fn id(&mut self) -> Option<Oid> {
        Oid::from_bytes(self.bytes()?)
    }

    pub fn rows(&mut self) -> Option<Rows<'a>> {
        let (ends, data) = (self.table()?, self.bytes()?);
        Some(Rows { ends, data })
    }

    pub fn table(&mut self) -> Option<Table<'a>> {
        let bytes = self.bytes()?;
        (bytes.len() % 4 == 0).then_some(Table(bytes))
    }

    pub fn pairs(&mut self) -> Option<Pairs<'a>> {
        let left = self.count()?;
        Some(Pairs {
            left,
            last: 0,
            rest: *self,
        })
    }

    /// The value, if nothing is left over.
    pub fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// Numbers of which any can be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(&'a [u8]);

impl<'a> Table<'a> {
    pub fn len(&self) -> usize {
        self.0.len() / 4
    }

    /// 0 for one that is not there.
    pub fn get(&self, at: usize) -> u32 {
        let bytes = self.0.get(4 * at..4 * at + 4);
        bytes.map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    pub fn iter(self) -> impl ExactSizeIterator<Item = u32> + 'a {
        (0..self.len()).map(move |at| self.get(at))
    }
}

/// Byte strings of which any can be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    ends: Table<'a>,
    data: &'a [u8],
}

impl<'a> Rows<'a> {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Empty for one that is not there.
    pub fn get(&self, at: usize) -> &'a [u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends.get(before));
        let row = start as usize..self.ends.get(at) as usize;
        self.data.get(row).unwrap_or_default()
    }

    /// Where a row stands; the rows are sorted.
    pub fn find(&self, row: &[u8]) -> Option<usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from + (to - from) / 2;
            match self.get(middle).cmp(row) {
                Ordering::Less => from = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => to = middle,
            }
        }
        None
    }
}

/// Ascending numbers, each with another, as they are read; it ends where they make no sense.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pairs<'a> {
    left: usize,
    last: u32,
    rest: Unpacked<'a>,
}

impl Iterator for Pairs<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        self.left = self.left.checked_sub(1)?;
        self.last = self.last.checked_add(self.rest.small()?)?;
        Some((self.last, self.rest.small()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl Pairs<'_> {
    /// How many there are, without reading them.
    pub fn count_left(&self) -> usize {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_and_what_is_cut_does_not() {
        let mut packed = Packed::default();
        for number in [0u64, 127, 128, 300, u64::MAX] {
            packed.number(number);
        }
        packed.bytes("Größe".as_bytes());
        let read = |bytes: &[u8]| {
            let mut unpacked = Unpacked::new(bytes);
            let mut numbers = Vec::new();
            for _ in 0..5 {
                numbers.push(unpacked.number()?);
            }
            let text = unpacked.bytes()?.to_owned();
            unpacked.end((numbers, text))
        };
        let whole = read(&packed.0).expect("all of it");
        assert_eq!(whole, (vec![0, 127, 128, 300, u64::MAX], "Größe".into()));
        for end in 0..packed.0.len() {
            assert_eq!(read(&packed.0[..end]), None);
        }
    }

    #[test]
    fn any_row_and_number_is_found_without_the_others() {
        let mut packed = Packed::default();
        packed.rows(&["", "ab", "ac", "b"]);
        packed.table([7, 300, u32::MAX].into_iter());
        packed.pairs(&[(2, 1), (3, 9), (900, 1)]);
        let mut unpacked = Unpacked::new(&packed.0);
        let rows = unpacked.rows().expect("rows");
        assert_eq!(
            (rows.len(), rows.get(2), rows.get(4)),
            (4, &b"ac"[..], &b""[..])
        );
        let places = ["", "ab", "ac", "b", "a", "c"].map(|row| rows.find(row.as_bytes()));
        assert_eq!(places, [Some(0), Some(1), Some(2), Some(3), None, None]);
        let table = unpacked.table().expect("a table");
        assert!(table.iter().eq([7, 300, u32::MAX]));
        let pairs = unpacked.pairs().expect("pairs");
        assert_eq!(pairs.count_left(), 3);
        assert!(pairs.eq([(2, 1), (3, 9), (900, 1)]));
    }
}
