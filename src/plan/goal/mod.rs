//! The parts that a goal in words names itself: a list with bullets or numbers, sentences that each
//! ask for something, an enumeration. Only the words are looked at; what they are about, the survey
//! has to tell.

mod enumeration;
mod lists;
mod words;

use super::task_file::one_line;

use enumeration::enumerated;
use lists::{Item, inline_numbers, listed, marked};
use words::{capitalised, sentences, starts_with_verb, without_frame};

/// Longer titles are cut; the prompt has all of it.
const LONGEST_TITLE: usize = 72;

/// One part of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub title: String,
    /// What was written below the item, if anything.
    pub details: String,
    /// Whether it was said to come after the part before it ("then …").
    pub follows: bool,
}

impl Part {
    /// All that was said of it.
    pub fn words(&self) -> String {
        format!("{}\n\n{}", self.title, self.details)
    }
}

/// A goal and the parts that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The goal in one line.
    pub line: String,
    /// What holds for all parts: the text around a list. Empty where there is none.
    pub around: String,
    /// Two at least, or none: the goal names no parts.
    pub parts: Vec<Part>,
}

/// Whether a text says something in words, rather than naming a plan, a task or a file. Some
/// scripts put no blanks between words.
pub fn is_in_words(text: &str) -> bool {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || "._-/@:#+~^*?[]{}".contains(c);
    text.trim().contains(|c| !of_a_name(c))
}

/// Takes a goal apart.
pub fn understand(text: &str) -> Goal {
    let found = found(text);
    let mut parts: Vec<Part> = Vec::new();
    for item in found.items {
        let part = part(item);
        let known = parts.iter().any(|known| known.title == part.title);
        if !known && part.title.chars().any(char::is_alphanumeric) {
            parts.push(part);
        }
    }
    if parts.len() < 2 {
        parts.clear();
    }
    let line = match (found.called, parts.as_slice()) {
        (Called::After(_), [first, others @ ..]) => {
            format!("{} and {} more", first.title, others.len())
        }
        (Called::After(name) | Called::By(name), _) => name,
    };
    Goal {
        line,
        around: found.around,
        parts,
    }
}

/// What is in a text.
struct Found {
    /// The text around the items.
    around: String,
    items: Vec<Item>,
    called: Called,
}

/// What a goal is called.
enum Called {
    By(String),
    /// After its first part; so, where it has none.
    After(String),
}

fn found(text: &str) -> Found {
    if let Some((around, items)) = listed(text) {
        return list(text, around, items);
    }
    let (heading, body) = heading(text);
    let line = one_line(body);
    if let Some((around, items)) = inline_numbers(&line) {
        let around = format!("{}\n{around}", heading.unwrap_or_default());
        return list(text, around.trim().to_owned(), items);
    }
    prose(heading, &line)
}

/// A list is called by the first line that says something; where nothing introduces it, after the
/// first part.
fn list(text: &str, around: String, items: Vec<Item>) -> Found {
    let mut lines = around.lines().chain(text.lines());
    let first = lines
        .find_map(|line| Some(line.trim().trim_start_matches('#').trim()).filter(|l| !l.is_empty()))
        .unwrap_or_default();
    let called = match marked(first) {
        Some(item) => Called::After(item.to_owned()),
        None => Called::By(without_frame(first).trim_end_matches(':').to_owned()),
    };
    Found {
        around,
        items,
        called,
    }
}

/// The heading of a text, and what is below: a marked one, or a line that a blank line follows and
/// that ends as no sentence does, as the subject of a commit.
fn heading(text: &str) -> (Option<&str>, &str) {
    let text = text.trim();
    let Some((first, below)) = text.split_once('\n') else {
        return (None, text);
    };
    let first = first.trim();
    let is_marked = first.starts_with('#');
    let stands_apart = below
        .lines()
        .next()
        .is_some_and(|line| line.trim().is_empty());
    let is_subject = stands_apart && !first.ends_with(['.', '!', '?', '。', '！', '？', ',', ';']);
    let name = without_frame(first.trim_start_matches('#')).trim_end_matches(':');
    match is_marked || is_subject {
        true if !name.is_empty() => (Some(name), below),
        _ => (None, text),
    }
}

