//! Files that are replaced as a whole: a reader sees the old content or the new, never a part.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::error::{Failure, OnPath, Result};

/// Writes `bytes` to `path`: temporary file beside it, fsync, rename, fsync of the folder. Creates
/// the folder. On failure the old file, if any, is untouched.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = written_beside(path, bytes)?;
    file.as_file().sync_all().on_path("write", path)?;
    persist(file, path)?;
    sync_folder(folder_of(path))
}

/// The same for what can be found out again: a reader sees the old content or the new, but after a
/// crash of the machine it may be neither.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    persist(written_beside(path, bytes)?, path)
}

fn written_beside(path: &Path, bytes: &[u8]) -> Result<NamedTempFile> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).on_path("create", folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        // As every other new file: what the umask leaves, not for the owner alone.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .on_path("write in", folder)?;
    file.write_all(bytes).on_path("write", path)?;
    Ok(file)
}

fn persist(file: NamedTempFile, path: &Path) -> Result<()> {
    let persisted = file.persist(path);
    persisted.map_err(|e| Failure::io("write", path, &e.error))?;
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Writes a value as pretty JSON with a final newline, atomically.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|e| Failure::unable(format!("cannot write {} as JSON: {e}", path.display())))?;
    text.push(b'\n');
    write_atomic(path, &text)
}

/// Reads a JSON file that this tool wrote. A file of a newer version is refused rather than
/// half-understood; anything else unreadable is reported with line and column.
pub fn read_json<T: DeserializeOwned>(path: &Path, newest_version: u64) -> Result<T> {
    understand(path, &fs::read(path).on_path("read", path)?, newest_version)
}

/// The value that `text`, the content of `path`, stands for.
fn understand<T: DeserializeOwned>(path: &Path, text: &[u8], newest_version: u64) -> Result<T> {
    let broken = |e: serde_json::Error| {
        Failure::unable(format!("{}:{}: {e}", path.display(), e.line()))
            .next("git parallel doctor --fix")
    };
    let value: serde_json::Value = serde_json::from_slice(text).map_err(broken)?;
    let version = value.get("version").and_then(serde_json::Value::as_u64);
    match version {
        Some(version) if version > newest_version => Err(Failure::unable(format!(
            "{} was written by a newer git-parallel (version {version} of its format; this one knows {newest_version})",
            path.display()
        ))
        .kept("the file is untouched")
        .next("cargo install git-parallel")),
        _ => serde_json::from_slice(text).map_err(broken),
    }
}

/// Makes a rename or a new file in `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .on_path("sync", folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;
    use crate::store::{Approval, Demand, Lease};

    #[test]
    fn a_written_value_reads_back_and_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/value.json");
        write_json(&path, &serde_json::json!({"version": 1, "a": [1, 2]})).unwrap();
        let value: serde_json::Value = read_json(&path, 1).unwrap();
        assert_eq!(value["a"][1], 2);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_newer_version_is_refused_and_a_torn_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("value.json");
        fs::write(&path, "{\"version\": 2}").unwrap();
        let failure = read_json::<serde_json::Value>(&path, 1).unwrap_err();
        assert!(failure.what.contains("newer git-parallel"), "{failure}");
        fs::write(&path, "{\"version\": 1,\n\"a\": ").unwrap();
        let failure = read_json::<serde_json::Value>(&path, 1).unwrap_err();
        assert!(failure.what.contains("value.json:2:"), "{failure}");
    }

    /// Written as it was read, it reads back the same.
    fn is_the_same<T>(text: &[u8])
    where
        T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let path = Path::new("x");
        if let Ok(value) = understand::<T>(path, text, 1) {
            let written = serde_json::to_vec(&value).unwrap();
            assert_eq!(understand::<T>(path, &written, 1).unwrap(), value);
        }
    }

    #[test]
    fn whatever_a_record_holds_it_is_refused_or_written_back_the_same() {
        fuzz::each(&fuzz::files_of("fuzz/records"), |bytes| {
            is_the_same::<Lease>(bytes);
            is_the_same::<Demand>(bytes);
            is_the_same::<Approval>(bytes);
        });
    }
}
