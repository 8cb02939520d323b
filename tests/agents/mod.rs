//! Agents: named, configured, called, judged by evidence. Most of it with stand-ins that replay
//! recorded streams; `contract` and `real` call the real programs.

mod contract;
mod guarded;
mod named;
mod outcome;
mod real;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::support::{Call, Repo};

/// A repository, and a folder of programs that stand in for agents.
pub struct Stage {
    pub repo: Repo,
}

impl Stage {
    pub fn new() -> Self {
        let stage = Self { repo: Repo::new() };
        fs::create_dir(stage.repo.around().join("bin")).expect("a folder");
        stage.repo.file(
            "tasks.md",
            "# Tasks: greet\n\n### T001: Greeting\n**Files**: hello.txt (new)\nSay hello.\n",
        );
        stage
    }

    /// Puts a program there. It finds the recordings in `$STREAMS`.
    pub fn program(&self, name: &str, script: &str) -> &Self {
        let path = self.repo.around().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        self
    }

    /// A call in which these programs come first.
    pub fn call<const N: usize>(&self, args: [&str; N]) -> Call {
        let path = std::env::var("PATH").expect("a PATH");
        let bin = self.repo.around().join("bin");
        let streams = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agents");
        let ours = crate::support::program_folder().display().to_string();
        self.repo
            .parallel(args)
            .env("PATH", format!("{}:{ours}:{path}", bin.display()))
            .env("STREAMS", streams)
    }

    /// Runs the one task with an agent and answers with how it went.
    pub fn run(&self, agent: &str, more: &[&str]) -> Value {
        let call = self.call(["run", "--from", "tasks.md", "--json", "--agent", agent]);
        call.args(more).run().json()
    }
}

/// The evidence of a task's outcome, as `kind: value`.
pub fn evidence(task: &Value) -> String {
    let seen = task["evidence"].as_array().expect("evidence").iter();
    let seen = seen.map(|one| {
        let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("kind"), text("value"))
    });
    seen.collect::<Vec<_>>().join("\n")
}
