//! What a session is told while it works: with whose work its branch conflicts by now. Each conflict
//! once; it is told again when it has changed, or was gone in between.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::id::{RunId, TaskId};
use crate::store::{Lock, Rival, Store, read_json, write_json};

use super::again;
use super::guard::Seat;

const VERSION: u64 = 1;

/// What a task's sessions were told last.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    version: u64,
    conflicts: Vec<Rival>,
}

/// Conflicts that nobody told the session of yet, in words. They count as told from now on.
pub fn news(seat: &Seat) -> Option<String> {
    let task = seat.run.task(seat.task)?;
    let told = told(&seat.store, seat.run.run, seat.task);
    if told == task.rivals {
        return None;
    }
    // Another edit may ask at the same time: one of them is enough.
    let folder = seat.store.task_dir(seat.run.run, seat.task);
    let _lock = Lock::acquire(&folder.join("told.lock"), "tell", Duration::ZERO).ok()?;
    remember(&seat.store, seat.run.run, seat.task, &task.rivals).ok()?;
    again::conflicts(&fresh(&told, &task.rivals))
}

fn fresh(told: &[Rival], now: &[Rival]) -> Vec<Rival> {
    let fresh = now.iter().filter(|rival| !told.contains(rival));
    fresh.cloned().collect()
}

fn told(store: &Store, run: RunId, task: TaskId) -> Vec<Rival> {
    let path = store.task_dir(run, task).join("told.json");
    read_json::<Told>(&path, VERSION).map_or_else(|_| Vec::new(), |told| told.conflicts)
}

/// Counts these conflicts, and no others, as told.
pub fn remember(store: &Store, run: RunId, task: TaskId, rivals: &[Rival]) -> Result<()> {
    if told(store, run, task) == rivals {
        return Ok(());
    }
    let told = Told {
        version: VERSION,
        conflicts: rivals.to_vec(),
    };
    write_json(&store.task_dir(run, task).join("told.json"), &told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_or_has_changed_is_told() {
        let rival = |task, path: &str| Rival {
            task: TaskId(task),
            name: format!("task-{task}"),
            conflicts: vec![path.to_owned()],
        };
        let before = [rival(1, "a"), rival(2, "b")];
        let now = [rival(1, "a"), rival(2, "c"), rival(3, "a")];
        assert_eq!(fresh(&before, &now), [rival(2, "c"), rival(3, "a")]);
        assert_eq!(fresh(&now, &before[..1]), []);
    }
}
