//! Which files git merges as plain text, with nothing configured that would change how.
//!
//! Nearly always nothing is, and that can be seen in this process: no setting and no file of
//! attributes speaks of it. Where one does, git is asked what it means.

use std::collections::{BTreeSet, HashSet};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::bstr::{BString, ByteSlice};

use crate::error::Result;

use super::config::installed_beside_git;
use super::repository::Repository;

/// The settings that have a say in how texts are merged.
const MERGING: [&str; 3] = ["merge.default", "merge.renormalize", "diff.algorithm"];
/// The settings that name further attributes.
const FURTHER: [&str; 2] = ["core.attributesFile", "attr.tree"];
/// Without one of these words a file of attributes says nothing about merging: `binary` is git's
/// own macro for several, `-merge` among them.
const WORDS: [&[u8]; 2] = [b"merge", b"binary"];

impl Repository {
    /// Those of `paths` that git merges as plain text.
    pub(super) fn plain_texts(&self, paths: &HashSet<&BString>) -> Result<HashSet<BString>> {
        if paths.is_empty() || self.merges_unusually()? {
            return Ok(HashSet::new());
        }
        if self.no_attribute_tells(paths) {
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

    /// Whether it is sure that no attribute of these paths has to do with merging: all files that
    /// could give them one are known, and none says a word.
    fn no_attribute_tells(&self, paths: &HashSet<&BString>) -> bool {
        let Some((local, work_dir)) = self.read_configuration().zip(self.work_dir()) else {
            return false;
        };
        let settings = local.config_snapshot();
        let further = FURTHER.iter().any(|key| settings.string(*key).is_some());
        if further || env::var_os("GIT_ATTR_SOURCE").is_some() {
            return false;
        }
        let folders = paths.iter().flat_map(|path| {
            let path = path.to_path_lossy().into_owned();
            let folders = path.ancestors().skip(1).map(Path::to_owned);
            folders.collect::<Vec<_>>()
        });
        let folders: BTreeSet<PathBuf> = folders.collect();
        let in_tree = folders.iter().map(|f| work_dir.join(f).join(".gitattributes"));
        let elsewhere = [self.common_dir().join("info/attributes"), "/etc/gitattributes".into()];
        let mut files = in_tree
            .chain(elsewhere)
            .chain(installed_beside_git("gitattributes"))
            .chain(of_the_user());
        files.all(|file| is_silent(&file))
    }
}

/// The user's own file of attributes, where none is configured.
fn of_the_user() -> Option<PathBuf> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    let configuration = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let configuration = configuration.or_else(|| Some(Path::new(&variable("HOME")?).join(".config")));
    Some(configuration?.join("git/attributes"))
}

/// Whether a file of attributes, if it is there at all, does not speak of merging.
fn is_silent(file: &Path) -> bool {
    match fs::read(file) {
        Ok(text) => !WORDS.iter().any(|word| text.contains_str(word)),
        Err(error) => matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ),
    }
}
