//! Which files git merges as plain text: what was found out so far.

use gix::bstr::BString;

use crate::error::Result;
use crate::git::repository::Repository;
use crate::hashed::{HashMap, HashSet};

/// By their paths.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    plain: HashMap<BString, bool>,
}

impl Attributes {
    /// Finds out about files.
    pub fn ask(&mut self, repository: &Repository, paths: &HashSet<&BString>) -> Result<()> {
        let unknown = paths.iter().copied();
        let unknown = unknown.filter(|path| !self.plain.contains_key(*path));
        let unknown: HashSet<&BString> = unknown.collect();
        let plain = repository.plain_texts(&unknown)?;
        let found = unknown
            .into_iter()
            .map(|path| (path.clone(), plain.contains(path)));
        self.plain.extend(found);
        Ok(())
    }

    /// Whether a file is known to be merged as text.
    pub fn is_plain(&self, path: &BString) -> bool {
        self.plain.get(path) == Some(&true)
    }
}
