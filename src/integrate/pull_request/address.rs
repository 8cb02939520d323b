//! What an address of a remote says about who serves it. Pure.

/// A repository on some server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// In lower case, without user and port.
    pub host: String,
    /// `owner/name`, `group/subgroup/name`; without `.git`.
    pub path: String,
}

/// What serves pull requests, as far as we can speak with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// Through `gh`.
    Github,
    /// Through the options of a push.
    Gitlab,
    /// Not at all: what the remote prints, and what is known about its addresses.
    Other,
}

impl Address {
    /// Reads `https://host/path`, `ssh://user@host:port/path` and `user@host:path`; a folder of
    /// this machine is no address.
    pub fn parse(url: &str) -> Option<Self> {
        let (authority, path) = match url.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("file") => return None,
            Some((_, rest)) => rest.split_once('/')?,
            None => {
                let (authority, path) = url.split_once(':')?;
                if authority.contains('/') {
                    return None;
                }
                (authority, path)
            }
        };
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let host = host.split(':').next().unwrap_or(host);
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        if host.is_empty() || path.is_empty() || host.starts_with('[') {
            return None;
        }
        Some(Self {
            host: usual_host(&host.to_ascii_lowercase()),
            path: path.to_owned(),
        })
    }

    /// Whether git gets there by ssh, whose configuration may call a host by another name.
    pub fn is_by_ssh(url: &str) -> bool {
        match url.split_once("://") {
            Some((scheme, _)) => scheme.eq_ignore_ascii_case("ssh"),
            None => true,
        }
    }

    /// The same at the host of this name.
    pub fn at(self, host: &str) -> Self {
        Self {
            host: usual_host(&host.to_ascii_lowercase()),
            ..self
        }
    }

    /// Owner and name, where it has just these two.
    pub fn owner_and_name(&self) -> Option<(&str, &str)> {
        let (owner, name) = self.path.split_once('/')?;
        (!name.contains('/')).then_some((owner, name))
    }

    /// Who is known to serve this host.
    pub fn forge(&self) -> Option<Forge> {
        let host = self.host.as_str();
        if host == "github.com" || host.starts_with("github.") || host.ends_with(".ghe.com") {
            Some(Forge::Github)
        } else if host == "gitlab.com" || host.starts_with("gitlab.") {
            Some(Forge::Gitlab)
        } else if ["bitbucket.org", "codeberg.org", "gitea.com"].contains(&host) {
            Some(Forge::Other)
        } else {
            None
        }
    }

    /// The page on which a person opens a pull request, where the forge is known to have one.
    pub fn new_page(&self, forge: Forge, branch: &str, base: &str) -> Option<String> {
        let site = format!("https://{}/{}", self.host, self.path);
        let (word, base_word) = (escape(branch), escape(base));
        match (forge, self.host.as_str()) {
            (Forge::Github, _) | (_, "github.com") => {
                Some(format!("{site}/compare/{base_word}...{word}?expand=1"))
            }
            (Forge::Gitlab, _) | (_, "gitlab.com") => Some(format!(
                "{site}/-/merge_requests/new?merge_request%5Bsource_branch%5D={word}\
                 &merge_request%5Btarget_branch%5D={base_word}"
            )),
            (_, "bitbucket.org") => Some(format!(
                "{site}/pull-requests/new?source={word}&dest={base_word}"
            )),
            (_, "codeberg.org" | "gitea.com") => {
                Some(format!("{site}/compare/{base_word}...{word}"))
            }
            _ => None,
        }
    }
}

/// Some hosts have a second name for ssh through a firewall.
fn usual_host(host: &str) -> String {
    match host {
        "ssh.github.com" => "github.com",
        "altssh.gitlab.com" => "gitlab.com",
        "altssh.bitbucket.org" => "bitbucket.org",
        host => host,
    }
    .to_owned()
}

/// RFC 3986, with `/` left in: branches have it, and servers take it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<(String, String)> {
        Address::parse(url).map(|address| (address.host, address.path))
    }

    #[test]
    fn every_spelling_of_an_address_is_read() {
        for url in [
            "https://github.com/acme/shop.git",
            "https://ada:secret@GitHub.com/acme/shop/",
            "ssh://git@github.com:22/acme/shop.git",
            "ssh://git@ssh.github.com:443/acme/shop.git",
            "git@github.com:acme/shop.git",
            "github.com:/acme/shop",
        ] {
            let expected = ("github.com".to_owned(), "acme/shop".to_owned());
            assert_eq!(read(url), Some(expected), "{url}");
        }
        for folder in [
            "/srv/git/shop.git",
            "../shop",
            "file:///srv/shop.git",
            "",
            "https://x",
        ] {
            assert_eq!(read(folder), None, "{folder}");
        }
        let deep = Address::parse("git@gitlab.com:a/b/c.git").unwrap();
        assert_eq!((deep.path.as_str(), deep.owner_and_name()), ("a/b/c", None));
    }

    #[test]
    fn who_serves_a_host_is_known_by_its_name() {
        let forge = |url: &str| Address::parse(url).unwrap().forge();
        assert_eq!(forge("git@github.com:a/b"), Some(Forge::Github));
        assert_eq!(forge("git@github.acme.dev:a/b"), Some(Forge::Github));
        assert_eq!(forge("https://gitlab.acme.dev/a/b"), Some(Forge::Gitlab));
        assert_eq!(forge("https://codeberg.org/a/b"), Some(Forge::Other));
        assert_eq!(forge("https://code.acme.dev/a/b"), None);
        assert_eq!(forge("https://notgithub.com/a/b"), None);
    }

    #[test]
    fn branches_are_escaped_in_addresses() {
        let address = Address::parse("https://codeberg.org/a/b").unwrap();
        assert_eq!(
            address.new_page(Forge::Other, "fix/ü #1", "main").unwrap(),
            "https://codeberg.org/a/b/compare/main...fix/%C3%BC%20%231"
        );
    }
}
