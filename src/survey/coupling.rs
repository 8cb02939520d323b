//! Which modules change together, and so how many people could work side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::census::SurveyedFile;
use super::history::History;
use super::modules::Module;

/// Older changes than this many say little about how the modules depend on each other today.
const REMEMBERED: usize = 2_000;
/// Fewer joint changes than this are chance.
const LEAST_TOGETHER: u32 = 5;
/// Two modules of which one changes with the other this often are one place to work.
const ONE_PLACE: f64 = 0.5;
/// A place to work has at least so many files.
const FEWEST_FILES: usize = 2;
/// … and at least this share of the code.
const LEAST_SHARE: f64 = 0.01;
/// … and changes at least this often, of how often as much code changes elsewhere: what lies still,
/// such as somebody else's code that was copied here, is nowhere that work is done.
const LEAST_LIVELY: f64 = 0.1;
/// Where as much code would have changed less often than this, nothing is told by how often it did.
const TELLING: f64 = 10.0;

/// How the modules of a repository hang together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coupling {
    /// Of the latest changes, those that touched each module, in the order of the modules: tests
    /// count here.
    pub touched: Vec<u32>,
    /// Of the latest changes, those that touched the program or its tests.
    pub looked_at: u32,
    /// Changes of each module among those that were seen, in the order of the modules.
    pub changes: Vec<u32>,
    /// Changes that were looked at: those of the program's own files, without its tests.
    pub seen: u32,
    /// Changes that stayed within one module.
    pub inside: u32,
    /// Modules by places to work, each place's largest first, the largest place first.
    pub places: Vec<Vec<usize>>,
    /// Two modules and the changes that touched both, the most first.
    pub pairs: Vec<(usize, usize, u32)>,
}

impl Coupling {
    /// How often a change stays within one module: 0 to 1; `None` without history.
    pub fn locality(&self) -> Option<f64> {
        (self.seen > 0).then(|| f64::from(self.inside) / f64::from(self.seen))
    }
}

/// Looks at the latest changes of the program's own files.
pub fn coupling(files: &[SurveyedFile], modules: &[Module], history: &History) -> Coupling {
    let mut home = vec![None; files.len()];
    for (at, module) in modules.iter().enumerate() {
        for &file in &module.files {
            home[file as usize] = Some(at);
        }
    }
    let homes = |touched: &[u32], counts: &dyn Fn(&SurveyedFile) -> bool| {
        let counted = touched.iter().filter(|f| counts(&files[**f as usize]));
        let homes: BTreeSet<usize> = counted.filter_map(|&f| home[f as usize]).collect();
        homes.into_iter().collect::<Vec<usize>>()
    };
    let mut found = Coupling {
        changes: vec![0; modules.len()],
        touched: vec![0; modules.len()],
        ..Coupling::default()
    };
    let mut joint: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for change in history.deliberate().take(REMEMBERED) {
        let all = homes(&change.files, &|_| true);
        found.looked_at += u32::from(!all.is_empty());
        all.iter().for_each(|&at| found.touched[at] += 1);
        // A test changes with what it tests: that is no bond between two places.
        let touched = homes(&change.files, &SurveyedFile::is_source);
        found.seen += u32::from(!touched.is_empty());
        found.inside += u32::from(touched.len() == 1);
        for (at, &a) in touched.iter().enumerate() {
            found.changes[a] += 1;
            for &b in &touched[at + 1..] {
                *joint.entry((a, b)).or_default() += 1;
            }
        }
    }
    found.pairs = joint
        .into_iter()
        .map(|((a, b), both)| (a, b, both))
        .collect();
    found
        .pairs
        .sort_by_key(|&(a, b, both)| (std::cmp::Reverse(both), a, b));
    let work: Vec<Option<usize>> = substantial(files, modules, &found);
    found.places = places(modules, &found, work);
    found
}

/// Every module that is a place to work by itself, by its own position.
fn substantial(
    files: &[SurveyedFile],
    modules: &[Module],
    coupling: &Coupling,
) -> Vec<Option<usize>> {
    let source = |module: &Module| -> (usize, u64) {
        let own = module.files.iter().map(|&file| &files[file as usize]);
        let own = own.filter(|file| file.is_source());
        own.fold((0, 0), |(files, lines), file| {
            (files + 1, lines + file.weight())
        })
    };
    let total: u64 = modules.iter().map(|module| source(module).1).sum();
    let least = (total as f64 * LEAST_SHARE).max(1.0) as u64;
    let is_place = |module: &Module, changes: u32| {
        let (files, lines) = source(module);
        let expected = f64::from(coupling.seen) * lines as f64 / total.max(1) as f64;
        let lies_still = expected >= TELLING && f64::from(changes) < LEAST_LIVELY * expected;
        files >= FEWEST_FILES && lines >= least && !lies_still
    };
    let places = modules.iter().zip(&coupling.changes).enumerate();
    places
        .map(|(at, (module, changes))| is_place(module, *changes).then_some(at))
        .collect()
}

