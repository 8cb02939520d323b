//! Which paths a question is about: pathspecs, as git understands them (gitglossary(7)).

use std::path::Path;

use gix::bstr::ByteSlice;
use gix_pathspec::{Defaults, MagicSignature, Pattern, Search};

use crate::error::{Failure, Result};

use super::path::RepoPath;
use super::repository::Repository;

/// Pathspecs, taken together.
#[derive(Debug)]
pub struct Pathspecs {
    typed: Vec<String>,
    search: Search,
}

impl Pathspecs {
    /// Reads what was typed in `folder`, which plain paths are relative to.
    pub fn new(repository: &Repository, folder: &Path, typed: &[String]) -> Result<Self> {
        let root = repository.work_dir().unwrap_or(repository.git_dir());
        let prefix = folder.strip_prefix(root).ok();
        let mut patterns = Vec::new();
        for one in typed {
            let pattern = gix_pathspec::parse(one.as_bytes(), Defaults::default())
                .map_err(|error| wrong(one, &error))?;
            if !pattern.attributes.is_empty() {
                return Err(wrong(one, &"attributes cannot be asked for here"));
            }
            let is_root = is_root(&pattern, prefix.unwrap_or(Path::new("")), root);
            patterns.push(if is_root { all(&pattern)? } else { pattern });
        }
        let search = Search::from_specs(patterns, prefix, root)
            .map_err(|error| wrong(&typed.join(" "), &error))?;
        Ok(Self {
            typed: typed.to_owned(),
            search,
        })
    }

    /// As they were typed.
    pub fn typed(&self) -> &[String] {
        &self.typed
    }

    /// Whether this path is meant.
    pub fn mean(&mut self, path: &RepoPath) -> bool {
        let path = path.as_bytes().as_bstr();
        let matched =
            self.search
                .pattern_matching_relative_path(path, Some(false), &mut |_, _, _, _| false);
        matched.is_some_and(|matched| !matched.is_excluded())
    }
}

/// Whether a pattern names the root itself, with which no path begins.
fn is_root(pattern: &Pattern, prefix: &Path, root: &Path) -> bool {
    let mut normal = pattern.clone();
    let normal = normal.normalize(prefix, root);
    !pattern.is_nil() && normal.is_ok_and(|normal| normal.is_nil() || normal.path().is_empty())
}

/// What means everything, or leaves everything out, as the pattern does.
fn all(pattern: &Pattern) -> Result<Pattern> {
    let excludes = pattern.signature.contains(MagicSignature::EXCLUDE);
    let all = if excludes {
        ":(top,exclude)*"
    } else {
        ":(top)*"
    };
    gix_pathspec::parse(all.as_bytes(), Defaults::default()).map_err(|error| wrong(all, &error))
}

fn wrong(typed: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("'{typed}' is no pathspec: {error}")).next("git help glossary")
}
