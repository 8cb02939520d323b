//! The project of the demonstration: `notes`, a note-taking script with tests of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::error::{OnPath, Result};
use crate::git::Git;

/// A file of the project: its path and what is in it.
type File = (&'static str, &'static str);

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("project/", $path)))
    };
}

/// What its history begins with.
const PROJECT: &[File] = &[
    file!("README.md"),
    file!("commands/add.sh"),
    file!("commands/count.sh"),
    file!("commands/list.sh"),
    file!("commands/remove.sh"),
    file!("commands/show.sh"),
    file!("docs/guide.md"),
    file!("lib/store.sh"),
    file!("notes"),
    file!("tests/notes.test.sh"),
    file!("tests/run.sh"),
];

/// What is to be done next.
const TASKS: &[File] = &[file!("tasks.md")];

/// Makes the repository in `folder`, which must not exist yet.
pub fn build(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).on_path("create", folder)?;
    let git = |subcommand: &str| Git::inside(folder, subcommand);
    git("init")
        .args(["--quiet", "--initial-branch=main"])
        .run()?;
    // Whoever plays on commits under this name, whatever their own configuration lacks.
    git("config").args(["user.name", "Demo"]).run()?;
    git("config")
        .args(["user.email", "demo@example.org"])
        .run()?;
    commit(folder, PROJECT, "Keep notes in plain files")?;
    commit(folder, TASKS, "Plan what comes next")
}

fn commit(folder: &Path, files: &[File], message: &str) -> Result<()> {
    for (path, content) in files {
        write(&folder.join(path), content)?;
    }
    let git = |subcommand: &str| Git::inside(folder, subcommand);
    git("add").arg("--all").run()?;
    git("commit").args(["--quiet", "-m", message]).run()?;
    Ok(())
}

/// Writes a file; a script can be run.
fn write(path: &Path, content: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).on_path("create", parent)?;
    }
    fs::write(path, content).on_path("write", path)?;
    if content.starts_with("#!") {
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(path, executable).on_path("write", path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Program;

    #[test]
    fn the_project_passes_its_own_tests() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("notes");
        build(&project).unwrap();
        let tests = Program::new("sh")
            .arg("tests/run.sh")
            .dir(&project)
            .output()
            .unwrap();
        assert!(tests.status.success(), "{}", tests.text());
        let log = Git::inside(&project, "log").arg("--oneline").run().unwrap();
        assert_eq!(log.text().lines().count(), 2);
    }
}
