//! May a task edit this file? Only inside its worktree, and only what no other task of the run is
//! at work on: by its plan's word, or by a lease. Advisory: whoever is not asked (a shell, say) is
//! not held back; what comes of that is found afterwards.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Failure, Result};
use crate::id::{RunId, TaskId};
use crate::plan::{Plan, Task, covers};
use crate::store::{Lease, Lock, RunState, SessionState, Store, TaskPhase, TaskState};

use super::session::SessionFolder;
use super::workspace;

/// A task of a run, asked from inside its session.
#[derive(Debug)]
pub struct Seat {
    pub store: Store,
    pub run: RunState,
    pub plan: Plan,
    pub task: TaskId,
    /// Its worktree. Canonical.
    worktree: PathBuf,
}

/// Why a file must be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// It is not in the task's worktree.
    Outside { worktree: PathBuf },
    /// It is git's own.
    Gits,
    /// A task that works now has declared it.
    Declared { task: TaskId, name: String },
    /// A task that works now has a lease on it.
    Leased { task: TaskId, name: String },
}

/// A path that somebody is about to edit.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Relative to the worktree, with `/`.
    Inside(String),
    Outside,
}

impl Seat {
    /// The seat of a task whose session folder is `session_dir`.
    pub fn of(store: Store, run: RunId, task: TaskId, session_dir: &Path) -> Result<Self> {
        let worktree = session_dir.parent().unwrap_or(session_dir);
        let worktree = worktree.canonicalize().map_err(|error| {
            Failure::unable(format!("no worktree at {}: {error}", worktree.display()))
        })?;
        let state = store.load_run(run)?;
        if state.task(task).is_none() {
            return Err(Failure::unable(format!("{run} has no task {task}")));
        }
        Ok(Self {
            plan: store.run_plan(run)?,
            run: state,
            store,
            task,
            worktree,
        })
    }

    /// What speaks against editing `file`, as seen from `folder`.
    pub fn objection(&self, folder: &Path, file: &Path) -> Result<Option<Objection>> {
        let Place::Inside(path) = locate(&self.worktree, &folder.join(file))? else {
            return Ok(Some(Objection::Outside {
                worktree: self.worktree.clone(),
            }));
        };
        let at_work: Vec<TaskId> = self
            .run
            .tasks
            .iter()
            .filter(|task| is_at_work(&self.store, self.run.run, task))
            .map(|task| task.id)
            .collect();
        let leases = self.leases()?;
        Ok(object(
            &path,
            self.task,
            &self.plan.tasks,
            &at_work,
            &leases,
        ))
    }

    /// The leases of the run's living sessions.
    pub fn leases(&self) -> Result<Vec<Lease>> {
        living_leases(&self.store, &self.run)
    }

    /// Takes leases on files for the session that asks, all or none. What is in the way is told by
    /// file.
    pub fn lock(&self, folder: &Path, files: &[PathBuf]) -> Result<Vec<(PathBuf, Objection)>> {
        let attempt = self.living_attempt()?;
        let mut wanted = Vec::new();
        let mut refused = Vec::new();
        for file in files {
            if let Some(objection) = self.objection(folder, file)? {
                refused.push((file.clone(), objection));
            } else {
                let path = self.path(folder, file)?;
                wanted.push(Lease::new(path, self.task, self.name(), attempt));
            }
        }
        if !refused.is_empty() {
            return Ok(refused);
        }
        let counts = |lease: &Lease| counts(&self.store, &self.run, lease);
        let held = self.store.take_leases(self.run.run, &wanted, counts)?;
        Ok(held
            .into_iter()
            .map(|lease| (PathBuf::from(&lease.path), leased(&lease)))
            .collect())
    }

    /// Gives leases back; returns those that the task had.
    pub fn unlock(&self, folder: &Path, files: &[PathBuf]) -> Result<Vec<String>> {
        let paths = files.iter().map(|file| self.path(folder, file));
        let paths = paths.collect::<Result<Vec<String>>>()?;
        self.store.free_leases(self.run.run, self.task, &paths)
    }

