//! What programs can work, and how they are spoken to: the table of known agents, those that the
//! user configured, how one is called; and the roles and skills that are installed for them. Data
//! and pure functions; only `ask` starts anything.
//!
//! A prompt never stands in an argument, where `ps` shows it and the kernel limits it: it comes on
//! standard input or in a file.

mod ask;
mod configured;
mod events;
mod find;
mod front_matter;
mod invocation;
mod roles;
mod table;
mod words;

pub use ask::{ANSWER_LIMIT, Answer, Question, ask};
pub use configured::Agents;
pub use events::{Account, Cause, Closing, Listener, Teller, Tokens, Told};
pub use find::find_program;
pub use invocation::{Events, Holes, Invocation, PromptBy, Way};
pub use roles::{Installed, Role, Skill, installed};
pub use table::{KNOWN, Known};
