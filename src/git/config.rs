//! git's configuration, as git itself reads it: includes, `-c`, environment and all.

use crate::error::Result;

use super::repository::Repository;

impl Repository {
    /// All values below `section` (`parallel` finds `parallel.workers`), in git's order: of a key
    /// that is set twice the last one holds. Section and variable names are in lower case, a
    /// subsection between them keeps its case.
    pub fn configuration(&self, section: &str) -> Result<Vec<(String, String)>> {
        let pattern = format!("^{}\\.", section.to_lowercase());
        let output = self
            .git("config")
            .args(["--null", "--get-regexp", &pattern])
            .ask()?;
        // Exit code 1 means that nothing matches.
        Ok(parse(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// Reads `key\nvalue\0…`; a key without a value is git's short way to say `true`.
fn parse(text: &str) -> Vec<(String, String)> {
    text.split_terminator('\0')
        .map(|entry| entry.split_once('\n').unwrap_or((entry, "true")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_newlines_and_be_missing() {
        let read = parse("parallel.a\nx\ny\0parallel.b\0parallel.c\n\0");
        let expected = [
            ("parallel.a", "x\ny"),
            ("parallel.b", "true"),
            ("parallel.c", ""),
        ];
        let read: Vec<_> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(read, expected);
    }
}
