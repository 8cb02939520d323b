//! The suite: one binary, a file a command, real repositories and real processes throughout.

#![allow(clippy::print_stderr)]

mod agents;
mod analyze;
mod angles;
mod approve;
mod big;
mod check;
mod clean;
mod completions;
mod crashes;
mod demo;
mod doctor;
mod drift;
mod errors;
mod escape;
mod guard;
mod hostile;
mod large;
mod logs;
mod man;
mod merge;
mod merge_hazards;
mod plan_quality;
mod pull_request;
mod readme;
mod release;
mod report;
mod resolve;
mod run;
mod schemas;
mod scratch;
mod setup;
mod shapes;
mod split;
mod split_goal;
mod split_model;
mod status;
mod steer;
mod support;
mod surroundings;
mod tidy;
mod tmux;
mod undo;
mod watch;
