//! Pieces that several JSON documents share.

use serde::Serialize;
use serde_json::Value;

use crate::git::{Conflict, Merged, RepoPath};

/// A path that git could not merge: `path` is for reading, `path_base64` holds the exact bytes
/// where they are not UTF-8.
#[derive(Debug, Serialize)]
pub struct ConflictDocument {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_base64: Option<String>,
    kind: &'static str,
}

impl ConflictDocument {
    /// All of a merge.
    pub fn all(merged: &Merged) -> Vec<Self> {
        merged.conflicts().iter().map(Self::new).collect()
    }

    fn new(conflict: &Conflict) -> Self {
        Self {
            path: conflict.path.to_string(),
            path_base64: exact(&conflict.path),
            kind: conflict.kind.as_str(),
        }
    }
}

/// Why there is no verdict.
#[derive(Debug, Serialize)]
pub struct ErrorDocument {
    code: &'static str,
    message: String,
}

impl ErrorDocument {
    /// Of a merge, where it has one.
    pub fn of(merged: &Merged) -> Option<Self> {
        match merged {
            Merged::Error(error) => Some(Self::new(error.code, &error.message)),
            _ => None,
        }
    }

    /// In so many words.
    pub fn new(code: &'static str, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
        }
    }
}

/// Paths for reading.
pub fn paths<'a>(paths: impl IntoIterator<Item = &'a RepoPath>) -> Vec<String> {
    paths.into_iter().map(ToString::to_string).collect()
}

/// A document with the exact bytes of a path under `key`, where text cannot hold them.
pub fn with_exact(mut document: Value, key: &str, path: Option<&RepoPath>) -> Value {
    if let Some(bytes) = path.and_then(exact) {
        document[key] = bytes.into();
    }
    document
}

/// The exact bytes of a path that text cannot hold.
pub fn exact(path: &RepoPath) -> Option<String> {
    (!path.is_utf8()).then(|| base64(path.as_bytes()))
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place <= group.len() {
                let digit = bits >> (18 - 6 * place) & 63;
                text.push(char::from(DIGITS[digit as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in cases {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfb]), "//77");
    }
}
