//! What the changes of two sides do to each other, by paths and kinds alone.

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::tree::EntryMode;

use super::sides::{Change, Entry, Side};

/// What could be told of two sides without reading files.
#[derive(Debug)]
pub(super) enum Told {
    /// Clean; `apart` where neither touches what the other does.
    Clean {
        apart: bool,
    },
    /// As these texts merge, which both edited; all else is clean.
    Texts(Vec<Edits>),
    Unknown,
}

impl Told {
    /// The files that it depends on.
    pub fn files(&self) -> Option<&[Edits]> {
        match self {
            Self::Texts(files) => Some(files),
            Self::Clean { .. } | Self::Unknown => None,
        }
    }
}

/// A file that both sides changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edits {
    pub path: BString,
    pub mode: EntryMode,
    pub base: ObjectId,
    pub ours: ObjectId,
    pub theirs: ObjectId,
}

/// What two sides do to each other.
pub(super) fn compare(ours: &Side, theirs: &Side) -> Told {
    if folders_clash(ours, theirs) || folders_clash(theirs, ours) {
        return Told::Unknown;
    }
    let swapped = ours.changes.len() > theirs.changes.len();
    let (few, many) = if swapped {
        (theirs, ours)
    } else {
        (ours, theirs)
    };
    let renames = (ours.adds || theirs.adds, ours.removes || theirs.removes);
    let (mut files, mut same) = (Vec::new(), false);
    for (path, one) in &few.changes {
        let Some(other) = many.changes.get(path) else {
            continue;
        };
        match together(one, other, renames) {
            Together::Fine => same = true,
            Together::Text(base, one, other) => files.push(Edits {
                path: path.clone(),
                mode: base.mode,
                base: base.id,
                ours: if swapped { other } else { one },
                theirs: if swapped { one } else { other },
            }),
            Together::Unknown => return Told::Unknown,
        }
    }
    if files.is_empty() {
        Told::Clean { apart: !same }
    } else {
        Told::Texts(files)
    }
}

/// Whether one side adds into a folder that the other has no more (renamed, perhaps), or has a
/// file where the other now has a folder.
fn folders_clash(adding: &Side, other: &Side) -> bool {
    let has_file = |folder: &BString| {
        let change = other.changes.get(folder);
        change.is_some_and(|change| change.after.is_some())
    };
    adding
        .added_into
        .iter()
        .any(|folder| other.removed_folders.contains(folder) || has_file(folder))
}

enum Together {
    Fine,
    Text(Entry, ObjectId, ObjectId),
    Unknown,
}

/// What two changes of one path do to each other. `adds` and `removes`: whether any side does.
fn together(one: &Change, other: &Change, (adds, removes): (bool, bool)) -> Together {
    match (one.before, one.after, other.after) {
        // Removed twice: each may have been renamed, to different names.
        (_, None, None) if !adds => Together::Fine,
        // Added twice: each may be where something was renamed to.
        (None, Some(a), Some(b)) if a == b && !removes => Together::Fine,
        (Some(_), Some(a), Some(b)) if a == b => Together::Fine,
        (Some(base), Some(a), Some(b))
            if base.mode.is_blob() && base.mode == a.mode && base.mode == b.mode =>
        {
            Together::Text(base, a.id, b.id)
        }
        _ => Together::Unknown,
    }
}
