//! What set-up put into a new worktree: files that git does not track and that are not the work of
//! anybody. As long as they are as they were, they may go with the worktree.
//!
//! The list lies beside the worktree's entry in the registry, goes into the trash with it and
//! comes back with it. Whatever cannot be told for sure counts as somebody's work.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::error::{OnPath, OrFail, Result};

use super::path::RepoPath;
use super::repository::Repository;

/// The folder in a worktree that is ours: the exchange with its agent. It goes with the worktree.
pub(super) const OWN_FOLDER: &str = ".parallel";

/// Below the git directory of a worktree.
const LIST: &str = "parallel/provisions";

/// The first word of a list; one of another version is none.
const VERSION: &[u8] = b"git-parallel provisions 1";

/// File systems tell changes apart that are further from each other than this.
const TICK: Duration = Duration::from_millis(20);

/// The files that were provided, and how they were then.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Provisions(HashMap<RepoPath, Stamp>);

/// What changes with every change of a file: its content, its name, its mode. The time of change
/// (`ctime`) is set by the kernel alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    mode: u32,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Repository {
    /// Files of a worktree that match pathspecs and that git ignores.
    pub fn ignored_files(&self, worktree: &Path, pathspecs: &[String]) -> Result<Vec<RepoPath>> {
        self.others(worktree, &["--ignored", "--exclude-standard"], pathspecs)
    }

    /// Files of a worktree that match pathspecs and that git neither tracks nor ignores.
    pub fn untracked_files(&self, worktree: &Path, pathspecs: &[String]) -> Result<Vec<RepoPath>> {
        self.others(worktree, &["--exclude-standard"], pathspecs)
    }

    fn others(
        &self,
        worktree: &Path,
        flags: &[&str],
        pathspecs: &[String],
    ) -> Result<Vec<RepoPath>> {
        let listed = self
            .git_in(worktree, "ls-files")
            .args(["--others", "-z"])
            .args(flags)
            .arg("--")
            .args(pathspecs)
            .run()?;
        let paths = listed.stdout.split(|byte| *byte == 0);
        // A repository inside is named with a slash behind it: it is somebody's own.
        let paths = paths.filter(|path| !path.is_empty() && !path.ends_with(b"/"));
        Ok(paths.map(RepoPath::new).collect())
    }

    /// Remembers every file in a worktree that git does not track as provided by set-up. Nobody
    /// may have worked there yet.
    pub fn record_provisions(&self, worktree: &Path) -> Result<()> {
        let mut text = VERSION.to_vec();
        let mut latest = (0, 0);
        for path in self.others(worktree, &[], &[])? {
            let file = worktree.join(path.as_path());
            if path.as_path().starts_with(OWN_FOLDER) {
                continue;
            }
            let stamp = Stamp::of(&file.symlink_metadata().on_path("read", &file)?);
            latest = latest.max(stamp.changed);
            text.push(0);
            text.extend(stamp.line().bytes());
            text.extend(path.as_bytes());
        }
        text.push(0);
        write(&self.git_dir_of(worktree)?.join(LIST), &text)?;
        outlast(latest);
        Ok(())
    }

    /// Whether set-up of a worktree was completed, and the worktree is still that one.
    pub fn has_provisions(&self, worktree: &Path) -> Result<bool> {
        Ok(self.git_dir_of(worktree)?.join(LIST).exists())
    }
}

