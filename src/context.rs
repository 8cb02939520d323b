//! The world, read once: the folder we stand in, the terminal, the configuration, the clock.
//!
//! It stops at `commands/`: deeper rooms are handed plain values.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use crate::error::{OrFail, Result};
use crate::git::Repository;
use crate::ui::{Screen, Terminal, Verbosity};

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
            )
            .on(terminal()),
        })
    }

    /// The repository that we stand in.
    pub fn repository(&self) -> Result<Repository> {
        Repository::discover(&self.folder)
    }
}

fn terminal() -> Terminal {
    Terminal {
        unicode: speaks_unicode(|name| env::var(name).ok()),
        redraws: !is_dumb(),
    }
}

/// The character set of the locale, as POSIX finds it: the first of these that is set holds.
fn speaks_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// no-color.org and bixense.com/clicolors, the flag above both.
fn wants_color(flag: Color, terminal: bool) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|v| !v.is_empty() && v != "0");
    match flag {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => forced || terminal && !is_dumb(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_variable_that_is_set_holds() {
        let cases: [(&[(&str, &str)], bool); 5] = [
            (&[], false),
            (&[("LANG", "en_GB.UTF-8")], true),
            (&[("LANG", "de_DE.utf8"), ("LC_ALL", "")], true),
            (&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], true),
        ];
        for (set, expected) in cases {
            let variable = |name: &str| {
                let found = set.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(speaks_unicode(variable), expected, "{set:?}");
        }
    }
}
