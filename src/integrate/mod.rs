//! Branches → one history: matrix, risk, order, landing, verification, clean-up.
//!
//! What is decided here is decided over plain data; what touches the world is named after what it
//! does to it.

mod check;
mod matrix;
mod order;
mod revisions;
mod risk;
mod stack;

pub use check::{Blocked, Blocker, Report, check};
pub use matrix::Pair;
pub use revisions::{Asked, Revision, Target};
