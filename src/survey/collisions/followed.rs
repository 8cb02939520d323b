//! Which file each change touched, whatever it was called then, and which files neighbouring changes
//! share.

use std::collections::{HashMap, HashSet};

use crate::git::{RepoPath, TouchedFile};
use crate::id::Oid;
use crate::survey::moves::moves;

/// Changes so near to each other could have run side by side.
pub const WINDOW: u32 = 10;
/// A change of more files than this is nobody's task.
const WIDEST: usize = 30;
/// Past edits of a file that are kept to compare new ones with. They tell more about the file than
/// those within the window alone, of which there are few.
pub const KEPT: usize = 12;

/// Content before and after.
pub type Blobs = (Oid, Oid);

/// What was done to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Files are numbered as they are first seen.
    pub file: u32,
    /// `None` for a file that came or went.
    pub blobs: Option<Blobs>,
}

/// Changes, the oldest first, and the files that they touched.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    pub changes: Vec<Vec<Touch>>,
    /// By change: how many files it touched; 0 for what is nobody's task.
    pub widths: Vec<u16>,
    /// How many files there are.
    pub files: usize,
    /// Under which name a file is known now.
    names: HashMap<RepoPath, u32>,
}

impl Followed {
    /// Takes in the next change.
    pub fn add(&mut self, touched: &[TouchedFile]) {
        let width = touched.len();
        self.widths
            .push(if width <= WIDEST { width as u16 } else { 0 });
        let mut aside: HashSet<&RepoPath> = HashSet::new();
        for (old, new) in moves(touched) {
            if let Some(file) = self.names.remove(old) {
                self.names.insert(new.clone(), file);
            }
            // git follows a move: that is no edit.
            aside.extend([old, new]);
        }
        let mut touches = Vec::with_capacity(width);
        for one in touched.iter().filter(|one| !aside.contains(&one.path)) {
            touches.push(Touch {
                file: self.number(&one.path),
                blobs: one.before.zip(one.after),
            });
            if one.after.is_none() {
                self.names.remove(&one.path);
            }
        }
        self.changes.push(touches);
    }

    fn number(&mut self, path: &RepoPath) -> u32 {
        if let Some(known) = self.names.get(path) {
            return *known;
        }
        let number = self.files as u32;
        self.files += 1;
        self.names.insert(path.clone(), number);
        number
    }

    /// The file at this path.
    pub fn file(&self, path: &str) -> Option<u32> {
        self.names.get(&RepoPath::from(path)).copied()
    }

    /// Whether two changes could have run side by side.
    pub fn are_neighbours(&self, earlier: u32, later: u32) -> bool {
        let is_task = |change: u32| self.widths[change as usize] > 0;
        later - earlier <= WINDOW && is_task(earlier) && is_task(later)
    }

    /// Which files two neighbouring changes touched, by number. Only these teach what makes a
    /// conflict, and most of a long past need not be read for them.
    pub fn shared(&self) -> Vec<bool> {
        let mut shared = vec![false; self.files];
        // The latest change of a task that touched a file is the nearest.
        let mut latest: Vec<Option<u32>> = vec![None; self.files];
        for (change, touches) in (0..).zip(&self.changes) {
            if self.widths[change as usize] == 0 {
                continue;
            }
            for file in touches.iter().map(|touch| touch.file as usize) {
                let earlier = latest[file].replace(change);
                shared[file] |= earlier.is_some_and(|e| self.are_neighbours(e, change));
            }
        }
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::testing::change;

    type Files<'a> = &'a [(&'a str, Option<u8>, Option<u8>)];

    fn followed(changes: &[Files<'_>]) -> Followed {
        let mut followed = Followed::default();
        for touched in changes {
            followed.add(&change(touched).touched);
        }
        followed
    }

    #[test]
    fn a_file_is_the_same_wherever_it_moves_and_another_after_it_went() {
        let past = followed(&[
            &[("a.rs", Some(1), Some(2))],
            &[("a.rs", Some(2), None), ("b.rs", None, Some(2))],
            &[("b.rs", Some(2), Some(3))],
            &[("b.rs", Some(3), None)],
            &[("b.rs", None, Some(4))],
        ]);
        let files = |change: usize| -> Vec<u32> {
            let touches = past.changes[change].iter();
            touches.map(|touch| touch.file).collect()
        };
        assert_eq!(
            [0, 1, 2, 3, 4].map(files),
            [vec![0], vec![], vec![0], vec![0], vec![1]]
        );
        assert_eq!((past.file("a.rs"), past.file("b.rs")), (None, Some(1)));
    }

    #[test]
    fn a_file_is_shared_by_tasks_that_are_near_each_other() {
        let near: &[_] = &[("near.rs", Some(1), Some(2))];
        let far: &[_] = &[("far.rs", Some(1), Some(2))];
        let names: Vec<String> = (0..31).map(|n| format!("{n}.rs")).collect();
        let many: Vec<_> = names
            .iter()
            .map(|n| (n.as_str(), Some(1), Some(2)))
            .collect();
        let past = followed(&[
            far, &many, &many, near, &many, &many, &many, &many, &many, &many, &many, far, near,
        ]);
        let shared = past.shared();
        let is_shared = |path: &str| shared[past.file(path).expect("known") as usize];
        assert!(is_shared("near.rs"));
        assert!(!is_shared("far.rs") && !is_shared("0.rs"));
    }
}
