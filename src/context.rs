//! The world, read once: the folder we stand in, the terminal, the configuration, the clock.
//!
//! It stops at `commands/`: deeper rooms are handed plain values.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Failure, OrFail, Result, shell_word};
use crate::git::{Memory, Repository};
use crate::store::{Cache, Shelf, Store};
use crate::survey;
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
    /// This very program.
    pub program: PathBuf,
    /// What was typed behind the program's name.
    typed: Vec<OsString>,
    pub screen: Screen,
}

impl Context {
    /// Reads the world.
    pub fn read(color: Color, verbosity: Verbosity) -> Result<Self> {
        Ok(Self {
            folder: env::current_dir().or_unable(|| "cannot tell the current folder")?,
            program: env::current_exe().or_unable(|| "cannot tell where this program lies")?,
            typed: env::args_os().skip(1).collect(),
            screen: Screen::new(
                verbosity,
                wants_color(color, io::stdout().is_terminal()),
                wants_color(color, io::stderr().is_terminal()),
            )
            .on(terminal()),
        })
    }

    /// The command that was typed, with a flag more, to be pasted.
    pub fn again_with(&self, flag: &str, command: &str) -> String {
        let typed = self.typed.iter().map(|word| word.to_string_lossy());
        let mut words: Vec<String> = typed.map(|word| shell_word(&word)).collect();
        let at = words.iter().position(|word| word == command);
        words.insert(at.map_or(0, |at| at + 1), flag.to_owned());
        format!("git parallel {}", words.join(" "))
    }

    /// The repository that we stand in.
    pub fn repository(&self) -> Result<Repository> {
        Repository::discover(&self.folder)
    }

    /// The same, with what earlier calls found out about merges in it.
    pub fn remembering_repository(&self) -> Result<Repository> {
        let repository = self.repository()?;
        let answers = Answers(Store::of(repository.common_dir()).cache());
        Ok(repository.remembering(Arc::new(answers)))
    }

    /// Where the survey of a repository keeps what it worked out.
    pub fn shelf(&self, repository: &Repository) -> impl survey::Shelf {
        Kept(Store::of(repository.common_dir()).shelf())
    }

    /// The value of an environment variable, unless it is empty.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        env::var_os(name).filter(|value| !value.is_empty())
    }

    /// The user's home.
    pub fn home(&self) -> Result<PathBuf> {
        self.variable("HOME").map(PathBuf::from).ok_or_else(|| {
            Failure::unable("HOME is not set, so this user has no place of their own")
        })
    }

    /// Where programs keep what they install for one user (XDG Base Directory Specification).
    pub fn data_home(&self) -> Result<PathBuf> {
        let named = self.variable("XDG_DATA_HOME").map(PathBuf::from);
        match named.filter(|path| path.is_absolute()) {
            Some(path) => Ok(path),
            None => Ok(self.home()?.join(".local/share")),
        }
    }

    /// Where programs keep what outlives them and is not configuration.
    pub fn state_home(&self) -> Result<PathBuf> {
        let named = self.variable("XDG_STATE_HOME").map(PathBuf::from);
        match named.filter(|path| path.is_absolute()) {
            Some(path) => Ok(path),
            None => Ok(self.home()?.join(".local/state")),
        }
    }

    /// The name of the user's shell, as `$SHELL` has it.
    pub fn shell(&self) -> Option<String> {
        let path = PathBuf::from(self.variable("SHELL")?);
        Some(path.file_name()?.to_string_lossy().into_owned())
    }

    /// The folders in which programs are looked for.
    pub fn program_folders(&self) -> Vec<PathBuf> {
        let path = self.variable("PATH").unwrap_or_default();
        env::split_paths(&path).collect()
    }
}

/// The cache of a repository, as git's room asks for it.
#[derive(Debug)]
struct Answers(Cache);

impl Memory for Answers {
    fn recall(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.0.get(key)
    }

    fn remember(&self, entries: &[(Vec<u8>, Vec<u8>)]) {
        self.0.put(entries);
    }
}

/// The shelf of a repository, as the survey asks for it.
#[derive(Debug)]
struct Kept(Shelf);

impl survey::Shelf for Kept {
    fn take(&self, name: &str) -> Option<Vec<u8>> {
        self.0.take(name)
    }

    fn put(&self, name: &str, content: &[u8]) {
        self.0.put(name, content);
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
