//! The suite: one binary, a file a command, real repositories and real processes throughout.

mod check;
mod errors;
mod logs;
mod status;
mod support;
mod tidy;