/// Sentences that each ask for something are parts; else those that one sentence enumerates are.
fn prose(heading: Option<&str>, body: &str) -> Found {
    let sentences = sentences(body);
    let sentences: Vec<&str> = sentences
        .iter()
        .map(|sentence| without_frame(sentence))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    let (asking, around): (Vec<&str>, Vec<&str>) = sentences
        .iter()
        .partition(|sentence| starts_with_verb(sentence));
    if asking.len() > 1 {
        return Found {
            around: around.join(". "),
            called: match heading {
                Some(heading) => Called::By(heading.to_owned()),
                None => Called::After(asking[0].to_owned()),
            },
            items: asking.into_iter().map(Item::plain).collect(),
        };
    }
    let first = asking.first().or(around.first()).copied();
    let said = [heading, first];
    let mut lists = said.iter().flatten().map(|said| (*said, enumerated(said)));
    let (from, items) = lists.find(|(_, items)| items.len() > 1).unwrap_or_default();
    let name = heading.or(first).unwrap_or(body);
    // What the parts or the name say already is not said again.
    let told = |sentence: &&&str| **sentence != from && **sentence != name;
    let around: Vec<&str> = sentences.iter().filter(told).copied().collect();
    Found {
        around: around.join(". "),
        items: items.iter().map(|item| Item::plain(item)).collect(),
        called: Called::By(marked(name).unwrap_or(name).to_owned()),
    }
}

fn part(item: Item) -> Part {
    let text = item.text.trim().trim_end_matches(['.', ';', ',', ':']);
    let (text, follows) = match text.split_once(' ') {
        Some((word, rest)) if is_then(word) => (rest, true),
        _ => (text, false),
    };
    let title = capitalised(text.trim());
    let short = shortened(&title);
    let mut details = item.below;
    if short != title {
        details = format!("{title}\n{details}");
    }
    Part {
        title: short,
        details: details.trim().to_owned(),
        follows,
    }
}

fn is_then(word: &str) -> bool {
    ["then", "afterwards", "finally"].contains(&word.to_lowercase().trim_end_matches(','))
}

