//! What the tool itself brought in in another form: git cannot see it, the journal knows it.

use crate::error::Result;
use crate::git::Reformed;
use crate::store::Store;

/// Every branch that was squashed or rebased onto another.
pub fn reformed(store: &Store) -> Result<Vec<Reformed>> {
    let pairs = store.landed_in_another_form()?.into_iter();
    Ok(pairs.map(|(tip, form)| Reformed { tip, form }).collect())
}
