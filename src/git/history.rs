//! How commits descend from each other.

use crate::error::Result;
use crate::id::Oid;

use super::repository::{Repository, oid};

impl Repository {
    /// The best common ancestor of two commits; `None` where their histories are unrelated. Where
    /// there are several (a criss-cross), git's first.
    pub fn merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>> {
        if one == two {
            return Ok(Some(one));
        }
        let local = self.inner().to_thread_local();
        let ids = gix_id(one).zip(gix_id(two));
        match ids.map(|(one, two)| local.merge_base(one, two)) {
            Some(Ok(Some(base))) => Ok(oid(&base)),
            // No base, or no answer (a graft, a commit that is only promised): git's word is final.
            _ => self.ask_merge_base(one, two),
        }
    }

    /// Whether everything in `ancestor`'s history is in `descendant`'s, too.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool> {
        Ok(self.merge_base(ancestor, descendant)? == Some(ancestor))
    }

    fn ask_merge_base(&self, one: Oid, two: Oid) -> Result<Option<Oid>> {
        let output = self
            .git("merge-base")
            .args([one.to_string(), two.to_string()])
            .ask()?;
        match output.status.code() {
            Some(0) => Ok(output.text().parse().ok()),
            Some(1) => Ok(None),
            _ => Err(super::program::complaint("merge-base", &output)),
        }
    }
}

fn gix_id(id: Oid) -> Option<gix::ObjectId> {
    gix::ObjectId::try_from(id.as_bytes()).ok()
}
