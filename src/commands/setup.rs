//! How the worktrees of a run are to be made ready, and the user's word on the commands that the
//! repository itself brings along for it.

use crate::context::Context;
use crate::error::{Failure, Result, shell_word};
use crate::git::Repository;
use crate::id::Oid;
use crate::settings::{Settings, SetupSettings};
use crate::store::{Approvals, ApprovedCommand, SetupOptions};
use crate::team::{Brought, FILE, Team};
use crate::ui::approve as show;

/// What a branch of the repository brings along, as the user would see it run.
#[derive(Debug)]
pub struct Brings {
    pub branch: String,
    pub team: Team,
    pub commands: Vec<ApprovedCommand>,
    /// Whether the user has approved just these.
    pub approved: bool,
}

/// Looks at what `branch` brings along; `base` where that branch is gone.
pub fn brings(
    context: &Context,
    repository: &Repository,
    own: &SetupSettings,
    branch: &str,
    base: Option<Oid>,
) -> Result<Brings> {
    let tip = repository.find_ref(&format!("refs/heads/{branch}"));
    let team = match tip.or(base) {
        Some(commit) => Team::read(repository, branch, commit)?,
        None => Team::default(),
    };
    let commands: Vec<ApprovedCommand> = team.commands(own).iter().map(approvable).collect();
    // Without commands nothing has to be known of the user.
    let approved = commands.is_empty()
        || Approvals::below(&context.state_home()?).hold(repository.common_dir(), &commands);
    Ok(Brings {
        branch: branch.to_owned(),
        team,
        commands,
        approved,
    })
}

fn approvable(command: &Brought<'_>) -> ApprovedCommand {
    ApprovedCommand {
        key: command.key.to_owned(),
        line: command.line.to_owned(),
    }
}

/// How the worktrees of a run onto `brings.branch` are made ready; `None` when nothing is asked
/// for.
pub fn options(
    repository: &Repository,
    settings: &Settings,
    brings: &Brings,
) -> Result<Option<SetupOptions>> {
    let both = settings.setup.over(&brings.team.setup);
    let options = SetupOptions {
        from: match both.copy.values.is_empty() {
            true => None,
            false => source(repository)?,
        },
        copy: both.copy.values,
        ports: both.ports.unwrap_or(0),
        run: both.run.values,
    };
    Ok(Some(options).filter(|options| *options != SetupOptions::default()))
}

/// Where ignored files are copied from: the main worktree, or in a bare repository the worktree in
/// which we stand.
fn source(repository: &Repository) -> Result<Option<std::path::PathBuf>> {
    let main = repository.worktrees()?.into_iter().next();
    let main = main.filter(|main| !main.bare).map(|main| main.path);
    Ok(main.or_else(|| repository.work_dir().map(ToOwned::to_owned)))
}

/// Insists on the user's word before commands of the repository run: asks on a terminal, refuses
/// elsewhere.
pub fn insist_on_approval(
    context: &Context,
    repository: &Repository,
    brings: &Brings,
) -> Result<()> {
    let screen = &context.screen;
    for key in &brings.team.ignored {
        screen.warn(&format!(
            "{}:{FILE} sets {}, which is not for a repository to set: it is left alone",
            brings.branch,
            show::word(key)
        ));
    }
    if brings.approved {
        return Ok(());
    }
    let listed = show::commands(&brings.branch, &brings.commands);
    if screen.asks(&format!(
        "{listed}\nRun them in every new worktree of this repository? [y/N] "
    )) == Some(true)
    {
        let approvals = Approvals::below(&context.state_home()?);
        return approvals.approve(repository.common_dir(), brings.commands.clone());
    }
    let branch = shell_word(&brings.branch);
    Err(Failure::refused(format!(
        "{listed}\nNobody has approved them, so they do not run"
    ))
    .kept("no worktree was made")
    .next(format!("git parallel approve {branch}"))
    .next("git -c parallel.setup= parallel run     # without them"))
}
