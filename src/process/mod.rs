//! The only door to other programs: started, fed, limited in time, ended as a whole tree.
//!
//! Nothing else in the crate may use [`std::process::Command`] (`tests/tidy.rs` holds this).

mod attended;
mod background;
mod identity;
mod interrupt;
mod listen;
mod log;
mod occupants;
mod program;
mod scratch_folder;
pub mod slurm;
mod tmux;
mod tree;
mod watch;

pub use attended::attend;
pub use background::Background;
pub use identity::Identity;
pub use interrupt::{Interrupt, StopSignal, outlive_limits_of_files};
pub use listen::{Heard, listen};
pub use log::Log;
pub use occupants::Occupants;
pub use program::{Output, Program};
pub use scratch_folder::{ScratchFolder, abandoned, remove};
pub use tmux::Tmux;
pub use tree::{detach, end_session, interrupt, leave_terminal};
pub use watch::{Ears, Ended, Ending, Limits, Signals, watch};
