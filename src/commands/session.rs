//! `git parallel session …`: what sessions, agents and hooks call, not people.

use std::path::PathBuf;

use clap::Subcommand;

use crate::error::{Result, Verdict};
use crate::run;

/// What sessions, agents and hooks call
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Be the process that owns the session in this folder
    Shim { folder: PathBuf },
}

impl Args {
    pub fn run(self) -> Result<Verdict> {
        match self.command {
            Command::Shim { folder } => run::shim(folder)?,
        }
        Ok(Verdict::Done)
    }
}
