//! The names that things go by: plans, runs, tasks, git objects. Newtypes, so that one is never
//! taken for another; all of them print, parse and serialise as what the user types.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A git object id, SHA-1 or SHA-256; shown in full, lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid {
    bytes: [u8; 32],
    length: u8,
}

impl Oid {
    /// From the 20 or 32 raw bytes of a hash; `None` for any other length.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Self {
            bytes,
            length: raw.len() as u8,
        })
    }

    /// The raw bytes of the hash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The first ten hexadecimal digits: for people, never for programs.
    pub fn short(&self) -> String {
        self.to_string()[..10].to_owned()
    }

    /// The all-zero id of the same hash: git's way to say "no object".
    pub fn zero_like(&self) -> Self {
        Self {
            bytes: [0; 32],
            length: self.length,
        }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl FromStr for Oid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|d| d as u8);
        let raw: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect();
        raw.and_then(|raw| Self::from_bytes(&raw))
            .ok_or_else(|| format!("'{text}' is not a full object id"))
    }
}

impl Serialize for Oid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// Defines an id of the form "letter(s) and a number", such as `r3` or `T001`.
macro_rules! numbered_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $width:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:0", $width, "}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.strip_prefix($prefix)
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or_else(|| {
                        format!(concat!("'{}' is no ", $what, " id such as ", $prefix, "{:0", $width, "}"), text, 1)
                    })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

numbered_id!(
    /// A stored plan: `p1`, `p2`, … in the order in which they were made in this repository.
    PlanId, "p", 1, "plan"
);
numbered_id!(
    /// One execution of a plan: `r1`, `r2`, … in the order in which they were started.
    RunId, "r", 1, "run"
);
numbered_id!(
    /// One analysis from several angles: `a1`, `a2`, … in the order in which they were begun.
    AnglesId, "a", 1, "analysis"
);
numbered_id!(
    /// One task of a plan: `T001`, `T002`, …, at least three digits.
    TaskId, "T", 3, "task"
);

/// A job of Slurm's, by the number that Slurm gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u32);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_they_are_typed() {
        assert_eq!(RunId(3).to_string(), "r3");
        assert_eq!(TaskId(7).to_string(), "T007");
        assert_eq!("T1234".parse(), Ok(TaskId(1234)));
        assert_eq!("p12".parse(), Ok(PlanId(12)));
        for wrong in ["", "r", "3", "R3", "r3x", "r-1", "r+1"] {
            assert!(wrong.parse::<RunId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn object_ids_round_trip_in_both_hashes() {
        for digits in [40, 64] {
            let text = "0123456789abcdef".repeat(4)[..digits].to_owned();
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            assert_eq!(oid.zero_like().to_string(), "0".repeat(digits));
        }
        assert!("abc".parse::<Oid>().is_err());
        assert!("zz".repeat(20).parse::<Oid>().is_err());
    }
}
