//! Where a model server is: `OLLAMA_HOST` as Ollama itself reads it.

use std::fmt;
use std::net::IpAddr;

/// Ollama's own port.
const PORT: u16 = 11434;

/// A scheme, a host, a port, and the path that all requests begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    secure: bool,
    /// A name or an IP address, without brackets.
    host: String,
    port: u16,
    /// Without slashes at its ends; often empty.
    path: String,
}

impl Address {
    /// Reads an address as Ollama does: blanks and quotes around it do not count, without a scheme
    /// it is `http` on port 11434, and an address that a server listens on means the loopback. The
    /// error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None if text == "ollama.com" => ("https".to_owned(), text),
            None => ("".to_owned(), text),
        };
        let (secure, port) = match scheme.as_str() {
            "" => (false, PORT),
            "http" => (false, 80),
            "https" => (true, 443),
            _ => return Err("an address with http:// or https://"),
        };
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        if place.contains(['@', '?', '#']) || path.contains(['?', '#']) {
            return Err("an address without user, query or fragment");
        }
        let (host, typed) = split_port(place)?;
        let port = typed.map_or(Ok(port), |typed| {
            typed.parse().map_err(|_| "a port from 0 to 65535")
        })?;
        Ok(Self {
            secure,
            host: reachable(host),
            port,
            path: path.trim_matches('/').to_owned(),
        })
    }

    /// The address of a request.
    pub fn url(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// Whether it has a path of its own.
    pub fn has_path(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let ip: Option<IpAddr> = self.host.parse().ok();
        self.host == "localhost" || ip.is_some_and(|ip| ip.is_loopback())
    }

    /// Whether what is sent there is encrypted.
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`, or a bare IPv6 address.
fn split_port(place: &str) -> Result<(&str, Option<&str>), &'static str> {
    if let Some(inside) = place.strip_prefix('[') {
        let (host, after) = inside.split_once(']').ok_or("a closing bracket")?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err("a port behind the bracket"),
        };
    }
    match place.split_once(':') {
        Some((_, rest)) if rest.contains(':') => Ok((place, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((place, None)),
    }
}

/// A server may listen everywhere; a client has to go somewhere.
fn reachable(host: &str) -> String {
    match host {
        "" | "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "::1".to_owned(),
        host => host.to_ascii_lowercase(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let (open, close) = match self.host.contains(':') {
            true => ("[", "]"),
            false => ("", ""),
        };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)?;
        match self.path.as_str() {
            "" => Ok(()),
            path => write!(f, "/{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_means_what_it_means_to_ollama() {
        let cases = [
            ("", "http://127.0.0.1:11434"),
            (" \"1.2.3.4\" ", "http://1.2.3.4:11434"),
            ("example.org:56789", "http://example.org:56789"),
            ("http://example.org", "http://example.org:80"),
            ("https://example.org", "https://example.org:443"),
            (
                "https://example.org:8443/a/b/",
                "https://example.org:8443/a/b",
            ),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            (":9", "http://127.0.0.1:9"),
            ("[::1]", "http://[::1]:11434"),
            ("[::]:80", "http://[::1]:80"),
            ("::1", "http://[::1]:11434"),
            ("ollama.com", "https://ollama.com:443"),
            ("HTTP://LOCALHOST", "http://localhost:80"),
        ];
        for (text, meant) in cases {
            let address = Address::parse(text).map(|address| address.to_string());
            assert_eq!(address.as_deref(), Ok(meant), "{text}");
        }
        for wrong in ["ftp://x", "x:y", "x:70000", "[::1", "[::1]9", "http://a@b"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn this_machine_is_known_by_all_its_names() {
        let loopback = |text| Address::parse(text).unwrap().is_loopback();
        assert!(
            ["", "localhost", "127.8.9.1:1", "[::1]"]
                .map(loopback)
                .iter()
                .all(|is| *is)
        );
        assert!(!loopback("localhost.example.org"));
    }
}
