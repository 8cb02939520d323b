//! Remotes: where they are, what stands there, what of it was here before.

use crate::error::Result;
use crate::id::Oid;

use super::program::Git;
use super::repository::Repository;

/// The addresses of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteUrls {
    /// As git uses them, `url.*.insteadOf` and all.
    pub fetch: String,
    pub push: String,
    /// As they are written in the configuration.
    pub written: String,
    pub written_push: String,
}

impl Repository {
    /// The names of all remotes.
    pub fn remotes(&self) -> Result<Vec<String>> {
        let names = self.git("remote").run()?.text();
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// The addresses of a remote; a name that is none is taken for an address itself, as git does.
    pub fn remote_urls(&self, remote: &str) -> Result<RemoteUrls> {
        let used = |more: &[&str]| -> Result<String> {
            let git = self.git("remote").arg("get-url").args(more);
            let output = git.args(["--", remote]).ask()?;
            let first = output.text().lines().next().map(str::to_owned);
            let found = first.filter(|_| output.status.success());
            Ok(found.unwrap_or_else(|| remote.to_owned()))
        };
        let written = |variable: &str| -> Result<Option<String>> {
            let key = format!("remote.{remote}.{variable}");
            let output = self.git("config").args(["--get-all", &key]).ask()?;
            Ok(output.text().lines().next().map(str::to_owned))
        };
        let url = written("url")?.unwrap_or_else(|| remote.to_owned());
        Ok(RemoteUrls {
            fetch: used(&[])?,
            push: used(&["--push"])?,
            written_push: written("pushurl")?.unwrap_or_else(|| url.clone()),
            written: url,
        })
    }

    /// Where the branches of these names stand at an address or a remote now; what is not there has
    /// no entry.
    pub fn remote_tips(&self, address: &str, branches: &[String]) -> Result<Vec<(String, Oid)>> {
        let full = branches.iter().map(|name| format!("refs/heads/{name}"));
        let output = self
            .talk("ls-remote")
            .args(["--heads", "--", address])
            .args(full)
            .run()?;
        let text = output.text();
        let tips = text.lines().filter_map(|line| {
            let (id, name) = line.split_once('\t')?;
            let name = name.strip_prefix("refs/heads/")?;
            // git takes the names for patterns: `x` finds `a/refs/heads/x`, too.
            let wanted = branches.iter().any(|branch| branch == name);
            Some((name.to_owned(), id.parse().ok()?)).filter(|_| wanted)
        });
        Ok(tips.collect())
    }

    /// Gets the commits of a remote branch, and moves nothing.
    pub fn fetch_objects(&self, address: &str, branch: &str) -> Result<()> {
        self.talk("fetch")
            .args(["--quiet", "--no-tags", "--no-write-fetch-head", "--refmap="])
            .args(["--", address, &format!("refs/heads/{branch}")])
            .run()?;
        Ok(())
    }

    /// Whether a branch of ours stood at `commit` once, or we pushed that commit there ourselves:
    /// then whatever replaces it was made in its knowledge.
    pub fn had(&self, branch: &str, remote: &str, commit: Oid) -> Result<bool> {
        let own = self.past(&format!("refs/heads/{branch}"))?;
        let pushed = self.past(&format!("refs/remotes/{remote}/{branch}"))?;
        let mut pushed = pushed
            .iter()
            .filter(|(_, what)| what.contains("update by push"));
        Ok(own.iter().any(|(id, _)| *id == commit) || pushed.any(|(id, _)| *id == commit))
    }

    /// Where a ref stood, with what moved it there, as far as git remembers.
    fn past(&self, full_name: &str) -> Result<Vec<(Oid, String)>> {
        let output = self
            .git("log")
            .args(["--walk-reflogs", "--format=%H %gs", full_name, "--"])
            .ask()?;
        let text = output.text();
        let entries = text.lines().filter_map(|line| {
            let (id, what) = line.split_once(' ')?;
            Some((id.parse().ok()?, what.to_owned()))
        });
        Ok(entries.collect())
    }

    /// Commits that are in the history of `tip` and in none of `without`'s, oldest first, at most
    /// `most` of them (the newest), with their subjects; and how many there are.
    pub fn commits_of(
        &self,
        tip: Oid,
        without: &[Oid],
        most: usize,
    ) -> Result<(usize, Vec<(Oid, String)>)> {
        let range = |git: Git| {
            let git = git.arg(tip.to_string()).arg("--not");
            git.args(without.iter().map(ToString::to_string))
        };
        let count = range(self.git("rev-list").args(["--count", "--no-merges"])).run()?;
        let listed = self
            .git("log")
            .args(["--no-merges", "--format=%H %s", "--topo-order"])
            .arg(format!("--max-count={most}"));
        let listed = range(listed).run()?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut commits: Vec<(Oid, String)> = text
            .lines()
            .filter_map(|line| {
                let (id, subject) = line.split_once(' ')?;
                Some((id.parse().ok()?, subject.to_owned()))
            })
            .collect();
        commits.reverse();
        Ok((count.text().parse().unwrap_or(commits.len()), commits))
    }

    /// The short name of the local branch that a word stands for, if it does.
    pub fn local_branch(&self, word: &str) -> Result<Option<String>> {
        let itself = self.git("show-ref").args(["--verify", "--quiet"]);
        let itself = itself.args(["--", &format!("refs/heads/{word}")]).ask()?;
        if itself.status.success() {
            return Ok(Some(word.to_owned()));
        }
        let output = self
            .git_here("rev-parse")
            .args(["--symbolic-full-name", "--verify", "--quiet"])
            .args(["--end-of-options", word])
            .ask()?;
        let name = output.text();
        // git 2.39 repeats the flag in its answer.
        let name = name.lines().last().unwrap_or_default();
        let full = match name {
            "HEAD" => self
                .git_here("symbolic-ref")
                .args(["--quiet", "HEAD"])
                .ask()?
                .text(),
            name => name.to_owned(),
        };
        Ok(full.strip_prefix("refs/heads/").map(str::to_owned))
    }

    /// A call that talks with a remote the way the user's own would: from the same folder, and git
    /// may ask for a password where there is a terminal to ask on.
    pub(super) fn talk(&self, subcommand: &str) -> Git {
        let git = match self.work_dir() {
            Some(work_dir) => Git::inside(work_dir, subcommand),
            None => Git::on_dir(self.git_dir(), subcommand),
        };
        git.env("GIT_TERMINAL_PROMPT", "1")
    }
}
