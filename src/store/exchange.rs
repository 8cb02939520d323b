//! What was exchanged with a task's agent (`.parallel` in its worktree), kept with the run when the
//! worktree goes. Nothing that was kept before is replaced.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::error::{Failure, OnPath, Result};
use crate::id::{RunId, TaskId};

use super::Store;

impl Store {
    /// Moves the folder `exchange` of a worktree to the run, if it is there. `stamp` tells this
    /// worktree from others that the task had. Afterwards it is there or here, whole.
    pub fn keep_exchange(
        &self,
        run: RunId,
        task: TaskId,
        stamp: &str,
        exchange: &Path,
    ) -> Result<()> {
        if exchange.symlink_metadata().is_err() {
            return Ok(());
        }
        let folder = self.task_dir(run, task);
        fs::create_dir_all(&folder).on_path("create", &folder)?;
        move_whole(exchange, &folder.join(kept_name(stamp)))
    }

    /// Moves what was kept under this stamp back to `exchange`, unless something is there.
    pub fn return_exchange(
        &self,
        run: RunId,
        task: TaskId,
        stamp: &str,
        exchange: &Path,
    ) -> Result<()> {
        let kept = self.task_dir(run, task).join(kept_name(stamp));
        let there = |path: &Path| path.symlink_metadata().is_ok();
        match there(&kept) && !there(exchange) {
            true => move_whole(&kept, exchange),
            false => Ok(()),
        }
    }
}

fn kept_name(stamp: &str) -> String {
    format!("parallel-{stamp}")
}

/// A rename where that is possible; to another file system a copy that gets its name when it is
/// whole and on the disk. `to` must be free.
fn move_whole(from: &Path, to: &Path) -> Result<()> {
    if fs::rename(from, to).is_ok() {
        return Ok(());
    }
    let draft = draft_of(to);
    // Of an attempt that was cut short.
    remove(&draft)?;
    if let Err(failure) = copy(from, &draft) {
        let _ = remove(&draft);
        return Err(failure);
    }
    fs::rename(&draft, to).on_path("write", to)?;
    remove(from)
}

fn draft_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".new-{name}"))
}

fn remove(path: &Path) -> Result<()> {
    let Ok(seen) = path.symlink_metadata() else {
        return Ok(());
    };
    let removed = match seen.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    removed.on_path("remove", path)
}

/// Files, folders and links as links. What else there may be (a socket, a pipe) holds nothing.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let seen = from.symlink_metadata().on_path("read", from)?;
    if seen.is_symlink() {
        let target = fs::read_link(from).on_path("read", from)?;
        return symlink(target, to).on_path("write", to);
    }
    if seen.is_file() {
        fs::copy(from, to).map_err(|error| Failure::io("copy", from, &error))?;
        return File::open(to)
            .and_then(|file| file.sync_all())
            .on_path("write", to);
    }
    if seen.is_dir() {
        fs::create_dir(to).on_path("create", to)?;
        for entry in fs::read_dir(from).on_path("read", from)? {
            let name = entry.on_path("read", from)?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    #[test]
    fn what_was_kept_before_stays_and_each_comes_back_by_its_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::of(folder.path());
        let (run, task) = (RunId(1), TaskId(1));
        let exchange = folder.path().join("worktree/.parallel");
        let read = |path: &Path| fs::read_to_string(path.join("outbox.json")).unwrap();
        store.keep_exchange(run, task, "0", &exchange).unwrap();
        store.return_exchange(run, task, "0", &exchange).unwrap();
        assert!(!exchange.exists(), "there was none");
        for (stamp, text) in [("1", "first"), ("2", "second"), ("4", "third")] {
            fs::create_dir_all(&exchange).unwrap();
            fs::write(exchange.join("outbox.json"), text).unwrap();
            store.keep_exchange(run, task, stamp, &exchange).unwrap();
            assert!(!exchange.exists());
        }
        store.return_exchange(run, task, "2", &exchange).unwrap();
        assert_eq!(read(&exchange), "second");
        store.return_exchange(run, task, "1", &exchange).unwrap();
        assert_eq!(read(&exchange), "second", "what is there stays");
        fs::remove_dir_all(&exchange).unwrap();
        store.return_exchange(run, task, "1", &exchange).unwrap();
        assert_eq!(read(&exchange), "first");
        fs::remove_dir_all(&exchange).unwrap();
        store.keep_exchange(run, task, "3", &exchange).unwrap();
        store.return_exchange(run, task, "3", &exchange).unwrap();
        assert!(!exchange.exists(), "that of another worktree stays kept");
    }

    #[test]
    fn a_copy_has_links_as_links_and_does_not_wait_at_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("messages")).unwrap();
        fs::write(from.join("messages/1"), "hello").unwrap();
        symlink("messages/1", from.join("link")).unwrap();
        symlink("nowhere", from.join("broken")).unwrap();
        mkfifo(&from.join("pipe"), Mode::S_IRWXU).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("link")).unwrap(), "hello");
        assert_eq!(
            fs::read_link(to.join("broken")).unwrap(),
            Path::new("nowhere")
        );
        assert!(!to.join("pipe").exists());
    }
}
