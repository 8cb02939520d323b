//! Where a merge that was begun stands now, from what was noted about it and what is seen. Pure.

use serde::{Deserialize, Serialize};

use crate::id::Oid;

/// The newest version of a note.
pub const VERSION: u64 = 1;

/// What was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub version: u64,
    /// Where the branch stood.
    pub head: Oid,
    /// What was merged into it, by name.
    pub with: String,
    pub theirs: Oid,
    /// Conflicted paths that rerere resolved as they were resolved before.
    #[serde(default)]
    pub replayed: Vec<String>,
}

/// What is seen in a worktree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub head: Oid,
    /// What is being merged, if anything is.
    pub merging: Option<Oid>,
    /// Whether HEAD holds both sides of the merge that was noted.
    pub holds_both: bool,
    /// Whether the index has conflicts.
    pub unmerged: bool,
}

/// How far it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing was begun.
    Idle,
    /// It is under way.
    Open(Note),
    /// Another merge is under way, which was not begun here.
    Foreign { merging: Oid },
    /// It is committed, by whomever.
    Committed { note: Note, commit: Oid },
    /// It was taken back, by whomever; the branch is where it was.
    TakenBack(Note),
    /// The branch went somewhere else.
    MovedOn { note: Note, head: Oid },
    /// git was killed before it had written down that it merges.
    CutShort(Note),
}

/// Where it stands.
pub fn standing(note: Option<Note>, seen: Seen) -> Standing {
    match (note, seen.merging) {
        (None, None) => Standing::Idle,
        (None, Some(merging)) => Standing::Foreign { merging },
        (Some(note), Some(merging)) if merging == note.theirs && seen.head == note.head => {
            Standing::Open(note)
        }
        (Some(_), Some(merging)) => Standing::Foreign { merging },
        (Some(note), None) if seen.holds_both && seen.head != note.head => Standing::Committed {
            note,
            commit: seen.head,
        },
        (Some(note), None) if seen.head != note.head => Standing::MovedOn {
            note,
            head: seen.head,
        },
        (Some(note), None) if seen.unmerged => Standing::CutShort(note),
        (Some(note), None) => Standing::TakenBack(note),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::oid;

    fn note() -> Note {
        Note {
            version: 1,
            head: oid(1),
            with: "main".to_owned(),
            theirs: oid(2),
            replayed: Vec::new(),
        }
    }

    fn seen(head: u8, merging: Option<u8>, holds_both: bool, unmerged: bool) -> Seen {
        Seen {
            head: oid(head),
            merging: merging.map(oid),
            holds_both,
            unmerged,
        }
    }

    #[test]
    fn every_way_that_a_merge_can_go_is_told_apart() {
        let open = Standing::Open(note());
        let committed = Standing::Committed {
            note: note(),
            commit: oid(3),
        };
        let moved = Standing::MovedOn {
            note: note(),
            head: oid(3),
        };
        let foreign = Standing::Foreign { merging: oid(9) };
        let cases = [
            (None, seen(1, None, false, false), Standing::Idle),
            (None, seen(1, Some(9), false, true), foreign.clone()),
            (Some(note()), seen(1, Some(2), false, true), open.clone()),
            (Some(note()), seen(1, Some(2), false, false), open),
            (Some(note()), seen(1, Some(9), false, true), foreign),
            (
                Some(note()),
                seen(3, Some(2), false, true),
                Standing::Foreign { merging: oid(2) },
            ),
            (Some(note()), seen(3, None, true, false), committed),
            (Some(note()), seen(3, None, false, false), moved),
            (
                Some(note()),
                seen(1, None, false, true),
                Standing::CutShort(note()),
            ),
            (
                Some(note()),
                seen(1, None, false, false),
                Standing::TakenBack(note()),
            ),
        ];
        for (note, seen, expected) in cases {
            assert_eq!(standing(note, seen), expected, "{seen:?}");
        }
    }
}
