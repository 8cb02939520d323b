//! Where pull requests go: which remote, which branch of it, who serves it.

use std::time::Duration;

use crate::error::{Failure, Result, shell_word};
use crate::git::{RemoteUrls, Repository};
use crate::process::Program;

use super::address::{Address, Forge};

/// ssh only reads its configuration here; a `Match exec` in it may take its time.
const SSH_LIMIT: Duration = Duration::from_secs(5);

/// Where pull requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The remote that has the target, and the target's name there.
    pub base_remote: String,
    pub base_branch: String,
    /// The remote that branches are pushed to.
    pub push_remote: String,
    /// What to ask for branches there: an address, since a remote may be read from elsewhere.
    pub base_url: String,
    pub push_url: String,
    /// Both as addresses of a server, where they are ones.
    pub base: Option<Address>,
    pub head: Option<Address>,
    pub forge: Forge,
}

impl Place {
    /// Whether branches are pushed to the repository that has the target, so that one can be the
    /// base of another.
    pub fn is_one(&self) -> bool {
        match (&self.base, &self.head) {
            (Some(base), Some(head)) => {
                base.host == head.host && base.path.eq_ignore_ascii_case(&head.path)
            }
            _ => self.base_url == self.push_url,
        }
    }

    /// For people: `github.com/acme/shop`, or the remote's name.
    pub fn shown(&self) -> String {
        let address = self.base.as_ref();
        address.map_or_else(
            || self.base_remote.clone(),
            |address| format!("{}/{}", address.host, address.path),
        )
    }
}

/// Finds out. `configured` is what the user says about the forge; `knows` asks whether `gh` is
/// logged in to a host that has no telling name.
pub fn find(
    repository: &Repository,
    target: &str,
    configured: Option<Forge>,
    knows: impl Fn(&str) -> bool,
) -> Result<Place> {
    let remotes = repository.remotes()?;
    let config = Configured::read(repository, target)?;
    let (base_remote, push_remote) = choose(&remotes, &config, target)?;
    let base_urls = repository.remote_urls(&base_remote)?;
    let push_urls = repository.remote_urls(&push_remote)?;
    let base = address([&base_urls.fetch, &base_urls.written]);
    let head = address([&push_urls.push, &push_urls.written_push]);
    let known = base.as_ref().and_then(Address::forge);
    let forge = configured.or(known).unwrap_or_else(|| {
        let logged_in = base.as_ref().is_some_and(|base| knows(&base.host));
        if logged_in {
            Forge::Github
        } else {
            Forge::Other
        }
    });
    if base.is_none() && configured.is_some_and(|forge| forge == Forge::Github) {
        return Err(no_server(&base_remote, &base_urls));
    }
    Ok(Place {
        base_branch: config.base_branch(&base_remote, target),
        base_url: base_urls.fetch,
        push_url: push_urls.push,
        base_remote,
        push_remote,
        base,
        head,
        forge,
    })
}

/// The first of these that is a server's. What `insteadOf` makes of an address is what git uses;
/// where that is a folder (a mirror), what is written still says who serves it.
fn address(urls: [&String; 2]) -> Option<Address> {
    urls.into_iter().find_map(|url| {
        let address = Address::parse(url)?;
        let alias = Address::is_by_ssh(url).then(|| real_host(&address.host));
        Some(match alias.flatten() {
            Some(host) => address.at(&host),
            None => address,
        })
    })
}

/// What ssh calls a host: people with two accounts give one server two names.
fn real_host(host: &str) -> Option<String> {
    if host.starts_with('-') {
        return None;
    }
    let asked = Program::new("ssh").args(["-G", host]);
    let output = asked.output_within(SSH_LIMIT).ok()??;
    let text = output.text();
    let mut lines = text.lines();
    lines
        .find_map(|line| line.strip_prefix("hostname "))
        .map(|name| name.trim().to_owned())
        .filter(|name| output.status.success() && name.contains('.'))
}

/// What git's configuration says about where a branch comes from and goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Configured {
    /// `branch.<target>.remote`
    remote: Option<String>,
    /// `branch.<target>.merge`, short
    merge: Option<String>,
    /// `branch.<target>.pushRemote`
    push_remote: Option<String>,
    /// `remote.pushDefault`
    push_default: Option<String>,
}

