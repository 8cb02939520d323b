//! Commits taken over onto another: which ones, as `git rebase` chooses them, and what stays of
//! them: who wrote them, when, and in which words.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::error::{Failure, OrFail, Result};
use crate::id::Oid;

use super::objects::ObjectSpace;
use super::repository::Repository;

/// A commit as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    pub tree: Oid,
    pub parents: Vec<Oid>,
    pub author: Author,
    /// What its message is encoded in, if not in UTF-8.
    pub encoding: Option<String>,
    pub message: Vec<u8>,
}

/// Who wrote a commit; bytes, since names are in whatever encoding the commit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: Vec<u8>,
    pub email: Vec<u8>,
    /// Seconds since 1970 and the time zone, as in `1700000000 +0100`; `None` = now.
    pub date: Option<String>,
}

/// What is to be known of a commit that is squashed together with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Squashed {
    pub author: Author,
    pub subject: String,
}

/// A commit to be made in somebody's name.
#[derive(Clone, Copy, Debug)]
pub struct Authored<'a> {
    pub tree: Oid,
    pub parent: Oid,
    /// `None` = the user.
    pub author: Option<&'a Author>,
    pub encoding: Option<&'a str>,
    pub message: &'a [u8],
}

impl Original {
    /// Its first line, for people.
    pub fn subject(&self) -> String {
        let first = self.message.split(|byte| *byte == b'\n').next();
        String::from_utf8_lossy(first.unwrap_or_default()).into_owned()
    }

    fn parse(raw: &[u8]) -> Option<Self> {
        let end = raw.windows(2).position(|two| two == b"\n\n")?;
        let (head, message) = (&raw[..end], &raw[end + 2..]);
        let value = |key: &'static str| {
            let lines = head.split(|byte| *byte == b'\n');
            lines.filter_map(move |line| {
                let value = line.strip_prefix(key.as_bytes())?;
                value.strip_prefix(b" ")
            })
        };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Some(Self {
            tree: text(value("tree").next()?).parse().ok()?,
            parents: value("parent")
                .map(|id| text(id).parse().ok())
                .collect::<Option<_>>()?,
            author: Author::parse(value("author").next()?)?,
            encoding: value("encoding").next().map(text),
            message: message.to_owned(),
        })
    }
}

impl Author {
    /// Reads `Name <email> 1700000000 +0100`.
    fn parse(line: &[u8]) -> Option<Self> {
        let open = line.iter().position(|byte| *byte == b'<')?;
        let close = line.iter().rposition(|byte| *byte == b'>')?;
        Some(Self {
            name: line[..open].trim_ascii_end().to_owned(),
            email: line.get(open + 1..close)?.to_owned(),
            date: Some(String::from_utf8_lossy(line[close + 1..].trim_ascii()).into_owned()),
        })
    }
}

impl Repository {
    /// A commit as it was made.
    pub fn original(&self, commit: Oid) -> Result<Original> {
        let output = self
            .git("cat-file")
            .args(["commit", &commit.to_string()])
            .run()?;
        Original::parse(&output.stdout)
            .ok_or_else(|| Failure::unable(format!("the commit {commit} cannot be read")))
    }

    /// The commits of `tip` that `onto` lacks, oldest first: merges left out, and those that are
    /// there already under another name (with the same patch).
    pub fn to_pick(&self, onto: Oid, tip: Oid) -> Result<Vec<Oid>> {
        let output = self
            .git("rev-list")
            .args(["--topo-order", "--reverse", "--no-merges"])
            .args(["--right-only", "--cherry-mark"])
            .arg(format!("{onto}...{tip}"))
            .run()?;
        let listed = output.text();
        let lines = listed.lines().filter_map(|line| line.strip_prefix('+'));
        lines
            .map(|id| id.parse().or_unable(|| "git rev-list"))
            .collect()
    }

    /// The commits that a squash of `tip` onto `onto` brings in, newest first; merges left out.
    pub fn to_squash(&self, onto: Oid, tip: Oid) -> Result<Vec<Squashed>> {
        let listed = self.squashed(onto, tip, &["--no-commit-header", "--format=%an%n%ae%n%s"])?;
        let mut lines = listed.lines();
        let mut all = Vec::new();
        while let (Some(name), Some(email)) = (lines.next(), lines.next()) {
            all.push(Squashed {
                author: Author {
                    name: name.into(),
                    email: email.into(),
                    date: None,
                },
                subject: lines.next().unwrap_or_default().to_owned(),
            });
        }
        Ok(all)
    }

    /// The list of these commits that `git merge --squash` proposes as a message.
    pub fn squash_list(&self, onto: Oid, tip: Oid) -> Result<String> {
        self.squashed(onto, tip, &["--pretty=medium"])
    }

    /// The whole messages of these commits, one after the other.
    pub fn squash_messages(&self, onto: Oid, tip: Oid) -> Result<String> {
        self.squashed(onto, tip, &["--no-commit-header", "--format=%B"])
    }

    fn squashed(&self, onto: Oid, tip: Oid, format: &[&str]) -> Result<String> {
        let output = self
            .git("rev-list")
            .args(["--no-merges", "--encoding=UTF-8"])
            .args(format)
            .args([tip.to_string(), format!("^{onto}")])
            .run()?;
        Ok(output.text())
    }
}

impl ObjectSpace {
    /// Makes a commit in its author's name. As everywhere, no ref moves, no hook runs, and a
    /// scratch commit is nobody's.
    pub fn commit_for(&self, commit: &Authored<'_>) -> Result<Oid> {
        self.commit_with(
            commit.tree,
            &[commit.parent],
            commit.message,
            commit.encoding.unwrap_or("UTF-8"),
            |git| match commit.author {
                None => git,
                Some(author) => {
                    let git = git
                        .env("GIT_AUTHOR_NAME", OsStr::from_bytes(&author.name))
                        .env("GIT_AUTHOR_EMAIL", OsStr::from_bytes(&author.email));
                    match &author.date {
                        Some(date) => git.env("GIT_AUTHOR_DATE", format!("@{date}")),
                        None => git,
                    }
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn oid(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    #[test]
    fn a_commit_is_read_with_whatever_stands_in_it() {
        let (tree, parent) = (oid(1), oid(2));
        let mut raw = format!(
            "tree {tree}\nparent {parent}\nauthor A <b> C <a@b> 1700000000 +0100\n\
             committer X <x@y> 1 +0000\nencoding ISO-8859-1\ngpgsig -----BEGIN\n author no\n -----END\n\n"
        )
        .into_bytes();
        raw.extend(b"Gr\xfc\xdfe\n\nauthor of it\n");
        let original = Original::parse(&raw).unwrap();
        assert_eq!((original.tree, original.parents), (tree, vec![parent]));
        assert_eq!(original.author.date.as_deref(), Some("1700000000 +0100"));
        assert_eq!(original.encoding.as_deref(), Some("ISO-8859-1"));
        assert_eq!(original.message, b"Gr\xfc\xdfe\n\nauthor of it\n");
        assert_eq!(original.author.email, b"b> C <a@b");
    }

    #[test]
    fn whatever_comes_is_read_without_a_panic() {
        fuzz::each(&fuzz::files_of("fuzz/git"), |bytes| {
            drop(Original::parse(bytes));
        });
    }
}