    fn path(&self, folder: &Path, file: &Path) -> Result<String> {
        match locate(&self.worktree, &folder.join(file))? {
            Place::Inside(path) if !path.is_empty() => Ok(path),
            _ => Err(Failure::usage(format!(
                "{} is no file in the worktree {}",
                file.display(),
                self.worktree.display()
            ))),
        }
    }

    fn state(&self) -> Option<&TaskState> {
        self.run.task(self.task)
    }

    fn name(&self) -> &str {
        self.state().map_or("", |task| &task.name)
    }

    /// The attempt whose session asks: a lease is worth as much as that lives.
    fn living_attempt(&self) -> Result<u32> {
        let last = self.state().and_then(|task| task.sessions.last());
        let living =
            last.filter(|last| lives(&self.store, self.run.run, self.task, last) == Some(true));
        living.map(|last| last.attempt).ok_or_else(|| {
            Failure::refused(format!(
                "no session of {}/{} lives that could hold a lease",
                self.run.run, self.task
            ))
            .next(format!("git parallel status {}", self.run.run))
        })
    }
}

/// The leases of a run's living sessions.
pub fn living_leases(store: &Store, run: &RunState) -> Result<Vec<Lease>> {
    store.leases(run.run, |lease| counts(store, run, lease))
}

/// Whether the session of a lease lives. Where that cannot be told, it does.
fn counts(store: &Store, run: &RunState, lease: &Lease) -> bool {
    let sessions = run.task(lease.task).map(|task| &task.sessions);
    let mut sessions = sessions.into_iter().flatten();
    let lives = match sessions.find(|session| session.attempt == lease.attempt) {
        Some(session) => lives(store, run.run, lease.task, session),
        // It began while we asked.
        None => holds_lock(store, run.run, lease.task, lease.attempt),
    };
    lives.unwrap_or(true)
}

/// Whether a session lives: its shim holds a lock. Of a job of Slurm's the journal tells, since that
/// lock may be another node's. `None` where it cannot be told.
fn lives(store: &Store, run: RunId, task: TaskId, session: &SessionState) -> Option<bool> {
    if session.ended.is_some() || session.job.is_some() {
        return Some(session.ended.is_none());
    }
    holds_lock(store, run, task, session.attempt)
}

fn holds_lock(store: &Store, run: RunId, task: TaskId, attempt: u32) -> Option<bool> {
    Lock::is_held(&SessionFolder::of(store, run, task, attempt).lock()).ok()
}

/// Whether a task is being worked at, or about to be.
fn is_at_work(store: &Store, run: RunId, task: &TaskState) -> bool {
    if matches!(task.phase, TaskPhase::Starting | TaskPhase::InQueue) {
        return true;
    }
    let last = task.sessions.last();
    last.is_some_and(|last| lives(store, run, task.id, last).unwrap_or(true))
}

/// Decides about a path inside the worktree of `own`.
fn object(
    path: &str,
    own: TaskId,
    tasks: &[Task],
    at_work: &[TaskId],
    leases: &[Lease],
) -> Option<Objection> {
    if covers(".git", path) {
        return Some(Objection::Gits);
    }
    if covers(workspace::SESSION_DIR, path) {
        return None;
    }
    let lease = leases
        .iter()
        .find(|lease| lease.task != own && lease.meets(path));
    if let Some(lease) = lease {
        return Some(leased(lease));
    }
    let declares = |task: &&Task| {
        let mut declared = task.files.modify.iter().chain(&task.files.create);
        declared.any(|declared| covers(declared.trim_end_matches('/'), path))
    };
    // What the plan gave to both is not for us to take from one.
    if tasks
        .iter()
        .filter(|task| task.id == own)
        .any(|task| declares(&task))
    {
        return None;
    }
    let mut others = tasks
        .iter()
        .filter(|task| task.id != own && at_work.contains(&task.id));
    let owner = others.find(declares)?;
    Some(Objection::Declared {
        task: owner.id,
        name: owner.name.clone(),
    })
}

