//! Where a file can be cut: its lines, and how good a seam is before each of them.

/// git looks for a NUL in so many bytes to tell binary files from text.
const BINARY_LOOKS_AT: usize = 8000;
/// Nobody writes longer lines: what has one came out of a program.
const LONGEST_LINE: usize = 16 << 10;

/// How good it is to cut before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seam {
    /// In the middle of something.
    Line,
    /// After a blank line.
    Blank,
    /// Before something that stands by itself: a function, a section.
    Item,
}

/// A line: where it ends, its line break included, and the seam before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub end: u64,
    pub seam: Seam,
}

/// What a text looks like from afar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    pub lines: Vec<Line>,
}

impl Outline {
    /// Bytes of the text.
    pub fn bytes(&self) -> u64 {
        self.lines.last().map_or(0, |line| line.end)
    }

    /// Where a line begins, by its index.
    pub fn start(&self, line: usize) -> u64 {
        line.checked_sub(1)
            .map_or(0, |before| self.lines[before].end)
    }
}

/// What is in a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(Outline),
    Binary,
    /// A line that nobody would write is in it.
    LongLines,
    /// A private key, or a token of a known form.
    Secret,
}

/// Looks at the bytes of a file.
pub fn look(content: &[u8]) -> Content {
    if content[..content.len().min(BINARY_LOOKS_AT)].contains(&0) {
        return Content::Binary;
    }
    let mut outline = Outline::default();
    let (mut end, mut before) = (0, &b""[..]);
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        if line.len() > LONGEST_LINE {
            return Content::LongLines;
        }
        if holds_secret(line) {
            return Content::Secret;
        }
        end += line.len() as u64;
        let seam = seam(before, line);
        outline.lines.push(Line { end, seam });
        before = line;
    }
    Content::Text(outline)
}

/// Something begins where a line stands at the margin after a blank line or after the end of
/// something else. It holds for most languages, and prose.
fn seam(before: &[u8], line: &[u8]) -> Seam {
    let after_blank = before.trim_ascii().is_empty();
    let after_end =
        matches!(before.first(), Some(b'}' | b']' | b')')) || before.starts_with(b"end");
    let at_margin = line
        .first()
        .is_some_and(|first| !first.is_ascii_whitespace() && !b"})]".contains(first));
    match (at_margin && (after_blank || after_end), after_blank) {
        (true, _) => Seam::Item,
        (_, true) => Seam::Blank,
        _ => Seam::Line,
    }
}

/// Keys that are recognised without a doubt; a word like `password` is none.
fn holds_secret(line: &[u8]) -> bool {
    let has = |text: &[u8]| line.windows(text.len()).any(|part| part == text);
    if line.starts_with(b"-----BEGIN ") {
        return has(b"PRIVATE KEY");
    }
    token(line, b"AKIA", 16) || token(line, b"ghp_", 36) || token(line, b"sk-ant-", 40)
}

/// Whether `prefix` stands in a line as the beginning of a word that goes on for `more` letters,
/// digits, `-` and `_`.
fn token(line: &[u8], prefix: &[u8], more: usize) -> bool {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let starts = line.windows(prefix.len()).enumerate();
    starts
        .filter(|(_, window)| *window == prefix)
        .any(|(at, _)| {
            let rest = &line[at + prefix.len()..];
            let begins = at == 0 || !part(&line[at - 1]);
            begins && rest.iter().take_while(|byte| part(byte)).count() >= more
        })
}

/// Whether a file of this name holds secrets, whatever is in it.
pub fn is_secret_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let example = ["example", "sample", "template", "dist"];
    let is_example = example.iter().any(|word| name.contains(word));
    let is_env = name == ".env" || name.starts_with(".env.");
    let endings = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx"];
    let names = [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        ".pgpass",
        ".npmrc",
        ".pypirc",
        ".htpasswd",
        "credentials",
    ];
    !is_example
        && (is_env || names.contains(&name.as_str()) || endings.iter().any(|e| name.ends_with(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seams_are_where_a_person_would_cut() {
        let text = b"use a;\n\nfn one() {\n    x();\n\n    y();\n}\nfn two() {}\n";
        let Content::Text(outline) = look(text) else {
            panic!("a text");
        };
        use Seam::{Blank, Item, Line};
        let seams: Vec<Seam> = outline.lines.iter().map(|line| line.seam).collect();
        assert_eq!(seams, [Item, Line, Item, Line, Line, Blank, Line, Item]);
        assert_eq!(outline.bytes(), text.len() as u64);
        assert_eq!(outline.start(2), 8);
    }

    #[test]
    fn what_is_not_to_be_sent_is_recognised() {
        assert_eq!(look(b"\x7fELF\0"), Content::Binary);
        assert_eq!(look(&[b'x'; LONGEST_LINE + 1]), Content::LongLines);
        let key = b"a\n-----BEGIN RSA PRIVATE KEY-----\n";
        assert_eq!(look(key), Content::Secret);
        assert_eq!(look(b"id = \"AKIAABCDEFGHIJKLMNOP\"\n"), Content::Secret);
        assert!(matches!(
            look(b"password = ask()\nAKIA\n"),
            Content::Text(_)
        ));
        for secret in [".env", "a/.env.local", "keys/server.pem", "home/.netrc"] {
            assert!(is_secret_name(secret), "{secret}");
        }
        for open in [".env.example", "src/environment.rs", "docs/keys.md"] {
            assert!(!is_secret_name(open), "{open}");
        }
    }
}
