//! The roles and skills that agents would find here.

use std::path::Path;

use crate::agents::{Installed, installed};
use crate::context::Context;
use crate::git::Repository;

/// The project's, then the user's own.
pub fn specialists(context: &Context, repository: &Repository) -> Installed {
    let home = context.home().ok();
    let roots: Vec<&Path> = repository
        .work_dir()
        .into_iter()
        .chain(home.as_deref())
        .collect();
    installed(&roots)
}
