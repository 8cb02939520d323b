//! The past as if neighbouring changes had run side by side.
//!
//! A change A and a change B that came soon after it are taken apart: A is undone under B, and B is
//! applied without it. Where both edited one file, git would merge by their lines: edits that
//! overlap or touch are a conflict, all others are not. So the lines of A, carried forward through
//! the edits in between, are laid on those of B; no file is merged, and no git is asked. A file
//! that one of them made or removed is a conflict where the other edited it.

use std::collections::VecDeque;
use std::ops::Range;

use crate::git::FileEdit;

use super::followed::{Blobs, Followed, KEPT};
use super::lines::{carry, collide};

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

/// What neighbouring changes did to each other.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// By change: how many files it touched; 0 for what is nobody's task.
    pub widths: Vec<u16>,
    pub shared: Vec<SharedFile>,
    files: Vec<File>,
}

#[derive(Clone, Debug, Default)]
struct File {
    past: FilePast,
    /// The latest, oldest first.
    edits: VecDeque<Edit>,
}

#[derive(Clone, Debug)]
struct Edit {
    change: u32,
    /// The lines that it made, as they are numbered now; `None` where the file came or went, or is
    /// no text: that is in conflict with any other edit.
    lines: Option<Vec<Range<u32>>>,
    /// What was known before it.
    past: FilePast,
}

impl Replay {
    /// Of the files that are `wanted`, by number; of what was done to the others, nothing is known.
    /// There is no edit of what is no text.
    pub fn of<'a>(
        followed: &Followed,
        wanted: &[bool],
        edit: impl Fn(&Blobs) -> Option<&'a FileEdit>,
    ) -> Self {
        let mut replay = Self {
            widths: followed.widths.clone(),
            shared: Vec::new(),
            files: vec![File::default(); followed.files],
        };
        for (change, touches) in (0..).zip(&followed.changes) {
            for touch in touches.iter().filter(|touch| wanted[touch.file as usize]) {
                let edit = touch.blobs.as_ref().and_then(&edit);
                replay.edit(followed, touch.file, change, edit);
            }
        }
        replay
    }

    /// What is known of a file by now.
    pub fn past(&self, file: u32) -> FilePast {
        self.files[file as usize].past
    }

    /// One file of a change; no edit for a file that came, went or is no text.
    fn edit(&mut self, followed: &Followed, file: u32, change: u32, edit: Option<&FileEdit>) {
        let file = &mut self.files[file as usize];
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
            if followed.are_neighbours(earlier.change, change) {
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
    use super::super::testing::{LINES, edit, replayed};
    use super::*;
    use crate::survey::testing::change;

    fn conflicts(replay: &Replay) -> Vec<(u32, u32, bool)> {
        let shared = replay.shared.iter();
        shared.map(|s| (s.earlier, s.later, s.conflict)).collect()
    }

    #[test]
    fn neighbours_collide_in_the_lines_that_both_edited() {
        let (followed, replay) = replayed(&[10, 50, 10].map(|line| vec![("a.rs", line)]));
        assert_eq!(
            conflicts(&replay),
            [(0, 1, false), (0, 2, true), (1, 2, false)]
        );
        let known = replay.past(followed.file("a.rs").expect("a known file"));
        assert_eq!((known.compared, known.collided, known.lines), (3, 1, LINES));
        // What a forecast may use is what was known before the earlier change.
        assert_eq!(replay.shared[2].past.edits, 1);
    }

    #[test]
    fn a_removed_file_is_in_everybodys_way_whatever_it_was_called() {
        let mut followed = Followed::default();
        for touched in [
            change(&[("a.rs", Some(1), Some(2))]),
            change(&[("a.rs", Some(2), None), ("b.rs", None, Some(2))]),
            change(&[("b.rs", Some(2), None)]),
        ] {
            followed.add(&touched.touched);
        }
        let any = edit(10);
        let replay = Replay::of(&followed, &[true], |_| Some(&any));
        assert_eq!(conflicts(&replay), [(0, 2, true)]);
    }

    #[test]
    fn changes_far_from_each_other_or_of_many_files_are_no_tasks_side_by_side() {
        let names: Vec<String> = (0..31).map(|n| format!("{n}.rs")).collect();
        let mut many: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
        many.push(("a.rs", 1));
        let one = vec![("a.rs", 1)];
        let changes = [vec![one.clone()], vec![many; 10], vec![one]].concat();
        let (followed, replay) = replayed(&changes);
        assert!(replay.shared.is_empty());
        let known = replay.past(followed.file("a.rs").expect("a known file"));
        assert!(known.collided > 0);
    }

    #[test]
    fn of_files_that_are_not_wanted_nothing_is_read() {
        let mut followed = Followed::default();
        let both = [("a.rs", Some(1), Some(2)), ("b.rs", Some(3), Some(4))];
        for _ in 0..2 {
            followed.add(&change(&both).touched);
        }
        let wanted = followed.changes[0][0];
        let any = edit(10);
        let replay = Replay::of(&followed, &[true, false], |blobs| {
            assert_eq!(Some(*blobs), wanted.blobs);
            Some(&any)
        });
        assert_eq!(replay.past(0).edits, 2);
        assert_eq!(replay.past(1), FilePast::default());
    }
}
