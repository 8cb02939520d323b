//! What of a run can go: decided from what was seen, apart from doing it.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::git::{Obstacle, Repository, Worktree, merge_into};
use crate::id::{Oid, RunId, TaskId};
use crate::process::Occupants;
use crate::store::{Lock, RunState, Store, TaskState};

use super::reformed::reformed;

/// How to clean.
#[derive(Clone, Copy, Debug)]
pub struct CleanOptions<'a> {
    /// The branch that must hold what goes.
    pub target: &'a str,
    /// Also what is nowhere else; it stays in the trash.
    pub force: bool,
    pub dry_run: bool,
    /// Where the user stands.
    pub folder: &'a Path,
}

/// What was seen of one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its session lives.
    pub at_work: bool,
    pub worktree: Option<Place>,
    pub branch: Option<BranchFacts>,
}

/// A worktree of a task, or what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub path: PathBuf,
    /// Whether its folder is there.
    pub exists: bool,
    /// Whether git knows of it.
    pub registered: bool,
    /// The branch that it is on; `None` where HEAD is detached.
    pub branch: Option<String>,
    /// Where HEAD is.
    pub commit: Option<Oid>,
    /// The user stands in it.
    pub stood_in: bool,
    /// Somebody else works in it.
    pub worked_in: Option<Reason>,
    pub obstacles: Vec<Obstacle>,
}

/// A branch of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchFacts {
    /// Its short name.
    pub name: String,
    pub tip: Oid,
    /// The target holds all of it.
    pub landed: bool,
    /// Some worktree that is not the task's has it checked out.
    pub elsewhere: Option<PathBuf>,
}

/// Why something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    AtWork,
    StoodIn,
    /// Processes work in its folder: the first, and how many more.
    WorkedIn {
        pid: u32,
        name: String,
        more: usize,
    },
    Obstacle(Obstacle),
    /// The target does not hold its commits.
    NotLanded,
    Elsewhere(PathBuf),
}

/// What is to be done about one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub worktree_goes: bool,
    pub branch_goes: bool,
    /// What goes is nowhere else: it has to stay in the trash.
    pub forced: bool,
    /// Why not all of it goes.
    pub kept: Vec<Reason>,
}

/// Decides: what is safely elsewhere goes, the rest only by `force`, and some not even then.
pub fn decide(facts: &Facts, force: bool) -> Decision {
    let mut against = Vec::new();
    if facts.at_work {
        against.push(Reason::AtWork);
    }
    if let Some(place) = &facts.worktree {
        if place.stood_in {
            against.push(Reason::StoodIn);
        }
        against.extend(place.worked_in.clone());
        against.extend(place.obstacles.iter().cloned().map(Reason::Obstacle));
    }
    if facts.branch.as_ref().is_some_and(|branch| !branch.landed) {
        against.push(Reason::NotLanded);
    }
    let forced = force && !against.is_empty();
    if force {
        against.retain(|reason| !reason.yields());
    }
    let goes = against.is_empty();
    let elsewhere = facts.branch.as_ref().and_then(|b| b.elsewhere.clone());
    let branch_goes = goes && facts.branch.is_some() && elsewhere.is_none();
    if goes {
        against.extend(elsewhere.map(Reason::Elsewhere));
    }
    Decision {
        worktree_goes: goes && facts.worktree.is_some(),
        branch_goes,
        forced: goes && forced,
        kept: against,
    }
}

impl Reason {
    /// Whether `--force` overrides it: the trash can hold it, and nobody is in the middle of it.
    pub fn yields(&self) -> bool {
        match self {
            Self::NotLanded => true,
            Self::Obstacle(obstacle) => {
                !matches!(obstacle, Obstacle::Nested(_) | Obstacle::Unreadable(_))
            }
            Self::AtWork | Self::StoodIn | Self::WorkedIn { .. } | Self::Elsewhere(_) => false,
        }
    }
}

/// The words by which the registry entry of a task's worktree is locked.
pub fn words_of(run: RunId, task: TaskId) -> String {
    format!("git-parallel {run}/{task}")
}

/// Looks at tasks of a run.
pub fn look(
    repository: &Repository,
    store: &Store,
    run: &RunState,
    tasks: &[&TaskState],
    options: &CleanOptions<'_>,
) -> Result<Vec<Facts>> {
    let worktrees = repository.worktrees()?;
    let tips: Vec<Option<(String, Oid)>> = tasks.iter().map(|task| tip(repository, task)).collect();
    let commits: Vec<Oid> = tips.iter().flatten().map(|(_, commit)| *commit).collect();
    let target = repository.find_ref(&format!("refs/heads/{}", options.target));
    let landed = match target {
        Some(target) => merge_into(repository, &reformed(store)?, target, &commits)?,
        None => Vec::new(),
    };
    let mut landed = landed.into_iter().map(|into| into.held);
    let occupants = Occupants::look()?;
    let mut facts = Vec::new();
    for (task, tip) in tasks.iter().zip(tips) {
        let own = own_entry(&worktrees, run.run, task);
        let branch = tip.map(|(name, tip)| BranchFacts {
            elsewhere: worktrees
                .iter()
                .find(|w| w.branch.as_deref() == Some(&name) && Some(*w) != own)
                .map(|worktree| worktree.path.clone()),
            landed: landed.next().unwrap_or(false),
            name,
            tip,
        });
        facts.push(Facts {
            at_work: session_lives(task)?,
            worktree: place(repository, own, task, options.folder, &occupants)?,
            branch,
        });
    }
    Ok(facts)
}

