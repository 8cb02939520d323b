//! The launchers that there are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::id::RunId;
use crate::store::{LauncherKind, Store};

use super::jobs::Jobs;
use super::launch;
use super::launcher::{Begun, Launcher};
use super::session::{SessionFolder, SessionSpec};
use super::window::{self, Windows};

/// The launcher of this kind for a run, `program` being this very program.
pub fn launcher(
    kind: LauncherKind,
    store: &Store,
    run: RunId,
    program: &Path,
) -> Result<Arc<dyn Launcher>> {
    let here = || program.to_owned();
    Ok(match kind {
        LauncherKind::Local => local(program),
        LauncherKind::Tmux => Arc::new(Windows {
            tmux: window::tmux_of(store, run)?,
            program: here(),
        }),
        LauncherKind::Slurm => Arc::new(Jobs::new(here(), store.runs_dir())),
    })
}

/// Sessions are children of ours, `program` being this very program.
pub fn local(program: &Path) -> Arc<dyn Launcher> {
    let program = program.to_owned();
    Arc::new(Local { program })
}

/// Sessions are children of ours.
#[derive(Debug)]
struct Local {
    program: PathBuf,
}

impl Launcher for Local {
    fn start(&self, folder: &SessionFolder, spec: &SessionSpec) -> Result<Begun> {
        launch::launch(&self.program, folder, spec).map(Begun::Child)
    }
}
