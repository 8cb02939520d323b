//! What every test builds on: a real repository in a folder of its own, and calls of the real
//! program in it with a HOME of its own, each bounded in time.

mod call;
mod folder;
mod forge;
mod journal;
mod model;
mod ollama;
mod repo;
mod slurm;
mod terminal;
mod tmux;

pub use call::{Call, Ended, isolate, program_folder};
pub use folder::TestFolder;
pub use forge::{Fault, Forge};
pub use journal::Journal;
pub use model::{Model, Script};
pub use ollama::{Ill, Ollama};
pub use repo::Repo;
pub use slurm::{Cluster, Node};
pub use terminal::Terminal;
pub use tmux::Tmux;

use std::process::Command;

/// Whether `program` can be started. Under `CI=true` a missing one fails the test instead: there,
/// everything that a test needs is installed.
pub fn have(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(found || !ci, "{program} is not installed, and CI=true");
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}
