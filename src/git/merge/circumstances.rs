//! What decides how git merges, besides the commits: the program, its configuration, and the
//! attributes of the files. All of it is boiled down to one print; where that cannot be done
//! faithfully, answers are not remembered.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, ByteSlice};

use crate::git::program::REPOSITORY_VARIABLES;
use crate::git::repository::Repository;

/// Sections of the configuration that change all the time and have no say here.
const SILENT: [&str; 6] = [
    "alias",
    "branch",
    "parallel",
    "parallelagent",
    "remote",
    "user",
];

/// The circumstances, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Print(gix::ObjectId);

impl Print {
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The circumstances for merges that touch files in `folders` (and in those above them, which are
/// listed, too). `None` where something has a say that cannot be told.
pub(super) fn print<'a>(
    repository: &Repository,
    folders: impl Iterator<Item = &'a BStr>,
) -> Option<Print> {
    let mut ink = Ink::new();
    ink.environment()?;
    let program = ink.program()?;
    let system = [
        Some(Path::new("/")),
        program.parent().and_then(Path::parent),
    ];
    for prefix in system.into_iter().flatten() {
        ink.file(&prefix.join("etc/gitconfig"));
        ink.file(&prefix.join("etc/gitattributes"));
    }
    let local = repository.local();
    ink.configuration(&local)?;
    ink.file(&repository.common_dir().join("info/attributes"));
    for file in user_attributes(&local)? {
        ink.file(&file);
    }
    match repository.work_dir() {
        Some(work_dir) => {
            let folders: BTreeSet<&BStr> = folders.collect();
            ink.worktree(work_dir, &folders);
        }
        // Without a worktree, git may look for attributes in HEAD.
        None => ink.add(local.head_id().ok()?.as_bytes()),
    }
    ink.dry()
}

/// The files of attributes that hold for one user.
fn user_attributes(local: &gix::Repository) -> Option<Vec<PathBuf>> {
    let configured = local.config_snapshot().trusted_path("core.attributesFile");
    if let Some(file) = configured.ok()? {
        return Some(vec![file]);
    }
    let home = |name: &str, below: &str| Some(PathBuf::from(std::env::var_os(name)?).join(below));
    let files = [
        home("XDG_CONFIG_HOME", "git/attributes"),
        home("HOME", ".config/git/attributes"),
    ];
    Some(files.into_iter().flatten().collect())
}

/// Takes in one thing after the other, each with its length.
struct Ink(gix::hash::Hasher);

impl Ink {
    fn new() -> Self {
        Self(gix::hash::hasher(gix::hash::Kind::Sha1))
    }

    fn dry(self) -> Option<Print> {
        Some(Print(self.0.try_finalize().ok()?))
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// The content of a file; one that is not there is as good as none.
    fn file(&mut self, path: &Path) -> bool {
        let content = fs::read(path);
        if let Ok(content) = &content {
            self.add(path.as_os_str().as_bytes());
            self.add(content);
        }
        content.is_ok()
    }

    /// What git's variables say, and where it looks for the user's files. Settings that come in
    /// variables are for one call only.
    fn environment(&mut self) -> Option<()> {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if set("GIT_CONFIG_PARAMETERS") || set("GIT_CONFIG_COUNT") {
            return None;
        }
        let speaks = |name: &OsStr| {
            let git = name.as_bytes().starts_with(b"GIT_");
            let ours = REPOSITORY_VARIABLES.iter().any(|other| *other == name);
            git && !ours || name == "HOME" || name == "XDG_CONFIG_HOME"
        };
        let mut variables: Vec<(OsString, OsString)> = std::env::vars_os()
            .filter(|(name, _)| speaks(name))
            .collect();
        variables.sort();
        for (name, value) in variables {
            self.add(name.as_bytes());
            self.add(value.as_bytes());
            if name.as_bytes().starts_with(b"GIT_CONFIG") {
                self.file(Path::new(&value));
            }
        }
        Some(())
    }

    /// The git program itself. Of a script nobody knows what it starts.
    fn program(&mut self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join("git"))
            .find(|file| {
                file.metadata()
                    .is_ok_and(|file| file.is_file() && file.mode() & 0o111 != 0)
            })?
            .canonicalize()
            .ok()?;
        let mut start = [0; 2];
        let mut file = fs::File::open(&found).ok()?;
        file.read_exact(&mut start).ok()?;
        if start == *b"#!" {
            return None;
        }
        self.add(found.as_os_str().as_bytes());
        self.stamp(&file.metadata().ok()?);
        Some(found)
    }

    fn stamp(&mut self, file: &fs::Metadata) {
        let numbers = [file.dev(), file.ino(), file.size()];
        let times = [
            file.mtime(),
            file.mtime_nsec(),
            file.ctime(),
            file.ctime_nsec(),
        ];
        for bytes in numbers.map(u64::to_le_bytes) {
            self.add(&bytes);
        }
        for bytes in times.map(i64::to_le_bytes) {
            self.add(&bytes);
        }
    }

    /// All that is configured, but for what changes all the time. Programs that merge can do
    /// anything, so where there is one, nothing is remembered.
    fn configuration(&mut self, local: &gix::Repository) -> Option<()> {
        let snapshot = local.config_snapshot();
        for section in snapshot.plumbing().sections() {
            let header = section.header();
            let name = header.name().to_str().ok()?.to_ascii_lowercase();
            if SILENT.contains(&name.as_str()) {
                continue;
            }
            let subsection = header.subsection_name();
            self.add(name.as_bytes());
            self.add(subsection.map_or(b"", |name| name.as_bytes()));
            for key in section.value_names() {
                let key = key.to_ascii_lowercase();
                let decides = match name.as_str() {
                    "merge" if subsection.is_some() => key == "driver",
                    "merge" => key == "default" || key == "renormalize",
                    "attr" => true,
                    _ => false,
                };
                if decides {
                    return None;
                }
                self.add(key.as_bytes());
                let implicit = matches!(section.body().value_implicit(&key), Some(None));
                self.add(&[u8::from(implicit)]);
                for value in section.values(&key) {
                    self.add(&value);
                }
            }
        }
        Some(())
    }

    /// The attributes that lie beside the files; merging in memory, git looks for none in the index.
    fn worktree(&mut self, work_dir: &Path, folders: &BTreeSet<&BStr>) {
        self.file(&work_dir.join(".gitattributes"));
        let mut missing: Option<&BStr> = None;
        for folder in folders {
            // Folders come in order, so what lies in one that is not there comes right behind it.
            let below = |missing: &BStr| {
                let rest = folder.strip_prefix(missing.as_bytes());
                rest.is_some_and(|rest| rest.starts_with(b"/"))
            };
            if missing.is_some_and(below) {
                continue;
            }
            let path = work_dir.join(OsStr::from_bytes(folder));
            if !self.file(&path.join(".gitattributes")) && !path.is_dir() {
                missing = Some(folder);
            }
        }
    }
}