/// Places to work, those that change together joined: the strongest bonds first.
fn places(
    modules: &[Module],
    coupling: &Coupling,
    mut place: Vec<Option<usize>>,
) -> Vec<Vec<usize>> {
    for &(a, b, both) in &coupling.pairs {
        let (Some(one), Some(other)) = (place[a], place[b]) else {
            continue;
        };
        let least = coupling.changes[a].min(coupling.changes[b]);
        let bound = both >= LEAST_TOGETHER && f64::from(both) >= ONE_PLACE * f64::from(least);
        if bound && one != other {
            let (into, from) = (one.min(other), one.max(other));
            for home in place.iter_mut().filter(|home| **home == Some(from)) {
                *home = Some(into);
            }
        }
    }
    let mut places: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, home) in place.iter().enumerate() {
        if let Some(home) = home {
            places.entry(*home).or_default().push(at);
        }
    }
    let mut places: Vec<Vec<usize>> = places.into_values().collect();
    let lines = |place: &Vec<usize>| -> u64 { place.iter().map(|&at| modules[at].lines).sum() };
    places.sort_by_key(|place| std::cmp::Reverse(lines(place)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::modules::modules;
    use crate::survey::testing::{change, file, history};

    #[test]
    fn modules_that_change_together_are_one_place() {
        let paths = [
            "api/a.rs",
            "api/b.rs",
            "db/a.rs",
            "db/b.rs",
            "ui/a.rs",
            "ui/b.rs",
            "tests/a.rs",
            "api/c.rs",
            "db/c.rs",
            "ui/c.rs",
            "tests/b.rs",
            "tests/c.rs",
            "ui/d.rs",
        ];
        let files = paths.map(file);
        let modules = modules(&files);
        let folders: Vec<&str> = modules.iter().map(|m| m.folder.as_str()).collect();
        assert_eq!(folders, ["ui", "api", "db", "tests"]);
        let touch = |path: &'static str| (path, Some(1), Some(2));
        let joint = change(&[touch("api/a.rs"), touch("db/a.rs"), touch("tests/a.rs")]);
        let alone = change(&[touch("ui/a.rs"), touch("tests/a.rs")]);
        let mainline = [vec![joint; 5], vec![alone; 5]].concat();
        let found = coupling(&files, &modules, &history(&files, &mainline));
        assert_eq!((found.seen, found.inside), (10, 5));
        assert_eq!(
            (found.looked_at, &found.touched[..]),
            (10, &[5, 5, 5, 10][..])
        );
        assert_eq!(found.locality(), Some(0.5));
        assert_eq!(found.places, [vec![1, 2], vec![0]]);
    }

    #[test]
    fn what_lies_still_is_no_place_to_work() {
        let folders = ["api", "deps", "ui"];
        let names = ["a.c", "b.c", "c.c", "d.c"];
        let paths = folders.map(|folder| names.map(|name| format!("{folder}/{name}")));
        let files: Vec<SurveyedFile> = paths.iter().flatten().map(|path| file(path)).collect();
        let modules = modules(&files);
        let of = |api: usize, deps: usize, ui: usize| {
            let touched = |path| change(&[(path, Some(1), Some(2))]);
            let mainline = [
                vec![touched("api/a.c"); api],
                vec![touched("deps/a.c"); deps],
                vec![touched("ui/a.c"); ui],
            ];
            let found = coupling(&files, &modules, &history(&files, &mainline.concat()));
            let places = found.places.concat();
            let folder = |at: usize| modules[at].folder.clone();
            places.into_iter().map(folder).collect::<Vec<_>>()
        };
        assert_eq!(of(30, 1, 30), ["api", "ui"]);
        assert_eq!(of(30, 3, 30), folders);
        assert_eq!(of(5, 0, 5), folders, "too few changes to tell");
        assert_eq!(of(0, 0, 0), folders);
    }
}
