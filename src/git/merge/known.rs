//! What merging found out so far, kept with the objects that it was found out about.

use std::sync::Arc;

use gix::ObjectId;

use crate::hashed::HashMap;

use super::attributes::Attributes;
use super::sides::Side;
use super::text::{Hunks, Lines};
use super::trees::Trees;
use super::{MergePair, Merged};

/// So many bytes of texts stay at hand.
const MOST_CONTENTS: usize = 64 << 20;

/// Texts that were read, as long as they are not too many.
#[derive(Debug, Default)]
pub(super) struct Contents {
    read: HashMap<ObjectId, Option<Arc<Lines>>>,
    bytes: usize,
}

impl Contents {
    /// A text, read where it is not at hand.
    pub fn of(
        &mut self,
        blob: ObjectId,
        read: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Arc<Lines>> {
        if let Some(known) = self.read.get(&blob) {
            return known.clone();
        }
        let text = read().map(|text| Arc::new(Lines::of(text)));
        self.bytes += text.as_ref().map_or(0, |text| text.text().len());
        if self.bytes > MOST_CONTENTS {
            self.read.clear();
            self.bytes = text.as_ref().map_or(0, |text| text.text().len());
        }
        self.read.insert(blob, text.clone());
        text
    }
}

/// What was found out in one object space: facts, but for the attributes, and those hold for as
/// long as a question is being answered.
#[derive(Debug, Default)]
pub struct Known {
    pub(super) bases: HashMap<(ObjectId, ObjectId), Option<ObjectId>>,
    /// By the commits of base and tip.
    pub(super) sides: HashMap<(ObjectId, ObjectId), Option<Arc<Side>>>,
    /// By the blobs of base and tip; `None` where they are not known.
    pub(super) texts: HashMap<(ObjectId, ObjectId), Option<Arc<Hunks>>>,
    /// By their blobs.
    pub(super) contents: Contents,
    pub(super) attributes: Attributes,
    pub(super) trees: Trees,
    /// Whether all trees that were made were written, too.
    pub(super) written: bool,
    /// git's own word, with the trees that it wrote: a pair is often asked about again as the first
    /// step of a stack.
    pub(super) answers: HashMap<MergePair, Merged>,
}
