//! Deleting what nobody wants back: a little at once, much by a process of its own, so that nobody
//! waits for it. Until it is gone it bears a name that says so; whoever comes next goes on.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, OrFail, Result};
use crate::git::Discarded;
use crate::process::Program;
use crate::store::{Change, Event, Lock, Store};

/// In front of the name of what is being deleted.
const GIVEN_UP: &str = "given-up-";

/// So many files, all in all, are deleted while the user waits: a fraction of a second. To start a
/// process for less would only make it harder to see what happens.
const LITTLE: usize = 2000;

/// From here on nobody brings it back. Returns where it is.
pub(super) fn give_up(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().unwrap_or_default();
    if is_given_up(name.as_encoded_bytes()) {
        return Ok(path.to_owned());
    }
    let mut given_up = OsString::from(GIVEN_UP);
    given_up.push(name);
    let to = path.with_file_name(given_up);
    fs::rename(path, &to).on_path("move", path)?;
    Ok(to)
}

fn is_given_up(name: &[u8]) -> bool {
    name.starts_with(GIVEN_UP.as_bytes())
}

/// What was given up and is not deleted to its end.
pub fn given_up(store: &Store) -> Result<Vec<PathBuf>> {
    let mut worktrees = Vec::new();
    for operation in store.operations()? {
        if let Change::Clean { swept, .. } = operation.change {
            let swept = swept.into_iter().filter_map(|one| one.worktree);
            worktrees.extend(swept.map(|worktree| worktree.path));
        }
    }
    for run in store.run_ids()? {
        // A journal that cannot be read is the doctor's business.
        let records = store.read_journal(run).map(|reading| reading.records);
        for record in records.unwrap_or_default() {
            if let Event::WorktreePlanned { path, .. } = record.event {
                worktrees.push(path);
            }
        }
    }
    let mut found = given_up_beside(&worktrees)?;
    found.extend(given_up_in(&store.trash_dir()));
    Ok(found)
}

/// The same in the trash of these worktrees.
pub(super) fn given_up_beside(worktrees: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = BTreeSet::new();
    for worktree in worktrees.iter().collect::<BTreeSet<_>>() {
        let left = Discarded::leftovers(worktree)?.into_iter();
        found.extend(left.filter(Discarded::is_forgotten).map(|left| left.path()));
    }
    let folders = worktrees.iter().map(|path| Discarded::folder_of(path));
    for folder in folders.collect::<BTreeSet<_>>() {
        found.extend(given_up_in(&folder));
    }
    Ok(found.into_iter().collect())
}

fn given_up_in(folder: &Path) -> Vec<PathBuf> {
    // A folder that is not there, or not ours to read, holds nothing that we could delete.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let given_up = entries.filter(|entry| is_given_up(entry.file_name().as_encoded_bytes()));
    given_up.map(|entry| entry.path()).collect()
}

/// Deletes these, which hold nothing that is not elsewhere. Whether that goes on in the background.
pub(super) fn dispose(store: &Store, doomed: Vec<PathBuf>) -> Result<bool> {
    let doomed: BTreeSet<PathBuf> = doomed.into_iter().collect();
    let mut room = LITTLE;
    let (little, much): (Vec<_>, Vec<_>) =
        doomed.into_iter().partition(|path| fits(path, &mut room));
    for path in little {
        remove(&path)?;
    }
    let much: Vec<PathBuf> = much
        .iter()
        .map(|path| give_up(path))
        .collect::<Result<_>>()?;
    if much.is_empty() {
        return Ok(false);
    }
    if start(store).is_ok() {
        return Ok(true);
    }
    // With nobody to do it for us we have to wait.
    much.iter().try_for_each(|path| remove(path))?;
    Ok(false)
}

/// Takes as many from `room` as there are files below a path; none fits once there is no more.
fn fits(path: &Path, room: &mut usize) -> bool {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    for entry in entries {
        let Some(left) = room.checked_sub(1) else {
            return false;
        };
        *room = left;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !fits(&entry.path(), room) {
            return false;
        }
    }
    true
}

