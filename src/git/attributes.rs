//! The files of attributes that git would look into, and whether they say a word on a subject, such
//! as how texts are merged. Nearly always they do not, and that is sooner seen than asked.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::bstr::{BString, ByteSlice};

use crate::error::Result;

use super::config::installed_beside_git;
use super::repository::Repository;
use crate::hashed::HashSet;

/// Settings that have a say in how texts are merged.
const MERGING: [&str; 3] = ["merge.default", "merge.renormalize", "diff.algorithm"];
/// Without these words a file of attributes has no say in it: `binary` is git's own macro for
/// several, `-merge` among them.
const MERGING_WORDS: [&[u8]; 2] = [b"merge", b"binary"];
/// Settings that name further attributes.
const FURTHER: [&str; 2] = ["core.attributesFile", "attr.tree"];

impl Repository {
    /// Those of `paths` that git merges as plain text, with nothing configured that would change
    /// how. Attributes that the branches bring along do not count: git goes by the worktree.
    pub(super) fn plain_texts(&self, paths: &HashSet<&BString>) -> Result<HashSet<BString>> {
        if paths.is_empty() || self.merges_unusually()? {
            return Ok(HashSet::default());
        }
        if self.no_attribute_is_about_merging(paths) {
            return Ok(paths.iter().copied().cloned().collect());
        }
        let mut input = Vec::new();
        for path in paths {
            input.extend_from_slice(path);
            input.push(0);
        }
        let check = self.git_here("check-attr");
        let output = check.args(["--stdin", "-z", "merge"]).input(input).run()?;
        let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
        let entries = fields.chunks_exact(3);
        let plain = entries.filter(|entry| entry[2] == b"unspecified");
        Ok(plain.map(|entry| entry[0].into()).collect())
    }

    /// Whether the configuration has a say in how texts are merged.
    fn merges_unusually(&self) -> Result<bool> {
        if let Some(local) = self.read_configuration() {
            let settings = local.config_snapshot();
            return Ok(MERGING.iter().any(|key| settings.string(*key).is_some()));
        }
        let keys = MERGING.map(|key| key.replace('.', "\\.")).join("|");
        let output = self
            .git("config")
            .args(["--name-only", "--get-regexp", &format!("^({keys})$")])
            .ask()?;
        Ok(!output.stdout.is_empty())
    }

    fn no_attribute_is_about_merging(&self, paths: &HashSet<&BString>) -> bool {
        let (Some(local), Some(work_dir)) = (self.read_configuration(), self.work_dir()) else {
            return false;
        };
        let paths = paths.iter().map(|path| path.to_path_lossy());
        let mut folders = BTreeSet::new();
        for path in paths {
            folders.extend(path.ancestors().skip(1).map(Path::to_owned));
        }
        AttributeFiles::of(self, &local, work_dir)
            .is_some_and(|files| files.never_say(&MERGING_WORDS, &folders))
    }
}

/// All files that can give attributes to what lies in a worktree.
#[derive(Debug)]
pub(super) struct AttributeFiles {
    worktree: PathBuf,
    elsewhere: Vec<PathBuf>,
}

impl AttributeFiles {
    /// `None` where git may know of more. `local` is configured as git is.
    pub fn of(repository: &Repository, local: &gix::Repository, worktree: &Path) -> Option<Self> {
        let settings = local.config_snapshot();
        let further = FURTHER.iter().any(|key| settings.string(*key).is_some());
        if further || env::var_os("GIT_ATTR_SOURCE").is_some() {
            return None;
        }
        let known = [
            repository.common_dir().join("info/attributes"),
            PathBuf::from("/etc/gitattributes"),
        ];
        let elsewhere = known.into_iter().chain(of_the_user());
        Some(Self {
            worktree: worktree.to_owned(),
            elsewhere: elsewhere
                .chain(installed_beside_git("gitattributes"))
                .collect(),
        })
    }

    /// Whether none of them holds one of these words. `folders` are those of the paths in
    /// question, with all above them.
    pub fn never_say(&self, words: &[&[u8]], folders: &BTreeSet<PathBuf>) -> bool {
        let in_worktree = folders
            .iter()
            .map(|folder| self.worktree.join(folder).join(".gitattributes"));
        let mut files = in_worktree.chain(self.elsewhere.iter().cloned());
        files.all(|file| is_silent(&file, words))
    }
}

/// The user's own file of attributes, where none is configured.
fn of_the_user() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let configuration = match variable("XDG_CONFIG_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&variable("HOME")?).join(".config"),
    };
    Some(configuration.join("git/attributes"))
}

/// Whether a file, if it is there at all, holds none of the words.
fn is_silent(file: &Path, words: &[&[u8]]) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    match fs::read(file) {
        Ok(text) => !words.iter().any(|word| text.contains_str(word)),
        Err(error) => matches!(error.kind(), NotFound | NotADirectory),
    }
}
