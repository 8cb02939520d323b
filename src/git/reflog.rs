//! Commits that nothing but a reflog remembers: what was amended, reset away, or committed before
//! HEAD went elsewhere. They go with the reflog, and git does not say a word.

use std::path::Path;

use crate::error::Result;
use crate::id::Oid;

use super::repository::Repository;
use super::trash::RefChange;

/// A reflog that is about to go.
#[derive(Clone, Copy, Debug)]
pub enum Reflog<'a> {
    /// Of the HEAD of the worktree at this path.
    Head(&'a Path),
    /// Of the branch of this short name.
    Branch(&'a str),
}

impl Reflog<'_> {
    /// In the name of each ref that keeps what was in it.
    const fn mark(self) -> &'static str {
        match self {
            Self::Head(_) => "head-log-",
            Self::Branch(_) => "branch-log-",
        }
    }

    /// Whether this ref keeps what was in a reflog.
    pub fn is_kept_by(name: &str) -> bool {
        let marks = [Self::Head(Path::new("")), Self::Branch("")].map(Self::mark);
        let last = name.rsplit('/').next().unwrap_or_default();
        marks.iter().any(|mark| last.starts_with(mark))
    }
}

impl Repository {
    /// Keeps what a reflog alone holds, by refs whose names begin with `folder`.
    pub fn keep_reflog(&self, log: Reflog<'_>, folder: &str) -> Result<()> {
        let tips = self.only_in(log)?.into_iter().enumerate();
        let changes: Vec<RefChange> = tips
            .map(|(at, commit)| RefChange::Create {
                name: format!("{folder}{}{}", log.mark(), at + 1),
                commit,
            })
            .collect();
        match changes.is_empty() {
            true => Ok(()),
            false => self.change_refs(&changes),
        }
    }

    /// The tips of what no ref reaches.
    fn only_in(&self, log: Reflog<'_>) -> Result<Vec<Oid>> {
        let git = |subcommand| match log {
            Reflog::Head(worktree) => self.git_in(worktree, subcommand),
            Reflog::Branch(_) => self.git(subcommand),
        };
        let name = match log {
            Reflog::Head(_) => "HEAD".to_owned(),
            Reflog::Branch(name) => format!("refs/heads/{name}"),
        };
        let born = git("rev-parse").args(["--verify", "--quiet", &name]);
        if !born.ask()?.status.success() {
            return Ok(Vec::new());
        }
        let logged = git("rev-list")
            .args(["--walk-reflogs", &name, "--"])
            .run()?;
        if logged.stdout.is_empty() {
            return Ok(Vec::new());
        }
        let beyond = git("rev-list").args(["--children", "--stdin", "--not", "--all"]);
        Ok(childless(&beyond.input(logged.stdout).run()?.text()))
    }
}

/// Reads a line `commit child…` for every commit; those without a child.
fn childless(text: &str) -> Vec<Oid> {
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn tips_are_those_without_a_child() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let tips = childless(&format!("{one}\n{two} {one}\n"));
        assert_eq!(tips, [one.parse().unwrap()]);
    }

    #[test]
    fn a_ref_that_keeps_what_was_in_a_reflog_is_known_by_its_name() {
        assert!(Reflog::is_kept_by(
            "refs/parallel/trash/r1/T001/7/head-log-1"
        ));
        assert!(Reflog::is_kept_by(
            "refs/parallel/trash/r1/T001/7/branch-log-12"
        ));
        assert!(!Reflog::is_kept_by("refs/parallel/trash/r1/T001/7/branch"));
    }

    #[test]
    fn whatever_comes_each_tip_is_a_line_of_it() {
        fuzz::each_text(&fuzz::files_of("fuzz/git"), |text| {
            for tip in childless(text) {
                assert!(
                    text.contains(&tip.to_string())
                        || text.to_lowercase().contains(&tip.to_string())
                );
            }
        });
    }
}
