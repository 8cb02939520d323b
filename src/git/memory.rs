//! What was found out in earlier calls, kept by somebody else, and the form it is kept in.

use std::fmt;

use gix::ObjectId;

/// Keeps answers from one call of the program to the next. It may forget, but never mix up.
pub trait Memory: fmt::Debug + Send + Sync {
    /// What was remembered under a key.
    fn recall(&self, key: &[u8]) -> Option<Vec<u8>>;

    /// Remembers keys and values, if possible.
    fn remember(&self, entries: &[(Vec<u8>, Vec<u8>)]);
}

/// Writes a value.
#[derive(Debug, Default)]
pub(super) struct Packed(pub Vec<u8>);

impl Packed {
    pub fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u32);
        self.0.extend_from_slice(bytes);
    }
}

/// Reads what [`Packed`] wrote; `None` where it is something else.
#[derive(Debug)]
pub(super) struct Unpacked<'a>(&'a [u8]);

impl<'a> Unpacked<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub fn id(&mut self) -> Option<ObjectId> {
        ObjectId::try_from(self.bytes()?).ok()
    }

    /// The value, if nothing is left over.
    pub fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}
