//! Ports for what a task starts in its worktree: a range of its own for each worktree of the
//! repository, so that two servers of one project do not meet.
//!
//! Where a range is written down, beside the worktree's entry in the registry, it lives exactly as
//! long as the worktree: a retry finds the same ports, and nothing is left to go stale. That they
//! were free when they were chosen is all that can be promised of other programs.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Failure, OrFail, Result};
use crate::git::{Repository, Worktree};
use crate::store::{Store, read_json, write_json};

const VERSION: u64 = 1;

/// Below the git directory of a worktree.
const FILE: &str = "parallel/ports.json";

/// Above what is commonly configured, below what systems hand out by themselves (32768 on Linux,
/// 49152 on macOS).
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// Ports that belong to one worktree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub version: u64,
    pub first: u16,
    pub count: u16,
}

impl Ports {
    fn of(first: u16, count: u16) -> Self {
        Self {
            version: VERSION,
            first,
            count,
        }
    }

    fn end(self) -> u32 {
        u32::from(self.first) + u32::from(self.count)
    }

    fn meets(self, other: Self) -> bool {
        u32::from(self.first) < other.end() && u32::from(other.first) < self.end()
    }
}

/// The ports of a worktree, if it has any.
pub fn of(worktree: &Path) -> Option<Ports> {
    let worktree = Worktree {
        path: worktree.to_owned(),
        ..Worktree::default()
    };
    read(&worktree.git_dir().ok()?)
}

/// Gives a worktree `count` ports; those that it has stay.
pub fn provide(
    repository: &Repository,
    store: &Store,
    worktree: &Path,
    count: u16,
) -> Result<Ports> {
    let own = repository.git_dir_of(worktree)?;
    let _lock = store.lock("choose ports")?;
    if let Some(ports) = read(&own).filter(|ports| ports.count >= count) {
        return Ok(ports);
    }
    let others = entries(repository).into_iter().filter(|dir| *dir != own);
    let taken: Vec<Ports> = others.filter_map(|dir| read(&dir)).collect();
    let start = start(repository.common_dir());
    let chosen = choose(&taken, start, count, is_free).ok_or_else(|| {
        Failure::unable(format!(
            "no {count} ports in a row are free between {FIRST} and {LAST}"
        ))
        .next("git config parallel.ports")
    })?;
    write_json(&own.join(FILE), &chosen)?;
    Ok(chosen)
}

fn read(git_dir: &Path) -> Option<Ports> {
    read_json(&git_dir.join(FILE), VERSION).ok()
}

/// The git directories of all linked worktrees.
fn entries(repository: &Repository) -> Vec<PathBuf> {
    let registry = fs::read_dir(repository.common_dir().join("worktrees"));
    let entries = registry.into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// Where to begin: not at the same port in every repository.
fn start(common_dir: &Path) -> u16 {
    let bytes = common_dir.as_os_str().as_encoded_bytes();
    FIRST + (crc32fast::hash(bytes) % u32::from(LAST - FIRST)) as u16
}

/// The first range from `start` on, then from the beginning, that meets no other and whose ports
/// are all free.
fn choose(taken: &[Ports], start: u16, count: u16, free: impl Fn(u16) -> bool) -> Option<Ports> {
    let last = LAST.checked_sub(count)?;
    let start = start.clamp(FIRST, last);
    let mut ranges = (start..=last)
        .chain(FIRST..start)
        .map(|first| Ports::of(first, count));
    ranges.find(|ports| {
        let alone = !taken.iter().any(|other| ports.meets(*other));
        alone && (ports.first..ports.first + count).all(&free)
    })
}

/// Whether nobody listens there, as far as binding to it tells.
fn is_free(port: u16) -> bool {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).or_unable(|| "taken");
    // Where there is no IPv6, IPv4 alone decides.
    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
    let v6_taken = v6.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse);
    v4.is_ok() && !v6_taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_never_meet_and_go_around() {
        let free = |_| true;
        let first = choose(&[], 31_990, 20, free).unwrap();
        assert_eq!((first.first, first.count), (31_980, 20));
        let second = choose(&[first], 31_990, 20, free).unwrap();
        assert_eq!(second.first, FIRST);
        let third = choose(&[second, first], FIRST + 5, 20, free).unwrap();
        assert_eq!(third.first, FIRST + 20);
        let busy = choose(&[], FIRST, 10, |port| port != FIRST + 4).unwrap();
        assert_eq!(busy.first, FIRST + 5);
    }

    #[test]
    fn there_may_be_none_left() {
        assert_eq!(choose(&[], FIRST, 10, |_| false), None);
        assert_eq!(choose(&[], 25_000, 10, |_| false), None);
        let all = Ports::of(FIRST, LAST - FIRST);
        assert_eq!(choose(&[all], FIRST, 1, |_| true), None);
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}