/// A title that fits on a line, cut between words.
fn shortened(title: &str) -> String {
    if title.chars().count() <= LONGEST_TITLE {
        return title.to_owned();
    }
    let head: String = title.chars().take(LONGEST_TITLE - 1).collect();
    let whole = head
        .rsplit_once(' ')
        .map_or(head.as_str(), |(words, _)| words);
    format!("{}…", whole.trim_end_matches([',', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(goal: &str) -> Vec<String> {
        let parts = understand(goal).parts;
        parts.into_iter().map(|part| part.title).collect()
    }

    #[test]
    fn enumerations_sentences_and_lists_name_parts() {
        let cases: &[(&str, &[&str])] = &[
            (
                "I need to refactor authentication, logging, and database layers in parallel. Can you help?",
                &[
                    "Refactor authentication layer",
                    "Refactor logging layer",
                    "Refactor database layer",
                ],
            ),
            (
                "Add a flag that prints recipes, and colour errors of the parser",
                &[
                    "Add a flag that prints recipes",
                    "Colour errors of the parser",
                ],
            ),
            (
                "Refactor the auth, logging and database modules",
                &[
                    "Refactor the auth module",
                    "Refactor the logging module",
                    "Refactor the database module",
                ],
            ),
            (
                "Implement user authentication with frontend and backend",
                &[
                    "Implement user authentication with frontend",
                    "Implement user authentication with backend",
                ],
            ),
            (
                "add rate limiting to the API, fix the login bug and document the new endpoints",
                &[
                    "Add rate limiting to the API",
                    "Fix the login bug",
                    "Document the new endpoints",
                ],
            ),
            (
                "Add tests for the parser, the lexer and the resolver",
                &[
                    "Add tests for the parser",
                    "Add tests for the lexer",
                    "Add tests for the resolver",
                ],
            ),
            (
                "Add dark mode, keyboard shortcuts and offline support to the editor",
                &[
                    "Add dark mode to the editor",
                    "Add keyboard shortcuts to the editor",
                    "Add offline support to the editor",
                ],
            ),
            (
                "Add a config option for retries and a flag to disable them",
                &[
                    "Add a config option for retries",
                    "Add a flag to disable them",
                ],
            ),
            (
                "Fix the crash on start. Then update the docs! We ship on Friday.",
                &["Fix the crash on start", "Update the docs"],
            ),
            (
                "Do: (1) split the parser (2) cache the index (3) document both",
                &["Split the parser", "Cache the index", "Document both"],
            ),
            (
                "Release work:\n- bump the version\n- write notes\n  - mention the API\n* tag it\n",
                &["Bump the version", "Write notes", "Tag it"],
            ),
            ("1. one thing\n2) another\n", &["One thing", "Another"]),
            (
                "重构认证、日志和数据库模块",
                &["重构认证", "日志", "数据库模块"],
            ),
            (
                "Добавить поиск, фильтры и экспорт",
                &["Добавить поиск", "Фильтры", "Экспорт"],
            ),
        ];
        for (goal, parts) in cases {
            assert_eq!(&titles(goal), parts, "{goal}");
        }
    }

    #[test]
    fn words_of_a_list_are_no_joints_of_another_language() {
        let xyz = ["Add x", "Add y", "Add z"];
        assert_eq!(titles("Add x, y and z"), xyz);
        assert_eq!(titles("Add d, e and f"), ["Add d", "Add e", "Add f"]);
        let spanish = "Refactor autenticación, pagos y correo";
        assert_eq!(titles(spanish).len(), 3, "{:?}", titles(spanish));
    }

    #[test]
    fn one_word_is_a_name_unless_its_script_has_no_blanks() {
        for words in ["fix it", "改进认证", "🚀", "..., !!"] {
            assert!(is_in_words(words), "{words}");
        }
        for name in ["p1", "refactor", "plan.md", "@", "r1/T001", " auth-api "] {
            assert!(!is_in_words(name), "{name}");
        }
    }

    #[test]
    fn one_wish_in_many_words_names_no_parts() {
        for goal in [
            "Refactor the entire authentication system",
            "When a user logs out, clear the cache",
            "Fix the parser, which breaks on tabs",
            "Fix the parser, and it should say where it stands",
            "Speed up the resolver, especially for large workspaces",
            "Make `cargo add a, b and c` work",
            "Rename Foo(a, b) to Bar",
            "",
            "- one bullet only",
            "Change the lexer and nothing else",
            "認証を追加する",
        ] {
            assert_eq!(titles(goal), [""; 0], "{goal}");
        }
    }

    #[test]
    fn what_stands_around_and_below_a_list_is_kept() {
        let goal = understand(
            "# Sign-in\nUse the new API.\n\n- form\n  with two fields\n- session\n\nKeep it small.",
        );
        assert_eq!(goal.line, "Sign-in");
        assert_eq!(goal.around, "# Sign-in\nUse the new API.\n\nKeep it small.");
        assert_eq!(goal.parts[0].details, "with two fields");
        let follows = understand("add a cache, then measure it").parts;
        assert_eq!((follows[0].follows, follows[1].follows), (false, true));
    }

    #[test]
    fn long_items_have_short_titles_and_lose_nothing() {
        let long = "rewrite ".repeat(30);
        let parts = understand(&format!("- {long}\n- other\n")).parts;
        assert!(parts[0].title.ends_with('…') && parts[0].title.chars().count() <= LONGEST_TITLE);
        assert_eq!(parts[0].details.matches("ewrite").count(), 30);
    }

    #[test]
    fn a_goal_that_is_a_list_is_called_after_its_first_part() {
        let cases = [
            (
                "- add a parser\n- fix the lexer\n- test both",
                "Add a parser and 2 more",
            ),
            (
                "1. add a parser, 2. fix the lexer",
                "Add a parser and 1 more",
            ),
            ("- add a parser", "add a parser"),
            ("Sign-in:\n- add a form\n- check it", "Sign-in"),
        ];
        for (text, line) in cases {
            assert_eq!(understand(text).line, line, "{text}");
        }
    }

    #[test]
    fn prose_is_called_by_its_heading_else_by_what_it_asks() {
        let cases = [
            (
                "Rework the parser\n\nIt is old. Keep what\nit is called.",
                "Rework the parser",
                "It is old. Keep what it is called",
            ),
            (
                "# Rework the parser\nThe one in src is old.",
                "Rework the parser",
                "The one in src is old",
            ),
            (
                "Please fix the parser. It breaks on tabs.",
                "fix the parser",
                "It breaks on tabs",
            ),
            ("It is odd. Fix it in a.rs", "Fix it in a.rs", "It is odd"),
            (
                "Fix the crash. Update the docs! We ship on Friday.",
                "Fix the crash and 1 more",
                "We ship on Friday",
            ),
            ("Rework\nthe parser", "Rework the parser", ""),
        ];
        for (text, line, around) in cases {
            let goal = understand(text);
            assert_eq!((&goal.line[..], &goal.around[..]), (line, around), "{text}");
        }
        let below = "Sign-in\n\nAdd a form, a session and a page. It is urgent.";
        assert_eq!(titles(below), ["Add a form", "Add a session", "Add a page"]);
        assert_eq!(understand(below).line, "Sign-in");
        let above = "Refactor auth, logging and mail modules\n\nThey are slow.";
        assert_eq!(titles(above).len(), 3);
        assert_eq!(understand(above).around, "They are slow");
    }

    #[test]
    fn signs_in_front_and_what_stands_beside_wishes_make_parts() {
        let cases: &[(&str, &[&str])] = &[
            (
                "🚀 git fetch faster and 🔥 remove dead code in revset",
                &["🚀 git fetch faster", "🔥 remove dead code in revset"],
            ),
            (
                "Add a --quiet flag to the lister, colour parser errors, and document the settings",
                &[
                    "Add a --quiet flag to the lister",
                    "Colour parser errors",
                    "Document the settings",
                ],
            ),
            (
                "Fix the parser, dropping blank lines there, and document it",
                &["Fix the parser, dropping blank lines there", "Document it"],
            ),
            (
                "Fix the lexer, the parser of types, and document both",
                &["Fix the lexer, the parser of types", "Document both"],
            ),
        ];
        for (goal, parts) in cases {
            assert_eq!(&titles(goal), parts, "{goal}");
        }
    }
}
