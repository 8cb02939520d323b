//! The past as if neighbouring changes had run side by side.
//!
//! A change A and a change B that came soon after it are taken apart: A is undone under B, and B is
//! applied without it. Where both edited one file, git would merge by their lines: edits that
//! overlap or touch are a conflict, all others are not. So the lines of A, carried forward through
//! the edits in between, are laid on those of B; no file is merged, and no git is asked. A file
//! that one of them made or removed is a conflict where the other edited it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use crate::git::{FileEdit, MainlineChange, RepoPath};
use crate::survey::moves::moves;

use super::lines::{carry, collide};

/// Changes so near to each other could have run side by side.
pub const WINDOW: u32 = 10;
/// A change of more files than this is nobody's task.
const WIDEST: usize = 30;
/// Past edits of a file that are kept to compare new ones with. They tell more about the file than
/// those within the window alone, of which there are few.
const KEPT: usize = 12;

/// What is known of a file at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FilePast {
    pub edits: u32,
    /// Pairs of edits that were compared …
    pub compared: u32,
    /// … and those of them that would have been in conflict.
    pub collided: u32,
    /// Lines after the last edit; 0 where none was seen.
    pub lines: u32,
}

/// A file that two neighbouring changes touched.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedFile {
    /// The changes, numbered from the oldest.
    pub earlier: u32,
    pub later: u32,
    /// What was known before the earlier one.
    pub past: FilePast,
    pub conflict: bool,
}

/// What neighbouring changes did to each other, up to some change.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// By change: how many files it touched; 0 for what is nobody's task.
    pub widths: Vec<u16>,
    pub shared: Vec<SharedFile>,
    pub(super) files: Vec<File>,
    /// Under which name a file is known now.
    pub(super) names: HashMap<RepoPath, u32>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub past: FilePast,
    /// The latest, oldest first.
    pub edits: VecDeque<Edit>,
}

#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub change: u32,
    /// The lines that it made, as they are numbered now; `None` where the file came or went, or is
    /// no text: that is in conflict with any other edit.
    pub lines: Option<Vec<Range<u32>>>,
    /// What was known before it.
    pub past: FilePast,
}

impl Replay {
    /// What is known of the file at this path.
    pub fn past(&self, path: &str) -> Option<&FilePast> {
        let file = self.names.get(&RepoPath::from(path))?;
        Some(&self.files[*file as usize].past)
    }

    /// Takes the next change in, with the edit of each file that it touched.
    pub fn add(&mut self, change: &MainlineChange, edits: &[Option<FileEdit>]) {
        let number = self.widths.len() as u32;
        let width = change.touched.len();
        self.widths
            .push(if width <= WIDEST { width as u16 } else { 0 });
        let moved: Vec<(&RepoPath, &RepoPath)> = moves(&change.touched);
        let mut aside: HashSet<&RepoPath> = HashSet::new();
        for &(old, new) in &moved {
            if let Some(id) = self.names.remove(old) {
                self.names.insert(new.clone(), id);
            }
            // git follows a move: that is no edit.
            aside.extend([old, new]);
        }
        let edited = change.touched.iter().zip(edits);
        for (file, edit) in edited.filter(|(file, _)| !aside.contains(&file.path)) {
            let id = self.file(&file.path);
            self.edit(id, number, edit.as_ref());
            if file.after.is_none() {
                self.names.remove(&file.path);
            }
        }
    }

    fn file(&mut self, path: &RepoPath) -> u32 {
        if let Some(known) = self.names.get(path) {
            return *known;
        }
        let number = self.files.len() as u32;
        self.files.push(File::default());
        self.names.insert(path.clone(), number);
        number
    }

    /// One file of a change; no edit for a file that came, went or is no text.
    fn edit(&mut self, id: u32, change: u32, edit: Option<&FileEdit>) {
        let file = &mut self.files[id as usize];
        let before = file.past;
        for earlier in &mut file.edits {
            let conflict = match (&mut earlier.lines, edit) {
                (Some(lines), Some(edit)) => {
                    let conflict = collide(lines, &edit.runs);
                    carry(lines, &edit.runs);
                    conflict
                }
                _ => true,
            };
            file.past.compared += 1;
            file.past.collided += u32::from(conflict);
            let tasks = [earlier.change, change].map(|change| self.widths[change as usize] > 0);
            if change - earlier.change <= WINDOW && tasks == [true; 2] {
                self.shared.push(SharedFile {
                    earlier: earlier.change,
                    later: change,
                    past: earlier.past,
                    conflict,
                });
            }
        }
        file.past.edits += 1;
        if let Some(edit) = edit {
            file.past.lines = edit.lines_after();
        }
        if file.edits.len() == KEPT {
            file.edits.pop_front();
        }
        let runs = |edit: &FileEdit| edit.runs.iter().map(|run| run.after.clone()).collect();
        file.edits.push_back(Edit {
            change,
            lines: edit.map(runs),
            past: before,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::LineEdit;
    use crate::survey::testing::change;

    fn edit(at: u32) -> Option<FileEdit> {
        let runs = vec![LineEdit {
            before: at..at + 1,
            after: at..at + 1,
        }];
        Some(FileEdit { runs, lines: 100 })
    }

    fn conflicts(replay: &Replay) -> Vec<(u32, u32, bool)> {
        let shared = replay.shared.iter();
        shared.map(|s| (s.earlier, s.later, s.conflict)).collect()
    }

    #[test]
    fn neighbours_collide_in_the_lines_that_both_edited() {
        let touch = change(&[("a.rs", Some(1), Some(2))]);
        let mut replay = Replay::default();
        for at in [10, 50, 10] {
            replay.add(&touch, &[edit(at)]);
        }
        assert_eq!(
            conflicts(&replay),
            [(0, 1, false), (0, 2, true), (1, 2, false)]
        );
        let known = replay.past("a.rs").expect("a known file");
        assert_eq!((known.compared, known.collided, known.lines), (3, 1, 100));
        // What a forecast may use is what was known before the earlier change.
        assert_eq!(replay.shared[2].past.edits, 1);
    }

    #[test]
    fn a_moved_file_is_the_same_file_and_a_removed_one_is_in_everybodys_way() {
        let mut replay = Replay::default();
        replay.add(&change(&[("a.rs", Some(1), Some(2))]), &[edit(10)]);
        let moved = change(&[("a.rs", Some(2), None), ("b.rs", None, Some(2))]);
        replay.add(&moved, &[None, None]);
        assert!(replay.past("a.rs").is_none());
        replay.add(&change(&[("b.rs", Some(2), None)]), &[None]);
        assert!(conflicts(&replay).contains(&(0, 2, true)));
    }

    #[test]
    fn changes_far_from_each_other_or_of_many_files_are_no_tasks_side_by_side() {
        let touch = change(&[("a.rs", Some(1), Some(2))]);
        let names: Vec<String> = (0..31).map(|n| format!("{n}.rs")).collect();
        let mut many: Vec<_> = names
            .iter()
            .map(|n| (n.as_str(), Some(1), Some(2)))
            .collect();
        many.push(("a.rs", Some(1), Some(2)));
        let mut replay = Replay::default();
        replay.add(&touch, &[edit(1)]);
        let edits: Vec<_> = many.iter().map(|_| edit(1)).collect();
        for _ in 0..10 {
            replay.add(&change(&many), &edits);
        }
        replay.add(&touch, &[edit(1)]);
        assert!(replay.shared.is_empty());
        assert!(replay.past("a.rs").expect("known").collided > 0);
    }
}
