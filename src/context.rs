//! The world, read once: the folder we stand in, the terminal, the configuration, the clock.
//!
//! It stops at `commands/`: deeper rooms are handed plain values.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use crate::error::{OrFail, Result};
use crate::git::Repository;
use crate::ui::{Screen, Verbosity};

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// What a command needs to know of the world.
#[derive(Debug)]
pub struct Context {
    /// The folder we were started in. Absolute.
    pub folder: PathBuf,
    pub screen: Screen,
}

impl Context {
    /// Reads the world.
    pub fn read(color: Color, verbosity: Verbosity) -> Result<Self> {
        Ok(Self {
            folder: env::current_dir().or_unable(|| "cannot tell the current folder")?,
            screen: Screen::new(
                verbosity,
                wants_color(color, io::stdout().is_terminal()),
                wants_color(color, io::stderr().is_terminal()),
            ),
        })
    }

    /// The repository that we stand in.
    pub fn repository(&self) -> Result<Repository> {
        Repository::discover(&self.folder)
    }
}

/// no-color.org and bixense.com/clicolors, the flag above both.
fn wants_color(flag: Color, terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|v| !v.is_empty() && v != "0");
    match flag {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => forced || terminal && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}
