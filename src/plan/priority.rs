//! How urgent a task is when nobody says: by the words of its title.
//!
//! Only the title counts, since a P0 holds everything else up and must not come from a word in
//! passing.

use super::model::Priority;

/// Words that speak for a priority, most urgent first. Whole words, so that "scoring" is no "core".
const WORDS: &[(Priority, &[&str])] = &[
    (
        Priority::P0,
        &[
            "critical",
            "security",
            "vulnerability",
            "vulnerabilities",
            "exploit",
            "data loss",
            "crash",
            "crashes",
            "crashing",
            "outage",
            "corruption",
            "blocker",
        ],
    ),
    (
        Priority::P1,
        &[
            "bug",
            "bugs",
            "bugfix",
            "regression",
            "regressions",
            "core",
            "api",
            "broken",
            "fix",
            "fixes",
            "important",
        ],
    ),
    (
        Priority::P2,
        &[
            "enhancement",
            "enhance",
            "refactor",
            "refactoring",
            "improve",
            "doc",
            "docs",
            "documentation",
            "document",
            "readme",
            "test",
            "tests",
        ],
    ),
    (
        Priority::P3,
        &[
            "cleanup",
            "clean up",
            "future",
            "nice to have",
            "polish",
            "someday",
            "cosmetic",
            "typo",
        ],
    ),
];

impl Priority {
    /// The priority that a heading names: "P0 Critical", "Critical (P0)".
    pub fn named_in(text: &str) -> Option<Self> {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.find_map(|word| match word.to_uppercase().as_str() {
            "P0" => Some(Self::P0),
            "P1" => Some(Self::P1),
            "P2" => Some(Self::P2),
            "P3" => Some(Self::P3),
            _ => None,
        })
    }

    /// The heading of its section in a task file.
    pub fn heading(self) -> &'static str {
        match self {
            Self::P0 => "P0 Critical",
            Self::P1 => "P1 High",
            Self::P2 => "P2 Medium",
            Self::P3 => "P3 Nice to have",
        }
    }

    /// `P0` to `P3`.
    pub fn label(self) -> &'static str {
        &self.heading()[..2]
    }
}

/// The most urgent priority that a word of `title` speaks for, and the word.
pub fn guess(title: &str) -> Option<(Priority, &'static str)> {
    let words: Vec<String> = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let text = format!(" {} ", words.join(" "));
    WORDS.iter().find_map(|(priority, words)| {
        let word = words
            .iter()
            .find(|word| text.contains(&format!(" {word} ")))?;
        Some((*priority, *word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_decide_and_the_most_urgent_wins() {
        let cases = [
            ("Fix the data-loss on save", Some(Priority::P0)),
            ("Security docs", Some(Priority::P0)),
            ("Public API for search", Some(Priority::P1)),
            ("Refactor the parser", Some(Priority::P2)),
            ("Clean up old flags", Some(Priority::P3)),
            ("Scoring, capital and testing", None),
            ("", None),
        ];
        for (title, priority) in cases {
            assert_eq!(
                guess(title).map(|(priority, _)| priority),
                priority,
                "{title}"
            );
        }
    }

    #[test]
    fn a_heading_names_a_priority_wherever_it_stands() {
        for heading in ["P0 Critical", "🔴 p0: now", "Critical (P0)"] {
            assert_eq!(Priority::named_in(heading), Some(Priority::P0), "{heading}");
        }
        assert_eq!(Priority::named_in("P01 and MP0"), None);
        assert_eq!(Priority::P3.label(), "P3");
    }
}