/// Others may be at the same.
fn remove(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Failure::io("remove", path, &error));
        }
        _ => {}
    }
    if let Some(folder) = path.parent() {
        // Fails, rightly, while something else waits there.
        let _ = fs::remove_dir(folder);
    }
    Ok(())
}

/// Whether a process in the background is at it.
pub fn is_being_deleted(store: &Store) -> Result<bool> {
    Lock::is_held(&store.disposal_lock_path())
}

/// Starts the process that deletes all that was given up: behind everybody who does something for
/// the user, where `nice` is to be had.
fn start(store: &Store) -> Result<()> {
    let program = std::env::current_exe().or_unable(|| "cannot tell where this program lies")?;
    let nice = Program::new("nice").args(["-n", "19"]).arg(&program);
    left_alone(nice, store).or_else(|_| left_alone(Program::new(&program), store))
}

fn left_alone(program: Program, store: &Store) -> Result<()> {
    let nowhere = Path::new("/dev/null");
    let output = OpenOptions::new().write(true).open(nowhere);
    let output = output.on_path("open", nowhere)?;
    let second = output.try_clone().on_path("open", nowhere)?;
    let common_dir = store.root().parent().unwrap_or(store.root());
    // Not in the user's folder, which may be the next to go.
    let program = program.args(["session", "dispose"]).arg(common_dir);
    let program = program.dir(common_dir).own_group();
    program.start(output, second).map(drop)
}

/// Is that process. Of several, one does it all, and looks again after it has given up its right:
/// whoever found it taken has left it something.
pub fn dispose_of_all(store: &Store) -> Result<()> {
    let mut tried = BTreeSet::new();
    loop {
        let path = store.disposal_lock_path();
        let Some(lock) = Lock::try_acquire(&path, "delete what was given up")? else {
            return Ok(());
        };
        loop {
            let next = untried(store, &tried)?;
            if next.is_empty() {
                break;
            }
            for path in next {
                // What cannot be deleted, the doctor tells.
                let _ = remove(&path);
                tried.insert(path);
            }
        }
        drop(lock);
        if untried(store, &tried)?.is_empty() {
            return Ok(());
        }
    }
}

/// Looked for under the lock: whatever a clean-up has taken out of its place and not yet looked at
/// a second time is not given up.
fn untried(store: &Store, tried: &BTreeSet<PathBuf>) -> Result<Vec<PathBuf>> {
    let _lock = store.lock("look for what was given up")?;
    let found = given_up(store)?.into_iter();
    Ok(found.filter(|path| !tried.contains(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nap() -> bool {
        std::thread::sleep(std::time::Duration::from_millis(10));
        false
    }

    fn folder_of(files: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("inside");
        fs::create_dir(&inside).unwrap();
        for number in 1..files {
            fs::write(inside.join(number.to_string()), "").unwrap();
        }
        folder
    }

    #[test]
    fn what_fits_is_counted_over_all() {
        let (one, two) = (folder_of(3), folder_of(4));
        let mut room = 7;
        assert!(fits(one.path(), &mut room));
        assert_eq!(room, 4);
        assert!(fits(two.path(), &mut room));
        assert!(!fits(one.path(), &mut room));
    }

    #[test]
    fn what_is_given_up_is_found_by_its_name_and_given_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r1-T001-7");
        fs::create_dir(&path).unwrap();
        let once = give_up(&path).unwrap();
        assert_eq!(give_up(&once).unwrap(), once);
        assert_eq!(given_up_in(folder.path()), [once]);
    }

    #[test]
    fn all_of_it_goes_and_what_is_wanted_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let kept = store.trash_dir().join("r1-T001-7");
        fs::create_dir_all(&kept).unwrap();
        let gone = store.trash_dir().join("given-up-r1-T002-7");
        fs::create_dir_all(gone.join("below")).unwrap();
        dispose_of_all(&store).unwrap();
        assert!(kept.exists() && !gone.exists());
        // A program that another test is just starting has all that was open here for a moment, too.
        let is_over = || !is_being_deleted(&store).unwrap();
        assert!((0..500).any(|_| is_over() || nap()));
    }
}
