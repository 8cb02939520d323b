//! How what was worked out is written down for the next call: numbers of as many bytes as they
//! need (LEB128), texts with their length before them.

use crate::id::Oid;

/// Keeps what was worked out from one call of the program to the next. It may forget.
pub trait Shelf {
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

/// Reads what [`Packed`] wrote; `None` where it is something else.
#[derive(Clone, Copy, Debug)]
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

    /// The value, if nothing is left over.
    pub fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
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
}
