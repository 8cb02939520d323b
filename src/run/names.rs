//! What a task's branch and worktree are called: from the configured formats, with a suffix where
//! a name is taken.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::error::{Failure, Result};
use crate::git::Repository;
use crate::plan::Plan;

/// The formats, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// With `{repo}` and `{name}`; relative to the folder around the repository.
    pub worktree_path: String,
    /// With `{name}`.
    pub branch_format: String,
}

/// The names that are taken, and how to make new ones.
#[derive(Debug)]
pub struct Names {
    naming: Naming,
    repo: String,
    folder: PathBuf,
    branches: HashSet<String>,
    /// Handed out already, though perhaps not there yet.
    paths: HashSet<PathBuf>,
}

/// A branch and a worktree's folder that are free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub branch: String,
    pub path: PathBuf,
}

/// What the tasks' branches and worktrees would be called now.
pub fn places(repository: &Repository, naming: Naming, plan: &Plan) -> Result<Vec<Place>> {
    let mut names = Names::of(repository, naming)?;
    Ok(plan
        .tasks
        .iter()
        .map(|task| names.pick(&task.name))
        .collect())
}

impl Names {
    /// Looks at the repository. Refused where a branch bars all that the format would make.
    pub fn of(repository: &Repository, naming: Naming) -> Result<Self> {
        let main = repository.main_folder()?;
        let branches = repository.branches(None)?;
        let mut names = Self {
            naming,
            repo: repository.name(),
            folder: PathBuf::new(),
            branches: branches.into_iter().map(|branch| branch.name).collect(),
            paths: HashSet::new(),
        };
        names.folder = match main.parent() {
            Some(around) if suits(around, repository.common_dir()) => around.to_owned(),
            _ => repository.common_dir().join("parallel/worktrees"),
        };
        match names.bar() {
            Some(branch) => Err(barred(&branch, &names.naming.branch_format)),
            None => Ok(names),
        }
    }

    /// A branch and a path for the task of this name that nobody has.
    pub fn pick(&mut self, task: &str) -> Place {
        let mut name = task.to_owned();
        for number in 2_u32.. {
            let place = self.place(&name);
            if self.is_free(&place) {
                self.branches.insert(place.branch.clone());
                self.paths.insert(place.path.clone());
                return place;
            }
            name = format!("{task}-{number}");
        }
        self.place(&name)
    }

    fn place(&self, name: &str) -> Place {
        let path = self.naming.worktree_path.replace("{repo}", &self.repo);
        Place {
            branch: self.naming.branch_format.replace("{name}", name),
            path: self.folder.join(path.replace("{name}", name)),
        }
    }

    /// A branch may neither exist nor be a folder of branches; letter case does not tell names
    /// apart on every file system.
    fn is_free(&self, place: &Place) -> bool {
        let folder = format!("{}/", place.branch.to_lowercase());
        let taken = self.branches.iter().any(|branch| {
            let branch = branch.to_lowercase();
            branch == folder[..folder.len() - 1] || branch.starts_with(&folder)
        });
        !taken && !self.paths.contains(&place.path) && !place.path.exists()
    }

    /// A branch that bars `branch/x`, if the format puts all branches below it.
    fn bar(&self) -> Option<String> {
        let fixed = self.naming.branch_format.split("{name}").next()?;
        let mut folders = fixed.match_indices('/').map(|(end, _)| &fixed[..end]);
        folders
            .find(|folder| self.branches.contains(*folder))
            .map(str::to_owned)
    }
}

/// Whether worktrees can be put into this folder: it is writable, and on the repository's file
/// system, so that one rename takes a worktree to the trash.
fn suits(folder: &Path, common_dir: &Path) -> bool {
    let device = |path: &Path| fs::metadata(path).map(|of| of.dev()).ok();
    access(folder, AccessFlags::W_OK | AccessFlags::X_OK).is_ok()
        && device(folder) == device(common_dir)
}

fn barred(branch: &str, format: &str) -> Failure {
    Failure::unable(format!(
        "the branch '{branch}' bars every branch that parallel.branchFormat = {format} would make"
    ))
    .kept("nothing was changed")
    .next("git config parallel.branchFormat 'task/{name}'")
    .next(format!("git branch -m {branch} {branch}-old"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(format: &str, branches: &[&str]) -> Names {
        Names {
            naming: Naming {
                worktree_path: "{repo}-{name}".to_owned(),
                branch_format: format.to_owned(),
            },
            repo: "project".to_owned(),
            folder: PathBuf::from("/nowhere"),
            branches: branches.iter().map(|&b| b.to_owned()).collect(),
            paths: HashSet::new(),
        }
    }

    #[test]
    fn a_taken_name_gets_a_number_for_branch_and_folder_alike() {
        let mut names = names("parallel/{name}", &["parallel/auth", "parallel/AUTH-2"]);
        let place = names.pick("auth");
        assert_eq!(place.branch, "parallel/auth-3");
        assert_eq!(place.path, Path::new("/nowhere/project-auth-3"));
        assert_eq!(names.pick("auth").branch, "parallel/auth-4");
        assert_eq!(names.pick("api").branch, "parallel/api");
    }

    #[test]
    fn a_folder_of_branches_is_taken_too() {
        let mut names = names("{name}", &["docs/old"]);
        assert_eq!(names.pick("docs").branch, "docs-2");
    }

    #[test]
    fn a_branch_in_the_place_of_the_folder_bars_all() {
        let bar = |format, branches: &[&str]| names(format, branches).bar();
        let found = bar("parallel/{name}", &["main", "parallel"]);
        assert_eq!(found.as_deref(), Some("parallel"));
        assert_eq!(bar("a/b/{name}", &["a/b"]).as_deref(), Some("a/b"));
        assert_eq!(bar("{name}", &["parallel"]), None);
    }
}
