//! Whether what a model quotes stands where it says: looked up in the files, without a model.
//!
//! A citation that is verified says that the lines are there, not that there is anything wrong with
//! them.

use serde::{Deserialize, Serialize};

use super::claim::Claim;

/// A shorter quote stands everywhere.
const SHORTEST_QUOTE: usize = 6;

/// What the file says about a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// It stands where it was said to.
    Verified,
    /// It stands elsewhere: the lines were corrected.
    Relocated,
    /// It stands nowhere.
    Unverified,
}

impl Evidence {
    /// As it is spelled.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Relocated => "relocated",
            Self::Unverified => "unverified",
        }
    }
}

/// A text to look quotes up in.
#[derive(Debug)]
pub struct Page {
    pub path: String,
    /// All words, a blank between them.
    words: String,
    /// Where in `words` a word begins, and the line that it stands on.
    places: Vec<(usize, u32)>,
    lines: u32,
}

impl Page {
    /// The whole text of a file.
    pub fn new(path: &str, text: &str) -> Self {
        let mut page = Self {
            path: path.to_owned(),
            words: String::with_capacity(text.len()),
            places: Vec::new(),
            lines: 0,
        };
        for (line, number) in text.lines().zip(1..) {
            page.lines = number;
            for word in line.split_whitespace() {
                if !page.words.is_empty() {
                    page.words.push(' ');
                }
                page.places.push((page.words.len(), number));
                page.words.push_str(word);
            }
        }
        page
    }

    /// Where a quote stands: first and last line of each place.
    fn find(&self, quote: &str) -> Vec<(u32, u32)> {
        let found = self.words.match_indices(quote);
        found
            .map(|(at, _)| (self.line(at), self.line(at + quote.len() - 1)))
            .collect()
    }

    fn line(&self, at: usize) -> u32 {
        let after = self.places.partition_point(|(start, _)| *start <= at);
        after.checked_sub(1).map_or(1, |word| self.places[word].1)
    }
}

/// Looks a claim up in the files that it can be about, and corrects where it stands.
pub fn check(mut claim: Claim, pages: &[Page]) -> (Claim, Evidence) {
    let quote = normalised(&claim.quote);
    let significant = quote.chars().filter(|c| c.is_alphanumeric()).count();
    let named = pages.iter().find(|page| page.path == claim.file);
    if significant >= SHORTEST_QUOTE {
        let others = pages.iter().filter(|page| page.path != claim.file);
        for page in named.into_iter().chain(others) {
            let places = page.find(&quote);
            let within =
                |(first, last): &&(u32, u32)| *first <= claim.line_end && *last >= claim.line_start;
            let is_named = page.path == claim.file;
            if is_named && places.iter().any(|place| within(&place)) {
                claim.line_end = claim.line_end.min(page.lines);
                claim.line_start = claim.line_start.clamp(1, claim.line_end);
                return (claim, Evidence::Verified);
            }
            let near = places
                .iter()
                .min_by_key(|(first, _)| first.abs_diff(claim.line_start));
            if let Some((first, last)) = near {
                (claim.line_start, claim.line_end) = (*first, *last);
                claim.file.clone_from(&page.path);
                return (claim, Evidence::Relocated);
            }
        }
    }
    (claim, Evidence::Unverified)
}

/// A quote as words, without the line numbers that a model may have copied along.
fn normalised(quote: &str) -> String {
    let numbered = |line: &str| {
        let (number, rest) = line.trim_start().split_once('|')?;
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| rest.to_owned())
    };
    let lines = quote
        .lines()
        .map(|line| numbered(line).unwrap_or_else(|| line.to_owned()));
    let text: Vec<String> = lines.collect();
    let words: Vec<String> = text
        .iter()
        .flat_map(|line| line.split_whitespace())
        .map(ToOwned::to_owned)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::angles::claim::Severity;

    fn claimed(file: &str, lines: (u32, u32), quote: &str) -> Claim {
        Claim {
            title: "t".to_owned(),
            severity: Severity::Low,
            file: file.to_owned(),
            line_start: lines.0,
            line_end: lines.1,
            quote: quote.to_owned(),
            why: String::new(),
            fix: String::new(),
        }
    }

    #[test]
    fn a_quote_is_looked_up_where_it_is_said_to_be_and_then_elsewhere() {
        let text = "use std;\nfn main() {\n    let value = call(1);\n    done()\n}\nlet value = call(1);\n";
        let pages = [
            Page::new("a.rs", text),
            Page::new("b.rs", "x\n\nonly_in_b(here)\n"),
        ];
        use Evidence::{Relocated, Unverified, Verified};
        let cases = [
            (
                "a.rs",
                (3, 3),
                "let value  =\tcall(1);",
                Verified,
                "a.rs",
                (3, 3),
            ),
            (
                "a.rs",
                (2, 90),
                "let value = call(1);\n    done()",
                Verified,
                "a.rs",
                (2, 6),
            ),
            (
                "a.rs",
                (3, 3),
                "    3| let value = call(1);",
                Verified,
                "a.rs",
                (3, 3),
            ),
            (
                "a.rs",
                (5, 6),
                "let value = call(1);",
                Verified,
                "a.rs",
                (5, 6),
            ),
            (
                "a.rs",
                (1, 1),
                "let value = call(1);",
                Relocated,
                "a.rs",
                (3, 3),
            ),
            ("a.rs", (1, 1), "only_in_b(here)", Relocated, "b.rs", (3, 3)),
            ("c.rs", (1, 1), "only_in_b(here)", Relocated, "b.rs", (3, 3)),
            (
                "a.rs",
                (3, 3),
                "let value = call(2);",
                Unverified,
                "a.rs",
                (3, 3),
            ),
            ("a.rs", (5, 5), "}", Unverified, "a.rs", (5, 5)),
            ("a.rs", (5, 5), "", Unverified, "a.rs", (5, 5)),
        ];
        for (file, lines, quote, evidence, stands_in, at) in cases {
            let (claim, found) = check(claimed(file, lines, quote), &pages);
            assert_eq!(found, evidence, "{quote}");
            assert_eq!(
                (claim.file.as_str(), (claim.line_start, claim.line_end)),
                (stands_in, at)
            );
        }
    }
}
