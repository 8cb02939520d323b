//! Which other files a change of some files will touch, too, as past changes tell.

use std::collections::HashMap;

use super::history::{History, REMEMBERED};

/// Fewer joint changes than this are chance.
const LEAST_TOGETHER: u32 = 3;
/// One that comes along less often than this is no rule.
const LEAST_SHARE: f64 = 0.25;
/// Changes that speak against a rule before any was seen: three of three is less than thirty of
/// thirty.
const DOUBT: f64 = 2.0;

/// A file that usually changes when another does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Companion {
    /// Position in the census.
    pub file: u32,
    /// The given file that it goes with most often.
    pub with: u32,
    /// Changes that touched both.
    pub both: u32,
    /// Changes that touched `with`.
    pub of: u32,
}

impl Companion {
    /// How likely the file comes along: 0 to 1.
    pub fn share(&self) -> f64 {
        f64::from(self.both) / (f64::from(self.of) + DOUBT)
    }
}

/// The files, none of `given`, that come along with one of them in at least a quarter of its
/// changes, the likeliest first. All are positions in the census.
pub fn companions(history: &History, given: &[u32]) -> Vec<Companion> {
    let mut changes: HashMap<u32, u32> = HashMap::new();
    let mut both: HashMap<(u32, u32), u32> = HashMap::new();
    for change in history.deliberate().take(REMEMBERED) {
        for &with in change.files.iter().filter(|file| given.contains(file)) {
            *changes.entry(with).or_default() += 1;
            for &file in change.files.iter().filter(|file| !given.contains(file)) {
                *both.entry((file, with)).or_default() += 1;
            }
        }
    }
    let mut closest: HashMap<u32, Companion> = HashMap::new();
    for ((file, with), both) in both {
        let one = Companion {
            file,
            with,
            both,
            of: changes[&with],
        };
        if both < LEAST_TOGETHER || one.share() < LEAST_SHARE {
            continue;
        }
        let known = closest.entry(file).or_insert(one);
        if (one.share(), known.with) > (known.share(), one.with) {
            *known = one;
        }
    }
    let mut found: Vec<Companion> = closest.into_values().collect();
    found.sort_by(|a, b| b.share().total_cmp(&a.share()).then(a.file.cmp(&b.file)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::testing::{change, file, history};

    #[test]
    fn what_usually_comes_along_is_named_with_what_it_goes_with() {
        let files = ["api.rs", "db.rs", "doc.md", "far.rs"].map(file);
        let touch = |path: &'static str| (path, Some(1), Some(2));
        let pair = change(&[touch("api.rs"), touch("db.rs")]);
        let three = change(&[touch("api.rs"), touch("db.rs"), touch("doc.md")]);
        let chance = change(&[touch("api.rs"), touch("far.rs")]);
        let mainline = [vec![pair; 5], vec![three; 3], vec![chance; 2]].concat();
        let history = history(&files, &mainline);
        let found = companions(&history, &[0]);
        let named: Vec<(u32, u32, u32)> = found.iter().map(|c| (c.file, c.both, c.of)).collect();
        assert_eq!(named, [(1, 8, 10), (2, 3, 10)]);
        assert!(companions(&history, &[0, 1, 2]).is_empty());
    }
}
