//! `git parallel angles ask ID ANGLE QUESTION`: an angle's conversation goes on.

use crate::angles::{self, Session};
use crate::context::Context;
use crate::error::{Result, Verdict};
use crate::settings::Settings;
use crate::store::Store;
use crate::ui::text::clean_lines;

use super::open;
use crate::commands::model_server::ServerArgs;

/// Ask one angle further: its conversation goes on
///
/// It begins with what the angle has read and found, and every answer is kept, so that the next
/// question may refer to it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which analysis; @ is the latest
    #[arg(value_name = "ID")]
    id: String,
    /// Which of its angles, by number or name
    #[arg(value_name = "ANGLE")]
    angle: String,
    /// What to ask
    #[arg(value_name = "QUESTION")]
    question: String,
    #[command(flatten)]
    server: ServerArgs,
}

impl Args {
    /// The same as typed, with the server that the analysis has.
    pub fn new(id: String, angle: String, question: String) -> Self {
        Self {
            id,
            angle,
            question,
            server: ServerArgs::default(),
        }
    }

    /// Runs the command.
    pub fn run(self, context: &Context) -> Result<Verdict> {
        let repository = context.repository()?;
        let store = Store::of(repository.common_dir());
        let id = open::id(&store, &self.id)?;
        let mut report = open::report(&store, id)?;
        let angle = open::angle(&report.plan, &self.angle)?.clone();
        let settings = Settings::read(&repository)?;
        let plan = &mut report.plan;
        let client = self
            .server
            .client_for(context, &settings, &plan.host, &plan.api)?;
        if let Some(model) = self.server.model {
            plan.model = model;
        }
        let name = format!("session-{}.json", angle.number);
        let session: Option<Session> = store.angles_document(id, &name)?;
        let (session, said) = angles::ask(
            &repository,
            &client,
            &report,
            &angle,
            session,
            &self.question,
        )?;
        store.keep_angles_document(id, &name, &session)?;
        context.screen.answer(&clean_lines(&said));
        Ok(Verdict::Done)
    }
}
