//! The only room that knows gix and the git program: reading, changes, merging, worktrees.
//!
//! Reading is gix, in this process, since a command should answer in milliseconds. Whatever writes
//! goes through the git program, so that hooks, signing, filters and locks behave as the user
//! configured them; but for the entry of a new worktree, which knows none of these (see `entry`). No
//! gix type leaves this room.

mod ancestry;
mod aside;
mod at_once;
mod attributes;
mod census;
mod changes;
mod checkout;
mod config;
mod conflict_index;
mod contest;
mod delta_bases;
mod edits;
mod entry;
mod held;
mod history;
mod hooks;
mod landing;
mod link;
mod mainline;
mod markers;
mod memory;
mod mend;
mod merge;
mod message;
mod new_objects;
mod objects;
mod path;
mod pathspec;
mod patience;
mod pick;
mod program;
mod provisions;
mod push;
mod reflog;
mod refs;
mod remote;
mod repository;
mod resolution;
mod restore;
mod revision;
mod safety;
mod scratch;
mod scratch_objects;
mod seat;
mod side_log;
mod snapshot;
mod status;
mod trash;
mod tree;
mod views;
mod way;
mod worktree;
mod worktree_list;

pub use aside::Aside;
pub use census::TreeFile;
pub use changes::{Changes, LineCounts, Span};
pub use checkout::Checkout;
pub use conflict_index::{DraftIndex, Unmerged};
pub use contest::{Contest, contests};
pub use edits::{FileEdit, LineEdit};
pub use entry::NewWorktree;
pub use held::{MergedInto, merge_into};
pub use hooks::{MergeHooks, Occasion, Word};
pub use landing::{Step, Way};
pub use mainline::{CommitMessage, MainlineChange, TouchedFile};
pub use markers::{Marker, leftover};
pub use memory::Memory;
pub use merge::{
    Conflict, ConflictKind, MergeError, MergePair, Merged, Version, Versions, Want, changes,
    foretell_bases, merge, merge_all, pile_is_clean,
};
pub use objects::{NewCommit, ObjectSpace};
pub use path::RepoPath;
pub use pathspec::Pathspecs;
pub use patience::held as lock_held;
pub use pick::{Author, Authored, Original};
pub use program::{Git, REPOSITORY_VARIABLES, local_variables};
pub use push::{Push, PushWay};
pub use reflog::Reflog;
pub use remote::RemoteUrls;
pub use repository::Repository;
pub use resolution::MergeStart;
pub use restore::Former;
pub use revision::Head;
pub use safety::Obstacle;
pub use scratch::{ScratchWorktree, TakeLock};
pub use seat::{Reformed, seats};
pub use side_log::SideCommit;
pub use snapshot::Snapshot;
pub use status::WorktreeStatus;
pub use trash::{Discarded, RefChange, TRASH, trash_refs};
pub use worktree::{Remains, is_unlinked};
pub use worktree_list::Worktree;
