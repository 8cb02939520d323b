//! One file a command: its `Args` and `run()`. A command is wiring: gather → decide → act → show.
//! What it decides and does lives in the rooms below; how it looks lives in `ui`.

pub mod agent_choice;
pub mod agents;
pub mod analyze;
pub mod angles;
pub mod approve;
pub mod attach;
pub mod check;
pub mod clean;
pub mod completions;
pub mod demo;
pub mod doctor;
pub mod each;
pub mod goal;
pub mod learned;
pub mod logs;
pub mod man;
pub mod merge;
pub mod model_server;
pub mod planning;
pub mod present;
pub mod pull_request;
pub mod report;
pub mod resolve;
pub mod retry;
pub mod run;
pub mod select;
pub mod session;
pub mod setup;
pub mod specialists;
pub mod split;
pub mod splitter;
pub mod standing;
pub mod status;
pub mod stop;
mod synthesize;
pub mod task_source;
pub mod undo;
pub mod wait;
mod watch;

/// How a report is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one document, documented and versioned.
    Json,
}

/// The flags of every command that reports.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct FormatArgs {
    /// How the report is wanted
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl FormatArgs {
    /// Whether programs will read the report.
    pub fn is_json(self) -> bool {
        self.json || self.format == Format::Json
    }
}
