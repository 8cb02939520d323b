//! Branches → one history: matrix, risk, order, landing, verification, clean-up.
//!
//! What is decided here is decided over plain data; what touches the world is named after what it
//! does to it.

mod check;
mod clean;
mod cleanup;
mod disposal;
mod landing;
mod lines;
mod matrix;
mod merge;
mod order;
mod patch;
mod pull_request;
mod reformed;
mod resolve;
mod revisions;
mod risk;
mod scope;
mod settle;
mod size;
mod stack;
mod trash;
mod undo;
mod verify;

pub use check::{Blocked, Blocker, Report, check_within};
pub use clean::{Cleaned, clean};
pub use cleanup::{CleanOptions, Reason};
pub use disposal::{dispose_of_all, given_up, is_being_deleted};
pub use landing::{Candidate, Stack, TaskOf};
pub use lines::{Answer, Side, judge};
pub use matrix::Pair;
pub use merge::{Behind, Fault, How, MergeOptions, MergeOutcome, MergeResult, Why, merge};
pub use patch::{Patches, Sight, patches};
pub use pull_request::{
    Action, Doing, Forge, Request, RequestOptions, Requests, TaskStory, Work,
    open as open_pull_requests,
};
pub use reformed::reformed;
pub use resolve::{
    Begun, Committed, Conclusion, ConclusionOptions, Contested, Desk, Left, Note, Opponent,
    Picture, Progress, Reason as OpponentReason, Site, Standing, opponent,
};
pub use revisions::{Asked, InWorktree, Revision, Target, line_counts};
pub use scope::Scope;
pub use settle::{settle, settle_cleans};
pub use trash::{MUCH_TRASH, Trashed, empty_trash, trash};
pub use undo::{Effect, Listed, Moved, Restored, UndoOptions, UndoOutcome, operations, undo};
pub use verify::{Probe, Subject, Verification};
