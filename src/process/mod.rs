//! The only door to other programs: started, fed, limited in time, ended as a whole tree.
//!
//! Nothing else in the crate may use [`std::process::Command`] (`tests/tidy.rs` holds this).

mod interrupt;
mod program;

pub use interrupt::Interrupt;
pub use program::{Output, Program};