fn tip(repository: &Repository, task: &TaskState) -> Option<(String, Oid)> {
    let name = task.branch.clone()?;
    let tip = repository.find_ref(&format!("refs/heads/{name}"))?;
    Some((name, tip))
}

/// The entry of a task's worktree: by our words in its lock, else by its path. The first entry is
/// the main worktree, which is never ours.
fn own_entry<'a>(worktrees: &'a [Worktree], run: RunId, task: &TaskState) -> Option<&'a Worktree> {
    let words = words_of(run, task.id);
    let linked = worktrees.get(1..).unwrap_or_default();
    let by_words = linked
        .iter()
        .find(|w| w.locked.as_deref() == Some(words.as_str()));
    by_words.or_else(|| {
        let path = task.worktree.as_ref()?;
        linked.iter().find(|worktree| same(&worktree.path, path))
    })
}

fn same(one: &Path, other: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    one == other || canonical(one) == canonical(other)
}

fn place(
    repository: &Repository,
    own: Option<&Worktree>,
    task: &TaskState,
    folder: &Path,
    occupants: &Occupants,
) -> Result<Option<Place>> {
    let path = match (own, &task.worktree) {
        (Some(own), _) => own.path.clone(),
        (None, Some(path)) => path.clone(),
        (None, None) => return Ok(None),
    };
    let exists = path.exists();
    let stood_in = exists && folder.starts_with(&path);
    Ok(Some(Place {
        stood_in,
        // Where the user stands, the user's shell does, too.
        worked_in: match exists && !stood_in {
            true => worked_in(occupants, &path),
            false => None,
        },
        obstacles: match exists {
            true => repository.obstacles(&path)?,
            false => Vec::new(),
        },
        registered: own.is_some(),
        branch: own.and_then(|own| own.branch.clone()),
        commit: own.and_then(|own| own.commit),
        exists,
        path,
    }))
}

/// Why a folder must stay that others have for a working folder.
pub fn worked_in(occupants: &Occupants, folder: &Path) -> Option<Reason> {
    let inside = occupants.inside(folder);
    let first = inside.first()?;
    Some(Reason::WorkedIn {
        pid: first.pid,
        name: first.name.clone(),
        more: inside.len() - 1,
    })
}

/// Whether the shim of the task's latest session lives: it holds a lock beside its log.
fn session_lives(task: &TaskState) -> Result<bool> {
    match &task.log {
        Some(log) => Lock::is_held(&log.with_file_name("session.lock")),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::RepoPath;
    use crate::store::sample::oid;

    fn facts(obstacles: Vec<Obstacle>, landed: bool) -> Facts {
        Facts {
            at_work: false,
            worktree: Some(Place {
                path: PathBuf::from("/w"),
                exists: true,
                registered: true,
                branch: Some("parallel/x".to_owned()),
                commit: Some(oid(1)),
                stood_in: false,
                worked_in: None,
                obstacles,
            }),
            branch: Some(BranchFacts {
                name: "parallel/x".to_owned(),
                tip: oid(1),
                landed,
                elsewhere: None,
            }),
        }
    }

    fn goes(decision: &Decision) -> (bool, bool, bool) {
        (
            decision.worktree_goes,
            decision.branch_goes,
            decision.forced,
        )
    }

    #[test]
    fn what_is_elsewhere_goes_and_everything_else_stays() {
        assert_eq!(
            goes(&decide(&facts(vec![], true), false)),
            (true, true, false)
        );
        assert_eq!(
            goes(&decide(&facts(vec![], false), false)),
            (false, false, false)
        );
        let ignored = vec![Obstacle::Ignored(vec![RepoPath::from(".env")])];
        let decision = decide(&facts(ignored.clone(), true), false);
        assert_eq!(goes(&decision), (false, false, false));
        assert_eq!(decision.kept.len(), 1);
        assert_eq!(
            goes(&decide(&facts(ignored, false), true)),
            (true, true, true)
        );
    }

    #[test]
    fn force_is_no_licence_to_pull_the_chair_away() {
        let mut seen = facts(vec![], true);
        seen.at_work = true;
        assert_eq!(goes(&decide(&seen, true)), (false, false, false));
        let nested = vec![Obstacle::Nested(PathBuf::from("/w/x"))];
        assert_eq!(
            goes(&decide(&facts(nested, true), true)),
            (false, false, false)
        );
        let mut seen = facts(vec![], true);
        if let Some(place) = &mut seen.worktree {
            place.stood_in = true;
        }
        assert_eq!(goes(&decide(&seen, true)), (false, false, false));
        let mut seen = facts(vec![], true);
        if let Some(place) = &mut seen.worktree {
            let name = "vim".to_owned();
            place.worked_in = Some(Reason::WorkedIn {
                pid: 7,
                name,
                more: 0,
            });
        }
        assert_eq!(goes(&decide(&seen, true)), (false, false, false));
    }

    #[test]
    fn a_branch_that_somebody_else_uses_stays_alone() {
        let mut seen = facts(vec![], true);
        if let Some(branch) = &mut seen.branch {
            branch.elsewhere = Some(PathBuf::from("/main"));
        }
        let decision = decide(&seen, false);
        assert_eq!(goes(&decision), (true, false, false));
        assert_eq!(decision.kept, [Reason::Elsewhere(PathBuf::from("/main"))]);
        assert_eq!(decide(&Facts::default(), false), Decision::default());
    }
}
