//! `git parallel merge --pr`: branches to a real bare remote, pull requests through the real `gh`.

mod elsewhere;
mod github;
mod gitlab;
mod pushes;
mod troubles;

use std::path::{Path, PathBuf};

use crate::support::{Call, Forge, Repo, have};

/// A repository whose remote `origin` is `https://github.com/acme/shop.git` to all appearances and
/// a bare repository beside it in fact, with a stand-in for GitHub that `gh` talks to.
struct Hub {
    // Dropped first: its socket lies in the repository's folder.
    forge: Forge,
    repo: Repo,
}

impl Hub {
    /// `None` where `gh` is not installed.
    fn new() -> Option<Self> {
        if !have("gh") {
            return None;
        }
        let repo = Repo::new();
        let bare = remote(&repo, "shop.git", "https://github.com/acme/shop.git");
        let forge = Forge::of(&repo, &bare, &repo.around().join("forge"));
        Some(Self { forge, repo })
    }

    fn merge_pr<'a>(&self, more: impl IntoIterator<Item = &'a str>) -> Call {
        merge_pr(&self.repo, more)
    }

    fn body(&self, number: u64) -> String {
        let pull = self.forge.pull(number);
        pull["body"].as_str().unwrap_or_default().to_owned()
    }

    fn base(&self, number: u64) -> String {
        let pull = self.forge.pull(number);
        pull["base"]["ref"].as_str().unwrap_or_default().to_owned()
    }
}

fn merge_pr<'a>(repo: &Repo, more: impl IntoIterator<Item = &'a str>) -> Call {
    repo.parallel(["merge", "--pr"]).args(more)
}

/// Makes a bare repository with `main` in it, the remote `origin`, which seems to be at `url`.
pub fn remote(repo: &Repo, folder: &str, url: &str) -> PathBuf {
    let bare = repo.around().join(folder);
    repo.git([
        "clone",
        "--quiet",
        "--bare",
        "--single-branch",
        ".",
        &format!("../{folder}"),
    ]);
    repo.git(["remote", "add", "origin", url]);
    stands_for(repo, url, &bare);
    repo.git(["fetch", "--quiet", "origin"]);
    bare
}

fn stands_for(repo: &Repo, url: &str, bare: &Path) {
    let key = format!("url.{}.insteadOf", bare.display());
    repo.git(["config", &key, url]);
}

/// Where a branch is in a bare repository.
fn tip(repo: &Repo, bare: &str, branch: &str) -> String {
    let bare = repo.around().join(bare);
    let output = repo.ask_git(&bare, ["rev-parse", "--verify", "--quiet", branch]);
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Branches `a`, `b` (on `a`) and `c`, each with a file of its own.
fn branches(repo: &Repo) {
    repo.branch("a", "main", &[("a.txt", "a\n")]);
    repo.branch("b", "a", &[("b.txt", "b\n")]);
    repo.branch("c", "main", &[("c.txt", "c\n")]);
}
