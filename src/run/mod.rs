//! Plan → finished branches: dispatcher, sessions and their shim, launchers, outcome, report.
//!
//! The supervisor alone owns a run's state: it asks the dispatcher what to do, lets a driver a task
//! do it, and journals what they tell. A session belongs to a shim, a process of its own, which
//! outlives the supervisor; whoever takes the run up again finds it by its lock.

mod account;
mod again;
mod ask;
mod attend;
mod base;
mod begin;
mod copies;
mod detach;
mod dispatcher;
mod documents;
mod drift;
mod each;
mod from_agent;
mod glimpse;
mod guard;
mod herald;
mod hook;
mod job;
mod jobs;
mod landed;
mod launch;
mod launcher;
mod launchers;
mod life;
mod moved;
mod names;
mod news;
mod outbox;
mod outcome;
mod overlap;
mod pause;
mod ports;
mod progress;
mod queued;
mod release;
mod report;
mod resolutions;
mod resolver;
mod session;
mod settle;
mod setup;
mod shim;
mod signals;
mod spent;
mod steer;
mod supervisor;
mod synthesis;
mod task;
mod window;
mod words;
mod workspace;

pub use ask::{ask, wait_until};
pub use begin::{Again, Request, begin, resume};
pub use detach::detach;
pub use documents::{find_documents, parts};
pub use drift::drift;
pub use each::{Round, Site, Visit, each};
pub use glimpse::{Glimpse, Lookout};
pub use guard::{Objection, Seat, living_leases};
pub use herald::Herald;
pub use hook::{claude_context, claude_question, claude_settings};
pub use jobs::job;
pub use landed::integration;
pub use life::{listen_in, lives, look_for_life};
pub use names::{Naming, Place, places};
pub use news::news;
pub use progress::Progress;
pub use report::{
    AgentReport, DocumentReport, Integration, IntegrationState, RunReport, SessionReport,
    TaskReport, report,
};
pub use resolutions::{ResolutionPhase, ResolutionReport};
pub use resolver::{Resolved, Resolver, Unfinished, Working, resolve, unfinished};
pub use shim::shim;
pub use supervisor::{OpenRun, Supervised, supervise};
pub use synthesis::{question, synthesis};
pub use window::{attach_line, tmux_of, window};