/// Waits until whatever is changed from now on has a later time than this.
fn outlast((seconds, nanoseconds): (i64, i64)) {
    let since_epoch = Duration::new(seconds.unsigned_abs(), nanoseconds.unsigned_abs() as u32);
    let now = SystemTime::now();
    let age = now.duration_since(SystemTime::UNIX_EPOCH + since_epoch);
    if age.is_ok_and(|age| age < TICK) {
        thread::sleep(TICK);
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).on_path("create", folder)?;
    let mut file = NamedTempFile::new_in(folder).on_path("write in", folder)?;
    file.write_all(bytes).on_path("write", path)?;
    file.persist(path)
        .or_unable(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

impl Provisions {
    /// What was provided in the worktree with this git directory; nothing where that cannot be
    /// read.
    pub(super) fn of(git_dir: &Path) -> Self {
        fs::read(git_dir.join(LIST)).map_or_else(|_| Self::default(), |text| parse(&text))
    }

    /// Those of `paths`, files and folders as `git status` names them, that hold more than what
    /// was provided.
    pub(super) fn beyond(&self, worktree: &Path, mut paths: Vec<RepoPath>) -> Vec<RepoPath> {
        paths.retain(|path| !self.covers(worktree, path.as_path()));
        paths
    }

    fn covers(&self, worktree: &Path, path: &Path) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut waiting: Vec<PathBuf> = vec![path.to_owned()];
        while let Some(path) = waiting.pop() {
            let here = worktree.join(&path);
            let Ok(metadata) = here.symlink_metadata() else {
                return false;
            };
            if !metadata.is_dir() {
                let known = self.0.get(&RepoPath::from_path(&path));
                if known != Some(&Stamp::of(&metadata)) {
                    return false;
                }
                continue;
            }
            let Ok(entries) = fs::read_dir(&here) else {
                return false;
            };
            for entry in entries {
                let Ok(entry) = entry else { return false };
                waiting.push(path.join(entry.file_name()));
            }
        }
        true
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            mode: metadata.mode(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Its numbers, each with a blank behind it.
    fn line(&self) -> String {
        let Self {
            inode, mode, size, ..
        } = self;
        let (modified, changed) = (self.modified, self.changed);
        format!(
            "{inode} {mode} {size} {} {} {} {} ",
            modified.0, modified.1, changed.0, changed.1
        )
    }

    /// Reads such a line, and the path behind it.
    fn parse(line: &[u8]) -> Option<(RepoPath, Self)> {
        let mut words = line.splitn(8, |byte| *byte == b' ');
        let mut number = || std::str::from_utf8(words.next()?).ok()?.parse::<i64>().ok();
        let stamp = Self {
            inode: u64::try_from(number()?).ok()?,
            mode: u32::try_from(number()?).ok()?,
            size: u64::try_from(number()?).ok()?,
            modified: (number()?, number()?),
            changed: (number()?, number()?),
        };
        Some((RepoPath::new(words.next()?), stamp))
    }
}

fn parse(text: &[u8]) -> Provisions {
    let mut lines = text.split(|byte| *byte == 0);
    if lines.next() != Some(VERSION) {
        return Provisions::default();
    }
    Provisions(lines.filter_map(Stamp::parse).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn provided(worktree: &Path, paths: &[&str]) -> Provisions {
        let stamp = |path: &&str| {
            let metadata = worktree.join(path).symlink_metadata().unwrap();
            (RepoPath::from(*path), Stamp::of(&metadata))
        };
        Provisions(paths.iter().map(stamp).collect())
    }

    #[test]
    fn a_list_reads_back_and_one_that_is_not_ours_is_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a file"), "x").unwrap();
        let known = provided(folder.path(), &["a file"]);
        let mut text = VERSION.to_vec();
        for (path, stamp) in &known.0 {
            text.push(0);
            text.extend(stamp.line().bytes());
            text.extend(path.as_bytes());
        }
        text.push(0);
        assert_eq!(parse(&text), known);
        for strange in [&b""[..], b"git-parallel provisions 2\0", b"1 2 3"] {
            assert_eq!(parse(strange), Provisions::default());
        }
    }

    #[test]
    fn a_folder_goes_only_when_every_file_in_it_is_as_it_was_provided() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        fs::create_dir_all(here.join("deps/inner")).unwrap();
        fs::write(here.join("deps/a"), "a").unwrap();
        fs::write(here.join("deps/inner/b"), "b").unwrap();
        let known = provided(here, &["deps/a", "deps/inner/b"]);
        let listed = || vec![RepoPath::from("deps/")];
        assert_eq!(known.beyond(here, listed()), []);
        fs::write(here.join("deps/inner/new"), "mine").unwrap();
        assert_eq!(known.beyond(here, listed()), listed());
        fs::remove_file(here.join("deps/inner/new")).unwrap();
        assert_eq!(known.beyond(here, listed()), []);
        thread::sleep(TICK);
        fs::write(here.join("deps/a"), "b").unwrap();
        assert_eq!(known.beyond(here, listed()), listed());
        assert_eq!(Provisions::default().beyond(here, listed()), listed());
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| drop(parse(bytes)));
    }
}
