//! Which files git merges as plain text, with nothing configured that would change how.

use std::collections::{HashMap, HashSet};

use gix::bstr::BString;

use crate::error::Result;
use crate::git::repository::Repository;

/// Fewer merges than this that depend on the content of files are quicker asked of git: finding
/// out whether attributes have a say in it costs two processes.
const FEWEST_QUESTIONS: usize = 4;

/// What was found out so far.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    questions: usize,
    usual: Option<bool>,
    plain: HashMap<BString, bool>,
}

impl Attributes {
    /// Finds out about files that so many merges depend on.
    pub fn ask(
        &mut self,
        repository: &Repository,
        questions: usize,
        paths: &HashSet<&BString>,
    ) -> Result<()> {
        self.questions += questions;
        if questions == 0 || self.questions < FEWEST_QUESTIONS {
            return Ok(());
        }
        let usual = match self.usual {
            Some(usual) => usual,
            None => !merges_unusually(repository)?,
        };
        self.usual = Some(usual);
        let mut input = Vec::new();
        for path in paths.iter().filter(|path| !self.plain.contains_key(**path)) {
            input.extend_from_slice(path);
            input.push(0);
        }
        if !usual || input.is_empty() {
            return Ok(());
        }
        let check = repository.git_here("check-attr");
        let output = check.args(["--stdin", "-z", "merge"]).input(input).run()?;
        let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
        for entry in fields.chunks_exact(3) {
            let plain = entry[2] == b"unspecified";
            self.plain.insert(entry[0].into(), plain);
        }
        Ok(())
    }

    /// Whether a file is known to be merged as text.
    pub fn is_plain(&self, path: &BString) -> bool {
        self.plain.get(path) == Some(&true)
    }
}

/// Whether the configuration has a say in how texts are merged.
fn merges_unusually(repository: &Repository) -> Result<bool> {
    let output = repository
        .git("config")
        .args(["--name-only", "--get-regexp"])
        .arg("^(merge\\.default|merge\\.renormalize|diff\\.algorithm)$")
        .ask()?;
    Ok(!output.stdout.is_empty())
}
