//! In which form a line of work comes onto a branch.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How `merge` brings work in. The journal remembers it, since a squashed or rebased branch is in
/// the target's content, but not in its history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A merge commit each.
    #[default]
    Merge,
    /// One commit each, with one parent.
    Squash,
    /// Its own commits, one after the other.
    Rebase,
}

impl Strategy {
    /// All of them, as they are typed.
    pub const NAMES: [&'static str; 3] = ["merge", "squash", "rebase"];

    /// As it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Strategy {
    /// What was expected.
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "merge" => Ok(Self::Merge),
            "squash" => Ok(Self::Squash),
            "rebase" => Ok(Self::Rebase),
            _ => Err("merge, squash or rebase"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_is_read_as_it_is_written() {
        for name in Strategy::NAMES {
            assert_eq!(name.parse::<Strategy>().map(Strategy::as_str), Ok(name));
        }
        assert_eq!(
            "octopus".parse::<Strategy>(),
            Err("merge, squash or rebase")
        );
    }
}
