//! A run's journal written by hand: for states that a real run passes too quickly to look at.

use std::fs::{self, File};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Repo;

/// The journal of a run, one event after the other, a second apart.
pub struct Journal {
    folder: PathBuf,
    lines: Vec<Value>,
}

impl Journal {
    /// Run `id` in `repo` with these tasks: number, name and the numbers it depends on. Its
    /// sessions' logs lie in its own folder.
    pub fn of(repo: &Repo, id: &str, tasks: &[(u32, &str, &[u32])]) -> Self {
        let folder = repo.path().join(".git/parallel/runs").join(id);
        fs::create_dir_all(&folder).expect("a folder");
        let entries: Vec<Value> = tasks
            .iter()
            .map(|(number, name, depends)| {
                let depends: Vec<String> = depends.iter().map(|n| task(*n)).collect();
                json!({"id": task(*number), "name": name, "title": format!("Make {name}"),
                       "depends": depends, "optional": false})
            })
            .collect();
        let mut journal = Self {
            folder,
            lines: Vec::new(),
        };
        journal.event(
            "run-started",
            json!({"run": id, "plan": "p1", "goal": "Build it all", "target": "main",
                   "base": repo.git(["rev-parse", "main"]), "pid": 1,
                   "options": {"command": {"exec": "true"}, "workers": 5, "worktrees": 15,
                               "retries": 1, "timeout_seconds": 3600, "silence_seconds": 600,
                               "commit": true},
                   "tasks": entries}),
        );
        journal
    }

    /// Adds an event with these keys.
    pub fn event(&mut self, name: &str, keys: Value) -> &mut Self {
        let number = self.lines.len();
        let mut line = json!({"version": 1, "seq": number + 1,
            "at": format!("2026-01-01T00:{:02}:{:02}Z", number / 60, number % 60), "event": name});
        if let (Some(line), Value::Object(keys)) = (line.as_object_mut(), keys) {
            line.extend(keys);
        }
        self.lines.push(line);
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.folder.join("events.jsonl"), text).expect("a journal");
        self
    }

    /// The task has a worktree and a session that lives.
    pub fn starts(&mut self, number: u32, name: &str, worker: u32) -> &mut Self {
        self.starts_from(number, name, worker, &"1".repeat(40))
    }

    /// The same, from this commit.
    pub fn starts_from(&mut self, number: u32, name: &str, worker: u32, base: &str) -> &mut Self {
        self.event(
            "worktree-planned",
            json!({"task": task(number), "branch": format!("parallel/{name}"),
                   "path": format!("/nowhere/project-{name}"), "base": base}),
        );
        self.event("worktree-made", json!({"task": task(number)}));
        self.tries(number, worker, 1)
    }

    /// A session of the task lives.
    pub fn tries(&mut self, number: u32, worker: u32, attempt: u32) -> &mut Self {
        let log = self.log_path(number, attempt);
        self.event(
            "session-planned",
            json!({"task": task(number), "attempt": attempt, "worker": worker, "log": log}),
        );
        self.event(
            "session-started",
            json!({"task": task(number), "attempt": attempt, "pid": 2}),
        )
    }

    /// The session of an attempt is over.
    pub fn ends(&mut self, number: u32, attempt: u32, code: i32) -> &mut Self {
        self.event(
            "session-ended",
            json!({"task": task(number), "attempt": attempt, "end": {"exited": code},
                   "seconds": 2.5, "bytes": 0}),
        )
    }

    /// The task has its outcome; `tip` is where its branch ended.
    pub fn finishes(&mut self, number: u32, outcome: &str, tip: Option<&str>) -> &mut Self {
        let evidence = json!([{"kind": "exit", "value": if outcome == "done" { "0" } else { "3" },
                               "at": "2026-01-01T00:00:00Z"}]);
        self.event(
            "task-finished",
            json!({"task": task(number), "outcome": outcome, "tip": tip,
                   "commits": usize::from(tip.is_some()), "changed": [], "evidence": evidence}),
        )
    }

    /// The run is over.
    pub fn over(&mut self, state: &str) -> &mut Self {
        self.event("run-ended", json!({"state": state}))
    }

    /// Holds the run's lock, as a supervisor that lives does.
    pub fn supervised(&self) -> File {
        let file = File::create(self.folder.join("lock")).expect("a lock file");
        file.lock().expect("a lock");
        file
    }

    /// Writes the log of a session.
    pub fn log(&mut self, number: u32, attempt: u32, text: &[u8]) -> &mut Self {
        fs::write(self.log_path(number, attempt), text).expect("a log");
        self
    }

    fn log_path(&self, number: u32, attempt: u32) -> PathBuf {
        self.folder.join(format!("{}-{attempt}.log", task(number)))
    }
}

fn task(number: u32) -> String {
    format!("T{number:03}")
}
