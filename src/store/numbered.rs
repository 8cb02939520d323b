//! Folders whose entries are named after ids: plans and runs.

use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

use crate::error::{Failure, OnPath, Result};

/// The ids that the entries of a folder are named after, in order; what has another name, and a
/// folder that is not there, hold none.
pub fn ids_in<Id: FromStr + Ord>(folder: &Path, suffix: &str) -> Result<Vec<Id>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::io("read", folder, &error)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry.on_path("read", folder)?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(suffix));
        ids.extend(stem.and_then(|stem| stem.parse().ok()));
    }
    ids.sort_unstable();
    Ok(ids)
}