impl Configured {
    fn read(repository: &Repository, target: &str) -> Result<Self> {
        let mut found = Self::default();
        let of_branch = format!("branch.{target}.");
        for (key, value) in repository.configuration("branch")? {
            match key.strip_prefix(&of_branch) {
                // A branch that follows another one here says nothing about remotes.
                Some("remote") if value != "." => found.remote = Some(value),
                Some("merge") => {
                    found.merge = value.strip_prefix("refs/heads/").map(str::to_owned);
                }
                Some("pushremote") => found.push_remote = Some(value),
                _ => {}
            }
        }
        let remote = repository.configuration("remote")?;
        let default = remote
            .into_iter()
            .rfind(|(key, _)| key == "remote.pushdefault");
        found.push_default = default.map(|(_, value)| value);
        Ok(found)
    }

    /// What the target is called on the remote that it comes from.
    fn base_branch(&self, base_remote: &str, target: &str) -> String {
        let own = self.remote.as_deref() == Some(base_remote);
        let merge = self.merge.clone().filter(|_| own);
        merge.unwrap_or_else(|| target.to_owned())
    }
}

/// The remote of the target and the one to push to.
fn choose(remotes: &[String], config: &Configured, target: &str) -> Result<(String, String)> {
    let only = match remotes {
        [] if config.remote.is_none() => return Err(no_remote()),
        [one] => Some(one.clone()),
        _ => None,
    };
    let pushed = config.push_remote.clone().or(config.push_default.clone());
    let origin = remotes.iter().find(|name| *name == "origin").cloned();
    let base = config.remote.clone().or(only).or(origin);
    let Some(base) = base.or_else(|| pushed.clone()) else {
        return Err(Failure::usage(format!(
            "'{target}' follows no branch of a remote, and there are several: {}",
            remotes.join(", ")
        ))
        .next(format!(
            "git config {} {}",
            shell_word(&format!("branch.{target}.remote")),
            shell_word(&remotes[0])
        )));
    };
    Ok((base.clone(), pushed.unwrap_or(base)))
}

fn no_remote() -> Failure {
    Failure::unable("this repository has no remote that a pull request could go to")
        .kept("nothing was pushed")
        .next("git remote add origin URL")
}

fn no_server(remote: &str, urls: &RemoteUrls) -> Failure {
    Failure::unable(format!(
        "parallel.forge says github, but the remote '{remote}' is at no server: {}",
        urls.written
    ))
    .kept("nothing was pushed")
    .next("git config --unset parallel.forge")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn chosen(remotes: &[&str], config: &Configured) -> Option<(String, String)> {
        choose(&names(remotes), config, "main").ok()
    }

    fn pair(base: &str, push: &str) -> Option<(String, String)> {
        Some((base.to_owned(), push.to_owned()))
    }

    #[test]
    fn the_remote_is_the_targets_own_else_the_only_one_else_origin() {
        let none = Configured::default();
        assert_eq!(chosen(&["up"], &none), pair("up", "up"));
        assert_eq!(chosen(&["a", "origin"], &none), pair("origin", "origin"));
        assert_eq!(chosen(&["a", "b"], &none), None);
        assert_eq!(chosen(&[], &none), None);
        let own = Configured {
            remote: Some("a".to_owned()),
            ..Configured::default()
        };
        assert_eq!(chosen(&["a", "origin"], &own), pair("a", "a"));
    }

    #[test]
    fn pushing_elsewhere_is_as_git_has_it() {
        let fork = Configured {
            push_default: Some("fork".to_owned()),
            ..Configured::default()
        };
        assert_eq!(chosen(&["fork", "origin"], &fork), pair("origin", "fork"));
        let both = Configured {
            push_remote: Some("mine".to_owned()),
            ..fork
        };
        assert_eq!(chosen(&["fork", "origin"], &both), pair("origin", "mine"));
    }

    #[test]
    fn the_target_has_its_upstreams_name() {
        let config = Configured {
            remote: Some("origin".to_owned()),
            merge: Some("trunk".to_owned()),
            ..Configured::default()
        };
        assert_eq!(config.base_branch("origin", "main"), "trunk");
        assert_eq!(config.base_branch("other", "main"), "main");
    }
}
