//! What merging found out so far, kept with the objects that it was found out about.

use std::collections::HashMap;
use std::sync::Arc;

use gix::ObjectId;

use super::attributes::Attributes;
use super::sides::Side;
use super::text::Hunks;
use super::trees::Trees;

/// What was found out in one object space: facts, but for the attributes, and those hold for as
/// long as a question is being answered.
#[derive(Debug, Default)]
pub struct Known {
    pub(super) bases: HashMap<(ObjectId, ObjectId), Option<ObjectId>>,
    /// By the commits of base and tip.
    pub(super) sides: HashMap<(ObjectId, ObjectId), Option<Arc<Side>>>,
    /// By the blobs of base and tip; `None` where they are not known.
    pub(super) texts: HashMap<(ObjectId, ObjectId), Option<Arc<Hunks>>>,
    pub(super) attributes: Attributes,
    pub(super) trees: Trees,
    /// Whether all trees that were made were written, too.
    pub(super) written: bool,
}
