//! The programs that a run needs or could use, and git's settings that would stop it.

use crate::error::Result;
use crate::git::Repository;
use crate::process::{Program, slurm};

use super::{Finding, Level};

/// The oldest git that has all we ask of it: `merge-tree --stdin`.
const OLDEST: (u32, u32) = (2, 39);

/// Programs that are used where they are there: name, what to ask it, what for.
const OPTIONAL: [(&str, &str, &str); 2] = [
    ("tmux", "-V", "`run --launcher tmux`"),
    ("gh", "--version", "pull requests on GitHub"),
];

pub(super) fn look(repository: &Repository) -> Result<Vec<Finding>> {
    let said = repository.git("version").run()?.text();
    let mut found = vec![version(&said)];
    for (name, question, purpose) in OPTIONAL {
        let answer = Program::new(name).arg(question).output();
        let told = answer.ok().filter(|answer| answer.status.success());
        let told = told.map(|answer| answer.text().lines().next().unwrap_or("").to_owned());
        found.push(match told {
            Some(told) => Finding::new(Level::Well, "program", name, told),
            None => {
                let message = format!("not found; without it there is no {purpose}");
                Finding::new(Level::Note, "program", name, message)
            }
        });
    }
    found.push(cluster());
    found.extend(identity(repository)?);
    found.extend(namespace(repository));
    Ok(found)
}

/// Slurm is of use only while its controller answers.
fn cluster() -> Finding {
    match slurm::answers() {
        Ok(version) => Finding::new(Level::Well, "program", "sbatch", version),
        Err(failure) => {
            let message = format!(
                "{}; without it there is no `run --launcher slurm`",
                failure.what
            );
            Finding::new(Level::Note, "program", "sbatch", message)
        }
    }
}

fn version(said: &str) -> Finding {
    match numbers(said) {
        Some(version) if version >= OLDEST => Finding::new(Level::Well, "git-version", "git", said),
        _ => {
            let (major, minor) = OLDEST;
            let message = format!("{said}; {major}.{minor} or newer is needed");
            Finding::new(Level::Finding, "git-version", "git", message)
        }
    }
}

/// Reads `git version 2.47.3`, `git version 2.39.5 (Apple Git-154)`.
fn numbers(said: &str) -> Option<(u32, u32)> {
    let version = said.strip_prefix("git version ")?;
    let mut parts = version.split(['.', ' ', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether git could commit what a session leaves.
fn identity(repository: &Repository) -> Result<Option<Finding>> {
    let answer = repository.git("var").arg("GIT_COMMITTER_IDENT").ask()?;
    if answer.status.success() {
        return Ok(None);
    }
    let complaint = answer.complaint();
    let last = complaint.lines().last().unwrap_or_default();
    let message = format!("git cannot commit: {}", last.trim_start_matches("fatal: "));
    let finding = Finding::new(Level::Finding, "identity", "user.email", message);
    Ok(Some(
        finding.next("git config --global user.email YOU@EXAMPLE.ORG"),
    ))
}

/// A branch `parallel` leaves no room for `parallel/NAME`.
fn namespace(repository: &Repository) -> Option<Finding> {
    repository.find_ref("refs/heads/parallel")?;
    let message = "a branch of this name leaves no room for branches parallel/NAME";
    let finding = Finding::new(Level::Finding, "branch-in-the-way", "parallel", message);
    Some(finding.next("git branch -m parallel parallel-old"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_tell_a_version_is_understood() {
        for (said, level) in [
            ("git version 2.47.3", Level::Well),
            ("git version 2.39.5 (Apple Git-154)", Level::Well),
            ("git version 3.0.0-rc1", Level::Well),
            ("git version 2.38.1", Level::Finding),
            ("something else", Level::Finding),
        ] {
            assert_eq!(version(said).level, level, "{said}");
        }
    }
}