fn leased(lease: &Lease) -> Objection {
    Objection::Leased {
        task: lease.task,
        name: lease.name.clone(),
    }
}

/// Where an absolute path lies, links followed as an editor would follow them.
fn locate(worktree: &Path, path: &Path) -> Result<Place> {
    let Some(real) = resolve(path)? else {
        return Ok(Place::Outside);
    };
    let Ok(inside) = real.strip_prefix(worktree) else {
        return Ok(Place::Outside);
    };
    match inside.to_str() {
        Some(path) => Ok(Place::Inside(path.to_owned())),
        None => Err(Failure::usage(format!(
            "{} is not UTF-8, which no lease can name",
            path.display()
        ))),
    }
}

/// The real path of a file that may not be there yet; `None` where a link leads nowhere, so that
/// nobody can tell what would be written.
fn resolve(path: &Path) -> Result<Option<PathBuf>> {
    match path.canonicalize() {
        Ok(real) => return Ok(Some(real)),
        Err(error) if is_missing(&error) => {}
        Err(error) => return Err(Failure::io("find", path, &error)),
    }
    if path.symlink_metadata().is_ok() {
        return Ok(None);
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok(resolve(parent)?.map(|parent| parent.join(name))),
        _ => Ok(None),
    }
}

/// A file that is not there, or that could not be, below another file.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use serde_json::json;

    use super::*;

    fn task(id: u32, modify: &[&str]) -> Task {
        let task = json!({
            "id": TaskId(id), "name": format!("task-{id}"), "title": "", "prompt": "",
            "files": {"modify": modify}, "depends": [], "priority": "P2",
        });
        serde_json::from_value(task).unwrap()
    }

    #[test]
    fn what_another_task_at_work_declares_or_leases_is_left_alone() {
        let tasks = [
            task(1, &["own", "both"]),
            task(2, &["api/", "both"]),
            task(3, &["web"]),
        ];
        let leases = [Lease::new("lib/x".to_owned(), TaskId(3), "task-3", 1)];
        let ask = |path: &str| object(path, TaskId(1), &tasks, &[TaskId(1), TaskId(2)], &leases);
        let declared = Objection::Declared {
            task: TaskId(2),
            name: "task-2".to_owned(),
        };
        let leased = Objection::Leased {
            task: TaskId(3),
            name: "task-3".to_owned(),
        };
        let cases = [
            ("own", None),
            ("both", None),
            ("free", None),
            ("web", None),
            ("apis", None),
            (".parallel/outbox.json", None),
            (".gitignore", None),
            ("api/users.rs", Some(declared)),
            ("lib/x", Some(leased.clone())),
            ("lib", Some(leased)),
            (".git", Some(Objection::Gits)),
        ];
        for (path, expected) in cases {
            assert_eq!(ask(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_is_where_its_links_lead() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let worktree = root.join("tree");
        fs::create_dir_all(worktree.join("src")).unwrap();
        symlink(&root, worktree.join("up")).unwrap();
        symlink("src", worktree.join("in")).unwrap();
        symlink("/nowhere/at/all", worktree.join("dangling")).unwrap();
        let inside = |path: &str| Place::Inside(path.to_owned());
        let cases = [
            ("src/new.rs", inside("src/new.rs")),
            ("src/deep/er/new.rs", inside("src/deep/er/new.rs")),
            ("in/new.rs", inside("src/new.rs")),
            ("src/../x", inside("x")),
            ("up/new.rs", Place::Outside),
            ("../x", Place::Outside),
            ("/etc/passwd", Place::Outside),
            ("dangling", Place::Outside),
            ("dangling/x", Place::Outside),
            ("missing/../../x", Place::Outside),
        ];
        for (path, expected) in cases {
            let found = locate(&worktree, &worktree.join(path)).unwrap();
            assert_eq!(found, expected, "{path}");
        }
    }
}
